"""The family's arrangement in force, the change somebody wishes, and what those who decide say to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.cases.arrangement_terms import FamilyTerms, terms_of
from assent.cases.arrangements import (
    arrangement_on_screen,
    held_arrangement,
    latest_arrangement,
    record_answer,
    set_arrangement,
    waits_with,
)
from assent.cases.models import Arrangement, ArrangementAnswer, ArrangementPerson, Case
from assent.cases.refusals import NotYoursToAgree, NoWish
from assent.database.session import lock_case
from assent.gate.roles import Role
from assent.notify.mail import MailKind, enqueue_mail
from assent.people import marks
from assent.people.caller import Caller
from assent.people.memberships import people_with_role, require
from assent.people.models import Membership, Person
from assent.tasks.gate_tasks import refresh_case


@dataclass(frozen=True)
class ArrangementShown:
    """An arrangement as it is shown: (id, name, e-mail) of everybody in it.

    Attributes:
        alternates: in the order in which they stand in.
        grounds: on what ground each of them speaks.
        terms: what only the family sets.
    """

    version: int
    rule: str
    quorum: int | None
    cooling_off_hours: int
    decision_makers: tuple[tuple[UUID, str, str], ...]
    alternates: tuple[tuple[UUID, str, str], ...]
    grounds: Mapping[UUID, str] = field(default_factory=dict)
    terms: FamilyTerms = field(default_factory=FamilyTerms)


@dataclass(frozen=True)
class Wish:
    """A change that is recorded and not in force.

    Attributes:
        agreed, refused: ids of those who have answered so far.
    """

    arrangement: ArrangementShown
    agreed: frozenset[UUID]
    refused: frozenset[UUID]


async def arrangement_in_force(session: AsyncSession, case_id: UUID) -> ArrangementShown | None:
    """Return the arrangement in force; None before the first."""
    held = await held_arrangement(session, case_id)
    return await _shown(session, held) if held is not None else None


async def shown_arrangement(
    session: AsyncSession, caller: Caller, case_id: UUID
) -> ArrangementShown | None:
    """Return the arrangement as the caller's own screen shows it; None before the first."""
    held = await arrangement_on_screen(session, caller, case_id)
    return await _shown(session, held) if held is not None else None


async def shown_wish(session: AsyncSession, caller: Caller, case_id: UUID) -> Wish | None:
    """Return the change that waits, as the caller's own screen shows it; None if there is none."""
    return await _wish(session, case_id, await arrangement_on_screen(session, caller, case_id))


async def open_wish(session: AsyncSession, case_id: UUID) -> Wish | None:
    """Return the change that waits for agreement, or that somebody has refused; None if there is none."""
    return await _wish(session, case_id, await held_arrangement(session, case_id))


async def _wish(session: AsyncSession, case_id: UUID, held: Arrangement | None) -> Wish | None:
    latest = await latest_arrangement(session, case_id)
    if latest is None or held is None or latest.version <= held.version:
        return None
    query = select(ArrangementAnswer).where(ArrangementAnswer.arrangement_id == latest.id)
    answers = list(await session.scalars(query))
    return Wish(
        await _shown(session, latest),
        frozenset(a.person_id for a in answers if a.agrees),
        frozenset(a.person_id for a in answers if not a.agrees),
    )


async def wishes_that_wait_for(session: AsyncSession, caller: Caller) -> list[Case]:
    """Return the cases in which a change of the arrangement waits for the caller's answer."""
    query = (
        select(Case)
        .join(Membership, Membership.case_id == Case.id)
        .where(
            Membership.person_id == caller.person_id,
            Membership.role == Role.DECISION_MAKER.value,
            Membership.ended_at.is_(None),
        )
        .order_by(Case.title)
    )
    waiting = []
    for case in await session.scalars(query):
        wish = await open_wish(session, case.id)
        if wish is None or caller.person_id in wish.agreed | wish.refused:
            continue
        held = await arrangement_in_force(session, case.id)
        if held and caller.person_id in {person for person, _, _ in held.decision_makers}:
            waiting.append(case)
    return waiting


async def answer_wish(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    version: int,
    *,
    agrees: bool,
    word: str = "",
    waits: bool = False,
) -> bool:
    """Agree to a change of the arrangement, or refuse it; returns whether their screen shows it in force now.

    An answer stays: whoever changes their mind has the change recorded anew.

    Args:
        word, waits: as in `set_arrangement`.

    Raises:
        NotFound, Forbidden: no decision maker here.
        NoWish: nothing of this version waits.
        NotYoursToAgree: the arrangement in force does not name the caller.
    """
    await require(session, caller, case_id, Permission.CONSENT_DECIDE)
    why = await marks.why_now(session, caller, word, waits=waits)
    await lock_case(session, case_id)
    if await shown_wish(session, caller, case_id) is None:
        raise NoWish
    wish = await open_wish(session, case_id)
    held = await arrangement_in_force(session, case_id)
    latest = await latest_arrangement(session, case_id)
    if wish is None or held is None or latest is None or wish.arrangement.version != version:
        raise NoWish
    if caller.person_id not in {person_id for person_id, _, _ in held.decision_makers}:
        raise NotYoursToAgree
    if caller.person_id in wish.agreed | wish.refused:
        return False
    await record_answer(session, caller, latest, agrees=agrees, why=why)
    await refresh_case(session, case_id)
    in_force = await arrangement_on_screen(session, caller, case_id)
    for person_id in await people_with_role(session, case_id, Role.COORDINATOR):
        await enqueue_mail(
            session, person_id, MailKind.SOMETHING_CHANGED, f"/cases/{case_id}/family"
        )
    return in_force is not None and in_force.id == latest.id


async def stop_waiting(session: AsyncSession, caller: Caller, case_id: UUID) -> None:
    """Let one's own yes to a change count: it is recorded anew, and whoever else decides is asked again.

    Raises:
        NotFound, Forbidden: no decision maker here.
        NoWish: the caller waits with nothing.
    """
    await require(session, caller, case_id, Permission.CONSENT_DECIDE)
    latest = await latest_arrangement(session, case_id)
    if latest is None or not await waits_with(session, caller, latest):
        raise NoWish
    wanted = await _shown(session, latest)
    emails = {p: email for p, _, email in (*wanted.decision_makers, *wanted.alternates)}
    await set_arrangement(
        session, caller, case_id, wanted.rule, wanted.quorum,
        [email for _, _, email in wanted.decision_makers], [email for _, _, email in wanted.alternates],
        wanted.cooling_off_hours, terms=wanted.terms,
        grounds={emails[p]: ground for p, ground in wanted.grounds.items()},
    )  # fmt: skip


async def _shown(session: AsyncSession, arrangement: Arrangement) -> ArrangementShown:
    people = (
        select(
            ArrangementPerson.standing,
            ArrangementPerson.ground,
            ArrangementPerson.place,
            Person.id,
            Person.name,
            Person.email,
        )
        .join(Person, Person.id == ArrangementPerson.person_id)
        .where(ArrangementPerson.arrangement_id == arrangement.id)
        .order_by(Person.name)
    )
    rows = (await session.execute(people)).all()
    return ArrangementShown(
        arrangement.version,
        arrangement.rule,
        arrangement.quorum,
        arrangement.cooling_off_hours,
        tuple((r.id, r.name, r.email) for r in rows if r.standing == "decision_maker"),
        tuple(
            (r.id, r.name, r.email)
            for r in sorted(rows, key=lambda r: r.place)
            if r.standing == "alternate"
        ),
        {r.id: r.ground for r in rows},
        terms_of(arrangement),
    )
