"""Pages of signing in, devices and language."""

from __future__ import annotations

import secrets
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Request
from sqlalchemy import select, update
from starlette.responses import RedirectResponse, Response

from assent.database.ids import new_id
from assent.language import languages
from assent.notify.jobs import defer
from assent.people import kept_forms, links, providers, sessions, tokens
from assent.people.invitations import UnfitAddress, normal_address
from assent.people.models import Person
from assent.people.other_devices import is_new_here, say_own
from assent.people.passkey_owners import passkey_lines
from assent.people.rates import TooOften, require_may_ask
from assent.people.secrets import hash_of, new_code
from assent.settings import Settings
from assent.web.language import COOKIE, language_of, translate_refusal
from assent.web.paths import safe_path
from assent.web.render import keep_plain, render
from assent.web.requires import Public, SignedIn, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
_BROWSER = "assent_browser"


def settings_of(request: Request) -> Settings:
    """Return the settings of this process."""
    settings: Settings = request.app.state.settings
    return settings


def browser_of(request: Request) -> str:
    """Return what marks the browser that asks."""
    return request.cookies.get(_BROWSER) or secrets.token_urlsafe(32)


def remember_browser(response: Response, browser: str, settings: Settings) -> None:
    """Mark the browser that asked, for an hour: a link works there without a code."""
    response.set_cookie(
        _BROWSER, browser, max_age=3600, httponly=True, samesite="lax", secure=settings.secure
    )


@router.get("/sign-in")
async def sign_in_page(request: Request, visit: Public, next: str = "/") -> Response:
    """Ask for an address."""
    context = {"email": "", "errors": [], "next": safe_path(next), "notice": ""}
    return render(request, "people/sign_in.html", context)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    visit: Public,
    email: Text = "",
    next: Text = "/",
) -> Response:
    """Lead to the organisation's provider, or mail a link; the answer does not tell who is known."""
    settings, goes_to = settings_of(request), safe_path(next)
    try:
        address = normal_address(email)
        require_may_ask(address, request.client.host if request.client else "")
    except (UnfitAddress, TooOften) as refusal:
        said = translate_refusal(refusal, language_of(request))
        context = {"email": email, "errors": [("email", said)], "next": goes_to, "notice": ""}
        return render(request, "people/sign_in.html", context, status=refusal.status)
    organisation = await providers.provider_for_address(visit.session, address)
    if organisation is not None:
        return RedirectResponse(f"/sign-in/with/{organisation}?next={quote(goes_to)}", 303)
    known = select(Person.id).where(Person.email == address, Person.removed_at.is_(None))
    person_id = (await visit.session.scalars(known)).one_or_none() or new_id()
    browser, code = browser_of(request), new_code()
    await defer(
        visit.session,
        "people.send_link",
        person_id=str(person_id),
        browser_hash=hash_of(browser).hex(),
        code_hash=hash_of(code).hex(),
        next_path=goes_to,
    )
    answer = render(request, "people/link_sent.html", {"code": code})
    remember_browser(answer, browser, settings)
    return answer


@router.get("/sign-in/with/{organisation}")
async def sign_in_with(
    request: Request,
    visit: Public,
    organisation: str,
    next: str = "/",
) -> Response:
    """Go to an organisation's provider."""
    settings, browser = settings_of(request), browser_of(request)
    address = await providers.begin_at_provider(
        visit.session, organisation, browser, _callback(settings, organisation), safe_path(next)
    )
    answer = RedirectResponse(address, 303)
    remember_browser(answer, browser, settings)
    return answer


@router.get("/sign-in/with/{organisation}/callback")
async def provider_answered(request: Request, visit: Public, organisation: str) -> Response:
    """Come back from an organisation's provider."""
    settings = settings_of(request)
    found = await providers.finish_at_provider(
        visit.session,
        organisation,
        request.cookies.get(_BROWSER, ""),
        _callback(settings, organisation),
        dict(request.query_params),
    )
    return await signed_in(request, visit, found.person_id, "provider", found.next_path)


def _callback(settings: Settings, organisation: str) -> str:
    return f"{settings.base_url}/sign-in/with/{organisation}/callback"


@router.api_route("/link/{token}", methods=["GET", "HEAD"])
async def link_page(request: Request, visit: Public, token: str) -> Response:
    """Show a link's button; opening it consumes nothing."""
    opened = await links.look_at_link(visit.session, token, request.cookies.get(_BROWSER))
    context = {"token": token, "needs_code": opened.needs_code, "errors": []}
    return render(request, "people/link.html", context)


@router.post("/link/{token}")
async def use_link(request: Request, visit: Public, token: str, code: Text = "") -> Response:
    """Use a link up and sign its person in."""
    used = await links.use_link(visit.session, token, request.cookies.get(_BROWSER), code)
    if isinstance(used, links.WrongCode):
        said = translate_refusal(used, language_of(request))
        context = {"token": token, "needs_code": True, "errors": [("code", said)]}
        return render(request, "people/link.html", context, status=used.status)
    link, person = used
    if person.removed_at is not None:
        raise links.LinkSpent
    via: sessions.Via = "operator" if link.purpose == "operator" else "link"
    return await signed_in(request, visit, person.id, via, link.next_path)


async def signed_in(
    request: Request, visit: Public, person_id: UUID, via: sessions.Via, next_path: str
) -> Response:
    """Begin a session and lead on."""
    settings = settings_of(request)
    agent = request.headers.get("user-agent", "")
    mark = request.cookies.get(sessions.mark_name(settings)) or secrets.token_urlsafe(32)
    person = await visit.session.get_one(Person, person_id)
    if person.second_email and await is_new_here(visit.session, person_id, mark):
        await defer(visit.session, "people.tell_second", person_id=str(person_id))
    token = await sessions.begin(visit.session, person_id, via, agent, settings, mark)
    answer = RedirectResponse(safe_path(next_path), 303)
    sessions.set_cookie(answer, token, settings)
    sessions.set_mark(answer, mark, settings)
    answer.delete_cookie(_BROWSER)
    if person.discreet:
        keep_plain(answer, True, secure=settings.secure)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, visit: Public) -> Response:
    """End this session."""
    if visit.caller is not None:
        key = UUID(visit.caller.credential.partition(":")[2])
        await sessions.end_session(visit.session, visit.caller, key)
    answer = RedirectResponse("/sign-in", 303)
    sessions.clear_cookie(answer, settings_of(request))
    return answer


@router.get("/language/{tag}")
async def choose_language(request: Request, visit: Public, tag: str, next: str = "/") -> Response:
    """Speak another language from now on: for this person, or this browser."""
    answer = RedirectResponse(safe_path(next), 303)
    if tag in languages():
        if visit.caller is not None:
            chosen = update(Person).where(Person.id == visit.caller.person_id).values(language=tag)
            await visit.session.execute(chosen)
        answer.set_cookie(COOKIE, tag, max_age=31_536_000, samesite="lax", httponly=True)
    return answer


@router.get("/kept/{kept}")
async def kept_form(request: Request, visit: SignedIn, kept: str) -> Response:
    """Give back what was being sent when the session ended."""
    form = await kept_forms.give_back(visit.session, visit.caller, require_id(kept))
    context = {"path_of_form": form.path, "fields": form.fields}
    return render(request, "people/kept.html", context)


@router.get("/devices")
async def devices_page(request: Request, visit: SignedIn) -> Response:
    """Show where the caller is signed in, and their tokens."""
    return await _devices(request, visit, None)


async def _devices(request: Request, visit: SignedIn, new_token: str | None) -> Response:
    context = {
        "devices": await sessions.devices_of(visit.session, visit.caller),
        "passkeys": await passkey_lines(visit.session, visit.caller.person_id),
        "tokens": await tokens.tokens_of(visit.session, visit.caller),
        "new_token": new_token,
    }
    return render(request, "people/devices.html", context)


@router.post("/devices/end-others")
async def end_others(visit: SignedIn) -> Response:
    """Sign out everywhere else."""
    await sessions.end_other_sessions(visit.session, visit.caller)
    return RedirectResponse("/devices", 303)


@router.post("/devices/{device}/mine")
async def mine(visit: SignedIn, device: str, next: Text = "/devices") -> Response:
    """Say that another device is one's own: this browser tells of it no more."""
    await say_own(visit.session, visit.caller, require_id(device))
    return RedirectResponse(safe_path(next), 303)


@router.post("/devices/{device}/end")
async def end_device(visit: SignedIn, device: str) -> Response:
    """Sign out on one device."""
    await sessions.end_session(visit.session, visit.caller, require_id(device))
    return RedirectResponse("/devices", 303)


@router.post("/tokens")
async def make_token(request: Request, visit: SignedIn, label: Text = "") -> Response:
    """Make a token for a program and show it once."""
    made = await tokens.make_token(visit.session, visit.caller.person_id, label)
    return await _devices(request, visit, made)


@router.post("/tokens/{token}/end")
async def end_token(visit: SignedIn, token: str) -> Response:
    """End one of the caller's tokens."""
    await tokens.end_token(visit.session, visit.caller, require_id(token))
    return RedirectResponse("/devices", 303)
