"""A family's arrangement as sentences anyone understands: on its page, and in the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from assent.cases.arrangement_wishes import ArrangementShown
from assent.gate.arrangement import ALWAYS_ASKS_AGAIN
from assent.language import catalogue
from assent.refusal import N_
from assent.web.language import format_number

EVENTS: Mapping[str, str] = {
    "transfer": N_("a transfer to another place"),
    "trial": N_("a trial"),
    "hunger_strike": N_("a hunger strike"),
    "illness": N_("an illness"),
    "negotiation": N_("a negotiation"),
    "release": N_("the person's release"),
}
GROUND_WORDS: Mapping[str, str] = {
    "next_of_kin": N_("as next of kin"),
    "guardian": N_("as guardian"),
    "power_of_attorney": N_("with a power of attorney"),
    "spokesperson": N_("as the family's spokesperson"),
}


def said_arrangement(
    shown: ArrangementShown, language: str = "en", *, names: bool = True
) -> list[str]:
    """Return an arrangement in sentences.

    Args:
        language: of the reader, one that is spoken here.
        names: whether relatives' names are this reader's to know.
    """
    words = catalogue(language)
    gettext, ngettext = words.gettext, words.ngettext
    said = [_rule(shown, gettext, ngettext, language)]
    if shown.rule != "one":
        said.append(gettext(N_("A no of any of them stops it, whatever the others say.")))
    if hours := shown.cooling_off_hours:
        sentence = ngettext(
            "Nothing goes out before %(count)s hour has passed since the yes.",
            "Nothing goes out before %(count)s hours have passed since the yes.",
            hours,
        )
        said.append(sentence % {"count": format_number(hours, language)})
    said += _alternates(shown, gettext, ngettext, language, names=names)
    said.append(_asks_again(shown, gettext))
    if len(shown.decision_makers) > 1:
        votes = shown.terms.shows_votes
        said.append(
            gettext(N_("Each of the family sees what the others have said."))
            if votes
            else gettext(N_("Nobody of the family is told what another has said."))
        )
    return said + (_grounds(shown, gettext) if names else [])


def _rule(
    shown: ArrangementShown,
    gettext: Callable[[str], str],
    ngettext: Callable[[str, str, int], str],
    language: str,
) -> str:
    if shown.rule == "one":
        return gettext(N_("One person decides for the family. Without their yes nothing goes out."))
    if shown.rule == "any":
        return gettext(N_("The yes of any one of those who decide is enough."))
    if shown.rule == "all":
        return gettext(N_("Everybody who decides has to say yes."))
    number = shown.quorum or 0
    sentence = ngettext(
        "One of those who decide has to say yes.",
        "%(count)s of those who decide have to say yes.",
        number,
    )
    return sentence % {"count": format_number(number, language)}


def _alternates(
    shown: ArrangementShown,
    gettext: Callable[[str], str],
    ngettext: Callable[[str, str, int], str],
    language: str,
    *,
    names: bool,
) -> list[str]:
    if not shown.alternates:
        return []
    hours = shown.terms.stand_in_after_hours
    if hours is None:
        return [
            gettext(N_("Nobody stands in for anybody until the family has said after how long."))
        ]
    sentence = ngettext(
        "If somebody who decides cannot be reached for %(count)s hour, somebody else decides in their place.",
        "If somebody who decides cannot be reached for %(count)s hours, somebody else decides in their place.",
        hours,
    )
    said = [sentence % {"count": format_number(hours, language)}]
    if names:
        who = ", ".join(name for _, name, _ in shown.alternates)
        said.append(gettext(N_("Who that is, in this order: {names}.")).format(names=who))
    return said


def _asks_again(shown: ArrangementShown, gettext: Callable[[str], str]) -> str:
    kinds = [kind for kind in shown.terms.asks_again if kind != ALWAYS_ASKS_AGAIN]
    events = ", ".join(gettext(EVENTS[kind]) for kind in (*kinds, ALWAYS_ASKS_AGAIN))
    return gettext(
        N_("What was agreed to holds only once it is said again after: {events}.")
    ).format(events=events)


def _grounds(shown: ArrangementShown, gettext: Callable[[str], str]) -> list[str]:
    """On what ground somebody speaks, where it is not simply that they are next of kin."""
    return [
        gettext(N_("{name} speaks {ground}.")).format(
            name=name, ground=gettext(GROUND_WORDS[shown.grounds[person]])
        )
        for person, name, _ in (*shown.decision_makers, *shown.alternates)
        if shown.grounds.get(person, "next_of_kin") != "next_of_kin"
    ]
