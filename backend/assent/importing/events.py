"""What happened in a case, as an import file tells it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.cases.days import checked_day
from assent.cases.events import EFFECTS, EVENT_KINDS
from assent.cases.models import Event
from assent.cases.refusals import UnknownEvent
from assent.database.ids import new_id
from assent.database.session import present
from assent.importing.schema import EventPart
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.wording import clean_line, clean_text


async def record_imported_event(session: AsyncSession, case_id: UUID, part: EventPart) -> None:
    """Record one event that the operator imports. No yes is on record yet that it could put on hold.

    Raises:
        UnknownEvent, UnfitDay, UnfitText: naming the field.
    """
    if part.kind not in EVENT_KINDS:
        raise UnknownEvent(field="kind")
    if part.effect not in EFFECTS:
        raise UnknownEvent(field="effect")
    event_id, now = new_id(), await present(session)
    values: dict[str, Any] = {
        "kind": part.kind,
        "happened_on": checked_day(part.happened_on, field="happened_on", today=now.date()),
        "title": clean_line(part.title, field="title"),
        "effect": part.effect,
        "source": clean_text(part.source, field="source", longest=2_000),
    }
    index = await append(
        session,
        event=EventKind.EVENT_RECORDED,
        actor=None,
        case_id=case_id,
        at=now,
        body={"event_id": str(event_id), **values},
    )
    values |= {"id": event_id, "case_id": case_id, "recorded_at": now, "ledger_index": index}
    await session.execute(insert(Event).values(**values))
