"""Concerns of relatives and holds of safety reviewers: the gates of the case stay shut until answered."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.models import Action, Concern, ConcernAnswer
from assent.actions.queries import visible_action
from assent.actions.refusals import AlreadyAnswered, TextMissing
from assent.database.ids import new_id
from assent.database.session import lock_case, present
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.refusal import NotFound
from assent.tasks import gate_tasks
from assent.wording import clean_text


async def raise_concern(
    session: AsyncSession, caller: Caller, action_id: UUID, text: str
) -> Concern:
    """Record a relative's concern; nothing of the case goes out until a coordinator has answered.

    Raises:
        NotFound, Forbidden: not a relative or counsel of this case.
        TextMissing: nothing was written.
    """
    return await _raise(session, caller, action_id, text, "concern", Permission.CONCERN_RAISE)


async def raise_hold(session: AsyncSession, caller: Caller, action_id: UUID, text: str) -> Concern:
    """Record a safety reviewer's hold; nothing of the case goes out until a reviewer lifts it.

    Raises:
        NotFound, Forbidden: not a safety reviewer of this case.
        TextMissing: nothing was written.
    """
    return await _raise(session, caller, action_id, text, "hold", Permission.HOLD_RAISE)


async def answer_concern(
    session: AsyncSession, caller: Caller, concern_id: UUID, text: str
) -> ConcernAnswer:
    """Answer a concern (coordinator) or lift a hold (safety reviewer), with a few words.

    Raises:
        NotFound, Forbidden: not theirs to answer.
        AlreadyAnswered, TextMissing: what is on record, or the input, forbids it.
    """
    concern = await session.get(Concern, concern_id)
    if concern is None:
        raise NotFound
    lifts = concern.kind == "hold"
    permission = Permission.HOLD_LIFT if lifts else Permission.CONCERN_ANSWER
    await require(session, caller, concern.case_id, permission)
    words = _words(text)
    await lock_case(session, concern.case_id)
    if await session.get(ConcernAnswer, concern_id) is not None:
        raise AlreadyAnswered
    now = await present(session)
    index = await append(
        session,
        event=EventKind.HOLD_LIFTED if lifts else EventKind.CONCERN_ANSWERED,
        actor=caller,
        case_id=concern.case_id,
        action_id=concern.action_id,
        at=now,
        body={"concern": str(concern_id), "text": words},
    )
    values = {
        "concern_id": concern_id,
        "case_id": concern.case_id,
        "text": words,
        "answered_by": caller.person_id,
        "answered_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(ConcernAnswer).values(**values))
    await _refresh_case(session, concern.case_id)
    return await session.get_one(ConcernAnswer, concern_id)


async def _raise(
    session: AsyncSession,
    caller: Caller,
    action_id: UUID,
    text: str,
    kind: str,
    permission: Permission,
) -> Concern:
    action = await visible_action(session, action_id)
    await require(session, caller, action.case_id, permission)
    words = _words(text)
    await lock_case(session, action.case_id)
    concern_id, now = new_id(), await present(session)
    index = await append(
        session,
        event=EventKind.HOLD_RAISED if kind == "hold" else EventKind.CONCERN_RAISED,
        actor=caller,
        case_id=action.case_id,
        action_id=action_id,
        at=now,
        body={"concern": str(concern_id), "text": words},
    )
    values = {
        "id": concern_id,
        "action_id": action_id,
        "case_id": action.case_id,
        "kind": kind,
        "text": words,
        "raised_by": caller.person_id,
        "raised_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Concern).values(**values))
    await _refresh_case(session, action.case_id)
    return await session.get_one(Concern, concern_id)


def _words(text: str) -> str:
    if not (words := clean_text(text, field="text")):
        raise TextMissing(field="text")
    return words


async def _refresh_case(session: AsyncSession, case_id: UUID) -> None:
    """A concern stands on the whole case, so every action's open tasks follow."""
    ids = await session.scalars(select(Action.id).where(Action.case_id == case_id))
    await gate_tasks.refresh(session, list(ids))
