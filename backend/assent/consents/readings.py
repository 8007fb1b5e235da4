"""Recordings of a text read aloud: bound to the very revision and language, for whoever may read that revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.queries import latest_revision, require_latest, texts_of, visible_action
from assent.consents.reading_models import Reading, ReadingCheck
from assent.consents.refusals import LanguageNotShown, NotASound, OwnReading
from assent.database.ids import new_id
from assent.database.session import acting_as_job, lock_action, present
from assent.evidence.files import Examined, record_file
from assent.evidence.labels import label_of
from assent.evidence.models import StoredFile
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.refusal import N_, Forbidden, NotFound

MOST_BYTES = 20 * 1024 * 1024
# What phones record and browsers play. The name of a file claims; its bytes say.
SOUNDS = {
    "audio/mpeg": "audio/mpeg",
    "audio/mp4": "audio/mp4",
    "audio/ogg": "audio/ogg",
    "audio/aac": "audio/aac",
    "audio/x-wav": "audio/wav",
    "audio/x-flac": "audio/flac",
}
_ODD = frozenset({"two_in_one", "program", "markup"})
_LATEST = text("""
    select distinct on (r.language) r.id, r.language, r.sha256, r.at, f.size, f.media_type, r.attached_by,
      assent.shown_name(p.shown_as, p.name) as person, o.name as organisation,
      assent.shown_name(k.shown_as, k.name) as checker, ko.name as checked_for
    from assent.readings r join assent.stored_files f on f.id = r.file_id
      join assent.people p on p.id = r.attached_by left join assent.organisations o on o.id = p.organisation_id
      left join assent.reading_checks c on c.reading_id = r.id left join assent.people k on k.id = c.checked_by
      left join assent.organisations ko on ko.id = k.organisation_id
    where r.revision_id = :revision_id and c.fits is not false order by r.language, r.ledger_index desc
""")
_SEEN = text("select id from assent.readings where revision_id = :revision_id")


@dataclass(frozen=True)
class ReadingLine:
    """A reading as it is offered.

    Attributes:
        person, organisation: who attached it, under the name they chose.
        checker, checked_for: who else has listened, speaks the language, and says that it is the text; None: nobody.
    """

    id: UUID
    language: str
    sha256: str
    at: datetime
    size: int
    media_type: str
    attached_by: UUID
    person: str
    organisation: str | None
    checker: str | None
    checked_for: str | None


async def attach_reading(
    session: AsyncSession,
    caller: Caller,
    action_id: UUID,
    digest: str,
    language: str,
    examined: Examined,
) -> Reading:
    """Attach a recording to the latest text in one of its languages. A newer one of the same language takes its place.

    Args:
        digest: of the text that was read aloud; it has to be the latest one's.
        examined: the file, kept and read back; it is recorded here.

    Raises:
        NotFound, Forbidden: not somebody who writes here.
        StaleDigest, NothingToDecide, LanguageNotShown: there is no such text.
        NotASound: its bytes are something else, or something else too.
    """
    action = await visible_action(session, action_id)
    standing = await require(session, caller, action.case_id, Permission.ACTION_REVISE)
    if examined.media_type not in SOUNDS or _ODD & set(examined.remarks):
        raise NotASound(field="file")
    await lock_action(session, action_id)
    revision = require_latest(await latest_revision(session, action_id), digest)
    texts = texts_of(revision)
    if language not in texts:
        raise LanguageNotShown(
            N_("It exists in: {languages}."), field="language", languages=", ".join(sorted(texts))
        )
    file = await record_file(session, caller, examined, label_of(caller, standing, None))
    reading_id, now = new_id(), await present(session)
    index = await append(
        session,
        event=EventKind.READING_ATTACHED,
        actor=caller,
        case_id=action.case_id,
        action_id=action_id,
        at=now,
        body={
            "reading": str(reading_id),
            "digest": digest,
            "language": language,
            "sha256": file.sha256,
        },
    )
    values = {
        "id": reading_id,
        "action_id": action_id,
        "case_id": action.case_id,
        "revision_id": revision.id,
        "digest": digest,
        "language": language,
        "file_id": file.id,
        "sha256": file.sha256,
        "attached_by": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Reading).values(**values))
    return await session.get_one(Reading, reading_id)


async def check_reading(
    session: AsyncSession, caller: Caller, reading_id: UUID, *, fits: bool
) -> ReadingCheck:
    """Say, as somebody else who speaks the language and has listened, whether a reading is the text.

    One that is not is offered no more. Said once: what is wrong is read anew.

    Raises:
        NotFound, Forbidden: not the caller's to do.
        OwnReading: they attached it themselves.
    """
    reading = await session.get(Reading, reading_id)
    if reading is None:
        raise NotFound
    held = await require(session, caller, reading.case_id, Permission.CASE_READ)
    if held.is_family or caller.organisation_id is None:
        raise Forbidden
    if reading.attached_by == caller.person_id:
        raise OwnReading
    await lock_action(session, reading.action_id)
    if (before := await session.get(ReadingCheck, reading_id)) is not None:
        return before
    now = await present(session)
    index = await append(
        session,
        event=EventKind.READING_CHECKED,
        actor=caller,
        case_id=reading.case_id,
        action_id=reading.action_id,
        at=now,
        body={
            "reading": str(reading_id),
            "digest": reading.digest,
            "sha256": reading.sha256,
            "language": reading.language,
            "fits": fits,
        },
    )
    values = {
        "reading_id": reading_id,
        "case_id": reading.case_id,
        "checked_by": caller.person_id,
        "fits": fits,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(ReadingCheck).values(**values))
    return await session.get_one(ReadingCheck, reading_id)


async def readings_of(session: AsyncSession, revision_id: UUID) -> dict[str, ReadingLine]:
    """Return the latest reading of a revision in each language, as far as the session's person may read it."""
    if not (await session.scalars(_SEEN, {"revision_id": revision_id})).first():
        return {}
    # The file is kept under its bringer's own label; whoever may read the text may listen to it.
    async with acting_as_job(session):
        rows = await session.execute(_LATEST, {"revision_id": revision_id})
        return {row.language: ReadingLine(*row) for row in rows}


async def reading_offered(
    session: AsyncSession, caller: Caller, revision_id: UUID, language: str
) -> str:
    """Return the SHA-256 of the recording that stands beside the text on the caller's page; empty where none does.

    That it was offered is all that can be known: whether it was played, or heard to its end, only a script could say.
    """
    if caller.via == "token":
        return ""
    offered = (await readings_of(session, revision_id)).get(language)
    return offered.sha256 if offered else ""


async def file_of_reading(session: AsyncSession, reading_id: UUID) -> StoredFile:
    """Return the recording, if the session's person may read the text.

    Raises:
        NotFound: they may not, or there is none.
    """
    reading = await session.get(Reading, reading_id)
    if reading is None:
        raise NotFound
    async with acting_as_job(session):
        return await session.get_one(StoredFile, reading.file_id)
