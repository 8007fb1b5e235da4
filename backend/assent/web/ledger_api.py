"""The API: the ledger's entries of a case. (The ledger's own room knows neither web nor people.)"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.ledger.events import EventKind
from assent.ledger.store import StoredRecord, read_case_records
from assent.refusal import Forbidden, NotFound
from assent.web.api import (
    USUAL_ITEMS,
    BadCursor,
    Cursor,
    Items,
    Limit,
    Moment,
    SomebodyOut,
    api_router,
    cut,
    problems,
)
from assent.web.requirements import Names, names_for
from assent.web.requires import CaseVisit, api_in_case
from assent.web.votes import kept_from

router: APIRouter = api_router("Ledger")
_LONGEST_INDEX = 18


class EntryOut(BaseModel):
    """One recorded decision."""

    index: int = Field(description="Its place in the instance's log, which has no gaps.")
    at: Moment
    event: EventKind
    actor: SomebodyOut | None = Field(description="Who decided; null for the instance itself.")
    action: UUID | None


@router.get("/cases/{case}/ledger", responses=problems(NotFound, Forbidden))
async def ledger(
    visit: Annotated[CaseVisit, api_in_case(Permission.LEDGER_READ)],
    limit: Limit = USUAL_ITEMS,
    cursor: Cursor = None,
) -> Items[EntryOut]:
    """What was decided in the case, oldest first: entries about actions I may see.

    Relatives are not told what others of the family have said, unless the family chose so.
    """
    session = visit.session
    records = await read_case_records(
        session, visit.case.id, after=_index_of(cursor), limit=limit + 1
    )
    part, last = cut(records, limit)
    kept = await kept_from(session, visit.standing)
    shown = [r for r in part if not kept(r.record)]
    actors = {UUID(r.record["actor"]["person"]) for r in shown if "actor" in r.record}
    names = await names_for(session, visit.standing, actors)
    return Items(
        items=[_entry_out(record, names) for record in shown],
        next=str(last.index) if last else None,
    )


def _index_of(cursor: str | None) -> int:
    if cursor is None:
        return -1
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= _LONGEST_INDEX):
        raise BadCursor(field="cursor")
    return int(cursor)


def _entry_out(stored: StoredRecord, names: Names) -> EntryOut:
    actor = stored.record.get("actor")
    return EntryOut(
        index=stored.index,
        at=stored.at,
        event=EventKind(stored.record["event"]),
        actor=SomebodyOut.model_validate(names.of(actor["person"]).as_json()) if actor else None,
        action=stored.action_id,
    )
