"""Who takes part in a case: giving roles, ending them, an organisation that leaves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.cases.arrangements import is_minor
from assent.cases.look_alikes import require_distinct_name
from assent.cases.refusals import AlreadyMember, LastCoordinator, UnfitRole, UnknownOrganisation
from assent.database.ids import new_id
from assent.database.session import acting_as_job, lock_case, present
from assent.gate.roles import CASE_ROLES, FAMILY_ROLES, STAFF_ROLES, Role
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.invitations import person_for
from assent.people.memberships import administers, require, standing
from assent.people.models import Membership, Organisation
from assent.refusal import N_, Forbidden, NotFound
from assent.tasks.gate_tasks import refresh_case


async def grant_membership(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    email: str,
    role: str,
    organisation: str | None,
    *,
    name: str | None = None,
    language: str | None = None,
) -> Membership:
    """Give somebody a role in a case; who is new to Assent is invited by mail.

    Args:
        email: who; staff have to belong to the organisation, or to its mail domain.
        organisation: its short name, or None for the family.
        name, language: for somebody new.

    Raises:
        NotFound, Forbidden: the caller does not coordinate this case.
        UnfitRole, UnknownOrganisation, UnknownPerson, AlreadyMember: it cannot be given.
        LookAlikeName: the name could be taken for that of somebody who is in the case.
    """
    await require(session, caller, case_id, Permission.CASE_INVITE)
    known_role = checked_role(role, organisation)
    organisation_id = await organisation_named(session, organisation) if organisation else None
    person = await person_for(session, email, organisation_id, name=name, language=language)
    if known_role is Role.DECISION_MAKER and is_minor(person.born, (await present(session)).date()):
        raise UnfitRole(N_("Somebody under 18 cannot decide for the family."), field="person")
    await require_distinct_name(session, case_id, person.id, person.name)
    await lock_case(session, case_id)
    held = select(Membership.id).where(
        Membership.case_id == case_id,
        Membership.person_id == person.id,
        Membership.role == known_role.value,
        Membership.ended_at.is_(None),
    )
    if (await session.scalars(held)).one_or_none() is not None:
        raise AlreadyMember(field="person")
    membership = await record_membership(
        session, caller, case_id, person.id, known_role, organisation_id
    )
    await enqueue_mail(session, person.id, MailKind.INVITATION, "/")
    await refresh_case(session, case_id)
    return membership


async def record_membership(
    session: AsyncSession,
    actor: Caller | None,
    case_id: UUID,
    person_id: UUID,
    role: Role,
    organisation_id: UUID | None,
) -> Membership:
    """Write a membership and its ledger record."""
    membership_id, now = new_id(), await present(session)
    body: dict[str, Any] = {
        "membership": str(membership_id),
        "person": str(person_id),
        "role": role.value,
    }
    if organisation_id is not None:
        body["organisation"] = str(organisation_id)
    index = await append(
        session, event=EventKind.MEMBERSHIP_GRANTED, actor=actor, case_id=case_id, at=now, body=body
    )
    values = {
        "id": membership_id,
        "case_id": case_id,
        "person_id": person_id,
        "role": role.value,
        "organisation_id": organisation_id,
        "granted_by": actor.person_id if actor else None,
        "granted_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Membership).values(**values))
    return await session.get_one(Membership, membership_id)


def checked_role(role: str, organisation: str | None) -> Role:
    """Return the role, if it goes with acting for this organisation or for the family.

    Raises:
        UnfitRole: saying what does not fit.
    """
    known = {r.value: r for r in CASE_ROLES}
    if role not in known:
        raise UnfitRole(N_("Known roles: {roles}."), field="role", roles=", ".join(sorted(known)))
    if known[role] in FAMILY_ROLES and organisation is not None:
        raise UnfitRole(
            N_("A relative acts for the family, not for an organisation."), field="organisation"
        )
    if known[role] in STAFF_ROLES and organisation is None:
        raise UnfitRole(N_("Say for which organisation."), field="organisation")
    return known[role]


async def organisation_named(session: AsyncSession, slug: str) -> UUID:
    """Return an organisation's id.

    Raises:
        UnknownOrganisation: there is none of that short name.
    """
    query = select(Organisation.id).where(Organisation.slug == slug)
    if (found := (await session.scalars(query)).one_or_none()) is None:
        raise UnknownOrganisation(field="organisation")
    return found


async def end_membership(session: AsyncSession, caller: Caller, membership_id: UUID) -> None:
    """End a membership; what its holder cleared or agreed to stops counting at once.

    A coordinator ends any; an organisation's administrator those of the organisation's own people.

    Raises:
        NotFound: no such membership in force that the caller may know of.
        Forbidden: the caller takes part in the case, and this is not theirs to end.
        LastCoordinator: nobody would be left to help.
    """
    # As a job: an administrator may have no part in the case, and whoever ends their own loses sight of it.
    async with acting_as_job(session):
        membership = await session.get(Membership, membership_id)
        if membership is None or membership.ended_at is not None:
            raise NotFound
        await _require_may_end(session, caller, membership.case_id, membership.organisation_id)
        await lock_case(session, membership.case_id)
        await end_memberships(session, caller, membership.case_id, [membership_id])


async def remove_organisation(
    session: AsyncSession, caller: Caller, case_id: UUID, organisation: str
) -> int:
    """End every membership held for an organisation; returns how many there were.

    A coordinator may do so, and an administrator of the organisation itself.

    Raises:
        NotFound, Forbidden, UnknownOrganisation, LastCoordinator: as for one membership.
    """
    async with acting_as_job(session):
        if await standing(session, caller, case_id) is None and caller.organisation_id is None:
            raise NotFound
        organisation_id = await organisation_named(session, organisation)
        await _require_may_end(session, caller, case_id, organisation_id)
        await lock_case(session, case_id)
        query = select(Membership.id).where(
            Membership.case_id == case_id,
            Membership.organisation_id == organisation_id,
            Membership.ended_at.is_(None),
        )
        leaving = list(await session.scalars(query))
        if leaving:
            await end_memberships(session, caller, case_id, leaving)
        return len(leaving)


async def _require_may_end(
    session: AsyncSession, caller: Caller, case_id: UUID, organisation_id: UUID | None
) -> None:
    here = await standing(session, caller, case_id)
    if here is not None and here.may(Permission.MEMBERSHIP_END):
        return
    if organisation_id is not None and await administers(session, caller, organisation_id):
        return
    raise NotFound if here is None else Forbidden


async def end_memberships(
    session: AsyncSession, caller: Caller, case_id: UUID, membership_ids: list[UUID]
) -> None:
    """Write the ends, the case being locked.

    Raises:
        NotFound: none of them is in force any more.
        LastCoordinator: nobody would be left to help.
    """
    in_force = select(Membership).where(
        Membership.case_id == case_id, Membership.ended_at.is_(None)
    )
    members = list(await session.scalars(in_force.execution_options(populate_existing=True)))
    leaving = [member for member in members if member.id in membership_ids]
    staying = [member for member in members if member.id not in membership_ids]
    if not leaving:
        raise NotFound  # somebody else was quicker
    if any(m.role == Role.COORDINATOR for m in leaving) and not any(
        m.role == Role.COORDINATOR for m in staying
    ):
        raise LastCoordinator
    for member in leaving:
        await _record_end(session, caller, member)
    await refresh_case(session, case_id)
    for person_id in {m.person_id for m in leaving} - {caller.person_id}:
        await enqueue_mail(session, person_id, MailKind.SOMETHING_CHANGED, "/")


async def _record_end(session: AsyncSession, actor: Caller, membership: Membership) -> None:
    now = await present(session)
    body = {
        "membership": str(membership.id),
        "person": str(membership.person_id),
        "role": membership.role,
    }
    index = await append(
        session,
        event=EventKind.MEMBERSHIP_ENDED,
        actor=actor,
        case_id=membership.case_id,
        at=now,
        body=body,
    )
    ended = update(Membership).where(Membership.id == membership.id)
    await session.execute(
        ended.values(ended_at=now, ended_by=actor.person_id, end_ledger_index=index)
    )
