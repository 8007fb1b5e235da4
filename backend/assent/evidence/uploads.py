"""Files on their way in: in one piece, or in pieces that go on where they stopped, over days and bad lines.

Who asks is settled before a piece is read and again when it is counted: no transaction waits for a slow line.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import BigInteger

from assent.database.ids import new_id
from assent.database.session import Database, present
from assent.evidence import storage
from assent.evidence.files import Kept, examine, file_name, forget_kept, keep_part
from assent.evidence.models import Upload
from assent.evidence.refusals import (
    CutOff,
    EmptyFile,
    Infected,
    NotAllThere,
    WrongOffset,
    too_large,
)
from assent.evidence.service import (
    Details,
    Recorded,
    check_details,
    copy_without_hidden_data,
    record_evidence,
)
from assent.ledger.sealing import DataKey
from assent.ledger.store import case_data_key
from assent.people.caller import Caller
from assent.refusal import N_, Invalid, NotFound

ABANDONED_AFTER = timedelta(days=3)
_MOST_PIECES = 20_000


@dataclass(frozen=True)
class Sender:
    """Somebody who sends a file, with the means to ask the database now and then."""

    database: Database
    caller: Caller


async def begin_upload(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    details: Details,
    *,
    name: str,
    size: int | None,
    fingerprint: str = "",
) -> Upload:
    """Announce a file. The same person's unfinished upload of the same file is gone on with.

    Args:
        size: in bytes; None where it comes in one piece.
        fingerprint: by which the sender knows the same file again; empty: a new upload each time.

    Raises:
        NotFound, Forbidden, Invalid, UnknownTier: as in `check_details`.
        FileTooLarge, EmptyFile: by the announced size.
    """
    details = await check_details(session, caller, case_id, details)
    if size is not None and size < 1:
        raise EmptyFile(field="file")
    if size is not None and size > storage.current().most:
        raise too_large(storage.current().most)
    if len(fingerprint) > 300:
        raise Invalid(N_("It is too long."), field="fingerprint")
    now, called = await present(session), file_name(name)
    values = {"name": called, "details": details.as_json(), "changed_at": now}
    if fingerprint and (begun := await _begun(session, caller, case_id, fingerprint, size)):
        await session.execute(update(Upload).where(Upload.id == begun.id).values(**values))
        await session.refresh(begun)
        return begun
    values |= {
        "id": new_id(),
        "case_id": case_id,
        "person_id": caller.person_id,
        "fingerprint": fingerprint,
        "size": size,
        "begun_at": now,
    }
    await session.execute(insert(Upload).values(**values))
    return await session.get_one(Upload, values["id"])


async def own_upload(session: AsyncSession, caller: Caller, upload_id: UUID) -> Upload:
    """Return an upload of the caller's.

    Raises:
        NotFound: it is finished, abandoned or somebody else's.
    """
    upload = await session.get(Upload, upload_id)
    if upload is None or upload.person_id != caller.person_id:
        raise NotFound
    return upload


async def unfinished_uploads(session: AsyncSession, caller: Caller, case_id: UUID) -> list[Upload]:
    """Return the caller's uploads in a case that wait for their rest, oldest first."""
    query = select(Upload).where(
        Upload.case_id == case_id, Upload.person_id == caller.person_id, Upload.size.is_not(None)
    )
    return list(await session.scalars(query.order_by(Upload.id)))


async def receive_piece(
    sender: Sender, upload_id: UUID, offset: int, stream: AsyncIterable[bytes]
) -> int:
    """Take the next piece of an upload; returns how many bytes have arrived in all.

    Args:
        offset: where the piece begins.

    Raises:
        NotFound: no upload of the caller's.
        WrongOffset: it stopped elsewhere; `extra` says where.
        FileTooLarge: the piece goes beyond the announced size. EmptyFile, FilesAway
    """
    async with sender.database.session(sender.caller.person_id) as session:
        upload = await own_upload(session, sender.caller, upload_id)
        key = await case_data_key(session, upload.case_id)
    if offset != upload.offset or len(upload.parts) >= _MOST_PIECES:
        raise WrongOffset(field="offset", extra={"offset": upload.offset})
    number = len(upload.parts)
    most = (upload.size or storage.current().most) - offset
    size = await keep_part(key, upload.case_id, upload.id, number, stream, most)
    async with sender.database.session(sender.caller.person_id) as session:
        arrived = func.array_append(Upload.parts, literal(size, BigInteger))
        counted = await session.execute(
            update(Upload)
            .where(
                Upload.id == upload_id,
                func.cardinality(Upload.parts, type_=ARRAY(BigInteger)) == number,
            )
            .values(parts=arrived, changed_at=await present(session))
            .returning(Upload.id)
        )
        if counted.one_or_none() is None:
            raise WrongOffset(field="offset", extra={"offset": upload.offset})
    return offset + size


async def finish_upload(
    sender: Sender, upload_id: UUID, details: Details | None = None
) -> Recorded:
    """Read the file back, and record it as evidence.

    Args:
        details: what it is recorded as, where that has come since; None: as it was announced.

    Raises:
        NotFound: no upload of the caller's, or it was finished a moment ago.
        NotAllThere: the rest is still to come.
        CutOff, Infected: nothing of it is kept. ScannerAway, FilesAway: it waits.
        Forbidden, Invalid: what was allowed at the beginning no longer is.
    """
    async with sender.database.session(sender.caller.person_id) as session:
        upload = await own_upload(session, sender.caller, upload_id)
        key = await case_data_key(session, upload.case_id)
    if not upload.parts or (upload.size is not None and upload.offset != upload.size):
        raise NotAllThere(extra={"offset": upload.offset})
    kept = Kept(upload.case_id, upload.id, tuple(upload.parts))
    try:
        return await _finish(sender, upload, key, kept, details)
    except (CutOff, Infected):
        await abandon_upload(sender, upload_id)
        raise


async def _finish(
    sender: Sender, upload: Upload, key: DataKey, kept: Kept, details: Details | None
) -> Recorded:
    examined = await examine(key, kept, upload.name)
    copy = await copy_without_hidden_data(key, examined)
    try:
        async with sender.database.session(sender.caller.person_id) as session:
            gone = delete(Upload).where(Upload.id == upload.id).returning(Upload.id)
            if (await session.execute(gone)).one_or_none() is None:
                raise NotFound
            told = details or Details.from_json(upload.details)
            return await record_evidence(session, sender.caller, examined, copy, told)
    except BaseException:
        if copy is not None:
            await forget_kept(copy.kept)
        raise


async def send_whole(sender: Sender, upload: Upload, stream: AsyncIterable[bytes]) -> None:
    """Take a file in one piece, into an upload just begun; if it breaks off, nothing stays.

    Raises:
        FileTooLarge, EmptyFile, FilesAway, and whatever the stream raises.
    """
    try:
        await receive_piece(sender, upload.id, 0, stream)
    except BaseException:
        await abandon_upload(sender, upload.id)
        raise


async def abandon_upload(sender: Sender, upload_id: UUID) -> None:
    """Forget an upload and what has arrived of it.

    Raises:
        NotFound: no upload of the caller's.
    """
    async with sender.database.session(sender.caller.person_id) as session:
        upload = await own_upload(session, sender.caller, upload_id)
        await session.delete(upload)
    await forget_kept(Kept(upload.case_id, upload.id, tuple(upload.parts)))


async def forget_abandoned(session: AsyncSession) -> int:
    """Forget uploads that nobody has gone on with for days; returns how many.

    Args:
        session: a job's session.
    """
    before = await present(session) - ABANDONED_AFTER
    abandoned = list(await session.scalars(select(Upload).where(Upload.changed_at < before)))
    for upload in abandoned:
        await forget_kept(Kept(upload.case_id, upload.id, tuple(upload.parts)))
        await session.delete(upload)
    return len(abandoned)


async def _begun(
    session: AsyncSession, caller: Caller, case_id: UUID, fingerprint: str, size: int | None
) -> Upload | None:
    query = select(Upload).where(
        Upload.case_id == case_id,
        Upload.person_id == caller.person_id,
        Upload.fingerprint == fingerprint,
        Upload.size == size,
    )
    return (await session.scalars(query.limit(1))).one_or_none()
