"""One tap: it was not me. Whoever it was is out, and the page says what is held until its reader says it themselves."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from assent.consents.disowning import disown_device, held_for_me
from assent.web.render import render
from assent.web.requires import SignedIn, require_id

router = APIRouter(include_in_schema=False)


@router.post("/devices/{device}/not-mine")
async def not_mine(visit: SignedIn, device: str) -> Response:
    """Shut out whoever is signed in there."""
    await disown_device(visit.session, visit.caller, require_id(device))
    return RedirectResponse("/devices/shut-out", 303)


@router.get("/devices/shut-out")
async def shut_out_page(request: Request, visit: SignedIn) -> Response:
    """Say what was ended, what is held, and what else to do."""
    held = await held_for_me(visit.session, visit.caller)
    return render(request, "people/shut_out.html", {"held": held})
