"""The API: what there is to do, by whom, by when."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.refusal import Forbidden, NotFound
from assent.tasks.queries import TaskLine, case_tasks, my_tasks, task_line
from assent.tasks.refusals import FollowsTheGate, NobodyAssigned, NotYourTask, TaskClosed
from assent.tasks.service import assign_task, close_task
from assent.web.api import (
    USUAL_ITEMS,
    Cursor,
    DayIn,
    DayOut,
    Items,
    Limit,
    Moment,
    Sent,
    api_router,
    cut,
    id_cursor,
    problems,
)
from assent.web.problems import words_of_call
from assent.web.requirements import FAMILY, Translate
from assent.web.requires import ApiCaller, CaseVisit, Id, api_in_case, require_id

router: APIRouter = api_router("Tasks")
IN_CASE = (NotFound, Forbidden)


class TaskIn(Sent):
    """Something a person or an organisation of the case is to do."""

    title: str
    assignee: str | None = Field(
        default=None, description="E-mail address of somebody in the case."
    )
    organisation: str | None = Field(
        default=None, description="Short name, if it is for an organisation."
    )
    due_on: DayIn | None = None
    action: UUID | None = Field(default=None, description="The action it is about.")


class TaskChange(Sent):
    """A task is marked as done, once."""

    done: Literal[True]


class TaskOut(BaseModel):
    """A task as the caller may see it."""

    id: UUID
    case: str
    kind: str = Field(
        description="assigned (by a person), gate (opens and closes with what a gate misses), "
        "question, retraction, delivery, launch or device (a relative says somebody else was signed in as them)."
    )
    title: str
    action: UUID | None
    requirement: str | None = Field(description="Key of the gate's requirement it is about.")
    assignee: str | None = Field(
        description="Name; relatives are `family` to those outside the family."
    )
    organisation: str | None
    role: str | None = Field(description="It is for whoever holds this role.")
    due_on: DayOut | None
    opened_at: Moment
    closed_at: Moment | None
    mine: bool = Field(description="Whether it waits for me.")


@router.get("/cases/{case}/tasks", responses=problems(*IN_CASE))
async def tasks(
    request: Request,
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)],
    limit: Limit = USUAL_ITEMS,
    cursor: Cursor = None,
) -> Items[TaskOut]:
    """The case's tasks that I may see, closed ones too, in the order of opening."""
    lines = await case_tasks(
        visit.session, visit.caller, visit.case.id, after=id_cursor(cursor), limit=limit + 1
    )
    shown, last = cut(lines, limit)
    translate = words_of_call(request)
    return Items(
        items=[_task_out(line, translate) for line in shown], next=str(last.id) if last else None
    )


@router.post("/cases/{case}/tasks", status_code=201, responses=problems(*IN_CASE, NobodyAssigned))
async def assign(
    request: Request,
    visit: Annotated[CaseVisit, api_in_case(Permission.TASK_ASSIGN)],
    wanted: TaskIn,
) -> TaskOut:
    """Give a person or an organisation of the case something to do."""
    made = await assign_task(
        visit.session,
        visit.caller,
        visit.case.id,
        wanted.title,
        assignee=wanted.assignee,
        organisation=wanted.organisation,
        due_on=wanted.due_on,
        action_id=wanted.action,
    )
    line = await task_line(visit.session, visit.caller, made.id)
    if line is None:
        raise NotFound
    return _task_out(line, words_of_call(request))


@router.patch(
    "/tasks/{task}",
    responses=problems(*IN_CASE, NotYourTask, TaskClosed, FollowsTheGate),
)
async def finish(request: Request, visit: ApiCaller, task: Id, wanted: TaskChange) -> TaskOut:
    """Mark a task as done."""
    closed = await close_task(visit.session, visit.caller, require_id(task))
    line = await task_line(visit.session, visit.caller, closed.id)
    if line is None:
        raise NotFound
    return _task_out(line, words_of_call(request))


@router.get("/me/tasks")
async def mine(request: Request, visit: ApiCaller) -> Items[TaskOut]:
    """What waits for me in all my cases, the most urgent first."""
    translate = words_of_call(request)
    lines = await my_tasks(visit.session, visit.caller)
    return Items(items=[_task_out(line, translate) for line in lines], next=None)


def _task_out(line: TaskLine, translate: Translate) -> TaskOut:
    sentence, params = line.sentence
    return TaskOut(
        id=line.id,
        case=line.case_slug,
        kind=line.kind,
        title=(translate(sentence) if line.kind != "assigned" else sentence).format(**params),
        action=line.action_id,
        requirement=line.gate_key,
        assignee=line.assignee or (FAMILY if line.for_family else None),
        organisation=line.organisation_slug,
        role=line.role,
        due_on=line.due_on,
        opened_at=line.opened_at,
        closed_at=line.closed_at,
        mine=line.mine,
    )
