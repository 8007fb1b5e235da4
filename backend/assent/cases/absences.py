"""Who of the family cannot be reached: once the family's own time has passed, an alternate stands in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.cases.arrangement_wishes import ArrangementShown, arrangement_in_force
from assent.cases.days import checked_day
from assent.cases.family_models import Absence, AbsenceEnd
from assent.cases.refusals import AlreadyRecorded, NotInTheArrangement
from assent.database.ids import new_id
from assent.database.session import lock_case, present
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import people_with_role, require
from assent.people.models import Person
from assent.refusal import NotFound
from assent.tasks.gate_tasks import refresh_case


@dataclass(frozen=True)
class AbsenceShown:
    """Somebody who cannot be reached.

    Attributes:
        stands_in_from: when an alternate may decide in their place; None: the family has set no time.
    """

    id: UUID
    person_id: UUID
    person: str
    since: str
    recorded_at: datetime
    stands_in_from: datetime | None


async def record_absence(
    session: AsyncSession, caller: Caller, case_id: UUID, email: str, since: str
) -> Absence:
    """Record that somebody the arrangement names cannot be reached.

    The time that the family has set for its alternates runs from this record. Everybody the
    arrangement names is told, the person themselves first of all.

    Args:
        email: of the person.
        since: the day since which nobody has reached them.

    Raises:
        NotFound, Forbidden: not a relative or coordinator here.
        NotInTheArrangement: they, or the caller, are not named; or it is the caller themselves.
        AlreadyRecorded, UnfitDay.
    """
    standing = await require(session, caller, case_id, Permission.ABSENCE_RECORD)
    await lock_case(session, case_id)
    held = await arrangement_in_force(session, case_id)
    named = _named(held)
    person_id = named.get(email.strip().lower())
    entitled = standing.holds(Role.COORDINATOR) or caller.person_id in named.values()
    if person_id is None or not entitled or person_id == caller.person_id:
        raise NotInTheArrangement(field="person")
    if any(a.person_id == person_id for a in await open_absences(session, case_id)):
        raise AlreadyRecorded
    absence_id, now = new_id(), await present(session)
    day = checked_day(since, field="since", today=now.date(), whole=True)
    index = await append(
        session,
        event=EventKind.ABSENCE_RECORDED,
        actor=caller,
        case_id=case_id,
        at=now,
        body={"absence": str(absence_id), "person": str(person_id), "since": day},
    )
    values = {
        "id": absence_id,
        "case_id": case_id,
        "person_id": person_id,
        "since": day,
        "recorded_by": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Absence).values(**values))
    await _follow(session, caller, case_id, set(named.values()))
    return await session.get_one(Absence, absence_id)


async def end_absence(session: AsyncSession, caller: Caller, absence_id: UUID) -> AbsenceEnd:
    """Record that somebody can be reached again: they themselves say so, or whoever may record absences.

    Ending it twice answers with the end on record.

    Raises:
        NotFound, Forbidden: not theirs to end.
    """
    absence = await session.get(Absence, absence_id)
    if absence is None:
        raise NotFound
    await require(session, caller, absence.case_id, Permission.ABSENCE_RECORD)
    await lock_case(session, absence.case_id)
    if (before := await session.get(AbsenceEnd, absence_id)) is not None:
        return before
    await _end(session, caller, absence)
    held = await arrangement_in_force(session, absence.case_id)
    await _follow(session, caller, absence.case_id, set(_named(held).values()))
    return await session.get_one(AbsenceEnd, absence_id)


async def be_back(session: AsyncSession, caller: Caller, case_id: UUID) -> None:
    """End what is on record of the caller's own absence: whoever decides is there."""
    mine = [a for a in await open_absences(session, case_id) if a.person_id == caller.person_id]
    for absence in mine:
        await lock_case(session, case_id)
        await _end(session, caller, absence)
    if mine:
        await refresh_case(session, case_id)


async def open_absences(session: AsyncSession, case_id: UUID) -> list[Absence]:
    """Return the records of a case that nobody has ended, oldest first."""
    query = (
        select(Absence)
        .outerjoin(AbsenceEnd, AbsenceEnd.absence_id == Absence.id)
        .where(Absence.case_id == case_id, AbsenceEnd.absence_id.is_(None))
        .order_by(Absence.ledger_index)
    )
    return list(await session.scalars(query))


async def absences_shown(
    session: AsyncSession, case_id: UUID, held: ArrangementShown | None
) -> list[AbsenceShown]:
    """Return who cannot be reached, and from when an alternate may stand in."""
    hours = held.terms.stand_in_after_hours if held else None
    found = []
    for absence in await open_absences(session, case_id):
        person = await session.get_one(Person, absence.person_id)
        begins = absence.at + timedelta(hours=hours) if hours is not None else None
        found.append(
            AbsenceShown(absence.id, person.id, person.name, absence.since, absence.at, begins)
        )
    return found


def _named(held: ArrangementShown | None) -> dict[str, UUID]:
    if held is None:
        return {}
    return {email: person for person, _, email in (*held.decision_makers, *held.alternates)}


async def _end(session: AsyncSession, caller: Caller, absence: Absence) -> None:
    now = await present(session)
    index = await append(
        session,
        event=EventKind.ABSENCE_ENDED,
        actor=caller,
        case_id=absence.case_id,
        at=now,
        body={"absence": str(absence.id)},
    )
    values = {
        "absence_id": absence.id,
        "case_id": absence.case_id,
        "ended_by": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(AbsenceEnd).values(**values))


async def _follow(session: AsyncSession, caller: Caller, case_id: UUID, named: set[UUID]) -> None:
    await refresh_case(session, case_id)
    coordinators = await people_with_role(session, case_id, Role.COORDINATOR)
    for person_id in sorted(named.union(coordinators) - {caller.person_id}):
        await enqueue_mail(
            session, person_id, MailKind.SOMETHING_CHANGED, f"/cases/{case_id}/family"
        )
