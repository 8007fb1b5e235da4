"""Checkpoints (C2SP tlog-checkpoint): a log's signed word that at this size it has this root."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assent.ledger.notes import (
    LogKey,
    LogSigner,
    Note,
    NoteProblem,
    decode,
    encode,
    parse_note,
    verified,
)
from assent.ledger.tree import EMPTY_ROOT, HASH_BYTES, LARGEST_SIZE

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class CheckpointProblem(NoteProblem):
    """A checkpoint that is malformed, or not signed by the log it should be from."""


@dataclass(frozen=True)
class Checkpoint:
    """The state of a log.

    Attributes:
        origin: the log's own name.
        size: how many entries it has.
        root: the hash of its tree.
        extensions: further lines, which mean nothing to us.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin:
            raise CheckpointProblem("the origin of a checkpoint is one line")
        if not 0 <= self.size <= LARGEST_SIZE:
            raise CheckpointProblem("the size of a checkpoint is out of bounds")
        if len(self.root) != HASH_BYTES:
            raise CheckpointProblem(f"the root of a checkpoint has {HASH_BYTES} bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise CheckpointProblem("an empty log has another root")
        if any(not line or "\n" in line for line in self.extensions):
            raise CheckpointProblem("an extension of a checkpoint is one line")

    @property
    def text(self) -> str:
        """The text that is signed."""
        lines = (self.origin, str(self.size), encode(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint.

    Raises:
        CheckpointProblem: if it is malformed.
    """
    if not text.endswith("\n"):
        raise CheckpointProblem("a checkpoint ends in a newline")
    origin, *rest = text[:-1].split("\n")
    if len(rest) < 2:
        raise CheckpointProblem("a checkpoint has an origin, a size and a root")
    size, root, *extensions = rest
    if not _SIZE.fullmatch(size):
        raise CheckpointProblem("the size of a checkpoint is not a number")
    try:
        return Checkpoint(origin, int(size), decode(root), tuple(extensions))
    except CheckpointProblem:
        raise
    except NoteProblem as error:
        raise CheckpointProblem(f"the root of a checkpoint is {error}") from error


def signed(checkpoint: Checkpoint, signer: LogSigner) -> Note:
    """Return the checkpoint as the log signs it."""
    return Note(checkpoint.text, (signer.sign(checkpoint.text),))


def opened(
    data: bytes | str | Note, key: LogKey, origin: str | None = None
) -> tuple[Checkpoint, Note]:
    """Read a signed checkpoint and check that this log signed it.

    Args:
        data: the signed note.
        key: the log's key.
        origin: the log's name where it is not the key's.

    Raises:
        CheckpointProblem: if it is malformed, another log's, or not signed by this key.
    """
    try:
        note = data if isinstance(data, Note) else parse_note(data)
        checkpoint = parse_checkpoint(note.text)
        if checkpoint.origin != (origin or key.name):
            raise CheckpointProblem(f"the checkpoint is of another log: {checkpoint.origin}")
        if not verified(note, [key]):
            raise CheckpointProblem("the checkpoint is not signed by the log's key")
    except CheckpointProblem:
        raise
    except NoteProblem as error:
        raise CheckpointProblem(str(error)) from error
    return checkpoint, note
