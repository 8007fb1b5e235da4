"""What a relative takes away, at any time and without a reason: their own yes, or what was taken down in their name."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.actions.models import Action
from assent.actions.queries import visible_action
from assent.consents.channel_models import ConsentContest
from assent.consents.models import Consent, ConsentWithdrawal
from assent.consents.refusals import NothingToWithdraw, NotTakenDown, NotYoursToWithdraw
from assent.database.session import lock_action, present
from assent.facts import retractions_caused_by
from assent.gate.facts import YESES
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import people_with_role
from assent.refusal import NotFound
from assent.tasks import gate_tasks
from assent.tasks.service import open_question_task, open_retraction_task

_Record = TypeVar("_Record", ConsentWithdrawal, ConsentContest)


async def withdraw_consent(
    session: AsyncSession, caller: Caller, consent_id: UUID
) -> ConsentWithdrawal:
    """Take a yes back: at any time, no reason. What it had let out is taken back with it.

    Withdrawing twice answers with the withdrawal on record.

    Raises:
        NotFound: no such consent for this person.
        NotYoursToWithdraw, NothingToWithdraw: somebody else's, or not a yes.
    """
    consent = await session.get(Consent, consent_id)
    if consent is None:
        raise NotFound
    if consent.person_id != caller.person_id:
        raise NotYoursToWithdraw
    if consent.decision not in YESES:
        raise NothingToWithdraw
    return await _taken_away(
        session, caller, consent, ConsentWithdrawal, EventKind.CONSENT_WITHDRAWN, "withdrawn"
    )


async def contest_decision(
    session: AsyncSession, caller: Caller, consent_id: UUID
) -> ConsentContest:
    """Say, as the relative, that what was taken down is not one's word: the gate shuts, what went out is taken back.

    Contesting twice answers with the contest on record.

    Raises:
        NotFound: no such record in the caller's name.
        NotTakenDown: they gave it themselves; such a yes is taken back.
    """
    consent = await session.get(Consent, consent_id)
    if consent is None or consent.person_id != caller.person_id:
        raise NotFound
    if consent.recorded_by is None:
        raise NotTakenDown
    return await _taken_away(
        session, caller, consent, ConsentContest, EventKind.CONSENT_CONTESTED, "contested"
    )


async def contest_disowned(
    session: AsyncSession, caller: Caller, consent_id: UUID
) -> ConsentContest:
    """Say that a yes was given on a device that was not the caller's: held until they say it themselves.

    The database refuses it of a device of which they have not said so.

    Raises:
        NotFound: no such yes of the caller's.
    """
    consent = await session.get(Consent, consent_id)
    if consent is None or consent.person_id != caller.person_id:
        raise NotFound
    return await _taken_away(
        session, caller, consent, ConsentContest, EventKind.CONSENT_CONTESTED, "contested"
    )


async def _taken_away(
    session: AsyncSession,
    caller: Caller,
    consent: Consent,
    record: type[_Record],
    event: EventKind,
    what: str,
) -> _Record:
    """Record it once, behind the action's lock; what went out on it is taken back by the database."""
    action = await visible_action(session, consent.action_id)
    await lock_action(session, action.id)
    if (before := await session.get(record, consent.id)) is not None:
        return before
    now = await present(session)
    index = await append(
        session, event=event, actor=caller, case_id=action.case_id, action_id=action.id, at=now,
        body={"consent": str(consent.id), "digest": consent.digest},
    )  # fmt: skip
    values = {
        "consent_id": consent.id,
        "case_id": action.case_id,
        "action_id": action.id,
        "person_id": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(record).values(**values))
    await follow_up(session, caller, action, what, index)
    return await session.get_one(record, consent.id)


async def follow_up(
    session: AsyncSession, caller: Caller, action: Action, decision: str, ledger_index: int
) -> None:
    """Open what the decision makes necessary and tell the coordinators that something changed."""
    if await retractions_caused_by(session, ledger_index):
        await open_retraction_task(session, caller, action.case_id, action.id)
    if decision == "question":
        await open_question_task(session, caller, action.case_id, action.id)
    await gate_tasks.refresh(session, [action.id])
    for person_id in await people_with_role(session, action.case_id, Role.COORDINATOR):
        await enqueue_mail(session, person_id, MailKind.SOMETHING_CHANGED, f"/actions/{action.id}")
