"""Writing a dossier from the evidence base: pure, the same base and answers make the same text.

A dossier is written in English, and in each other language its jurisdiction takes as soon as everything that
people write for it is there in that language too; translations for the family are made of it as of any text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from assent.language import catalogue
from assent.refusal import N_
from assent.sanctions.dossier_forms import ENGLISH, DossierForm, Part
from assent.sanctions.entities import Entity, transliteration
from assent.sanctions.queries import ClaimLine, ExhibitLine
from assent.sanctions.words import (
    ABUSES,
    DOSSIER,
    LINKS,
    STATUSES,
    TIERS,
    language_in,
    property_words,
    relation_words,
    value_words,
)

_MARKUP = re.compile(r"([\\`*_\[\]<>#|!~])|^(\s*)([-+=])(?=\s|=|-)|^(\s*\d+)([.)])", re.MULTILINE)
_TOLD = (
    "name", "alias", "weakAlias", "birthDate", "birthPlace", "deathDate", "gender", "nationality", "country",
    "position", "idNumber", "passportNumber", "registrationNumber", "address", "legalForm", "incorporationDate",
    "website", "email", "phone", "notes", "description",
)  # fmt: skip


@dataclass(frozen=True)
class Related:
    """A link of the target's, in words."""

    words: str
    name: str
    since: str


@dataclass(frozen=True)
class Base:
    """The evidence base of one target.

    Attributes:
        relations: links that go out from the target, such as "commands", "A Guard", "2019".
        chains: of command, names from the target upwards.
        standings: jurisdiction's name, status and day, for every other one with something on record.
        exhibits: every exhibit used, in the order of their numbers.
    """

    target: Entity
    claims: Sequence[ClaimLine]
    relations: Sequence[Related]
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
class Piece:
    """A sentence about what is not there yet; says itself in the reader's language."""

    words: str
    params: Mapping[str, object] = field(default_factory=dict)

    def said(self, say: Callable[[str], str] = str) -> str:
        """Return the sentence."""
        return say(self.words).format_map(self.params)

    def __str__(self) -> str:
        return self.said()


@dataclass(frozen=True)
class Missing:
    """What a dossier lacks.

    Attributes:
        pieces: nobody is asked to clear it before they are there.
        warnings: worth mending, no obstacle.
    """

    pieces: tuple[Piece, ...]
    warnings: tuple[Piece, ...]


def missing_pieces(form: DossierForm, base: Base, answers: Mapping[str, str]) -> Missing:
    """Return what is not there yet, each piece by name."""
    pieces, warnings = [], []
    if not answers.get("recipient", "").strip():
        pieces.append(Piece(N_("Say who receives it.")))
    for number, part in enumerate(form.parts, 1):
        here = {"number": number, "title": part.title}
        if part.required and not answers.get(part.key, "").strip():
            pieces.append(Piece(N_("Part {number}, {title}: please write it."), here))
        if part.fills in _NONE and not base.of(part.fills):
            pieces.append(Piece(_NONE[part.fills], here))
    for claim in base.claims:
        about = {"claim": first_words(claim.statement)}
        if not claim.exhibits and claim.part != "exculpatory":
            pieces.append(Piece(N_("Nothing shows this: “{claim}”."), about))
        elif len(claim.exhibits) == 1 and claim.part in ("abuse", "link"):
            warnings.append(
                Piece(
                    N_(
                        "One exhibit alone shows this, two independent ones are expected: “{claim}”."
                    ),
                    about,
                )
            )
    pieces += [
        Piece(
            N_("The words quoted from “{title}” are not translated yet."), {"title": exhibit.title}
        )
        for exhibit in base.exhibits
        if exhibit.quote and exhibit.quote_language != ENGLISH and not exhibit.translation
    ]
    abuses = {claim.category for claim in base.of("abuse")}
    if base.of("abuse") and not abuses & set(form.covers):
        pieces.append(Piece(form.covers_why or N_("No abuse is claimed that this law covers.")))
    if base.target.lacks_identifiers:
        warnings.append(
            Piece(
                N_(
                    "Nothing tells this target from others of the same name, such as a date of birth."
                )
            )
        )
    return Missing(tuple(pieces), tuple(warnings))


_NONE = {
    "abuse": N_("Part {number}, {title}: say what was done."),
    "link": N_("Part {number}, {title}: say how the target is linked to it."),
    "exculpatory": N_(
        "Part {number}, {title}: say what speaks for the target, or that a search found nothing."
    ),
}


def missing_in(
    form: DossierForm, base: Base, answers: Mapping[str, str], language: str
) -> tuple[Piece, ...]:
    """Return what has to be written in a further language before the dossier is in it, too."""
    pieces = []
    for number, part in enumerate(form.parts, 1):
        written, here = answers.get(part.key, "").strip(), answers.get(f"{part.key}.{language}", "")
        if part.ask and written and not here.strip():
            params = {"number": number, "title": part.title}
            pieces.append(Piece(N_("Part {number}, {title}: please write it."), params))
    pieces += [
        Piece(N_("This claim: “{claim}”."), {"claim": first_words(claim.statement)})
        for claim in base.claims
        if language not in claim.texts
    ]
    return tuple(pieces)


def compose(
    form: DossierForm, base: Base, answers: Mapping[str, str], language: str = ENGLISH
) -> tuple[str, str]:
    """Return title and Markdown text of a dossier, in one of the languages its jurisdiction takes."""
    return _Writer(form.in_language(language), base, answers, language).written()


class _Writer:
    """Writes one dossier in one language."""

    def __init__(
        self, form: DossierForm, base: Base, answers: Mapping[str, str], language: str
    ) -> None:
        self.form, self.base, self.language = form, base, language
        self.say: Callable[[str], str] = catalogue(language).gettext
        self.answers = {
            **answers,
            **{part.key: answers.get(f"{part.key}.{language}", "") for part in form.asked if language != ENGLISH},
        }  # fmt: skip
        self.numbers = {exhibit.id: number for number, exhibit in enumerate(base.exhibits, 1)}

    def written(self) -> tuple[str, str]:
        form, words = self.form, self._words
        to = self.answers.get("recipient", "").strip() or form.addressee.says
        blocks = [
            f"**{words('to')}** {plain(to)}",
            f"**{words('test')}** {plain(form.legal_test.says)}",
        ]
        for number, part in enumerate(form.parts, 1):
            blocks.append(f"# {number}. {plain(part.title)}")
            blocks += self._part(part) or [words("nothing")]
        title = form.title.replace("{target}", self.base.target.caption)
        return " ".join(title.split())[:300], "\n\n".join(blocks)

    def _words(self, name: str, **params: object) -> str:
        return self.say(DOSSIER[name]).format_map(params)

    def _part(self, part: Part) -> list[str]:
        match part.fills:
            case "text":
                return [plain(part.text)]
            case "answer":
                return _paragraphs(self.answers.get(part.key, ""))
            case "perpetrator":
                return self._perpetrator()
            case "abuse" | "link" | "assets" | "exculpatory":
                told = [self._told(claim) for claim in self.base.of(part.fills)]
                return told + (self._relations() if part.fills == "assets" else [])
            case "evidence":
                return self._evidence()
            case "listings":
                lines = [
                    f"- {plain(name)}: {self.say(STATUSES.get(status, status))}"
                    + (f", {on.isoformat()}" if on else "")
                    for name, status, on in self.base.standings
                ]
                return ["\n".join(lines)] if lines else [self._words("none")]
            case "confidentiality":
                kept = [str(self.numbers[e.id]) for e in self.base.exhibits if e.confidential]
                said = (
                    self._words("kept", numbers=", ".join(kept))
                    if kept
                    else self._words("none_kept")
                )
                return [*_paragraphs(self.answers.get(part.key, "")), said]

    def _perpetrator(self) -> list[str]:
        entity = self.base.target
        # A name somebody spelled goes before letters that a machine put for letters.
        spelled = not any(transliteration(name) for name in entity.names) or any(
            not transliteration(name) for name in entity.names
        )
        rows = []
        for name in _TOLD:
            for value in entity.values(name):
                told = _cell(value_words(name, value, self.language))
                if name in ("birthPlace", "address") or (name == "name" and not spelled):
                    latin = transliteration(value)
                    told += f" ({_cell(latin)})" if latin else ""
                label = property_words(entity.schema, name, self.say)
                rows.append(f"| {plain(label)} | {told} |")
        blocks = ["\n".join(["| | |", "|---|---|", *rows])]
        if self.base.chains:
            chains = [f"- {' → '.join(plain(n) for n in chain)}" for chain in self.base.chains]
            blocks.append(f"{self._words('chain')}\n\n" + "\n".join(chains))
        return blocks

    def _relations(self) -> list[str]:
        told = []
        for relation in self.base.relations:
            line = f"{relation_words(relation.words, self.say)}: {relation.name}"
            line += f" ({self._words('since', day=relation.since)})" if relation.since else ""
            told.append(f"- {plain(line)}")
        return told

    def _told(self, claim: ClaimLine) -> str:
        labels = ABUSES if claim.part == "abuse" else LINKS
        kind = self.say(labels[claim.category]) if claim.category in labels else claim.category
        facts = ", ".join(plain(fact) for fact in (kind, claim.happened_on, claim.place) if fact)
        shown = ", ".join(str(self.numbers[e.id]) for e in claim.exhibits)
        text = "\n\n".join(_paragraphs(claim.said_in(self.language)))
        exhibits = f" ({self._words('exhibits', numbers=shown)})" if shown else ""
        return (f"**{facts}.** " if facts else "") + text + exhibits

    def _evidence(self) -> list[str]:
        rows = [
            "| " + " | ".join(
                [
                    str(self.numbers[e.id]), _cell(first_words(claim.said_in(self.language))), _cell(e.title),
                    self.say(TIERS.get(e.tier, e.tier)), _cell(e.source or e.address or self._words("not_named")),
                    self._words("confidential" if e.confidential else "public"),
                ]
            ) + " |"
            for claim in self.base.claims
            for e in claim.exhibits
        ]  # fmt: skip
        if not rows:
            return []
        names = ("number", "claim", "exhibit", "weight", "source")
        head = "| " + " | ".join(self._words(name) for name in names) + " | |"
        return ["\n".join([head, "|---|---|---|---|---|---|", *rows]), *self._quotes()]

    def _quotes(self) -> list[str]:
        """The words of exhibits in the language they were said in, each with its translation."""
        told = []
        for exhibit in self.base.exhibits:
            if not exhibit.quote:
                continue
            language = language_in(exhibit.quote_language, self.language)
            number = self.numbers[exhibit.id]
            told.append(plain(self._words("quoted", number=number, language=language)))
            told += [f"“{part}”" for part in _paragraphs(exhibit.quote)]
            if exhibit.translation:
                told.append(self._words("translated"))
                told += [f"“{part}”" for part in _paragraphs(exhibit.translation)]
        return told


def _paragraphs(text: str) -> list[str]:
    return [plain(part.strip()) for part in text.split("\n\n") if part.strip()]


def first_words(text: str) -> str:
    """Return the beginning of a text, by which it is known again."""
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
