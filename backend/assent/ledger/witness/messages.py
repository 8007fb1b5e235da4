"""What logs ask of witnesses (C2SP tlog-witness, `add-checkpoint`), as it goes over the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assent.ledger.checkpoints import Checkpoint, parse_checkpoint
from assent.ledger.notes import Note, NoteProblem, decode, encode, parse_note
from assent.ledger.tree import HASH_BYTES, LONGEST_PROOF

LARGEST_REQUEST = 300 * 1024
SIZE_TYPE = "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


class MalformedRequest(ValueError):
    """A request that is none."""


@dataclass(frozen=True)
class AddCheckpoint:
    """Please cosign this: it has grown from what you have seen, and here is the proof.

    Attributes:
        old: the size of the last checkpoint that the witness cosigned, as the asker believes.
        proof: that the new tree begins with the old one.
        note: the new checkpoint, signed by its log.
    """

    old: int
    proof: tuple[bytes, ...]
    note: Note

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says."""
        return parse_checkpoint(self.note.text)

    def __str__(self) -> str:
        lines = [f"old {self.old}", *map(encode, self.proof), ""]
        return "".join(f"{line}\n" for line in lines) + str(self.note)


def parse_add_checkpoint(data: bytes) -> AddCheckpoint:
    """Read the body of a request.

    Raises:
        MalformedRequest: if it is none.
    """
    if len(data) > LARGEST_REQUEST:
        raise MalformedRequest("the request is too large")
    try:
        head, _, rest = data.decode("utf-8").partition("\n\n")
        first, *lines = head.split("\n")
        old = _OLD.fullmatch(first)
        if old is None or len(lines) > LONGEST_PROOF:
            raise MalformedRequest("the request names no old size, or has too many lines")
        proof = tuple(decode(line) for line in lines)
        if any(len(step) != HASH_BYTES for step in proof):
            raise MalformedRequest("a line of the proof is no hash")
        request = AddCheckpoint(int(old[1]), proof, parse_note(rest))
        parse_checkpoint(request.note.text)
    except (NoteProblem, UnicodeError) as error:
        raise MalformedRequest(str(error)) from error
    return request
