"""What a family agrees to in advance: given, answered, ended; and that what it waits for has happened."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.cases.arrangement_wishes import arrangement_in_force
from assent.cases.arrangements import is_minor
from assent.consents.refusals import (
    MinorCannotConsent,
    NotDecisionMaker,
    NothingAwaited,
    OnePersonOneOrganisation,
    StandingEnded,
)
from assent.consents.standing_models import (
    StandingConsent,
    StandingConsentAnswer,
    StandingConsentEnd,
    StandingConsentTrigger,
)
from assent.consents.standing_scope import Scope, checked_scope, statement_of
from assent.database.ids import new_id
from assent.database.session import acting_as_job, lock_case, present
from assent.facts import retractions_caused_by
from assent.gate.roles import STAFF_ROLES, Role
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.jobs import defer
from assent.notify.mail import MailKind, enqueue_mail
from assent.people import marks
from assent.people.caller import Caller
from assent.people.marks import Why
from assent.people.memberships import people_with_role, require
from assent.people.models import Person
from assent.refusal import NotFound
from assent.tasks.gate_tasks import refresh_case
from assent.tasks.service import open_retraction_task

_TAKEN_BACK = text("select action_id from assent.retractions where ledger_index = :index")


async def give_standing_consent(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    scope: Scope,
    *,
    word: str = "",
    waits: bool = False,
) -> StandingConsent:
    """Agree in advance to a scope, as one who decides. The others of the family are asked.

    It counts once as many have agreed as the arrangement asks for, and none is against it.

    Args:
        word, waits: as in `consents.service.decide`.

    Raises:
        NotFound, Forbidden, NotDecisionMaker, MinorCannotConsent: not entitled.
        WiderThanTheGate: a kind that is asked about each time, or a longer time than its gate allows.
        UnfitScope, ExpiryOutOfRange, UnfitText: unfit input.
    """
    await require(session, caller, case_id, Permission.CONSENT_DECIDE)
    why = await marks.why_now(session, caller, word, waits=waits)
    await lock_case(session, case_id)
    await _require_decider(session, caller, case_id)
    now = await present(session)
    values = checked_scope(scope, now)
    standing_id = new_id()
    index = await append(
        session,
        event=EventKind.STANDING_CONSENT_GIVEN,
        actor=caller,
        case_id=case_id,
        at=now,
        body=statement_of(standing_id, values),
    )
    values |= {
        "id": standing_id,
        "case_id": case_id,
        "given_by": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(StandingConsent).values(**values))
    standing = await session.get_one(StandingConsent, standing_id)
    await _answer(session, caller, standing, agrees=True, why=why)
    await _follow(session, caller, case_id, MailKind.SOMETHING_WAITS)
    return standing


async def answer_standing_consent(
    session: AsyncSession,
    caller: Caller,
    standing_id: UUID,
    *,
    agrees: bool,
    word: str = "",
    waits: bool = False,
) -> StandingConsentAnswer:
    """Say yes or no to what another of the family would agree to in advance; or once more, after something happened.

    A later answer supersedes an earlier one. A no takes back what it let out. The same yes said again
    leaves in place what stood beside it, as with a text: only a no in between lifts that.

    Args:
        word, waits: as in `consents.service.decide`.

    Raises:
        NotFound, Forbidden, NotDecisionMaker, MinorCannotConsent: not entitled.
        StandingEnded: it has been ended, or has lapsed.
    """
    standing = await _standing(session, standing_id)
    await require(session, caller, standing.case_id, Permission.CONSENT_DECIDE)
    why = await marks.why_now(session, caller, word, waits=waits)
    await lock_case(session, standing.case_id)
    await _require_decider(session, caller, standing.case_id)
    if await session.get(StandingConsentEnd, standing_id) is not None:
        raise StandingEnded
    if standing.expires_at <= await present(session):
        raise StandingEnded
    before = await _last_answer(session, caller, standing_id)
    then = await marks.why_standing(session, before.id) if before is not None else Why.PLAIN
    if then is Why.SIGN and before is not None and before.agrees and agrees and not word.strip():
        why = Why.SIGN
    answer = await _answer(session, caller, standing, agrees=agrees, why=why)
    await _see_to_what_was_out(session, caller, standing.case_id, answer.ledger_index)
    await _follow(session, caller, standing.case_id, MailKind.SOMETHING_CHANGED)
    return answer


async def end_standing_consent(
    session: AsyncSession, caller: Caller, standing_id: UUID
) -> StandingConsentEnd:
    """End a standing consent: at any time, no reason. What it had let out is taken back with it.

    Ending it twice answers with the end on record.

    Raises:
        NotFound, Forbidden, NotDecisionMaker: not somebody who decides, nor who had agreed to it.
    """
    standing = await _standing(session, standing_id)
    await require(session, caller, standing.case_id, Permission.CONSENT_WITHDRAW)
    await lock_case(session, standing.case_id)
    if (before := await session.get(StandingConsentEnd, standing_id)) is not None:
        return before
    if await _last_answer(session, caller, standing_id) is None:
        await _require_decider(session, caller, standing.case_id)
    now = await present(session)
    index = await append(
        session,
        event=EventKind.STANDING_CONSENT_ENDED,
        actor=caller,
        case_id=standing.case_id,
        at=now,
        body={"standing_consent": str(standing_id)},
    )
    values = {
        "standing_consent_id": standing_id,
        "case_id": standing.case_id,
        "person_id": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(StandingConsentEnd).values(**values))
    await _see_to_what_was_out(session, caller, standing.case_id, index)
    await _follow(session, caller, standing.case_id, MailKind.SOMETHING_CHANGED)
    return await session.get_one(StandingConsentEnd, standing_id)


async def record_trigger(
    session: AsyncSession, caller: Caller, standing_id: UUID
) -> StandingConsentTrigger:
    """Say, for one's organisation, that what a standing consent waits for has happened.

    It counts once two people of different organisations have said so. The family is told each time.

    Raises:
        NotFound, Forbidden: not staff of an organisation in this case.
        NothingAwaited, StandingEnded, OnePersonOneOrganisation: what is on record forbids it.
    """
    standing = await _standing(session, standing_id)
    held = await require(session, caller, standing.case_id, Permission.TRIGGER_RECORD)
    if not standing.only_when:
        raise NothingAwaited
    await lock_case(session, standing.case_id)
    if await session.get(StandingConsentEnd, standing_id) is not None:
        raise StandingEnded
    said = await triggers_of(session, standing_id)
    taken = {trigger.organisation_id for trigger in said}
    speaks_for = [
        organisation
        for role in sorted(STAFF_ROLES - {Role.OBSERVER})
        for organisation in held.organisations_for(role)
        if organisation not in taken
    ]
    if not speaks_for or caller.person_id in {trigger.person_id for trigger in said}:
        raise OnePersonOneOrganisation
    now = await present(session)
    index = await append(
        session,
        event=EventKind.STANDING_CONSENT_TRIGGERED,
        actor=caller,
        case_id=standing.case_id,
        at=now,
        body={"standing_consent": str(standing_id), "organisation": str(speaks_for[0])},
    )
    values = {
        "standing_consent_id": standing_id,
        "case_id": standing.case_id,
        "organisation_id": speaks_for[0],
        "person_id": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(StandingConsentTrigger).values(**values))
    await _follow(session, caller, standing.case_id, MailKind.SOMETHING_CHANGED)
    query = select(StandingConsentTrigger).where(StandingConsentTrigger.ledger_index == index)
    return (await session.scalars(query)).one()


async def triggers_of(session: AsyncSession, standing_id: UUID) -> list[StandingConsentTrigger]:
    """Return who has said that what a standing consent waits for has happened."""
    query = select(StandingConsentTrigger).where(
        StandingConsentTrigger.standing_consent_id == standing_id
    )
    return list(await session.scalars(query.order_by(StandingConsentTrigger.ledger_index)))


async def _standing(session: AsyncSession, standing_id: UUID) -> StandingConsent:
    standing = await session.get(StandingConsent, standing_id)
    if standing is None:
        raise NotFound
    return standing


async def _require_decider(session: AsyncSession, caller: Caller, case_id: UUID) -> None:
    held = await arrangement_in_force(session, case_id)
    if held is None or caller.person_id not in {person for person, _, _ in held.decision_makers}:
        raise NotDecisionMaker
    person = await session.get_one(Person, caller.person_id)
    if is_minor(person.born, (await present(session)).date()):
        raise MinorCannotConsent


async def _last_answer(
    session: AsyncSession, caller: Caller, standing_id: UUID
) -> StandingConsentAnswer | None:
    query = select(StandingConsentAnswer).where(
        StandingConsentAnswer.standing_consent_id == standing_id,
        StandingConsentAnswer.person_id == caller.person_id,
    )
    latest = query.order_by(StandingConsentAnswer.ledger_index.desc()).limit(1)
    return (await session.scalars(latest)).one_or_none()


async def _answer(
    session: AsyncSession, caller: Caller, standing: StandingConsent, *, agrees: bool, why: Why
) -> StandingConsentAnswer:
    answer_id, now = new_id(), await present(session)
    mark = marks.new_mark(answer_id, why, now, by_hand=caller.via != "token")
    index = await append(
        session,
        event=EventKind.STANDING_CONSENT_ANSWERED,
        actor=caller,
        case_id=standing.case_id,
        at=now,
        body={
            "standing_consent": str(standing.id),
            "agrees": agrees,
            "channel": caller.via,
            "mark": mark.commitment,
        },
    )
    values = {
        "id": answer_id,
        "standing_consent_id": standing.id,
        "case_id": standing.case_id,
        "person_id": caller.person_id,
        "agrees": agrees,
        "channel": caller.via,
        "given_in": caller.browser_session,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(StandingConsentAnswer).values(**values))
    await marks.keep_standing_mark(session, answer_id, mark)
    await defer(session, "consents.confide", person_id=str(caller.person_id))
    return await session.get_one(StandingConsentAnswer, answer_id)


async def _see_to_what_was_out(
    session: AsyncSession, caller: Caller, case_id: UUID, ledger_index: int
) -> None:
    """Whatever the end of a standing consent took back is somebody's to see to."""
    if await retractions_caused_by(session, ledger_index):
        async with acting_as_job(session):
            rows = await session.scalars(_TAKEN_BACK, {"index": ledger_index})
            for action_id in sorted(set(rows)):
                await open_retraction_task(session, caller, case_id, action_id)


async def _follow(session: AsyncSession, caller: Caller, case_id: UUID, kind: MailKind) -> None:
    await refresh_case(session, case_id)
    for role in (Role.DECISION_MAKER, Role.COORDINATOR):
        for person_id in await people_with_role(session, case_id, role):
            if person_id != caller.person_id:
                await enqueue_mail(session, person_id, kind, f"/cases/{case_id}/in-advance")
