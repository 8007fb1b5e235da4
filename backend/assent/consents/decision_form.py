"""The family's decision form: what its fields say, and what they show again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Annotated, Any

from fastapi import Form, Request

from assent.gate.facts import ConditionKind

_TICKED: tuple[ConditionKind, ...] = ("no_name", "no_photograph")


@dataclass
class Answered:
    """An answer as it was typed.

    Attributes:
        condition: the ticked ones without a value.
        not_before: a day; it has begun everywhere on earth at 12:00 UTC.
        only_organisations: short names.
        statement, credential: what a passkey signed, and its signature.
        word, waits: what stands beside every answer; never shown again.
    """

    digest: str = ""
    language: str = ""
    decision: str = ""
    question: str = ""
    condition: list[str] = field(default_factory=list)
    not_before: str = ""
    not_in_language: list[str] = field(default_factory=list)
    not_in_country: str = ""
    only_organisations: list[str] = field(default_factory=list)
    other: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    word: str = ""
    waits: str = ""
    statement: str = ""
    credential: str = ""

    def conditions(self) -> list[dict[str, Any]]:
        """Return the conditions as they are to be checked and recorded."""
        found: list[dict[str, Any]] = [{"kind": k} for k in _TICKED if k in self.condition]
        if self.not_before:
            found.append({"kind": "not_before", "value": _begun_everywhere(self.not_before)})
        found += [{"kind": "not_in_language", "value": tag} for tag in self.not_in_language if tag]
        if self.not_in_country:
            found.append({"kind": "not_in_country", "value": self.not_in_country})
        if self.only_organisations:
            found.append({"kind": "only_organisations", "value": self.only_organisations})
        if self.other.strip():
            found.append({"kind": "other", "value": self.other})
        return found


_Text = Annotated[str, Form()]
_Texts = Annotated[list[str] | None, Form()]


# What somebody has begun to fill in, by the part of the page it stands in.
_PARTS = {"question": frozenset({"question"})}
# What is written beside an answer is kept nowhere.
_NOT_KEPT = frozenset({"digest", "language", "decision", "question", "word", "waits"}) | {
    "statement",
    "credential",
}


def to_keep(answer: Answered, part: str) -> dict[str, Any]:
    """Return what of an answer is kept while it is filled in; never the decision itself."""
    filled = asdict(answer)
    names = _PARTS.get(part) or filled.keys() - _NOT_KEPT
    return {name: filled[name] for name in names}


def begun(kept: Mapping[str, Any]) -> Answered:
    """Return an answer as far as it was filled in."""
    known = {one.name for one in fields(Answered)}
    return Answered(**{name: value for name, value in kept.items() if name in known})


async def answered(
    request: Request,
    digest: _Text = "",
    language: _Text = "",
    decision: _Text = "",
    question: _Text = "",
    condition: _Texts = None,
    not_before: _Text = "",
    not_in_language: _Texts = None,
    not_in_country: _Text = "",
    only_organisations: _Texts = None,
    other: _Text = "",
    word: _Text = "",
    waits: _Text = "",
    statement: _Text = "",
    credential: _Text = "",
) -> Answered:
    """Read the form."""
    return Answered(
        digest, language, decision, question, condition or [], not_before, not_in_language or [],
        not_in_country, only_organisations or [], other, await _apart(request),
        word, waits, statement, credential,
    )  # fmt: skip


async def _apart(request: Request) -> dict[str, str]:
    """What was answered to each question that is asked apart."""
    form = await request.form()
    return {
        name.removeprefix("answers."): value
        for name, value in form.items()
        if name.startswith("answers.") and isinstance(value, str)
    }


def _begun_everywhere(day: str) -> str:
    """A day without a place has begun for everybody when it begins at UTC-12."""
    try:
        return f"{date.fromisoformat(day).isoformat()}T12:00:00Z"
    except ValueError:
        return day
