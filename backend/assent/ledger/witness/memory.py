"""What a witness remembers: the last head it has cosigned of each log, on disk before anybody hears of it.

The file is replaced as a whole: written beside, forced to disk, renamed over the old one, and the
folder forced to disk. Whatever moment the machine dies at, the old or the new memory is there.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

from assent.ledger.checkpoints import parse_checkpoint
from assent.ledger.notes import Note, NoteProblem, parse_note

_VERSION = 1


class MemoryProblem(Exception):
    """The memory cannot be read or used: better no witness than a forgetful one."""


@dataclass(frozen=True)
class Remembered:
    """What is known of one log.

    Attributes:
        head: the last signed head that was cosigned.
        forked: whether the log has been seen to sign two histories.
    """

    head: Note
    forked: bool = False


@dataclass
class Memory:
    """A witness's memory, held by one process at a time."""

    path: Path
    logs: dict[str, Remembered] = field(default_factory=dict)
    _lock: IO[bytes] | None = field(default=None, repr=False)

    def __enter__(self) -> Memory:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = self.path.with_name(f"{self.path.name}.lock").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise MemoryProblem(f"another witness is running on {self.path}") from error
        self.logs = _read(self.path)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._lock is not None:
            self._lock.close()

    def remember(self, origin: str, remembered: Remembered) -> None:
        """Put something in the memory and on disk; returns when it is there to stay."""
        logs = {**self.logs, origin: remembered}
        replace_file(self.path, _written(logs))
        self.logs = logs

    def begin(self) -> None:
        """Write an empty memory, for a witness that has never cosigned anything."""
        replace_file(self.path, _written({}))


def replace_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace a file as a whole, so that after any crash the old or the new one is there."""
    new = path.with_name(f"{path.name}.new")
    with open(new, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _written(logs: Mapping[str, Remembered]) -> bytes:
    members = {
        origin: {"head": str(known.head), "forked": known.forked} for origin, known in logs.items()
    }
    return json.dumps({"version": _VERSION, "logs": members}, indent=1).encode()


def _read(path: Path) -> dict[str, Remembered]:
    try:
        members = json.loads(path.read_bytes())
        if members["version"] != _VERSION:
            raise MemoryProblem(f"{path} is of another version of this program")
        logs = {
            origin: Remembered(parse_note(known["head"]), known["forked"])
            for origin, known in members["logs"].items()
        }
        for origin, known in logs.items():
            if parse_checkpoint(known.head.text).origin != origin:
                raise MemoryProblem(f"{path} is damaged")
    except FileNotFoundError as error:
        raise MemoryProblem(f"there is no {path}") from error
    except (ValueError, KeyError, TypeError, AttributeError, NoteProblem) as error:
        raise MemoryProblem(
            f"{path} is damaged: put back its last copy, never an older one, or begin anew"
        ) from error
    return logs
