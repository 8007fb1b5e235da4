"""Words for statuses, parts, tiers, links and properties, in the reader's language or a dossier's."""

from __future__ import annotations

import re
from collections.abc import Callable

from babel import Locale, UnknownLocaleError

from assent.language import catalogue
from assent.refusal import N_
from assent.sanctions.entities import property_label, schema_label

STATUSES = {
    "not_asked": N_("not asked"),
    "drafting": N_("being prepared"),
    "filed": N_("filed"),
    "listed": N_("listed"),
    "refused": N_("refused"),
    "delisted": N_("taken off the list"),
}
DAYS = {
    "adopted_on": N_("decided"),
    "submitted_on": N_("submitted"),
    "effective_on": N_("in effect"),
    "announced_on": N_("announced"),
    "published_on": N_("published"),
}
PARTS = {
    "abuse": N_("What was done"),
    "link": N_("How the target is linked to it"),
    "assets": N_("Assets, travel, dependants and beneficiaries"),
    "exculpatory": N_("What speaks for the target"),
}
TIERS = {
    "primary": N_("document, or testimony of those affected"),
    "official": N_("finding of the UN, a court or a government"),
    "credible": N_("known organisation or press"),
    "single_source": N_("a single source"),
}
LINKS = {
    "direct": N_("did it"),
    "ordered": N_("ordered it"),
    "command": N_("commanded those who did it"),
    "complicit": N_("took part or looked away"),
    "support": N_("supported it, or profits"),
    "agent": N_("acts for those who did it"),
    "status": N_("by office alone"),
}
SCHEMAS = {
    "Person": N_("Person"),
    "Organization": N_("Organisation"),
    "PublicBody": N_("Public body"),
    "Company": N_("Company"),
    "LegalEntity": N_("Person or organisation, not known which"),
    "Position": N_("Post"),
}
RELATIONS = {
    "commands": N_("commands"),
    "holds": N_("holds the post"),
    "family": N_("is family of"),
    "associate": N_("is an associate of"),
    "owns": N_("owns"),
    "member": N_("belongs to"),
    "benefits": N_("benefits from"),
}
ABUSES = {
    "life": N_("right to life"),
    "torture": N_("torture or ill-treatment"),
    "slavery": N_("slavery or forced labour"),
    "arbitrary_detention": N_("arbitrary detention"),
    "disappearance": N_("enforced disappearance"),
    "fair_trial": N_("unfair trial"),
    "persecution": N_("persecution"),
    "corruption": N_("corruption"),
}
# What is asked of targets most; whatever else FollowTheMoney knows keeps its English name.
PROPERTIES = {
    "name": N_("Name"),
    "alias": N_("Other names"),
    "weakAlias": N_("Uncertain names"),
    "birthDate": N_("Date of birth"),
    "birthPlace": N_("Place of birth"),
    "deathDate": N_("Date of death"),
    "gender": N_("Sex"),
    "nationality": N_("Nationality"),
    "country": N_("Country"),
    "position": N_("Offices held"),
    "idNumber": N_("Identity number"),
    "passportNumber": N_("Passport number"),
    "registrationNumber": N_("Registration number"),
    "address": N_("Address"),
    "legalForm": N_("Legal form"),
    "incorporationDate": N_("Founded on"),
    "website": N_("Website"),
    "email": N_("E-mail address"),
    "phone": N_("Telephone"),
    "notes": N_("Notes"),
    "description": N_("Description"),
}
_NAME_OF_LANGUAGE = re.compile(r"[a-z]{2,3}")
_VALUES = {"female": N_("female"), "male": N_("male"), "other": N_("other")}
_COUNTRIES = {"nationality", "country", "jurisdiction", "mainCountry"}
# What a dossier says around its parts, in each language in which it is written.
DOSSIER = {
    "to": N_("To:"),
    "test": N_("Legal test:"),
    "nothing": N_("Nothing is known."),
    "none": N_("None is known."),
    "chain": N_("Chain of command, upwards:"),
    "exhibits": N_("Exhibits: {numbers}."),
    "number": N_("Number"),
    "claim": N_("Claim"),
    "exhibit": N_("Exhibit"),
    "weight": N_("Weight"),
    "source": N_("Source"),
    "not_named": N_("not named"),
    "confidential": N_("confidential"),
    "public": N_("public"),
    "quoted": N_("Exhibit {number} says, in its own words ({language}):"),
    "translated": N_("In English:"),
    "kept": N_("Confidential exhibits: {numbers}."),
    "none_kept": N_("No exhibit is confidential."),
    "since": N_("since {day}"),
}


def property_words(schema: str, name: str, say: Callable[[str], str]) -> str:
    """Return what a property is called; of the less usual ones the English name."""
    return say(PROPERTIES[name]) if name in PROPERTIES else property_label(schema, name)


def value_words(name: str, value: str, language: str) -> str:
    """Return a value as people say it: a country by its name, not by its code."""
    if name in _COUNTRIES:
        return str(Locale.parse(language, sep="-").territories.get(value.upper(), value))
    return (
        catalogue(language).gettext(_VALUES[value])
        if name == "gender" and value in _VALUES
        else value
    )


def is_language(tag: str) -> bool:
    """Whether there is a language of this tag."""
    return bool(_NAME_OF_LANGUAGE.fullmatch(tag)) and language_in(tag, "en") != tag


def language_in(tag: str, language: str) -> str:
    """Return what a language is called in another one; its tag where nobody knows."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(language) or tag
    except (ValueError, UnknownLocaleError):
        return tag


def relation_words(words: str, say: Callable[[str], str]) -> str:
    """Return what joins two targets: ours in the reader's language, a role as it was written."""
    ours = {"commands": N_("commands"), "benefits from": N_("benefits from")}
    schemas = {schema_label(schema): said for schema, said in _LINKS.items()}
    known = ours.get(words) or schemas.get(words)
    return say(known) if known else words


_LINKS = {
    "Occupancy": RELATIONS["holds"],
    "Family": RELATIONS["family"],
    "Associate": RELATIONS["associate"],
    "Ownership": RELATIONS["owns"],
    "Membership": RELATIONS["member"],
}
DECISIONS = {
    "same": N_("the same"),
    "different": N_("somebody else"),
    "unsure": N_("not sure"),
}
