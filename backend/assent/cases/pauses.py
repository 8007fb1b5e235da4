"""Pausing a case: one step, by the family, a coordinator or a safety reviewer, and nothing goes out."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.cases.models import Pause, PauseEnd
from assent.cases.refusals import AlreadyPaused, CoalitionsPause, FamilysPause, NotPaused
from assent.database.ids import new_id
from assent.database.session import lock_case, present
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import people_with_role, require
from assent.tasks.gate_tasks import refresh_case
from assent.wording import clean_text


async def pause_case(
    session: AsyncSession, caller: Caller, case_id: UUID, reason: str = ""
) -> Pause:
    """Stop everything of a case at once. A relative needs no reason; nobody else does either.

    Raises:
        NotFound, Forbidden: not somebody who may pause this case.
        AlreadyPaused: the caller's side has paused it already.
    """
    standing = await require(session, caller, case_id, Permission.CASE_PAUSE)
    decides = standing.holds(Role.DECISION_MAKER)
    words = clean_text(reason, field="reason")
    await lock_case(session, case_id)
    if any(p.by_family == decides for p in await standing_pauses(session, case_id)):
        raise AlreadyPaused
    pause_id, now = new_id(), await present(session)
    index = await append(
        session,
        event=EventKind.PAUSED,
        actor=caller,
        case_id=case_id,
        at=now,
        body={"pause": str(pause_id), "reason": words, "by_family": decides},
    )
    values = {
        "id": pause_id,
        "case_id": case_id,
        "reason": words,
        "set_by": caller.person_id,
        "by_family": decides,
        "set_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Pause).values(**values))
    await refresh_case(session, case_id)
    await _tell(session, caller, case_id)
    return await session.get_one(Pause, pause_id)


async def resume_case(session: AsyncSession, caller: Caller, case_id: UUID) -> None:
    """Lift the pauses the caller may lift: the family its own, a coordinator the coalition's.

    Raises:
        NotFound, Forbidden: not somebody who may resume this case.
        NotPaused: none stands.
        FamilysPause, CoalitionsPause: only the other side's stands.
    """
    standing = await require(session, caller, case_id, Permission.CASE_RESUME)
    await lock_case(session, case_id)
    pauses = await standing_pauses(session, case_id)
    if not pauses:
        raise NotPaused
    coordinates = standing.holds(Role.COORDINATOR)
    decides = standing.holds(Role.DECISION_MAKER)
    mine = [p for p in pauses if (decides if p.by_family else coordinates)]
    if not mine:
        raise FamilysPause if any(p.by_family for p in pauses) else CoalitionsPause
    for pause in mine:
        await _end(session, caller, pause)
    await refresh_case(session, case_id)
    await _tell(session, caller, case_id)


async def standing_pauses(session: AsyncSession, case_id: UUID) -> list[Pause]:
    """Return the pauses that stand on a case."""
    query = (
        select(Pause)
        .outerjoin(PauseEnd, PauseEnd.pause_id == Pause.id)
        .where(Pause.case_id == case_id, PauseEnd.pause_id.is_(None))
        .order_by(Pause.ledger_index)
    )
    return list(await session.scalars(query))


async def _tell(session: AsyncSession, caller: Caller, case_id: UUID) -> None:
    people = {
        person_id
        for role in (Role.COORDINATOR, Role.DECISION_MAKER)
        for person_id in await people_with_role(session, case_id, role)
    }
    for person_id in sorted(people - {caller.person_id}):
        await enqueue_mail(session, person_id, MailKind.SOMETHING_CHANGED, "/")


async def _end(session: AsyncSession, caller: Caller, pause: Pause) -> None:
    now = await present(session)
    index = await append(
        session,
        event=EventKind.RESUMED,
        actor=caller,
        case_id=pause.case_id,
        at=now,
        body={"pause": str(pause.id)},
    )
    values = {
        "pause_id": pause.id,
        "case_id": pause.case_id,
        "ended_by": caller.person_id,
        "ended_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(PauseEnd).values(**values))
