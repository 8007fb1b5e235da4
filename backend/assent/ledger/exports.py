"""A ledger in a file: the members of an export that prove it, how they are written and read.

Four members of a zip: `ledger/checkpoint`, `ledger/keys`, `ledger/entries` (all entries from the
first on, in the form of tlog-tiles' bundles; may be missing) and `ledger/records.jsonl` (what opens
some of them; with an inclusion proof each where the entries are missing).
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from assent.ledger.notes import NoteProblem, decode, encode
from assent.ledger.records import SECRET_BYTES, RecordProblem, canonical_record, parse_record
from assent.ledger.tree import HASH_BYTES, LONGEST_PROOF

CHECKPOINT = "ledger/checkpoint"
KEYS = "ledger/keys"
ENTRIES = "ledger/entries"
RECORDS = "ledger/records.jsonl"
IMPORTABLE = "case.yaml"
Write = Callable[[bytes], int]
_LONGEST_LINE = 8 * 1024 * 1024
_LARGEST_SMALL = 256 * 1024
_LARGEST_TEXTS = 256 * 1024 * 1024
_CHUNK = 1 << 20
_PREFIX_BYTES = 2


class ExportProblem(ValueError):
    """An export that is malformed."""


@dataclass(frozen=True)
class OpenedEntry:
    """A line of `ledger/records.jsonl`.

    Attributes:
        index: of the entry.
        record, secret: what it commits to, and with what.
        path: its inclusion proof; empty where the export has the entries.
    """

    index: int
    record: dict[str, Any]
    secret: bytes
    path: tuple[bytes, ...] = ()

    def line(self) -> bytes:
        """Return the line, its newline included."""
        members: dict[str, Any] = {
            "index": self.index,
            "record": self.record,
            "secret": encode(self.secret),
        }
        if self.path:
            members["proof"] = [encode(step) for step in self.path]
        return canonical_record(members) + b"\n"


def parse_line(line: bytes) -> OpenedEntry:
    """Read a line of `ledger/records.jsonl`, without its newline.

    Raises:
        ExportProblem: if it is malformed.
    """
    try:
        members = parse_record(line)
        index, record, secret = members["index"], members["record"], decode(members["secret"])
        path = tuple(decode(step) for step in members.get("proof", []))
    except (RecordProblem, NoteProblem, KeyError, TypeError, AttributeError) as error:
        raise ExportProblem("a line of the records is malformed") from error
    if set(members) - {"index", "record", "secret", "proof"} or len(secret) != SECRET_BYTES:
        raise ExportProblem("a line of the records is malformed")
    if type(index) is not int or index < 0 or not isinstance(record, dict):
        raise ExportProblem("a line of the records is malformed")
    if len(path) > LONGEST_PROOF or any(len(step) != HASH_BYTES for step in path):
        raise ExportProblem("a proof in the records is malformed")
    return OpenedEntry(index, record, secret, path)


class Archive:
    """An export that is being read: one piece after the other, never as a whole."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        names = [info.filename for info in file.infolist()]
        ours = [name for name in names if name.startswith("ledger/") or name == IMPORTABLE]
        if len(set(ours)) != len(ours):
            raise ExportProblem("the file has two members of one name")
        self._file, self._names = file, frozenset(ours)

    @property
    def has_entries(self) -> bool:
        """Whether all entries are in it."""
        return ENTRIES in self._names

    def small(self, name: str) -> bytes:
        """Return a member that is never large.

        Raises:
            ExportProblem: if it is missing, too large or damaged.
        """
        return self._whole(name, _LARGEST_SMALL)

    @property
    def has_texts(self) -> bool:
        """Whether it carries what another Assent imports."""
        return IMPORTABLE in self._names

    def texts(self) -> bytes:
        """Return what another Assent imports.

        Raises:
            ExportProblem: as for a small member.
        """
        return self._whole(IMPORTABLE, _LARGEST_TEXTS)

    def _whole(self, name: str, most: int) -> bytes:
        with self._opened(name) as member:
            data = _read(member, most + 1)
        if len(data) > most:
            raise ExportProblem(f"{name} is too large")
        return data

    def records(self) -> Iterator[OpenedEntry]:
        """Yield what opens entries, in the order in which it is written.

        Raises:
            ExportProblem: if a line is malformed, or out of order.
        """
        last, rest = -1, b""
        with self._opened(RECORDS) as member:
            while piece := _read(member, _CHUNK):
                *lines, rest = (rest + piece).split(b"\n")
                if len(rest) > _LONGEST_LINE:
                    raise ExportProblem("a line of the records is too long")
                for line in lines:
                    opened = parse_line(line)
                    if opened.index <= last:
                        raise ExportProblem(f"the records are out of order at entry {opened.index}")
                    last = opened.index
                    yield opened
        if rest:
            raise ExportProblem("the last line of the records is cut off")

    def entries(self) -> Iterator[list[bytes]]:
        """Yield the entries from the first on, each behind the byte with which a leaf is hashed.

        Raises:
            ExportProblem: if they end in the middle of one.
        """
        rest = b""
        with self._opened(ENTRIES) as member:
            while piece := _read(member, _CHUNK):
                prefixed, rest = split_entries(rest + piece)
                yield prefixed
        if rest:
            raise ExportProblem("the last of the entries is cut off")

    def _opened(self, name: str) -> IO[bytes]:
        if name not in self._names:
            raise ExportProblem(f"the file has no {name}")
        try:
            return self._file.open(name)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
            raise ExportProblem(f"{name} cannot be read: {error}") from error


def _read(member: IO[bytes], most: int) -> bytes:
    try:
        return member.read(most)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise ExportProblem(f"the file is damaged: {error}") from error


def split_entries(data: bytes) -> tuple[list[bytes], bytes]:
    """Split length-prefixed entries.

    Returns:
        each entry behind a zero byte, as it goes into its leaf's hash; and what is left over.
    """
    if len(data) < _PREFIX_BYTES:
        return [], data
    stride = _PREFIX_BYTES + int.from_bytes(data[:_PREFIX_BYTES], "big")
    count = len(data) // stride
    end = count * stride
    whole = data[:end]
    # Entries of one length, as ours are, need no look at each: every stride begins alike.
    if count and all(whole[at::stride] == data[at : at + 1] * count for at in range(_PREFIX_BYTES)):
        leaves = bytearray(whole)
        leaves[1::stride] = bytes(count)
        pieces = bytes(leaves)
        return [pieces[at : at + stride - 1] for at in range(1, end, stride)], data[end:]
    return _split_one_by_one(data)


def _split_one_by_one(data: bytes) -> tuple[list[bytes], bytes]:
    entries, at = [], 0
    while at + _PREFIX_BYTES <= len(data):
        end = at + _PREFIX_BYTES + int.from_bytes(data[at : at + _PREFIX_BYTES], "big")
        if end > len(data):
            break
        entries.append(b"\x00" + data[at + _PREFIX_BYTES : end])
        at = end
    return entries, data[at:]


def write_head(file: zipfile.ZipFile, *, checkpoint: str, keys: Sequence[str]) -> None:
    """Add the signed, cosigned note, and the public keys of log and witnesses as text."""
    file.writestr(CHECKPOINT, checkpoint)
    file.writestr(KEYS, "".join(f"{key}\n" for key in keys))


@contextmanager
def adding_entries(file: zipfile.ZipFile) -> Iterator[Write]:
    """Add all entries while the block lasts: what is written are pieces in the form of bundles."""
    # Commitments look like random bytes: compressing them would only take time.
    with file.open(zipfile.ZipInfo(ENTRIES), "w", force_zip64=True) as member:
        yield member.write


@contextmanager
def adding_records(file: zipfile.ZipFile) -> Iterator[Write]:
    """Add what opens entries while the block lasts: what is written are lines by rising index."""
    with file.open(RECORDS, "w", force_zip64=True) as member:
        yield member.write


def write_export(
    file: zipfile.ZipFile,
    *,
    checkpoint: str,
    keys: Sequence[str],
    records: Iterator[OpenedEntry],
    entries: Iterator[bytes] | None = None,
) -> None:
    """Add the members that prove a ledger to an export.

    Args:
        checkpoint: the signed, cosigned note.
        keys: public keys of log and witnesses as text.
        records: what opens entries, by rising index; with its proof where `entries` is None.
        entries: all of them, pieces in the form of bundles.
    """
    write_head(file, checkpoint=checkpoint, keys=keys)
    if entries is not None:
        with adding_entries(file) as write:
            for piece in entries:
                write(piece)
    with adding_records(file) as write:
        for opened in records:
            write(opened.line())
