"""An organisation's people, as its administrators see and change them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.session import present
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people import sessions, tokens
from assent.people.caller import Caller
from assent.people.domains import require_not_elsewhere
from assent.people.invitations import UnknownPerson, checked_name, enter_person, normal_address
from assent.people.models import (
    BrowserSession,
    Membership,
    Organisation,
    OrganisationRole,
    Person,
    SignInLink,
)
from assent.refusal import N_, Conflict, NotFound

ADMIN = Role.ORGANISATION_ADMIN.value


class LastAdministrator(Conflict):
    """Nobody would be left to invite, remove and name administrators."""

    type = "last-administrator"
    title = N_("Nobody else administers this organisation.")
    advice = N_("Name another administrator first.")


@dataclass(frozen=True)
class StaffLine:
    """Somebody who works for the organisation.

    Attributes:
        signed_in_by: how they last signed in: `provider`, `link` or `operator`; None if never.
        cases: in how many of the cases that the reader is in they act for the organisation.
    """

    id: UUID
    name: str
    email: str
    administers: bool
    signed_in_by: sessions.Via | None
    cases: int
    created_at: datetime


async def staff_of(session: AsyncSession, organisation_id: UUID) -> list[StaffLine]:
    """Return the organisation's people, by name, without those who were removed.

    Row-level security lets an administrator count only cases they are in themselves.
    """
    admin = exists().where(
        OrganisationRole.person_id == Person.id,
        OrganisationRole.organisation_id == organisation_id,
        OrganisationRole.role == ADMIN,
    )
    came = (
        select(BrowserSession.via)
        .where(BrowserSession.person_id == Person.id)
        .order_by(BrowserSession.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    cases = (
        select(func.count(Membership.case_id.distinct()))
        .where(
            Membership.person_id == Person.id,
            Membership.organisation_id == organisation_id,
            Membership.ended_at.is_(None),
        )
        .scalar_subquery()
    )
    query = (
        select(Person.id, Person.name, Person.email, admin, came, cases, Person.created_at)
        .where(Person.organisation_id == organisation_id, Person.removed_at.is_(None))
        .order_by(func.lower(Person.name), Person.id)
    )
    return [StaffLine(*row) for row in await session.execute(query)]


async def administered_by(session: AsyncSession, caller: Caller) -> Organisation | None:
    """Return the organisation the caller administers, if any."""
    query = (
        select(Organisation)
        .join(OrganisationRole, OrganisationRole.organisation_id == Organisation.id)
        .where(OrganisationRole.person_id == caller.person_id, OrganisationRole.role == ADMIN)
    )
    return (await session.scalars(query)).one_or_none()


async def staff_member(session: AsyncSession, organisation_id: UUID, person_id: UUID) -> Person:
    """Return somebody who works for the organisation.

    Raises:
        NotFound: nobody of that id does.
    """
    person = await session.get(Person, person_id)
    if person is None or person.organisation_id != organisation_id or person.removed_at is not None:
        raise NotFound
    return person


async def invite_staff(
    session: AsyncSession,
    caller: Caller,
    organisation: Organisation,
    email: str,
    name: str,
    language: str,
) -> Person:
    """Enter somebody as the organisation's own; who was removed before may come back.

    Whoever is on the list already stays as they are.

    Args:
        language: BCP 47 tag; their mails and pages are in it.

    Raises:
        UnfitAddress, UnknownPerson, AddressElsewhere, LookAlikeName: saying what does not fit.
    """
    address, shown = normal_address(email), checked_name(name)
    query = select(Person).where(Person.email == address).with_for_update()
    person = (await session.scalars(query)).one_or_none()
    if person is not None and person.organisation_id != organisation.id:
        raise UnknownPerson(
            N_("Ask them for another address: this one cannot be invited."), field="email"
        )
    if person is not None and person.removed_at is None:
        return person
    if person is None:
        await require_not_elsewhere(session, organisation, address)
        person = await enter_person(session, address, shown, language, organisation.id)
    else:
        await session.execute(
            update(Person).where(Person.id == person.id).values(removed_at=None, name=shown)
        )
        # Nothing that was begun before they were removed comes back to life.
        await end_access(session, person.id)
    await record(session, caller, organisation, EventKind.STAFF_INVITED, person=person.id)
    return person


async def set_administrator(
    session: AsyncSession,
    caller: Caller,
    organisation: Organisation,
    person_id: UUID,
    *,
    wanted: bool,
) -> None:
    """Name an administrator, or end somebody's being one; what is so already is not recorded again.

    Raises:
        NotFound: nobody of that id works here.
        LastAdministrator: nobody else would be left.
    """
    await lock_administrators(session, organisation)
    person = await staff_member(session, organisation.id, person_id)
    now_admins = await administrators(session, organisation.id)
    if (person_id in now_admins) == wanted:
        return
    if not wanted:
        require_another(now_admins, person_id)
        await drop_administrator(session, organisation.id, person_id)
    else:
        values = {
            "person_id": person.id,
            "organisation_id": organisation.id,
            "role": ADMIN,
            "granted_at": await present(session),
        }
        await session.execute(insert(OrganisationRole).values(**values))
    event = EventKind.ADMINISTRATOR_NAMED if wanted else EventKind.ADMINISTRATOR_ENDED
    await record(session, caller, organisation, event, person=person_id)


async def lock_administrators(session: AsyncSession, organisation: Organisation) -> None:
    """Changes of an organisation's people happen one after the other, until the transaction ends."""
    key = f"assent.organisation.{organisation.id}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(key))))


async def administrators(session: AsyncSession, organisation_id: UUID) -> frozenset[UUID]:
    """Return who administers an organisation now."""
    query = (
        select(OrganisationRole.person_id)
        .join(Person, Person.id == OrganisationRole.person_id)
        .where(
            OrganisationRole.organisation_id == organisation_id,
            OrganisationRole.role == ADMIN,
            Person.removed_at.is_(None),
        )
    )
    return frozenset(await session.scalars(query))


def require_another(now_admins: frozenset[UUID], leaving: UUID) -> None:
    """Refuse to leave an organisation without an administrator.

    Raises:
        LastAdministrator
    """
    if now_admins == {leaving}:
        raise LastAdministrator


async def drop_administrator(session: AsyncSession, organisation_id: UUID, person_id: UUID) -> None:
    """Take the role away."""
    await session.execute(
        delete(OrganisationRole).where(
            OrganisationRole.organisation_id == organisation_id,
            OrganisationRole.person_id == person_id,
            OrganisationRole.role == ADMIN,
        )
    )


async def end_access(session: AsyncSession, person_id: UUID) -> None:
    """End somebody's sessions, tokens and sign-in links."""
    await sessions.end_all_of(session, person_id)
    await tokens.end_all_of(session, person_id)
    await session.execute(
        delete(SignInLink).where(SignInLink.person_id == person_id, SignInLink.used_at.is_(None))
    )


async def record(
    session: AsyncSession,
    caller: Caller,
    organisation: Organisation,
    event: EventKind,
    *,
    person: UUID | None = None,
    issuer: str | None = None,
) -> None:
    """Write what an administrator did into the instance's own ledger records, which belong to no case."""
    body = {"organisation": str(organisation.id)}
    body |= {"person": str(person)} if person else {}
    body |= {"issuer": issuer} if issuer else {}
    now = await present(session)
    await append(session, event=event, actor=caller, case_id=None, at=now, body=body)
