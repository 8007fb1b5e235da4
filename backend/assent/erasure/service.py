"""Asking that what is kept be destroyed, agreeing to it, stopping it. Destroying it is the eraser's alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.database.ids import new_id
from assent.database.session import lock_case, present
from assent.erasure.models import Erasure, ErasureAnswer
from assent.erasure.queries import decides, is_open, open_erasures
from assent.erasure.refusals import (
    ErasureOver,
    ErasureWaits,
    NotTheirsToErase,
    NotTheirsToStop,
    NotTheSecondPerson,
)
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import people_with_role, require
from assent.people.models import Person
from assent.refusal import NotFound

# Long enough for somebody who was made to ask, or who asked in despair, to hear of it and stop it.
WAITS = timedelta(days=7)


async def ask_erasure(
    session: AsyncSession, caller: Caller, case_id: UUID, *, own: bool = False
) -> Erasure:
    """Ask that everything of a case be destroyed, or only what it keeps of oneself.

    It is carried out after a week, unless it is stopped. A coordinator's wish also needs a second
    person of another organisation.

    Args:
        own: only what the case keeps of the caller, who is a relative.

    Raises:
        NotFound, Forbidden, NotTheirsToErase: not entitled.
        ErasureWaits: the same was asked for already.
    """
    standing = await require(session, caller, case_id, Permission.ERASURE_ASK)
    await lock_case(session, case_id)
    by_family = own or await decides(session, case_id, caller.person_id)
    entitled = (
        any(organisation is None for _, organisation in standing.roles)
        if own
        else by_family or standing.holds(Role.COORDINATOR)
    )
    if not entitled:
        raise NotTheirsToErase
    whose = caller.person_id if own else None
    if any(e.person_id == whose for e in await open_erasures(session, case_id)):
        raise ErasureWaits
    erasure_id, now = new_id(), await present(session)
    values: dict[str, Any] = {
        "id": erasure_id,
        "case_id": case_id,
        "person_id": whose,
        "asked_by": caller.person_id,
        "by_family": by_family,
        "asked_at": now,
        "due_at": now + WAITS,
    }
    body = {"erasure": str(erasure_id), "own": own, "by_family": by_family}
    values["ledger_index"] = await append(
        session, event=EventKind.ERASURE_ASKED, actor=caller, case_id=case_id, at=now, body=body
    )
    await session.execute(insert(Erasure).values(**values))
    if not own:
        await _tell(session, caller, case_id)
    return await session.get_one(Erasure, erasure_id)


async def agree_to_erasure(session: AsyncSession, caller: Caller, erasure_id: UUID) -> None:
    """Agree, as the second person, to what a coordinator of another organisation asked for.

    Raises:
        NotFound, Forbidden, NotTheSecondPerson, ErasureOver
    """
    erasure = await _opened(session, caller, erasure_id, Permission.ERASURE_AGREE)
    await _answer(session, caller, erasure, agrees=True)


async def stop_erasure(session: AsyncSession, caller: Caller, erasure_id: UUID) -> None:
    """Stop what was asked for, as whoever asked, or as somebody who decides for the family.

    Raises:
        NotFound, Forbidden, NotTheirsToStop, ErasureOver
    """
    erasure = await _opened(session, caller, erasure_id, Permission.ERASURE_STOP)
    theirs = erasure.asked_by == caller.person_id
    if not theirs and not await decides(session, erasure.case_id, caller.person_id):
        raise NotTheirsToStop
    await _answer(session, caller, erasure, agrees=False)


async def _opened(
    session: AsyncSession, caller: Caller, erasure_id: UUID, permission: Permission
) -> Erasure:
    erasure = await session.get(Erasure, erasure_id)
    if erasure is None:
        raise NotFound
    standing = await require(session, caller, erasure.case_id, permission)
    await lock_case(session, erasure.case_id)
    if not await is_open(session, erasure_id):
        raise ErasureOver
    if permission is Permission.ERASURE_AGREE and (
        erasure.by_family
        or not standing.organisations
        or caller.organisation_id == await _organisation_of(session, erasure.asked_by)
    ):
        raise NotTheSecondPerson
    return erasure


async def _organisation_of(session: AsyncSession, person_id: UUID) -> UUID | None:
    person = await session.get(Person, person_id)
    return person.organisation_id if person else None


async def _answer(session: AsyncSession, caller: Caller, erasure: Erasure, *, agrees: bool) -> None:
    now = await present(session)
    index = await append(
        session,
        event=EventKind.ERASURE_AGREED if agrees else EventKind.ERASURE_STOPPED,
        actor=caller,
        case_id=erasure.case_id,
        at=now,
        body={"erasure": str(erasure.id)},
    )
    values = {
        "erasure_id": erasure.id,
        "case_id": erasure.case_id,
        "person_id": caller.person_id,
        "agrees": agrees,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(ErasureAnswer).values(**values))
    await _tell(session, caller, erasure.case_id)


async def _tell(session: AsyncSession, caller: Caller, case_id: UUID) -> None:
    """Everybody who could stop it or agree to it is told that something waits."""
    people = {
        person_id
        for role in (Role.COORDINATOR, Role.SAFETY_REVIEWER, Role.DECISION_MAKER)
        for person_id in await people_with_role(session, case_id, role)
    }
    for person_id in sorted(people - {caller.person_id}):
        path = f"/cases/{case_id}/erasure"
        await enqueue_mail(session, person_id, MailKind.SOMETHING_WAITS, path)
