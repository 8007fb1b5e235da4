"""policies/jurisdictions.yaml: where measures can be asked for, under which law, with the source of each fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assent.policy_file import read_policy_file

Words = Annotated[str, Field(min_length=1)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fact(_Declared):
    """Something about the law or a practice, and how it is known.

    Attributes:
        source: address of the page it was read on.
        verified_on: the day it was read there.
        from_memory: it was not read anywhere yet, and has to be checked before it is relied on.
    """

    says: Words
    source: Annotated[str, Field(pattern=r"^https://")] | None = None
    verified_on: date | None = None
    from_memory: bool = False

    @model_validator(mode="after")
    def _known_somehow(self) -> Self:
        read = self.source is not None and self.verified_on is not None
        if read == self.from_memory:
            raise ValueError("a fact has a source and the day it was read there, or is from_memory")
        return self


class Jurisdiction(_Declared):
    """Where measures can be asked for.

    Attributes:
        government: whose officials will see what is filed: ISO 3166-1 alpha-2, or EU; sources agree to that.
        measures: what a listing brings.
        programmes: words in the programmes of a list by which its listings are known here.
        in_force_until: the day its legal basis runs out, where it does.
        warn_days: from how long before that day on to warn.
    """

    name: Words
    short: Words
    government: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    legal_basis: Fact
    threshold: Fact
    standard: Fact
    receiver: Fact
    measures: Annotated[tuple[Words, ...], Field(min_length=1)]
    notes: tuple[Fact, ...] = ()
    programmes: tuple[Words, ...] = ()
    in_force_until: date | None = None
    warn_days: Annotated[int, Field(ge=0, le=1000)] = 90

    def warning_on(self, today: date) -> str:
        """Return "over", "soon" or nothing about its legal basis on a day."""
        if self.in_force_until is None:
            return ""
        if today > self.in_force_until:
            return "over"
        return "soon" if today >= self.in_force_until - timedelta(days=self.warn_days) else ""

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Return everything said of it."""
        return (self.legal_basis, self.threshold, self.standard, self.receiver, *self.notes)


class _File(_Declared):
    jurisdictions: Annotated[dict[Code, Jurisdiction], Field(min_length=1)]


@dataclass(frozen=True)
class Jurisdictions:
    """All that are declared, in the order of the file."""

    by_code: Mapping[str, Jurisdiction]

    def get(self, code: str) -> Jurisdiction | None:
        """Return a jurisdiction; None for what was taken out of the file, or never in it."""
        return self.by_code.get(code)

    def code_of(self, said: str) -> str | None:
        """Return the code of what somebody calls a jurisdiction: its code, short name or government, as UK, EU or US.

        A government with several legal grounds means the first in the file.
        """
        if said in self.by_code:
            return said
        named = said.strip().casefold()
        for code, one in self.by_code.items():
            if named in (code, one.short.casefold(), one.government.casefold()):
                return code
        return None


def load_jurisdictions(policies: Path) -> Jurisdictions:
    """Read policies/jurisdictions.yaml.

    Raises:
        assent.access.PolicyFileError: naming file, line, field and reason.
    """
    return Jurisdictions(read_policy_file(policies / "jurisdictions.yaml", _File).jurisdictions)


def set_current(jurisdictions: Jurisdictions) -> None:
    """Use these in this process from now on."""
    global _current
    _current = jurisdictions


def current() -> Jurisdictions:
    """Return those in force in this process.

    Raises:
        RuntimeError: before they were read.
    """
    if _current is None:
        raise RuntimeError("the jurisdictions have not been read")
    return _current


_current: Jurisdictions | None = None
