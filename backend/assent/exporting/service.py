"""Everything of a case in one zip: what another Assent imports, the files, and the ledger that proves it all."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator, Callable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.cases.models import Case
from assent.database.session import present
from assent.evidence.files import open_file
from assent.evidence.models import StoredFile
from assent.exporting.importable import importable
from assent.ledger.events import EventKind
from assent.ledger.exports import (
    IMPORTABLE,
    OpenedEntry,
    adding_entries,
    adding_records,
    write_head,
)
from assent.ledger.store import append, case_openings, newest_case_index
from assent.ledger.store_models import LedgerEntry
from assent.ledger.tiles import make_bundle
from assent.proving.checkpoints import latest_head
from assent.proving.receipts import known_keys
from assent.proving.refusals import NotSignedYet
from assent.refusal import NotFound

_ENTRIES_AT_ONCE = 4096
_README = """\
case.yaml   what another Assent imports: `assent import FILE.zip`. No decision is ever imported: people make them.
            Its texts are compared with the recorded digests by `assent verify`.
files/      evidence, by the SHA-256 of its bytes
ledger/     every decision with what proves it: `assent verify FILE.zip`, or /verify in a browser
"""


async def note_export(session: AsyncSession, slug: str) -> UUID:
    """Record that a case was taken out, and return its id.

    Raises:
        NotFound: there is no such case.
    """
    case = (await session.scalars(select(Case).where(Case.slug == slug))).one_or_none()
    if case is None:
        raise NotFound
    await append(
        session, event=EventKind.CASE_EXPORTED, actor=None, case_id=case.id, at=await present(session), body={}
    )  # fmt: skip
    return case.id


async def export_case(
    session: AsyncSession,
    case_id: UUID,
    file: zipfile.ZipFile,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Write everything of a case.

    Args:
        session: a job's session.
        tell: called with a sentence for each step.

    Raises:
        NotSignedYet: the log has not been signed since the last decision.
        assent.refusal.Refusal: a file is damaged, or its store does not answer.
    """
    file.writestr("README.txt", _README)
    tell("what can be imported …")
    file.writestr(IMPORTABLE, await importable(session, case_id))
    await _files(session, case_id, file, tell)
    tell("the ledger …")
    await _ledger(session, case_id, file)


async def _files(
    session: AsyncSession, case_id: UUID, file: zipfile.ZipFile, tell: Callable[[str], None]
) -> None:
    query = select(StoredFile).where(StoredFile.case_id == case_id).order_by(StoredFile.stored_at)
    kept = {stored.sha256: stored for stored in await session.scalars(query)}
    for number, (digest, stored) in enumerate(kept.items(), start=1):
        tell(f"file {number} of {len(kept)} …")
        with file.open(f"files/{digest}", "w", force_zip64=True) as member:
            async for piece in await open_file(session, stored):
                member.write(piece)


async def _ledger(session: AsyncSession, case_id: UUID, file: zipfile.ZipFile) -> None:
    """One piece after the other: a ledger is never in memory as a whole."""
    head, newest = await latest_head(session), await newest_case_index(session, case_id)
    if head is None or (newest is not None and newest >= head.size):
        raise NotSignedYet
    write_head(file, checkpoint=str(head.note), keys=known_keys(head))
    with adding_entries(file) as write:
        async for piece in _entries(session, head.size):
            write(piece)
    with adding_records(file) as write:
        async for index, secret, record in case_openings(session, case_id):
            write(OpenedEntry(index, record, secret).line())


async def _entries(session: AsyncSession, size: int) -> AsyncIterator[bytes]:
    """All entries, of other cases too: they are commitments, and show nothing of them."""
    for first in range(0, size, _ENTRIES_AT_ONCE):
        end = min(first + _ENTRIES_AT_ONCE, size)
        query = select(LedgerEntry.entry).where(LedgerEntry.index >= first, LedgerEntry.index < end)
        rows = await session.scalars(query.order_by(LedgerEntry.index))
        yield make_bundle(bytes(entry) for entry in rows)
