"""The family's pages: one question, the exact text, and equal answers."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from assent.access import Permission
from assent.actions.queries import latest_revision
from assent.consents.asking import acknowledge_conditions, answer_question, request_consent
from assent.consents.conditions import WITH_CONDITIONS
from assent.consents.decision_form import Answered, answered, begun, to_keep
from assent.consents.decision_page import show_decision_page
from assent.consents.drafts import forget_answer, keep_answer, kept_answer
from assent.consents.later import put_off
from assent.consents.models import Consent
from assent.consents.queries import last_word
from assent.consents.service import decide, decision_to_sign
from assent.consents.signing import check_signed
from assent.consents.taking_back import withdraw_consent
from assent.database.session import present
from assent.people.marks import undo_minutes
from assent.people.passkeys import assertion_options, server_of
from assent.refusal import NotFound, Refusal
from assent.web.action_view import Typed, refused_action
from assent.web.attempts import attempt
from assent.web.conditions import said_conditions
from assent.web.language import (
    language_of,
    translate_refusal,
)
from assent.web.render import render
from assent.web.requirements import names_for
from assent.web.requires import ActionVisit, SignedIn, on_action, open_action, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Deciding = Annotated[ActionVisit, on_action(Permission.CONSENT_DECIDE)]


@router.get("/actions/{action}/decide")
async def decision_page(request: Request, visit: Deciding, read: str = "") -> Response:
    """Show the exact text and ask the one question; what was begun to be filled in stands there again."""
    kept = await kept_answer(visit.session, visit.caller, visit.action.id)
    return await show_decision_page(request, visit, read, [], begun(kept), kept=bool(kept))


@router.post("/actions/{action}/decide/draft")
async def keep_draft(
    request: Request,
    visit: Deciding,
    answer: Annotated[Answered, Depends(answered)],
    part: Text = "",
) -> Response:
    """Keep what was filled in so far: by the page itself while it is typed, or by a button."""
    kept = to_keep(answer, part)
    await keep_answer(visit.session, visit.caller, visit.action.id, kept)
    if request.headers.get("accept") == "application/json":
        return JSONResponse({"saved_at": (await present(visit.session)).isoformat()})
    return RedirectResponse(f"/actions/{visit.action.id}/decide#kept", 303)


@router.post("/actions/{action}/decide")
async def record_decision(
    request: Request,
    visit: Deciding,
    answer: Annotated[Answered, Depends(answered)],
) -> Response:
    """Record the answer, to exactly the text that was shown."""
    try:
        async with attempt(visit.session):
            signed = None
            if answer.credential:
                server = server_of(request.app.state.settings.base_url)
                signed = await check_signed(
                    visit.session, visit.caller, server, answer.statement, answer.credential
                )
            await decide(
                visit.session,
                visit.caller,
                visit.action.id,
                answer.digest,
                answer.decision,
                answer.language or None,
                answer.question,
                conditions=answer.conditions() if answer.decision == WITH_CONDITIONS else (),
                answers=answer.answers,
                word=answer.word,
                waits=bool(answer.waits),
                signed=signed,
            )
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        errors = [(refusal.field or "", said)]
        return await show_decision_page(
            request, visit, answer.language, errors, answer, refusal.status
        )
    await forget_answer(visit.session, visit.caller, visit.action.id)
    return RedirectResponse(f"/actions/{visit.action.id}/decided", 303)


@router.post("/actions/{action}/later")
async def later(visit: Deciding) -> Response:
    """Not now: nothing is recorded, and nobody is reminded for a day."""
    await put_off(visit.session, visit.caller, visit.action.id)
    return RedirectResponse("/", 303)


@router.post("/consents/{consent}/again")
async def again(request: Request, visit: SignedIn, consent: str) -> Response:
    """The same as before, said again after something happened, or before it lapses: a record of its own."""
    found = await visit.session.get(Consent, require_id(consent))
    if found is None or found.person_id != visit.caller.person_id:
        raise NotFound
    there = await open_action(visit, str(found.action_id), Permission.CONSENT_DECIDE)
    try:
        async with attempt(visit.session):
            await decide(
                visit.session,
                visit.caller,
                found.action_id,
                found.digest,
                found.decision,
                found.language,
                found.question,
                conditions=found.conditions,
            )
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        return await show_decision_page(
            request, there, "", [("", said)], Answered(), refusal.status
        )
    return RedirectResponse(f"/actions/{found.action_id}/decided", 303)


@router.post("/actions/{action}/decide/statement")
async def statement(
    request: Request, visit: Deciding, answer: Annotated[Answered, Depends(answered)]
) -> Response:
    """Give the page the statement that the reader's passkey is to sign; nothing is recorded."""
    said, challenge = await decision_to_sign(
        visit.session,
        visit.caller,
        visit.action.id,
        answer.digest,
        answer.decision,
        answer.language or None,
        answer.question,
        conditions=answer.conditions() if answer.decision == WITH_CONDITIONS else (),
        answers=answer.answers,
    )
    server = server_of(request.app.state.settings.base_url)
    options = await assertion_options(visit.session, server, challenge, visit.caller.person_id)
    return JSONResponse({"statement": said, "options": json.loads(options)})


@router.get("/actions/{action}/content")
async def content(visit: Deciding, digest: str = "") -> Response:
    """Give the page the exact content, so that it computes the digest anew from what it shows."""
    revision = await latest_revision(visit.session, visit.action.id)
    if revision is None or revision.digest != digest or revision.canonical is None:
        raise NotFound
    return Response(revision.canonical, media_type="application/json")


@router.get("/actions/{action}/decided")
async def decided(request: Request, visit: Deciding) -> Response:
    """Say what was recorded and what happens now."""
    revision = await latest_revision(visit.session, visit.action.id)
    word = await last_word(visit.session, revision.id, visit.caller.person_id) if revision else None
    if word is None:
        return RedirectResponse(f"/actions/{visit.action.id}/decide", 303)
    context = {
        "action": visit.action,
        "case": visit.case,
        "consent": word[0],
        "withdrawn": word[1] is not None,
        "undo": undo_minutes(),
        "said": said_conditions(
            request, word[0].conditions, await names_for(visit.session, visit.standing)
        ),
    }
    return render(request, "consents/decided.html", context)


@router.post("/consents/{consent}/withdraw")
async def withdraw(visit: SignedIn, consent: str) -> Response:
    """Take a yes back."""
    withdrawal = await withdraw_consent(visit.session, visit.caller, require_id(consent))
    return RedirectResponse(f"/actions/{withdrawal.action_id}/decided", 303)


@router.post("/consents/{consent}/acknowledge")
async def acknowledge(request: Request, visit: SignedIn, consent: str) -> Response:
    """Promise to keep to what a relative's yes depends on."""
    found = await visit.session.get(Consent, require_id(consent))
    if found is None:
        raise NotFound
    there = await open_action(visit, str(found.action_id), Permission.CASE_READ)
    try:
        async with attempt(visit.session):
            await acknowledge_conditions(visit.session, visit.caller, found.id)
    except Refusal as refusal:
        return await refused_action(request, there, refusal, Typed(f"promise-{found.id}"))
    return RedirectResponse(f"/actions/{found.action_id}", 303)


@router.post("/consents/{consent}/answer")
async def answer(request: Request, visit: SignedIn, consent: str, text: Text = "") -> Response:
    """Answer a relative's question."""
    found = await visit.session.get(Consent, require_id(consent))
    if found is None:
        raise NotFound
    there = await open_action(visit, str(found.action_id), Permission.CASE_READ)
    try:
        async with attempt(visit.session):
            await answer_question(visit.session, visit.caller, found.id, text)
    except Refusal as refusal:
        return await refused_action(
            request, there, refusal, Typed(f"reply-{found.id}", {"text": text})
        )
    return RedirectResponse(f"/actions/{found.action_id}", 303)


@router.post("/actions/{action}/ask")
async def ask(
    request: Request,
    visit: Annotated[ActionVisit, on_action(Permission.CONSENT_REQUEST)],
) -> Response:
    """Ask the family about the latest text."""
    try:
        async with attempt(visit.session):
            await request_consent(visit.session, visit.caller, visit.action.id)
    except Refusal as refusal:
        return await refused_action(request, visit, refusal, Typed("ask"))
    return RedirectResponse(f"/actions/{visit.action.id}", 303)
