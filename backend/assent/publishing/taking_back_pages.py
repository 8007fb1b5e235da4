"""How something is taken back, step by step: for the family to see, for coordinators to tick off."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.publishing.queries import PublicationLine, publication_lines
from assent.publishing.taking_back import OUTCOMES, Step, note_copy, steps_of, taken_back, tell
from assent.refusal import Refusal
from assent.web.attempts import attempt
from assent.web.labels import TELLINGS
from assent.web.language import language_of, translate_refusal
from assent.web.panel import may
from assent.web.render import render
from assent.web.requires import ActionVisit, SignedIn, on_action, open_action, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]


@router.get("/actions/{action}/taken-back")
async def taken_back_page(
    request: Request, visit: Annotated[ActionVisit, on_action(Permission.CASE_READ)]
) -> Response:
    """Each step of taking it back."""
    return await _page(request, visit, [])


async def _page(
    request: Request, visit: ActionVisit, errors: list[tuple[str, str]], status: int = 200
) -> Response:
    context = {
        "action": visit.action,
        "case": visit.case,
        "found": await taken_back(visit.session, visit.action.id),
        "out": await _still_out(visit.session, visit.action.id),
        "may": may(visit.standing),
        "outcomes": [(outcome, TELLINGS[outcome]) for outcome in OUTCOMES],
        "tellings": TELLINGS,
        "errors": errors,
    }
    return render(request, "publishing/taken_back.html", context, status=status)


async def _still_out(
    session: AsyncSession, action_id: UUID
) -> list[tuple[PublicationLine, tuple[Step, ...]]]:
    """What is out now, whom it reached, and where else it is known to stand."""
    lines = await publication_lines(session, action_id)
    return [(line, await steps_of(session, line.id)) for line in lines if not line.retracted_at]


@router.post("/publications/{publication}/copies")
async def copy(
    request: Request, visit: SignedIn, publication: str, action: Text = "", place: Text = ""
) -> Response:
    """Note where it is known to stand besides."""
    there = await open_action(visit, action, Permission.CASE_READ)
    try:
        async with attempt(visit.session):
            await note_copy(visit.session, visit.caller, require_id(publication), place)
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        return await _page(request, there, [(refusal.field or "", said)], refusal.status)
    return RedirectResponse(f"/actions/{there.action.id}/taken-back", 303)


@router.post("/publications/{publication}/tellings")
async def telling(
    visit: SignedIn, publication: str, action: Text = "", step: Text = "", outcome: Text = ""
) -> Response:
    """Tick off that somebody was told."""
    there = await open_action(visit, action, Permission.CASE_READ)
    await tell(visit.session, visit.caller, require_id(publication), require_id(step), outcome)
    return RedirectResponse(f"/actions/{there.action.id}/taken-back", 303)
