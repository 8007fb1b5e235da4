"""Somebody leaves their organisation: at once, everywhere, and nothing they wrote is lost."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.cases.members import end_memberships, record_membership
from assent.database.session import acting_as_job, lock_case, present
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.administration import (
    administrators,
    drop_administrator,
    end_access,
    lock_administrators,
    record,
    require_another,
    staff_member,
)
from assent.people.caller import Caller
from assent.people.models import Membership, Organisation, Person
from assent.refusal import N_, Conflict


class SuccessorNeeded(Conflict):
    """They are the only coordinator of a case: somebody has to take over."""

    type = "successor-needed"
    title = N_("Nobody else coordinates a case that they coordinate.")
    advice = N_("Choose a colleague who takes over as coordinator there.")


async def remove_staff(
    session: AsyncSession,
    caller: Caller,
    organisation: Organisation,
    person_id: UUID,
    successor_id: UUID | None = None,
) -> None:
    """Remove somebody from the organisation: sessions, tokens and roles end in one transaction.

    What they cleared stops counting with their role; what they wrote stays, and so does what they are
    to a family.

    Args:
        successor_id: a colleague who becomes coordinator where nobody else is one.

    Raises:
        NotFound: nobody of that id works here.
        LastAdministrator: nobody would be left to administer the organisation.
        SuccessorNeeded: they are the only coordinator of a case.
    """
    await lock_administrators(session, organisation)
    person = await staff_member(session, organisation.id, person_id)
    require_another(await administrators(session, organisation.id), person_id)
    if successor_id is not None:
        await staff_member(session, organisation.id, successor_id)
    # First of all: a request of theirs that is under way holds its session's row, then waits for a case.
    await end_access(session, person_id)
    # As a job: an administrator need have no part in the cases their people work on.
    async with acting_as_job(session):
        await _leave_cases(session, caller, organisation, person_id, successor_id)
        relative = await _acts_for_a_family(session, person_id)
    await drop_administrator(session, organisation.id, person_id)
    now = await present(session)
    # An employer takes away what it gave, never a relative's say: they stay as nobody's staff.
    left = {"organisation_id": None} if relative else {"removed_at": now}
    await session.execute(update(Person).where(Person.id == person.id).values(**left))
    await record(session, caller, organisation, EventKind.STAFF_REMOVED, person=person_id)


async def _leave_cases(
    session: AsyncSession,
    caller: Caller,
    organisation: Organisation,
    person_id: UUID,
    successor_id: UUID | None,
) -> None:
    in_force = (
        Membership.person_id == person_id,
        Membership.organisation_id == organisation.id,
        Membership.ended_at.is_(None),
    )
    # All cases are locked before the first record is appended: the order is always case, action, head.
    for case_id in sorted(set(await session.scalars(select(Membership.case_id).where(*in_force)))):
        await lock_case(session, case_id)
    query = select(Membership).where(*in_force)
    leaving: dict[UUID, list[Membership]] = defaultdict(list)
    for membership in await session.scalars(query.execution_options(populate_existing=True)):
        leaving[membership.case_id].append(membership)
    for case_id, memberships in sorted(leaving.items()):
        coordinates = any(m.role == Role.COORDINATOR for m in memberships)
        if coordinates and await _only_coordinator(session, case_id, person_id):
            if successor_id is None or successor_id == person_id:
                raise SuccessorNeeded(field="successor")
            await record_membership(
                session, caller, case_id, successor_id, Role.COORDINATOR, organisation.id
            )
            await enqueue_mail(session, successor_id, MailKind.SOMETHING_WAITS, "/")
        await end_memberships(session, caller, case_id, [m.id for m in memberships])


async def _acts_for_a_family(session: AsyncSession, person_id: UUID) -> bool:
    query = select(Membership.id).where(
        Membership.person_id == person_id,
        Membership.organisation_id.is_(None),
        Membership.ended_at.is_(None),
    )
    return (await session.scalars(query.limit(1))).one_or_none() is not None


async def _only_coordinator(session: AsyncSession, case_id: UUID, person_id: UUID) -> bool:
    query = select(Membership.person_id).where(
        Membership.case_id == case_id,
        Membership.role == Role.COORDINATOR.value,
        Membership.ended_at.is_(None),
    )
    return set(await session.scalars(query)) == {person_id}
