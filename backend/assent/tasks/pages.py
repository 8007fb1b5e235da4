"""Pages of tasks."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request
from sqlalchemy import select
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.actions.models import Action
from assent.cases.queries import members
from assent.people.organisations import organisations_in_case
from assent.refusal import N_, Invalid, Refusal
from assent.tasks.service import assign_task, close_task
from assent.web.attempts import attempt
from assent.web.language import language_of, translate_refusal
from assent.web.paths import safe_path
from assent.web.render import render
from assent.web.requires import CaseVisit, SignedIn, in_case, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Assigning = Annotated[CaseVisit, in_case(Permission.TASK_ASSIGN)]


@router.get("/cases/{case}/tasks/new")
async def new_task(request: Request, visit: Assigning) -> Response:
    """Ask what is to be done, and by whom."""
    return await _form(request, visit, [], {})


async def _form(
    request: Request,
    visit: CaseVisit,
    errors: list[tuple[str, str]],
    form: dict[str, str],
    status: int = 200,
) -> Response:
    query = (
        select(Action.id, Action.title).where(Action.case_id == visit.case.id).order_by(Action.id)
    )
    everybody = {m.email: m for m in await members(visit.session, visit.case.id)}
    context = {
        "case": visit.case,
        "members": list(everybody.values()),
        "organisations": await organisations_in_case(visit.session, visit.case.id),
        "actions": [(row.id, row.title) for row in await visit.session.execute(query)],
        "errors": errors,
        "form": form,
    }
    return render(request, "tasks/new.html", context, status=status)


@router.post("/cases/{case}/tasks")
async def give_task(
    request: Request,
    visit: Assigning,
    title: Text = "",
    assignee: Text = "",
    due_on: Text = "",
    action: Text = "",
) -> Response:
    """Give a task."""
    kind, _, who = assignee.partition(":")
    try:
        async with attempt(visit.session):
            await assign_task(
                visit.session,
                visit.caller,
                visit.case.id,
                title,
                assignee=who if kind == "person" else None,
                organisation=who if kind == "organisation" else None,
                due_on=_day(due_on),
                action_id=require_id(action) if action else None,
            )
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        form = {"title": title, "assignee": assignee, "due_on": due_on, "action": action}
        return await _form(request, visit, [(refusal.field or "", said)], form, refusal.status)
    return RedirectResponse(f"/cases/{visit.case.slug}", 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(N_("Give a day such as 2026-12-31."), field="due_on") from error


@router.post("/tasks/{task}/close")
async def done(visit: SignedIn, task: str, next: Text = "/") -> Response:
    """Mark a task as done, and stay where one was."""
    await close_task(visit.session, visit.caller, require_id(task))
    return RedirectResponse(safe_path(next), 303)
