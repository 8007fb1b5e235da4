"""Keeping files and giving them out: sealed with the case's key, known by the digest of their bytes.

What came in is read back before it is recorded: the digest says what the store holds, not what was sent to it.
Reading and writing need no transaction; only the record is made in one.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.database.ids import new_id
from assent.database.session import present
from assent.evidence import storage
from assent.evidence.labels import Label, label_of
from assent.evidence.looking import HEAD_BYTES, TAIL_BYTES, WHOLE_BYTES, look_at
from assent.evidence.models import StoredFile
from assent.evidence.refusals import CutOff, EmptyFile, FileDamaged, too_large
from assent.evidence.scanning import scan
from assent.evidence.sealed_stream import PartBroken, open_stream, seal_stream
from assent.ledger.events import EventKind
from assent.ledger.sealing import DataKey
from assent.ledger.store import append, case_data_key
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.wording import clean_line

LONGEST_NAME = 200


@dataclass(frozen=True)
class Kept:
    """The parts of a file as they lie in the store.

    Attributes:
        parts: their sizes before sealing, in order.
    """

    case_id: UUID
    file_id: UUID
    parts: tuple[int, ...]

    @property
    def size(self) -> int:
        """Of the whole file."""
        return sum(self.parts)


@dataclass(frozen=True)
class Examined:
    """A kept file, read back: what it is."""

    kept: Kept
    name: str
    sha256: str
    media_type: str
    remarks: tuple[str, ...]


async def keep_part(
    key: DataKey, case_id: UUID, file_id: UUID, number: int, stream: AsyncIterable[bytes], most: int
) -> int:
    """Seal one part of a file into the store as it comes; returns its size.

    Args:
        most: at most so many bytes.

    Raises:
        FileTooLarge, EmptyFile, FilesAway: nothing of the part stays.
    """
    store, size = storage.current(), 0

    async def counted() -> AsyncIterator[bytes]:
        nonlocal size
        async for piece in stream:
            size += len(piece)
            if size > most:
                raise too_large(store.most)
            yield piece
        if size == 0:
            raise EmptyFile(field="file")

    path = storage.part_path(case_id, file_id, number)
    await store.write(path, seal_stream(key.secret, path, counted()))
    return size


async def read_kept(key: DataKey, kept: Kept) -> AsyncIterator[bytes]:
    """Give out a file's bytes, opened and checked piece by piece.

    Raises:
        PartBroken, FilesAway
    """
    store = storage.current()
    for number, size in enumerate(kept.parts):
        path = storage.part_path(kept.case_id, kept.file_id, number)

        async def read(start: int, length: int, path: str = path) -> bytes:
            return await store.read(path, start, length)

        async for piece in open_stream(key.secret, path, size, read):
            yield piece


async def examine(key: DataKey, kept: Kept, name: str) -> Examined:
    """Read a kept file back: its digest, what it is, and what the scanner says.

    Raises:
        CutOff: it did not arrive whole.
        Infected, ScannerAway, FilesAway
    """
    store = storage.current()
    digest, head, tail = hashlib.sha256(), bytearray(), b""
    whole = bytearray() if kept.size <= WHOLE_BYTES else None
    try:
        async for piece in read_kept(key, kept):
            digest.update(piece)
            if len(head) < HEAD_BYTES:
                head += piece[: HEAD_BYTES - len(head)]
            tail = (tail + piece)[-TAIL_BYTES:]
            if whole is not None:
                whole += piece
        look = await asyncio.to_thread(
            look_at, name, bytes(head), tail, None if whole is None else bytes(whole)
        )
        remarks = list(look.remarks)
        if store.scanner is not None and not await scan(store.scanner, read_kept(key, kept)):
            remarks.append("not_scanned")
    except PartBroken as error:
        raise CutOff(field="file") from error
    return Examined(kept, name, digest.hexdigest(), look.media_type, tuple(remarks))


async def record_file(
    session: AsyncSession, caller: Caller, examined: Examined, label: Label
) -> StoredFile:
    """Record a file that was kept and read back."""
    kept, now = examined.kept, await present(session)
    index = await append(
        session,
        event=EventKind.FILE_STORED,
        actor=caller,
        case_id=kept.case_id,
        at=now,
        body={"file": str(kept.file_id), "sha256": examined.sha256, "size": kept.size},
    )
    values = {
        "id": kept.file_id,
        "case_id": kept.case_id,
        "sha256": examined.sha256,
        "size": kept.size,
        "media_type": examined.media_type,
        "name": examined.name,
        "remarks": list(examined.remarks),
        "parts": list(kept.parts),
        "visibility": label.visibility,
        "organisation_id": label.organisation_id,
        "stored_by": caller.person_id,
        "stored_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(StoredFile).values(**values))
    return await session.get_one(StoredFile, kept.file_id)


async def store_file(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    stream: AsyncIterable[bytes],
    *,
    name: str,
    visibility: str | None = None,
) -> StoredFile:
    """Keep a file that belongs to something else: a scan, a reading, a letter. In the caller's transaction.

    For files that arrive within seconds; what may take longer comes by `uploads`.

    Args:
        name: as its sender called it.
        visibility: its label; None for the narrowest.

    Raises:
        NotFound, Forbidden, Invalid: not somebody of the case, or the label does not fit.
        FileTooLarge, EmptyFile, CutOff, Infected, ScannerAway, FilesAway
    """
    standing = await require(session, caller, case_id, Permission.CASE_READ)
    label = label_of(caller, standing, visibility)
    key, file_id, called = await case_data_key(session, case_id), new_id(), file_name(name)
    size = await keep_part(key, case_id, file_id, 0, stream, storage.current().most)
    kept = Kept(case_id, file_id, (size,))
    try:
        return await record_file(session, caller, await examine(key, kept, called), label)
    except Exception:
        await forget_kept(kept)
        raise


async def forget_kept(kept: Kept) -> None:
    """Remove from the store what will not be recorded."""
    await storage.current().remove(f"{kept.case_id}/{kept.file_id}")


async def find_file(session: AsyncSession, case_id: UUID, sha256: str) -> StoredFile | None:
    """Return the case's file with this digest that the session's person may see, the first of them."""
    query = (
        select(StoredFile)
        .where(StoredFile.case_id == case_id, StoredFile.sha256 == sha256)
        .order_by(StoredFile.ledger_index)
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def open_file(session: AsyncSession, file: StoredFile) -> AsyncIterator[bytes]:
    """Return a file's bytes, piece by piece; read after the transaction has ended, if need be.

    The first piece is read here, so that a damaged file is refused before an answer begins.

    Raises:
        FileDamaged, FilesAway
    """
    key = await case_data_key(session, file.case_id)
    pieces = read_kept(key, Kept(file.case_id, file.id, tuple(file.parts)))
    try:
        first = await anext(pieces)
    except PartBroken as error:
        raise FileDamaged from error

    async def from_the_first() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return from_the_first()


async def read_whole(session: AsyncSession, file: StoredFile, most: int) -> bytes:
    """Return all of a small file.

    Raises:
        FileTooLarge: it has more than `most` bytes.
        FileDamaged, FilesAway
    """
    if file.size > most:
        raise too_large(most)
    try:
        return b"".join([piece async for piece in await open_file(session, file)])
    except PartBroken as error:
        raise FileDamaged from error


def file_name(name: str) -> str:
    """Return a file's name without folders, on one line, of bearable length; `file` where nothing is left."""
    bare = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(char for char in bare if char.isprintable()).strip()
    if len(printable) > LONGEST_NAME:
        _, dot, ending = printable.rpartition(".")
        ending = dot + ending if dot and len(ending) <= 12 else ""
        printable = printable[: LONGEST_NAME - len(ending)] + ending
    return clean_line(printable or "file", field="name", longest=LONGEST_NAME)
