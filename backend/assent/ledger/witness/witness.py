"""A witness: it cosigns what it can see to have grown from what it has cosigned before, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from assent.ledger.checkpoints import Checkpoint, parse_checkpoint
from assent.ledger.cosignatures import WitnessSigner
from assent.ledger.forks import Evidence
from assent.ledger.notes import LogKey, Note, NoteProblem, SignatureLine, verified
from assent.ledger.tree import EMPTY_ROOT, ProofProblem, verify_consistency
from assent.ledger.verification import is_fork
from assent.ledger.witness.memory import Memory, Remembered, replace_file
from assent.ledger.witness.messages import AddCheckpoint


class WillNotCosign(Exception):
    """A request that is refused.

    Attributes:
        status: the HTTP status by which C2SP tlog-witness says so.
    """

    status = 400


class UnknownLog(WillNotCosign):
    """The checkpoint is of a log that this witness does not follow."""

    status = 404


class NotSignedByItsLog(WillNotCosign):
    """None of the signatures is of a key that this witness knows for the log."""

    status = 403


class OtherSize(WillNotCosign):
    """The asker believes another size to be the last one cosigned.

    Attributes:
        size: the size that it is.
    """

    status = 409

    def __init__(self, size: int) -> None:
        super().__init__(f"the last checkpoint cosigned here has {size} entries")
        self.size = size


class Forked(WillNotCosign):
    """The log has signed two histories; nothing of it is cosigned again."""

    status = 409


class NotConsistent(WillNotCosign):
    """The proof does not show that the log has grown from what was cosigned before."""

    status = 422


class Witness:
    """One witness with its key, its memory and the logs it follows."""

    def __init__(
        self,
        signer: WitnessSigner,
        memory: Memory,
        logs: Iterable[LogKey],
        clock: Callable[[], float],
    ) -> None:
        self.signer = signer
        self.memory = memory
        self.logs = tuple(logs)
        self._clock = clock

    def add_checkpoint(self, request: AddCheckpoint) -> SignatureLine:
        """Cosign a checkpoint, or refuse to. What is cosigned is on disk before this returns.

        Raises:
            WillNotCosign: a kind of it for each reason.
        """
        new = self.recognise(request.note)
        known = self.memory.logs.get(new.origin)
        last = parse_checkpoint(known.head.text) if known else Checkpoint(new.origin, 0, EMPTY_ROOT)
        if known is not None:
            self._refuse_fork(known, last, new, request.note)
        if request.old > new.size:
            raise WillNotCosign("the checkpoint is shorter than its own old size")
        if request.old != last.size:
            raise OtherSize(last.size)
        try:
            verify_consistency(last.size, new.size, last.root, new.root, request.proof)
        except ProofProblem as error:
            raise NotConsistent(str(error)) from error
        self.memory.remember(new.origin, Remembered(self._of_the_log(request.note, new.origin)))
        return self.signer.cosign(request.note.text, int(self._clock()))

    def recognise(self, note: Note) -> Checkpoint:
        """Return what a checkpoint of a followed log says.

        Raises:
            UnknownLog, NotSignedByItsLog: it is none.
        """
        checkpoint = parse_checkpoint(note.text)
        keys = [key for key in self.logs if key.name == checkpoint.origin]
        if not keys:
            raise UnknownLog(f"the log {checkpoint.origin} is not followed here")
        try:
            if not verified(note, keys):
                raise NotSignedByItsLog("not signed by a key known for this log")
        except NoteProblem as error:
            raise NotSignedByItsLog(str(error)) from error
        return checkpoint

    def compare(self, note: Note) -> bool:
        """Compare a head that somebody else was shown with the one cosigned here.

        Returns:
            whether the two are a fork; the evidence is on disk then.

        Raises:
            UnknownLog, NotSignedByItsLog: it is no head of a followed log.
        """
        other = self.recognise(note)
        known = self.memory.logs.get(other.origin)
        if known is None:
            return False
        try:
            self._refuse_fork(known, parse_checkpoint(known.head.text), other, note)
        except Forked:
            return True
        return False

    def _of_the_log(self, note: Note, origin: str) -> Note:
        """Return the note with its log's signatures alone: strangers' lines are not kept."""
        ids = {key.key_id for key in self.logs if key.name == origin}
        kept = [s for s in note.signatures if s.name == origin and s.key_id in ids]
        return Note(note.text, tuple(kept))

    def _refuse_fork(
        self, known: Remembered, last: Checkpoint, new: Checkpoint, note: Note
    ) -> None:
        if is_fork(last, new):
            self._keep_evidence(known.head, note, new)
            if not known.forked:
                self.memory.remember(new.origin, Remembered(known.head, forked=True))
            raise Forked(f"the log has signed two histories of {new.size} entries")
        if known.forked:
            raise Forked("the log has signed two histories before")

    def _keep_evidence(self, first: Note, second: Note, fork: Checkpoint) -> None:
        key = next(k for k in self.logs if k.name == fork.origin and k in verified(second, [k]))
        name = hashlib.sha256(first.text.encode() + second.text.encode()).hexdigest()[:16]
        folder = evidence_folder(self.memory.path)
        folder.mkdir(exist_ok=True)
        evidence = Evidence(str(key), first, self._of_the_log(second, fork.origin))
        path = folder / f"fork-{fork.size}-{name}.txt"
        if not path.exists():
            replace_file(path, str(evidence).encode())


def evidence_folder(memory: Path) -> Path:
    """Return where the evidence of forks is kept."""
    return memory.with_name(f"{memory.name}.evidence")
