"""Writing a dossier from the evidence base: pure, the same base and answers make the same text.

A dossier is written in English, the working language of the offices that receive it; translations for
the family are made of it as of any text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from assent.sanctions.dossier_forms import DossierForm, Part
from assent.sanctions.entities import Entity, property_label, transliteration
from assent.sanctions.queries import ClaimLine, ExhibitLine
from assent.sanctions.words import LINKS, STATUSES, TIERS

_MARKUP = re.compile(r"([\\`*_\[\]<>#|!~])|^(\s*)([-+=])(?=\s|=|-)|^(\s*\d+)([.)])", re.MULTILINE)
_TOLD = (
    "name", "alias", "weakAlias", "birthDate", "birthPlace", "deathDate", "gender", "nationality", "country",
    "position", "idNumber", "passportNumber", "registrationNumber", "address", "legalForm", "incorporationDate",
    "website", "email", "phone", "notes", "description",
)  # fmt: skip
ABUSE_WORDS = {
    "life": "right to life",
    "torture": "torture or ill-treatment",
    "slavery": "slavery or forced labour",
    "arbitrary_detention": "arbitrary detention",
    "disappearance": "enforced disappearance",
    "fair_trial": "unfair trial",
    "persecution": "persecution",
    "corruption": "corruption",
}


@dataclass(frozen=True)
class Base:
    """The evidence base of one target.

    Attributes:
        relations: links in words, such as "commands: A Guard (since 2019)".
        chains: of command, names from the target upwards.
        standings: jurisdiction's name, status and day, for every other one with something on record.
        exhibits: every exhibit used, in the order of their numbers.
    """

    target: Entity
    claims: Sequence[ClaimLine]
    relations: Sequence[str]
    chains: Sequence[Sequence[str]]
    standings: Sequence[tuple[str, str, date | None]]

    def of(self, part: str) -> list[ClaimLine]:
        """Return the claims of one part."""
        return [claim for claim in self.claims if claim.part == part]

    @property
    def exhibits(self) -> list[ExhibitLine]:
        """Every exhibit, in the order in which they are numbered."""
        return [exhibit for claim in self.claims for exhibit in claim.exhibits]


@dataclass(frozen=True)
class Missing:
    """What a dossier lacks.

    Attributes:
        pieces: sentences; nobody is asked to clear it before they are there.
        warnings: sentences; worth mending, no obstacle.
    """

    pieces: tuple[str, ...]
    warnings: tuple[str, ...]


def missing_pieces(form: DossierForm, base: Base, answers: Mapping[str, str]) -> Missing:
    """Return what is not there yet, each piece by name."""
    pieces, warnings = [], []
    if not answers.get("recipient", "").strip():
        pieces.append("Say who receives it.")
    for number, part in enumerate(form.parts, 1):
        if part.required and not answers.get(part.key, "").strip():
            pieces.append(f"Part {number}, {part.title}: please write it.")
        if part.fills in ("abuse", "link", "exculpatory") and not base.of(part.fills):
            pieces.append(f"Part {number}, {part.title}: {_NONE[part.fills]}")
    for claim in base.claims:
        about = _first_words(claim.statement)
        if not claim.exhibits and claim.part != "exculpatory":
            pieces.append(f"Nothing shows this: “{about}”.")
        elif len(claim.exhibits) == 1 and claim.part in ("abuse", "link"):
            warnings.append(
                f"One exhibit alone shows this, two independent ones are expected: “{about}”."
            )
    abuses = {claim.category for claim in base.of("abuse")}
    if base.of("abuse") and not abuses & set(form.covers):
        pieces.append(form.covers_why or "No abuse is claimed that this law covers.")
    if base.target.lacks_identifiers:
        warnings.append(
            "Nothing tells this target from others of the same name, such as a date of birth."
        )
    return Missing(tuple(pieces), tuple(warnings))


_NONE = {
    "abuse": "say what was done.",
    "link": "say how the target is linked to it.",
    "exculpatory": "say what speaks for the target, or that a search found nothing.",
}


def compose(form: DossierForm, base: Base, answers: Mapping[str, str]) -> tuple[str, str]:
    """Return title and Markdown text of a dossier."""
    numbers = {exhibit.id: number for number, exhibit in enumerate(base.exhibits, 1)}
    blocks = [
        f"**To:** {plain(answers.get('recipient', '').strip() or form.addressee.says)}",
        f"**Legal test:** {plain(form.legal_test.says)}",
    ]
    for number, part in enumerate(form.parts, 1):
        blocks.append(f"# {number}. {plain(part.title)}")
        blocks += _part(part, base, answers, numbers) or ["Nothing is known."]
    title = form.title.replace("{target}", base.target.caption)
    return " ".join(title.split())[:300], "\n\n".join(blocks)


def _part(
    part: Part, base: Base, answers: Mapping[str, str], numbers: Mapping[UUID, int]
) -> list[str]:
    match part.fills:
        case "text":
            return [plain(part.text)]
        case "answer":
            return _paragraphs(answers.get(part.key, ""))
        case "perpetrator":
            return _perpetrator(base)
        case "abuse" | "link" | "assets" | "exculpatory":
            told = [_told(claim, numbers) for claim in base.of(part.fills)]
            if part.fills == "assets":
                told += [f"- {plain(line)}" for line in base.relations]
            return told
        case "evidence":
            return _evidence(base, numbers)
        case "listings":
            lines = [
                f"- {plain(name)}: {status}" + (f", {on.isoformat()}" if on else "")
                for name, status, on in base.standings
            ]
            return ["\n".join(lines)] if lines else ["None is known."]
        case "confidentiality":
            kept = [str(numbers[e.id]) for e in base.exhibits if e.confidential]
            said = (
                f"Confidential exhibits: {', '.join(kept)}."
                if kept
                else "No exhibit is confidential."
            )
            return [*_paragraphs(answers.get(part.key, "")), said]


def _perpetrator(base: Base) -> list[str]:
    entity = base.target
    rows = []
    for name in _TOLD:
        for value in entity.values(name):
            latin = (
                transliteration(value) if name in ("name", "alias", "birthPlace", "address") else ""
            )
            said = _cell(value) + (f" ({_cell(latin)})" if latin else "")
            rows.append(f"| {plain(property_label(entity.schema, name))} | {said} |")
    blocks = ["\n".join(["| | |", "|---|---|", *rows])]
    if base.chains:
        chains = [f"- {' → '.join(plain(name) for name in chain)}" for chain in base.chains]
        blocks.append("Chain of command, upwards:\n\n" + "\n".join(chains))
    return blocks


def _told(claim: ClaimLine, numbers: Mapping[UUID, int]) -> str:
    labels = ABUSE_WORDS if claim.part == "abuse" else LINKS
    kind = labels.get(claim.category, claim.category)
    facts = ", ".join(plain(fact) for fact in (kind, claim.happened_on, claim.place) if fact)
    shown = ", ".join(str(numbers[e.id]) for e in claim.exhibits)
    text = "\n\n".join(_paragraphs(claim.statement))
    return (f"**{facts}.** " if facts else "") + text + (f" (Exhibits: {shown}.)" if shown else "")


def _evidence(base: Base, numbers: Mapping[UUID, int]) -> list[str]:
    rows = [
        "| " + " | ".join(
            [
                str(numbers[e.id]), _cell(_first_words(claim.statement)), _cell(e.title), TIERS.get(e.tier, e.tier),
                _cell(e.source or e.address or "not named"), "confidential" if e.confidential else "public",
            ]
        ) + " |"
        for claim in base.claims
        for e in claim.exhibits
    ]  # fmt: skip
    head = "| No. | Claim | Exhibit | Weight | Source | |"
    return ["\n".join([head, "|---|---|---|---|---|---|", *rows])] if rows else []


def _paragraphs(text: str) -> list[str]:
    return [plain(part.strip()) for part in text.split("\n\n") if part.strip()]


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 80 else words[:79].rsplit(" ", 1)[0] + " …"


def _cell(text: str) -> str:
    return plain(" ".join(text.split()))


def plain(text: str) -> str:
    """Return text in which nothing is taken for markup."""

    def shield(found: re.Match[str]) -> str:
        if found[1]:
            return "\\" + found[1]
        if found[3]:
            return f"{found[2]}\\{found[3]}"
        return f"{found[4]}\\{found[5]}"

    return _MARKUP.sub(shield, text)


def status_words(status: str) -> str:
    """Return a status in English, the language of the dossier."""
    return STATUSES.get(status, status)
