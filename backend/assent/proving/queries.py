"""The record of a case as its page reads it: newest first, filtered by what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.ledger.store import StoredRecord, read_latest_case_records

_TITLES = text("select id, title from assent.actions where id = any (cast(:ids as uuid[]))")
_A_PAGE = 40
_MOST_LOOKED_AT = 5_000


async def latest_records(
    session: AsyncSession,
    case_id: UUID,
    *,
    before: int | None,
    event: str | None,
    kept: Callable[[Mapping[str, Any]], bool],
) -> tuple[list[StoredRecord], int | None]:
    """Return a page of records, newest first, and from where the next goes on.

    Args:
        before: only records before this place in the log.
        event: only of this kind; what was decided is sealed, so kinds are told apart here.
        kept: which records are kept from this reader.
    """
    found: list[StoredRecord] = []
    looked_at = 0
    while looked_at < _MOST_LOOKED_AT:
        batch = await read_latest_case_records(session, case_id, before=before, limit=_A_PAGE * 5)
        looked_at += len(batch)
        for record in batch:
            if event in (None, record.record["event"]) and not kept(record.record):
                found.append(record)
                if len(found) == _A_PAGE:
                    return found, record.index
        if len(batch) < _A_PAGE * 5:
            return found, None
        before = batch[-1].index
    return found, before


async def titles_of(session: AsyncSession, action_ids: set[UUID]) -> dict[UUID, str]:
    """Return the titles of those of the actions that the session may see."""
    rows = await session.execute(_TITLES, {"ids": list(action_ids)})
    return {row.id: row.title for row in rows}
