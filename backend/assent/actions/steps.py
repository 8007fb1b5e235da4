"""How far a filing has come. Each recorded step settles its own deadline and opens those that follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.kinds import procedures
from assent.actions.kinds.procedures import FILED, Procedure, Step
from assent.actions.models import Action, ProcedureStep, Revision
from assent.actions.queries import visible_action
from assent.actions.refusals import NoProcedure, StepAhead, UnknownStep
from assent.database.ids import new_id
from assent.database.session import lock_action, present
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.tasks.service import close_deadline, open_deadline


@dataclass(frozen=True)
class StepLine:
    """A step of an action's procedure as it is shown.

    Attributes:
        happened_on: as recorded last; None: not yet.
        due_on: when it should happen, where the step before it has.
    """

    step: Step
    happened_on: date | None
    due_on: date | None


async def begin_procedure(
    session: AsyncSession, caller: Caller, action: Action, content: dict[str, Any], day: date
) -> None:
    """Record that something was filed, where a procedure follows; the action is locked.

    Args:
        content: of the revision that went out, as JSON.
    """
    procedure = procedures.current().of(action.kind, content)
    if procedure is not None:
        await _record(session, caller, action, procedure, FILED, day)


async def record_step(
    session: AsyncSession, caller: Caller, action_id: UUID, step: str, happened_on: date
) -> ProcedureStep:
    """Record that a step of an action's procedure happened, or happened on another day than recorded.

    Raises:
        NotFound, Forbidden: not somebody who records what happens here.
        NoProcedure: nothing of it was filed, or nothing follows.
        UnknownStep, StepAhead: no step of this procedure, or a day to come.
    """
    action = await visible_action(session, action_id)
    await require(session, caller, action.case_id, Permission.EVENT_RECORD)
    await lock_action(session, action_id)
    procedure, days = await _under_way(session, action)
    if procedure is None or FILED not in days:
        raise NoProcedure
    if procedure.step(step) is None:
        raise UnknownStep(field="step")
    if happened_on > (await present(session)).date() + timedelta(days=1):
        raise StepAhead(field="happened_on")
    return await _record(session, caller, action, procedure, step, happened_on)


async def step_lines(session: AsyncSession, action: Action) -> list[StepLine]:
    """Return the steps of an action's procedure in order; none before it was filed."""
    procedure, days = await _under_way(session, action)
    if procedure is None or FILED not in days:
        return []
    return [
        StepLine(
            step,
            days.get(step.name),
            step.due.on(days[step.due.after]) if step.due and step.due.after in days else None,
        )
        for step in procedure.steps
    ]


async def _under_way(
    session: AsyncSession, action: Action
) -> tuple[Procedure | None, dict[str, date]]:
    """Return the procedure of what went out last, and the day of each step on record."""
    query = (
        select(ProcedureStep.step, ProcedureStep.happened_on)
        .where(ProcedureStep.action_id == action.id)
        .order_by(ProcedureStep.ledger_index)
    )
    days = {row.step: row.happened_on for row in await session.execute(query)}
    latest = (
        select(Revision.content)
        .where(Revision.action_id == action.id)
        .order_by(Revision.number.desc())
        .limit(1)
    )
    content = (await session.scalars(latest)).one_or_none()
    return procedures.current().of(action.kind, content), days


async def _record(
    session: AsyncSession,
    caller: Caller,
    action: Action,
    procedure: Procedure,
    step: str,
    day: date,
) -> ProcedureStep:
    now, step_id = await present(session), new_id()
    values: dict[str, Any] = {
        "id": step_id,
        "action_id": action.id,
        "case_id": action.case_id,
        "step": step,
        "happened_on": day,
        "recorded_by": caller.person_id,
        "recorded_at": now,
    }
    values["ledger_index"] = await append(
        session,
        event=EventKind.STEP_RECORDED,
        actor=caller,
        case_id=action.case_id,
        action_id=action.id,
        at=now,
        body={"step": step, "on": day.isoformat()},
    )
    await session.execute(insert(ProcedureStep).values(**values))
    await close_deadline(session, caller, action.id, f"step:{step}")
    _, days = await _under_way(session, action)
    for following in procedure.following(step):
        if following.due is not None and following.name not in days:
            await open_deadline(
                session, caller, action.case_id, action.id, f"step:{following.name}",
                following.task, action.organisation_id, following.due.on(day),
            )  # fmt: skip
    return await session.get_one(ProcedureStep, step_id)
