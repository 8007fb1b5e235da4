"""Whose word is taken: a log's keys, its witnesses' keys, and how many of them make a receipt complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from assent.ledger.checkpoints import Checkpoint, CheckpointProblem, parse_checkpoint
from assent.ledger.cosignatures import WitnessKey, cosigners, parse_key
from assent.ledger.notes import LogKey, Note, NoteProblem, verified

_SHORTEST_FINGERPRINT = 32


@dataclass(frozen=True)
class Trust:
    """The keys that count, and nothing else does.

    Attributes:
        logs: the keys of the log, the present one and earlier ones.
        witnesses: of those who may cosign; one key each.
        needed: how many of them must have cosigned for a receipt to be complete.
    """

    logs: tuple[LogKey, ...]
    witnesses: tuple[WitnessKey, ...] = ()
    needed: int = 0

    def __post_init__(self) -> None:
        keys = [log.public for log in self.logs] + [witness.public for witness in self.witnesses]
        if len(set(keys)) != len(keys):
            raise NoteProblem("one key cannot speak for two: a log or witness is trusted twice")
        if len({witness.name for witness in self.witnesses}) != len(self.witnesses):
            raise NoteProblem("two witnesses have the same name")


@dataclass(frozen=True)
class Head:
    """A checkpoint whose signatures have been verified.

    Attributes:
        log: the key by which the log signed it.
        cosigned: the trusted witnesses that cosigned, with the time of each in seconds since 1970.
        needed: how many are needed.
    """

    checkpoint: Checkpoint
    log: LogKey
    cosigned: Mapping[WitnessKey, int] = field(default_factory=dict)
    needed: int = 0

    @property
    def is_witnessed(self) -> bool:
        """Whether as many have cosigned as are needed."""
        return len(self.cosigned) >= self.needed


def verify_head(note: Note, trust: Trust) -> Head:
    """Check the signatures of a checkpoint.

    Raises:
        CheckpointProblem: if it is malformed, of another log, or not signed by a trusted key of it.
        NoteProblem: if a witness's line does not hold.
    """
    checkpoint = parse_checkpoint(note.text)
    keys = [key for key in trust.logs if key.name == checkpoint.origin]
    if not keys:
        raise CheckpointProblem(
            f"the checkpoint is of a log that is not trusted: {checkpoint.origin}"
        )
    signers = verified(note, keys)
    if not signers:
        raise CheckpointProblem("the checkpoint is not signed by a trusted key of the log")
    log = next(key for key in keys if key in signers)
    return Head(checkpoint, log, cosigners(note, trust.witnesses), trust.needed)


def choose_keys(
    offered: Iterable[str], wanted: Iterable[str]
) -> tuple[list[LogKey], list[WitnessKey]]:
    """Return the keys that are trusted: those wanted, in full or by fingerprint.

    Args:
        offered: keys that a file names; trusted only if a wanted fingerprint is theirs.
        wanted: public keys as text, or fingerprints of at least 32 hexadecimal digits.

    Raises:
        NoteProblem: if a key is malformed, or nothing has a wanted fingerprint.
    """
    known = [parse_key(text) for text in offered]
    chosen: list[LogKey | WitnessKey] = []
    for text in wanted:
        if "+" in text:
            chosen.append(parse_key(text))
            continue
        fingerprint = text.strip().lower().replace(":", "").replace(" ", "")
        if len(fingerprint) < _SHORTEST_FINGERPRINT:
            raise NoteProblem(f"a fingerprint has at least {_SHORTEST_FINGERPRINT} digits: {text}")
        found = [key for key in known if key.fingerprint.startswith(fingerprint)]
        if not found:
            raise NoteProblem(f"the file names no key with the fingerprint {text}")
        chosen += found
    return sorted_keys(chosen)


def sorted_keys(
    keys: Iterable[LogKey | WitnessKey],
) -> tuple[list[LogKey], list[WitnessKey]]:
    """Return logs' and witnesses' keys apart, each once."""
    unique = list(dict.fromkeys(keys))
    logs = [key for key in unique if isinstance(key, LogKey)]
    return logs, [key for key in unique if isinstance(key, WitnessKey)]
