"""The draft editor's pages: typing is kept as it happens, and nobody overwrites another."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from assent.access import Permission
from assent.actions.differences import text_differences
from assent.actions.drafts import (
    SavedDraft,
    discard_draft,
    read_drafts,
    save_draft,
    take_over_draft,
)
from assent.actions.forms import content_from, editor_values
from assent.actions.models import Revision
from assent.actions.queries import latest_revision
from assent.actions.service import submit_revision
from assent.people.organisations import organisations_in_case
from assent.refusal import Refusal
from assent.web.language import language_of, translate_refusal
from assent.web.render import render
from assent.web.requires import ActionVisit, as_id, on_action, require_id

router = APIRouter(include_in_schema=False)
Writing = Annotated[ActionVisit, on_action(Permission.ACTION_REVISE)]
Text = Annotated[str, Form()]


@router.get("/actions/{action}/edit")
async def editor(request: Request, visit: Writing) -> Response:
    """Show the caller's draft, or the latest text to begin from."""
    return await _editor(request, visit, [])


async def _editor(
    request: Request, visit: ActionVisit, errors: list[tuple[str, str]], status: int = 200
) -> Response:
    drafts = await read_drafts(visit.session, visit.action.id)
    mine = next((d for d in drafts if d.person_id == visit.caller.person_id), None)
    latest = await latest_revision(visit.session, visit.action.id)
    content = _opened_with(mine, latest, visit)
    others = [d for d in drafts if d.person_id != visit.caller.person_id]
    context = {
        "case": visit.case,
        "action": visit.action,
        "form": editor_values(content),
        "based_on": str(mine.based_on if mine and mine.based_on else latest.id if latest else ""),
        "saved_at": mine.saved_at if mine else None,
        "newer": bool(mine and latest and mine.based_on != latest.id),
        "latest": latest,
        "organisations": await organisations_in_case(visit.session, visit.case.id),
        "others": [
            (d, text_differences(content.get("languages", {}), _texts(d.form))) for d in others
        ],
        "errors": errors,
    }
    return render(request, "actions/edit.html", context, status=status)


def _opened_with(
    mine: SavedDraft | None, latest: Revision | None, visit: ActionVisit
) -> dict[str, Any]:
    if mine is not None:
        return mine.form
    if latest is not None and latest.content is not None:
        return dict(latest.content)
    audience: Any = "public" if visit.action.kind == "public_statement" else []
    return {"languages": {visit.caller.language: {"title": "", "body": ""}}, "audience": audience}


def _texts(form: dict[str, Any]) -> dict[str, Any]:
    """A draft's texts, however unfinished."""
    languages = form.get("languages")
    return {
        tag: {"title": str(text.get("title", "")), "body": str(text.get("body", ""))}
        for tag, text in (languages if isinstance(languages, dict) else {}).items()
        if isinstance(text, dict)
    }


async def _typed(request: Request, visit: ActionVisit) -> SavedDraft:
    """Keep what was just sent as the caller's draft."""
    form = await request.form()
    drafts = await read_drafts(visit.session, visit.action.id)
    mine = next((d for d in drafts if d.person_id == visit.caller.person_id), None)
    latest = await latest_revision(visit.session, visit.action.id)
    content = content_from(form, _opened_with(mine, latest, visit))
    based_on = as_id(str(form.get("based_on") or ""))
    return await save_draft(visit.session, visit.caller, visit.action.id, content, based_on)


@router.post("/actions/{action}/draft")
async def autosave(request: Request, visit: Writing) -> Response:
    """Keep the draft while it is typed."""
    saved = await _typed(request, visit)
    return JSONResponse({"version": saved.version, "saved_at": saved.saved_at.isoformat()})


@router.post("/actions/{action}/edit")
async def save(request: Request, visit: Writing, do: Text = "save") -> Response:
    """Keep the draft, or put it to the gate as a new version."""
    saved = await _typed(request, visit)
    if do != "submit":
        return RedirectResponse(f"/actions/{visit.action.id}/edit", 303)
    try:
        await submit_revision(
            visit.session, visit.caller, visit.action.id, saved.form, saved.based_on
        )
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        field = (refusal.field or "").removeprefix("languages.")
        tag, _, part = field.partition(".")
        return await _editor(
            request, visit, [(f"{part}.{tag}" if part else field, said)], refusal.status
        )
    return RedirectResponse(f"/actions/{visit.action.id}", 303)


@router.post("/actions/{action}/draft/take-over")
async def take_over(visit: Writing, person: Text = "") -> Response:
    """Go on from what another writer has saved."""
    await take_over_draft(visit.session, visit.caller, visit.action.id, require_id(person))
    return RedirectResponse(f"/actions/{visit.action.id}/edit", 303)


@router.post("/actions/{action}/draft/discard")
async def discard(visit: Writing) -> Response:
    """Throw the caller's draft away and begin from the latest text."""
    await discard_draft(visit.session, visit.caller, visit.action.id)
    return RedirectResponse(f"/actions/{visit.action.id}", 303)
