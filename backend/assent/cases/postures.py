"""How public the effort is: decided with a reason, somebody who answers for it, and a day to look again.

It opens and shuts no gate: whether a text goes out is the family's word on that text, whatever the posture.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.cases.models import Posture
from assent.cases.refusals import NobodyAnswers, ReviewTooFar
from assent.database.ids import new_id
from assent.database.session import lock_case, present
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import people_with_role, require
from assent.refusal import N_, Invalid
from assent.tasks.service import open_posture_review
from assent.wording import clean_text

POSTURES = ("quiet", "mixed", "public")
REVIEWED_WITHIN = timedelta(days=366)
_LONGEST_REASON = 2_000
_STAFF = text("""
    select p.id, p.email, assent.shown_name(p.shown_as, p.name) as name, o.name as organisation
    from assent.memberships m join assent.people p on p.id = m.person_id
      join assent.organisations o on o.id = m.organisation_id
    where m.case_id = :case_id and m.ended_at is null group by p.id, o.id order by o.name, name, p.id
""")
_HISTORY = text("""
    select v.id, v.version, v.posture, v.reason, v.review_on, v.at,
      assent.shown_name(o.shown_as, o.name) as owner, assent.shown_name(s.shown_as, s.name) as set_by,
      exists (select 1 from assent.memberships m where m.case_id = v.case_id and m.person_id = v.set_by
        and m.role = 'decision_maker') as by_family
    from assent.postures v join assent.people o on o.id = v.owner_id left join assent.people s on s.id = v.set_by
    where v.case_id = :case_id order by v.version desc
""")
_NOW = text("select assent.posture_of(:case_id)")


@dataclass(frozen=True)
class PostureLine:
    """One version, with the names of whoever answers for it and of whoever set it.

    Attributes:
        set_by: None for what was brought in from a file.
        by_family: whether a decision maker set it; their name is not everybody's to know.
    """

    id: UUID
    version: int
    posture: str
    reason: str
    review_on: date
    at: datetime
    owner: str
    set_by: str | None
    by_family: bool


async def set_posture(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    posture: str,
    reason: str,
    owner: str,
    review_on: date,
) -> Posture:
    """Decide how public the effort is from now on, or that it stays as it is until the next look.

    Whoever coordinates and whoever decides for the family is told; its review becomes its owner's task.

    Args:
        posture: quiet, mixed or public.
        owner: e-mail address of whoever answers for it.
        review_on: by when it is looked at again.

    Raises:
        NotFound, Forbidden: not somebody who decides on this.
        NobodyAnswers, ReviewTooFar, Invalid: unfit input.
    """
    await require(session, caller, case_id, Permission.POSTURE_SET)
    await lock_case(session, case_id)
    if review_on < (await present(session)).date():
        raise ReviewTooFar(field="review_on")
    made = await record_posture(session, caller, case_id, posture, reason, owner, review_on)
    people = {
        person_id
        for role in (Role.COORDINATOR, Role.DECISION_MAKER)
        for person_id in await people_with_role(session, case_id, role)
    }
    for person_id in sorted(people - {caller.person_id}):
        await enqueue_mail(session, person_id, MailKind.SOMETHING_CHANGED, "/")
    return made


async def record_posture(
    session: AsyncSession,
    actor: Caller | None,
    case_id: UUID,
    posture: str,
    reason: str,
    owner: str,
    review_on: date,
) -> Posture:
    """Write a version with its ledger record and its review; the case is locked by the caller of this.

    Raises:
        NobodyAnswers, ReviewTooFar, Invalid: naming the field.
    """
    if posture not in POSTURES:
        raise Invalid(N_("Posture is one of: {known}."), field="posture", known=", ".join(POSTURES))
    words = clean_text(reason, field="reason", longest=_LONGEST_REASON)
    if not words:
        raise Invalid(N_("Say why."), field="reason")
    now = await present(session)
    if review_on > (now + REVIEWED_WITHIN).date():
        raise ReviewTooFar(field="review_on")
    address = owner.strip().lower()
    owners = {row.email: row.id for row in await staff_of(session, case_id)}
    if address not in owners:
        raise NobodyAnswers(field="owner")
    latest = select(func.coalesce(func.max(Posture.version), 0)).where(Posture.case_id == case_id)
    posture_id, version = new_id(), (await session.scalars(latest)).one() + 1
    body = {
        "posture_id": str(posture_id),
        "version": version,
        "posture": posture,
        "reason": words,
        "owner": str(owners[address]),
        "review_on": review_on.isoformat(),
    }
    index = await append(
        session, event=EventKind.POSTURE_SET, actor=actor, case_id=case_id, at=now, body=body
    )
    values = {
        "id": posture_id,
        "case_id": case_id,
        "version": version,
        "posture": posture,
        "reason": words,
        "owner_id": owners[address],
        "review_on": review_on,
        "set_by": actor.person_id if actor else None,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Posture).values(**values))
    await open_posture_review(session, actor, case_id, owners[address], review_on)
    return await session.get_one(Posture, posture_id)


@dataclass(frozen=True)
class StaffLine:
    """Somebody who works in the case for an organisation."""

    id: UUID
    email: str
    name: str
    organisation: str


async def staff_of(session: AsyncSession, case_id: UUID) -> list[StaffLine]:
    """Return everybody who works in the case for an organisation, each once for each."""
    return [StaffLine(*row) for row in await session.execute(_STAFF, {"case_id": case_id})]


async def posture_of(session: AsyncSession, case_id: UUID) -> str:
    """Return how public the effort is now: quiet, mixed or public."""
    return str((await session.scalars(_NOW, {"case_id": case_id})).one())


async def postures_of(session: AsyncSession, case_id: UUID) -> list[PostureLine]:
    """Return every version, the latest first; none where it is as the case was opened."""
    return [PostureLine(*row) for row in await session.execute(_HISTORY, {"case_id": case_id})]
