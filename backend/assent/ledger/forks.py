"""Evidence that a log has signed two histories: both signed heads in one file, for anybody to check."""

from __future__ import annotations

from dataclasses import dataclass

from assent.ledger.notes import Note, NoteProblem, parse_note, read_key

FIRST_LINE = "assent/fork/v1"
_BETWEEN = "\n\n--\n\n"


@dataclass(frozen=True)
class Evidence:
    """Two heads of one log that contradict each other.

    Attributes:
        log: the public key that signed both, as text.
        first: the head that was known.
        second: the head that contradicts it.
    """

    log: str
    first: Note
    second: Note

    def __str__(self) -> str:
        return f"{FIRST_LINE}\n{self.log}\n\n{self.first}{_BETWEEN}{self.second}"


def parse_evidence(data: bytes | str) -> Evidence:
    """Read evidence; nothing of it is verified yet.

    Raises:
        NoteProblem: if it is malformed.
    """
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
    except UnicodeError as error:
        raise NoteProblem("the evidence is not UTF-8") from error
    head, _, heads = text.partition("\n\n")
    first, separator, second = heads.partition(_BETWEEN)
    line, _, log = head.partition("\n")
    if line != FIRST_LINE or not separator:
        raise NoteProblem("not the evidence of a fork")
    read_key(log)
    return Evidence(log, parse_note(first), parse_note(second))
