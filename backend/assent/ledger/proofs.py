"""A proof that can be checked offline (C2SP tlog-proof): entry, path to the root, cosigned checkpoint."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assent.ledger.checkpoints import parse_checkpoint
from assent.ledger.notes import Note, NoteProblem, decode, encode, parse_note
from assent.ledger.tree import HASH_BYTES, LONGEST_PROOF, leaf_hash, verify_inclusion
from assent.ledger.trust import Head, Trust, verify_head

FIRST_LINE = "c2sp.org/tlog-proof@v1"
LARGEST_PROOF = 4 * 1024 * 1024
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)
_EXTRA = "extra "


class LogProofProblem(ValueError):
    """A proof that is malformed."""


@dataclass(frozen=True)
class LogProof:
    """That an entry stands in a log.

    Attributes:
        index: of the entry.
        path: the inclusion proof, the entry's sibling first.
        checkpoint: signed by the log, cosigned by witnesses.
        extra: what else the file carries; true only so far as the entry says so.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: Note
    extra: bytes = b""

    def __str__(self) -> str:
        extra = [f"{_EXTRA}{encode(self.extra)}"] if self.extra else []
        lines = [FIRST_LINE, *extra, f"index {self.index}", *map(encode, self.path), ""]
        return "".join(f"{line}\n" for line in lines) + str(self.checkpoint)

    def verify(self, entry: bytes, trust: Trust) -> Head:
        """Check that the entry stands at this place of a log that is trusted.

        Returns:
            the log's verified head.

        Raises:
            NoteProblem: if the checkpoint's signatures do not hold.
            assent.ledger.tree.ProofProblem: if the entry is not in the tree.
        """
        head = verify_head(self.checkpoint, trust)
        size, root = head.checkpoint.size, head.checkpoint.root
        verify_inclusion(leaf_hash(entry), self.index, size, self.path, root)
        return head


def parse_proof(data: bytes | str) -> LogProof:
    """Read a proof.

    Raises:
        LogProofProblem: if it is malformed or too large.
    """
    if len(data) > LARGEST_PROOF:
        raise LogProofProblem("the file is too large to be a proof")
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        head, separator, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if lines.pop(0) != FIRST_LINE or not separator:
            raise LogProofProblem("not a proof of a transparency log")
        extra = (
            decode(lines.pop(0)[len(_EXTRA) :]) if lines and lines[0].startswith(_EXTRA) else b""
        )
        index = _INDEX.fullmatch(lines.pop(0)) if lines else None
        if index is None or len(lines) > LONGEST_PROOF:
            raise LogProofProblem("the proof names no place in the log, or has too many lines")
        path = tuple(decode(line) for line in lines)
        if any(len(step) != HASH_BYTES for step in path):
            raise LogProofProblem("a line of the proof is no hash")
        note = parse_note(checkpoint)
        parse_checkpoint(note.text)
        proof = LogProof(int(index[1]), path, note, extra)
    except (NoteProblem, UnicodeError) as error:
        raise LogProofProblem(f"the proof is malformed: {error}") from error
    if str(proof) != text:
        raise LogProofProblem("the proof is not written as it should be")
    return proof
