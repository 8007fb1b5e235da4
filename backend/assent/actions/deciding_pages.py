"""What people say about a text on its page: clearances, concerns, holds, and their answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.actions.clearing import give_clearance
from assent.actions.concerns import answer_concern, raise_concern, raise_hold
from assent.refusal import N_, Refusal
from assent.web.action_view import Typed, refused_action
from assent.web.attempts import attempt
from assent.web.language import translator_for
from assent.web.paths import safe_path
from assent.web.requires import ActionVisit, SignedIn, on_action, open_action, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
_WITHOUT_WORDS = N_("Something worries me about this.")


@router.post("/actions/{action}/clearances")
async def clear(
    request: Request,
    visit: Annotated[ActionVisit, on_action(Permission.ACTION_CLEAR)],
    digest: Text = "",
    role: Text = "",
    decision: Text = "",
    note: Text = "",
) -> Response:
    """Record a clearance, with the reviewer's words for the family."""
    sent = {name: v for name, v in (await request.form()).items() if isinstance(v, str)}
    risks = {
        name.removeprefix("risks."): words
        for name, words in sent.items()
        if name.startswith("risks.") and words.strip()
    }

    async def say() -> None:
        await give_clearance(
            visit.session, visit.caller, visit.action.id, digest, role, decision, note, risks
        )

    return await _said(request, visit, say, Typed(f"clear-{role}", sent))


@router.post("/actions/{action}/concerns")
async def concern(
    request: Request,
    visit: Annotated[ActionVisit, on_action(Permission.CONCERN_RAISE)],
    text: Text = "",
) -> Response:
    """Raise a concern."""

    async def say() -> None:
        await raise_concern(visit.session, visit.caller, visit.action.id, text)

    return await _said(request, visit, say, Typed("concern", {"text": text}))


@router.post("/concerns")
async def concern_from_anywhere(
    request: Request, visit: SignedIn, action: Text = "", text: Text = "", next: Text = "/"
) -> Response:
    """Raise a concern from a page that stands for several actions; words are welcome, not needed."""
    there = await open_action(visit, action, Permission.CONCERN_RAISE)
    words = text if text.strip() else translator_for(request)(_WITHOUT_WORDS)
    await raise_concern(there.session, there.caller, there.action.id, words)
    return RedirectResponse(safe_path(next), 303)


@router.post("/actions/{action}/holds")
async def hold(
    request: Request,
    visit: Annotated[ActionVisit, on_action(Permission.HOLD_RAISE)],
    text: Text = "",
) -> Response:
    """Raise a hold."""

    async def say() -> None:
        await raise_hold(visit.session, visit.caller, visit.action.id, text)

    return await _said(request, visit, say, Typed("hold", {"text": text}))


@router.post("/concerns/{concern}/answer")
async def answer(
    request: Request, visit: SignedIn, concern: str, text: Text = "", action: Text = ""
) -> Response:
    """Answer a concern or lift a hold."""
    concern_id = require_id(concern)
    there = await open_action(visit, action, Permission.CASE_READ)

    async def say() -> None:
        await answer_concern(visit.session, visit.caller, concern_id, text)

    return await _said(request, there, say, Typed(f"answer-{concern_id}", {"text": text}))


async def _said(
    request: Request, visit: ActionVisit, say: Callable[[], Awaitable[None]], typed: Typed
) -> Response:
    try:
        async with attempt(visit.session):
            await say()
    except Refusal as refusal:
        return await refused_action(request, visit, refusal, typed)
    return RedirectResponse(f"/actions/{visit.action.id}", 303)
