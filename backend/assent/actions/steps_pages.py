"""The steps after filing, in pages and by program."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.actions.refusals import NoProcedure, StepAhead, UnknownStep
from assent.actions.steps import StepLine, record_step, step_lines
from assent.refusal import N_, Forbidden, Invalid, NotFound, Refusal
from assent.web.action_view import Typed, refused_action
from assent.web.api import DayIn, DayOut, Sent, api_router, problems
from assent.web.attempts import attempt
from assent.web.requires import ActionVisit, api_on_action, on_action

router = APIRouter(include_in_schema=False)
api: APIRouter = api_router("Steps")
Text = Annotated[str, Form()]


@router.post("/actions/{action}/steps")
async def record(
    request: Request,
    visit: Annotated[ActionVisit, on_action(Permission.EVENT_RECORD)],
    step: Text = "",
    happened_on: Text = "",
) -> Response:
    """Record that a step happened."""
    try:
        async with attempt(visit.session):
            await record_step(visit.session, visit.caller, visit.action.id, step, _day(happened_on))
    except Refusal as refusal:
        typed = Typed("step", {"step": step, "happened_on": happened_on})
        return await refused_action(request, visit, refusal, typed)
    return RedirectResponse(f"/actions/{visit.action.id}#clock", 303)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(N_("Give a day such as 2026-12-31."), field="happened_on") from error


class StepIn(Sent):
    """A step that happened."""

    step: str
    happened_on: DayIn


class StepOut(BaseModel):
    """A step of the procedure."""

    step: str
    label: str
    happened_on: DayOut | None = Field(description="Null: not yet.")
    due_on: DayOut | None = Field(description="When it should happen; null: nobody can say yet.")


class StepsOut(BaseModel):
    """The steps in order; none before anything was filed, or where nothing follows."""

    items: list[StepOut]


@api.get("/actions/{action}/steps", responses=problems(NotFound))
async def steps(
    visit: Annotated[ActionVisit, api_on_action(Permission.CASE_READ)],
) -> StepsOut:
    """How far a filing has come, and what is due when."""
    return _steps_out(await step_lines(visit.session, visit.action))


@api.post(
    "/actions/{action}/steps",
    status_code=201,
    responses=problems(NotFound, Forbidden, NoProcedure, UnknownStep, StepAhead),
)
async def record_a_step(
    visit: Annotated[ActionVisit, api_on_action(Permission.EVENT_RECORD)], wanted: StepIn
) -> StepsOut:
    """Record that a step happened, or on another day than recorded: deadlines follow."""
    await record_step(visit.session, visit.caller, visit.action.id, wanted.step, wanted.happened_on)
    return _steps_out(await step_lines(visit.session, visit.action))


def _steps_out(lines: list[StepLine]) -> StepsOut:
    items = [
        StepOut(
            step=line.step.name,
            label=line.step.label,
            happened_on=line.happened_on,
            due_on=line.due_on,
        )
        for line in lines
    ]
    return StepsOut(items=items)
