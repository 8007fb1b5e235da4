"""What happened in a case; some kinds put the family's yeses on hold until it confirms them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.cases.arrangements import held_arrangement
from assent.cases.days import checked_day
from assent.cases.models import Event
from assent.cases.refusals import UnknownEvent
from assent.database.ids import new_id
from assent.database.session import lock_case, present
from assent.gate.arrangement import ALWAYS_ASKS_AGAIN
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import people_with_role, require
from assent.tasks.gate_tasks import refresh_case
from assent.wording import clean_line, clean_text

EVENT_KINDS = (
    "arrest", "charge", "hearing", "trial", "sentence", "appeal", "transfer", "visit", "contact", "illness",
    "hunger_strike", "torture", "solitary", "negotiation", "statement", "listing", "opinion", "clemency_request",
    "release", "other",
)  # fmt: skip
EFFECTS = ("better", "worse", "neutral", "unknown")


async def record_event(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    kind: str,
    happened_on: str,
    title: str,
    effect: str = "unknown",
    source: str = "",
) -> Event:
    """Record that something happened.

    Where the family has chosen that events of this kind ask again, or the person was released, what
    it had agreed to holds only once it has said so again; those who decide are told that something waits.

    Args:
        happened_on: a day, a month or a year.
        effect: on how the person is treated: better, worse, neutral or unknown.

    Raises:
        NotFound, Forbidden: not somebody who records events here.
        UnknownEvent, UnfitDay, UnfitText: unfit input.
    """
    await require(session, caller, case_id, Permission.EVENT_RECORD)
    if kind not in EVENT_KINDS:
        raise UnknownEvent(field="kind")
    if effect not in EFFECTS:
        raise UnknownEvent(field="effect")
    words = clean_line(title, field="title")
    origin = clean_text(source, field="source", longest=2_000)
    await lock_case(session, case_id)
    event_id, now = new_id(), await present(session)
    values: dict[str, Any] = {
        "kind": kind,
        "happened_on": checked_day(happened_on, field="happened_on", today=now.date()),
        "title": words,
        "effect": effect,
        "source": origin,
    }
    index = await append(
        session,
        event=EventKind.EVENT_RECORDED,
        actor=caller,
        case_id=case_id,
        at=now,
        body={"event_id": str(event_id), **values},
    )
    values |= {
        "id": event_id,
        "case_id": case_id,
        "recorded_by": caller.person_id,
        "recorded_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Event).values(**values))
    await after_event(session, case_id, kind)
    return await session.get_one(Event, event_id)


async def after_event(session: AsyncSession, case_id: UUID, kind: str) -> None:
    """Have the gates of the case follow an event, and tell those who are asked again."""
    await refresh_case(session, case_id)
    held = await held_arrangement(session, case_id)
    if held is not None and kind in {*held.asks_again, ALWAYS_ASKS_AGAIN}:
        for person_id in await people_with_role(session, case_id, Role.DECISION_MAKER):
            await enqueue_mail(session, person_id, MailKind.SOMETHING_WAITS, "/")


async def events_of(
    session: AsyncSession,
    case_id: UUID,
    *,
    after: UUID | None = None,
    since: int = -1,
    limit: int = 100,
) -> list[Event]:
    """Return events of a case in the order in which they were recorded.

    Args:
        after: only those recorded after this one.
        since: only those recorded after this entry of the ledger.
    """
    query = select(Event).where(Event.case_id == case_id, Event.ledger_index > since)
    query = query.order_by(Event.id).limit(limit)
    if after is not None:
        query = query.where(Event.id > after)
    return list(await session.scalars(query))
