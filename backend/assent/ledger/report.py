"""What a verification found: each thing that holds, each that is wrong, and what nobody has proven."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum


class Mark(Enum):
    """What a finding says."""

    HOLDS = "holds"
    WRONG = "WRONG"
    NOTE = "note"
    SAYS = "says"


@dataclass(frozen=True)
class Finding:
    """One sentence of a report."""

    mark: Mark
    sentence: str

    def __str__(self) -> str:
        return f"{self.mark.value:<6} {self.sentence}"


@dataclass
class Report:
    """The findings, in the order in which they were made."""

    findings: list[Finding] = field(default_factory=list)

    def holds(self, sentence: str) -> None:
        """Add something that was checked and is true."""
        self.findings.append(Finding(Mark.HOLDS, sentence))

    def wrong(self, sentence: str) -> None:
        """Add something that is not as it should be; one of these and nothing is proven."""
        self.findings.append(Finding(Mark.WRONG, sentence))

    def note(self, sentence: str) -> None:
        """Add what a reader must know that is neither."""
        self.findings.append(Finding(Mark.NOTE, sentence))

    def says(self, sentence: str) -> None:
        """Add what the record says, once it has been shown to be the record."""
        self.findings.append(Finding(Mark.SAYS, sentence))

    @property
    def is_good(self) -> bool:
        """Whether something holds and nothing is wrong."""
        marks = {finding.mark for finding in self.findings}
        return Mark.HOLDS in marks and Mark.WRONG not in marks

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)
