"""Pages about oneself: how one appears, in which language, how discreetly; and the way out."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.notify.jobs import defer
from assent.people import sessions
from assent.people.appearance import choose_appearance, choose_second_address, set_discreet
from assent.people.jobs import sealed_address
from assent.people.models import Person
from assent.people.pages import settings_of
from assent.refusal import Refusal
from assent.web.attempts import attempt
from assent.web.language import language_of, translate_refusal
from assent.web.paths import safe_path
from assent.web.render import keep_plain, render
from assent.web.requires import Public, SignedIn
from assent.web.security import came_from_here

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]


@router.get("/me")
async def me_page(request: Request, visit: SignedIn) -> Response:
    """How I appear, and how discreet my pages are."""
    person = await visit.session.get_one(Person, visit.caller.person_id)
    form = {
        "shown_as": person.shown_as or "",
        "reached_at": person.reached_at,
        "second_email": person.second_email or "",
    }
    return _me(request, visit, form, [])


def _me(
    request: Request,
    visit: SignedIn,
    form: dict[str, str],
    errors: list[tuple[str, str]],
    status: int = 200,
) -> Response:
    staff = visit.caller.organisation_id is not None
    form = {"shown_as": "", "reached_at": "", "second_email": ""} | form
    context = {"form": form, "errors": errors, "staff": staff}
    return render(request, "people/me.html", context, status=status)


@router.post("/me")
async def choose(
    request: Request, visit: SignedIn, shown_as: Text = "", reached_at: Text = ""
) -> Response:
    """Choose how relatives read of me."""
    try:
        async with attempt(visit.session):
            await choose_appearance(visit.session, visit.caller, shown_as, reached_at)
    except Refusal as refusal:
        form = {"shown_as": shown_as, "reached_at": reached_at}
        errors = [(refusal.field or "", translate_refusal(refusal, language_of(request)))]
        return _me(request, visit, form, errors, refusal.status)
    return RedirectResponse("/me", 303)


@router.post("/me/second-address")
async def second_address(request: Request, visit: SignedIn, second_email: Text = "") -> Response:
    """Choose where I am told that my pages were opened on a device for the first time."""
    try:
        async with attempt(visit.session):
            before = await choose_second_address(visit.session, visit.caller, second_email)
            if before is not None:
                me = visit.caller.person_id
                sealed = sealed_address(me, before)
                await defer(visit.session, "people.tell_second", person_id=str(me), replaced=sealed)
    except Refusal as refusal:
        errors = [(refusal.field or "", translate_refusal(refusal, language_of(request)))]
        return _me(request, visit, {"second_email": second_email}, errors, refusal.status)
    return RedirectResponse("/me", 303)


@router.post("/me/discreet")
async def discreet(request: Request, visit: SignedIn, on: Text = "") -> Response:
    """Have pages with a neutral title and icon, or the usual ones again."""
    await set_discreet(visit.session, visit.caller, on == "yes")
    answer = RedirectResponse("/me", 303)
    keep_plain(answer, on == "yes", secure=settings_of(request).secure)
    return answer


@router.get("/languages")
async def languages_page(request: Request, visit: Public, next: str = "/") -> Response:
    """Offer the languages spoken here."""
    return render(request, "people/languages.html", {"next": safe_path(next)})


@router.get("/leave")
async def leave(request: Request, visit: Public) -> Response:
    """Go somewhere harmless at once, signed out: going back shows nothing.

    A link and no form: a form may lead to no other site. Another site's link here signs nobody out.
    """
    settings = settings_of(request)
    answer = RedirectResponse(settings.leave_url, 303)
    if visit.caller is not None and came_from_here(request.headers):
        key = UUID(visit.caller.credential.partition(":")[2])
        await sessions.end_session(visit.session, visit.caller, key)
        sessions.clear_cookie(answer, settings)
    return answer
