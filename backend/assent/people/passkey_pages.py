"""Passkeys on pages: made in two taps, signed in with, ended, and vouched for."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from assent.access import Permission
from assent.people import sessions
from assent.people.pages import browser_of, remember_browser, settings_of, signed_in
from assent.people.passkey_owners import end_passkey, vouch_for_passkey
from assent.people.passkeys import (
    Server,
    assertion_options,
    enrol_passkey,
    enrolment_options,
    new_challenge,
    server_of,
    sign_in_with_passkey,
)
from assent.people.rates import require_may_ask
from assent.web.requires import CaseVisit, Public, SignedIn, in_case, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]


def _server(request: Request) -> Server:
    return server_of(settings_of(request).base_url)


@router.post("/passkeys/options")
async def options(request: Request, visit: SignedIn) -> Response:
    """Give the page what its browser needs to make a passkey."""
    made = await enrolment_options(visit.session, visit.caller, _server(request))
    return JSONResponse(json.loads(made))


@router.post("/passkeys")
async def enrol(request: Request, visit: SignedIn, credential: Text = "") -> Response:
    """Keep a passkey that was just made."""
    label = sessions.device_label(request.headers.get("user-agent", ""))
    await enrol_passkey(visit.session, visit.caller, _server(request), credential, label)
    return RedirectResponse("/devices#passkeys", 303)


@router.post("/passkeys/{passkey}/end")
async def end(visit: SignedIn, passkey: str) -> Response:
    """End one of the reader's passkeys."""
    await end_passkey(visit.session, visit.caller, require_id(passkey))
    return RedirectResponse("/devices#passkeys", 303)


@router.post("/sign-in/passkey/options")
async def sign_in_options(request: Request, visit: Public) -> Response:
    """Give the page a challenge to sign in by; it works in this browser alone."""
    client = request.client.host if request.client else ""
    require_may_ask(f"passkey {client}", client)
    browser = browser_of(request)
    challenge = await new_challenge(visit.session, "sign_in", None, browser)
    made = await assertion_options(visit.session, _server(request), challenge, None)
    answer = JSONResponse(json.loads(made))
    remember_browser(answer, browser, settings_of(request))
    return answer


@router.post("/sign-in/passkey")
async def sign_in(
    request: Request, visit: Public, credential: Text = "", next: Text = "/"
) -> Response:
    """Sign in with a passkey."""
    browser = browser_of(request)
    person = await sign_in_with_passkey(visit.session, _server(request), credential, browser)
    return await signed_in(request, visit, person, "passkey", next)


@router.post("/cases/{case}/passkeys/{passkey}/vouch")
async def vouch(
    visit: Annotated[CaseVisit, in_case(Permission.PASSKEY_VOUCH)], passkey: str
) -> Response:
    """Say that a relative read out this passkey's fingerprint by another way."""
    await vouch_for_passkey(visit.session, visit.caller, visit.case.id, require_id(passkey))
    return RedirectResponse(f"/cases/{visit.case.slug}/people", 303)
