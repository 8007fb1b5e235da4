"""Opening a case, who is in it, the family's arrangement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.models import Action
from assent.cases.arrangements import checked_arrangement
from assent.cases.models import Arrangement, ArrangementPerson, Case, Membership
from assent.cases.refusals import (
    AlreadyMember,
    LastCoordinator,
    SlugTaken,
    StaffOnly,
    UnfitRole,
    UnknownOrganisation,
)
from assent.database.ids import new_id
from assent.database.session import acting_as_job, lock_case, present
from assent.gate.roles import CASE_ROLES, FAMILY_ROLES, STAFF_ROLES, Role
from assent.ledger.events import EventKind
from assent.ledger.store import append, create_case_key
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.invitations import person_for
from assent.people.memberships import people_with_role, require
from assent.people.models import Organisation
from assent.refusal import N_, Invalid, NotFound
from assent.tasks import gate_tasks
from assent.wording import clean_line

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_COUNTRY = re.compile(r"[A-Z]{2}")
POSTURES = ("quiet", "mixed", "public")


@dataclass(frozen=True)
class CaseDetails:
    """A case as its opener describes it.

    Attributes:
        detained_person: `name`, and where known `names` by language, `born`, `nationalities`.
        detaining_state: ISO 3166-1 alpha-2.
        posture: quiet, mixed or public.
    """

    slug: str
    title: str
    detained_person: Mapping[str, Any]
    detaining_state: str
    posture: str = "quiet"


async def create_case(session: AsyncSession, caller: Caller, details: CaseDetails) -> Case:
    """Open a case; the caller becomes its coordinator on behalf of their organisation.

    Raises:
        StaffOnly: the caller works for no organisation.
        SlugTaken, Invalid: the details do not fit.
    """
    if caller.organisation_id is None:
        raise StaffOnly
    values = checked_details(details)
    async with acting_as_job(session):
        taken = select(Case.id).where(Case.slug == details.slug)
        if (await session.scalars(taken)).one_or_none() is not None:
            raise SlugTaken(field="slug")
        case = await record_case(session, caller, values, created_by=caller.person_id)
        await record_membership(
            session, caller, case.id, caller.person_id, Role.COORDINATOR, caller.organisation_id
        )
    return case


async def record_case(
    session: AsyncSession, actor: Caller | None, values: dict[str, Any], *, created_by: UUID | None
) -> Case:
    """Write a case with its data key and its first ledger record."""
    case_id, now = new_id(), await present(session)
    await create_case_key(session, case_id)
    body = {key: values[key] for key in ("slug", "title", "detaining_state", "posture")}
    index = await append(
        session, event=EventKind.CASE_CREATED, actor=actor, case_id=case_id, at=now, body=body
    )
    rows = values | {
        "id": case_id,
        "created_by": created_by,
        "created_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Case).values(**rows))
    return await session.get_one(Case, case_id)


def checked_details(details: CaseDetails) -> dict[str, Any]:
    """Check a case's description and return its columns.

    Raises:
        Invalid: naming the field.
    """
    if not _SLUG.fullmatch(details.slug):
        raise Invalid(N_("A short name has lower case letters, digits and hyphens."), field="slug")
    if not _COUNTRY.fullmatch(details.detaining_state):
        raise Invalid(N_("Give the state as two letters, such as IR."), field="detaining_state")
    if details.posture not in POSTURES:
        raise Invalid(N_("Posture is one of: {known}."), field="posture", known=", ".join(POSTURES))
    person = dict(details.detained_person)
    if not isinstance(person.get("name"), str):
        raise Invalid(N_("Please give the detained person's name."), field="detained_person.name")
    person["name"] = clean_line(person["name"], field="detained_person.name")
    return {
        "slug": details.slug,
        "title": clean_line(details.title, field="title"),
        "detained_person": {key: value for key, value in person.items() if value is not None},
        "detaining_state": details.detaining_state,
        "posture": details.posture,
    }


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
    """
    await require(session, caller, case_id, Permission.CASE_INVITE)
    known_role = checked_role(role, organisation)
    organisation_id = await organisation_named(session, organisation) if organisation else None
    person = await person_for(session, email, organisation_id, name=name, language=language)
    await lock_case(session, case_id)
    held = select(Membership.id).where(
        Membership.case_id == case_id,
        Membership.person_id == person.id,
        Membership.role == known_role.value,
        Membership.ended_at.is_(None),
    )
    if (await session.scalars(held)).one_or_none() is not None:
        raise AlreadyMember
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

    Raises:
        NotFound, Forbidden: the caller does not coordinate this case.
        LastCoordinator: nobody would be left to help.
    """
    membership = await session.get(Membership, membership_id)
    if membership is None or membership.ended_at is not None:
        raise NotFound
    await require(session, caller, membership.case_id, Permission.MEMBERSHIP_END)
    await lock_case(session, membership.case_id)
    if membership.role == Role.COORDINATOR:
        others = await people_with_role(session, membership.case_id, Role.COORDINATOR)
        if others == [membership.person_id]:
            raise LastCoordinator
    await record_end(session, caller, membership)
    await refresh_case(session, membership.case_id)


async def remove_organisation(
    session: AsyncSession, caller: Caller, case_id: UUID, organisation: str
) -> int:
    """End every membership held for an organisation; returns how many there were.

    Raises:
        NotFound, Forbidden, UnknownOrganisation, LastCoordinator: as for one membership.
    """
    await require(session, caller, case_id, Permission.MEMBERSHIP_END)
    organisation_id = await organisation_named(session, organisation)
    await lock_case(session, case_id)
    query = select(Membership).where(Membership.case_id == case_id, Membership.ended_at.is_(None))
    members = list(await session.scalars(query))
    if not any(
        m.role == Role.COORDINATOR and m.organisation_id != organisation_id for m in members
    ):
        raise LastCoordinator
    leaving = [m for m in members if m.organisation_id == organisation_id]
    for membership in leaving:
        await record_end(session, caller, membership)
    await refresh_case(session, case_id)
    return len(leaving)


async def record_end(session: AsyncSession, actor: Caller, membership: Membership) -> None:
    """Write the end of a membership and its ledger record; the case is locked by the caller of this."""
    now = await present(session)
    index = await append(
        session,
        event=EventKind.MEMBERSHIP_ENDED,
        actor=actor,
        case_id=membership.case_id,
        at=now,
        body={
            "membership": str(membership.id),
            "person": str(membership.person_id),
            "role": membership.role,
        },
    )
    await session.execute(
        update(Membership)
        .where(Membership.id == membership.id)
        .values(ended_at=now, ended_by=actor.person_id, end_ledger_index=index)
    )


async def set_arrangement(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    rule: str,
    quorum: int | None,
    decision_makers: Sequence[str],
    alternates: Sequence[str] = (),
) -> Arrangement:
    """Record who speaks for the family and how; whoever is named, or was, is told that it changed.

    Args:
        rule: one, any, all or quorum.
        quorum: how many yeses, for the rule quorum.
        decision_makers, alternates: e-mail addresses of adults who hold the role decision_maker here.

    Raises:
        NotFound, Forbidden: the caller does not coordinate this case.
        UnfitArrangement: nobody could meet it, or it names the wrong people.
    """
    await require(session, caller, case_id, Permission.ARRANGEMENT_SET)
    await lock_case(session, case_id)
    people = await checked_arrangement(session, case_id, rule, quorum, decision_makers, alternates)
    arrangement = await record_arrangement(session, caller, case_id, rule, quorum, people)
    before = (
        select(ArrangementPerson.person_id).where(ArrangementPerson.case_id == case_id).distinct()
    )
    for person_id in await session.scalars(before):
        await enqueue_mail(session, person_id, MailKind.SOMETHING_CHANGED, "/")
    await refresh_case(session, case_id)
    return arrangement


async def record_arrangement(
    session: AsyncSession,
    actor: Caller | None,
    case_id: UUID,
    rule: str,
    quorum: int | None,
    people: Mapping[UUID, str],
) -> Arrangement:
    """Write an arrangement as the next version, with its ledger record."""
    latest = (
        select(Arrangement.version)
        .where(Arrangement.case_id == case_id)
        .order_by(Arrangement.version.desc())
        .limit(1)
    )
    version = ((await session.scalars(latest)).one_or_none() or 0) + 1
    arrangement_id, now = new_id(), await present(session)
    named = [{"person": str(p), "standing": s} for p, s in sorted(people.items())]
    body: dict[str, Any] = {
        "arrangement": str(arrangement_id),
        "version": version,
        "rule": rule,
        "people": named,
    }
    if quorum is not None:
        body["quorum"] = quorum
    index = await append(
        session, event=EventKind.ARRANGEMENT_SET, actor=actor, case_id=case_id, at=now, body=body
    )
    values = {
        "id": arrangement_id,
        "case_id": case_id,
        "version": version,
        "rule": rule,
        "quorum": quorum,
        "set_by": actor.person_id if actor else None,
        "set_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Arrangement).values(**values))
    rows = [
        {"arrangement_id": arrangement_id, "case_id": case_id, "person_id": p, "standing": s}
        for p, s in people.items()
    ]
    await session.execute(insert(ArrangementPerson), rows)
    return await session.get_one(Arrangement, arrangement_id)


async def refresh_case(session: AsyncSession, case_id: UUID) -> None:
    """Bring the open tasks of every action of the case in line with its gate."""
    ids = await session.scalars(select(Action.id).where(Action.case_id == case_id))
    await gate_tasks.refresh(session, list(ids))
