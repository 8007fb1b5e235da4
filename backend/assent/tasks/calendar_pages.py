"""The calendar's secret address: made, shown once and ended on a page, and asked by calendars."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from assent.language import translator
from assent.tasks.calendar import (
    DUE,
    DUE_DISCREETLY,
    calendar_of,
    end_link,
    link_since,
    make_link,
    owner_of,
)
from assent.web.render import render
from assent.web.requires import Public, SignedIn

router = APIRouter(include_in_schema=False)


@router.get("/me/calendar")
async def calendar_page(request: Request, visit: SignedIn) -> Response:
    """Whether the caller has an address, and what a calendar is told there."""
    return await _page(request, visit, None)


@router.post("/me/calendar")
async def make(request: Request, visit: SignedIn) -> Response:
    """Make an address and show it once; an earlier one ends."""
    return await _page(request, visit, await make_link(visit.session, visit.caller))


@router.post("/me/calendar/end")
async def end(visit: SignedIn) -> Response:
    """End the address."""
    await end_link(visit.session, visit.caller)
    return RedirectResponse("/me/calendar", 303)


@router.get("/calendar/{token}.ics")
async def feed(visit: Public, token: str) -> Response:
    """What a calendar is told: days and moments, and no word of what they are about."""
    owner = await owner_of(visit.session, token)
    translate, _ = translator(owner.language)
    words = translate(DUE_DISCREETLY if owner.discreet else DUE)
    calendar = await calendar_of(visit.session, owner, words)
    return Response(calendar, media_type="text/calendar; charset=utf-8")


async def _page(request: Request, visit: SignedIn, token: str | None) -> Response:
    base = request.app.state.settings.base_url
    context = {
        "since": await link_since(visit.session, visit.caller),
        "address": f"{base}/calendar/{token}.ics" if token else "",
    }
    return render(request, "tasks/calendar.html", context)
