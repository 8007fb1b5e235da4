"""Pages of actions: beginning one, the action itself, its versions and their differences."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from assent import gates
from assent.access import Permission
from assent.actions.differences import form_differences, other_differences, text_differences
from assent.actions.kinds.public_statement import public_pictures
from assent.actions.queries import form_of, latest_revision, revision_numbered, texts_of
from assent.actions.service import create_action, rename_action, share_action
from assent.refusal import NotFound, Refusal
from assent.web.action_view import Typed, draw_action, refused_action
from assent.web.attempts import attempt
from assent.web.labels import KINDS, VISIBILITIES
from assent.web.language import language_of, translate_refusal
from assent.web.render import render
from assent.web.requires import ActionVisit, CaseVisit, in_case, on_action

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
NumberAsked = Annotated[int, Query(ge=0, le=2**31 - 1)]
Reading = Annotated[ActionVisit, on_action(Permission.CASE_READ)]
Creating = Annotated[CaseVisit, in_case(Permission.ACTION_CREATE)]


@router.get("/cases/{case}/actions/new")
async def new_action(request: Request, visit: Creating) -> Response:
    """Ask what kind of action it is."""
    return _new(request, visit, [], {})


def _new(
    request: Request,
    visit: CaseVisit,
    errors: list[tuple[str, str]],
    form: dict[str, str],
    status: int = 200,
) -> Response:
    context = {
        "case": visit.case,
        "kinds": [(kind, KINDS.get(kind, kind)) for kind in gates.current().book.kinds],
        "visibilities": VISIBILITIES,
        "errors": errors,
        "form": form,
    }
    return render(request, "actions/new.html", context, status=status)


@router.post("/cases/{case}/actions")
async def begin_action(
    request: Request, visit: Creating, kind: Text = "", title: Text = "", visibility: Text = "case"
) -> Response:
    """Begin an action and go on to writing it."""
    try:
        async with attempt(visit.session):
            action = await create_action(
                visit.session, visit.caller, visit.case.id, kind, title, visibility
            )
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        form = {"kind": kind, "title": title, "visibility": visibility}
        return _new(request, visit, [(refusal.field or "", said)], form, refusal.status)
    return RedirectResponse(f"/actions/{action.id}/edit", 303)


@router.get("/actions/{action}")
async def action_page(request: Request, visit: Reading, seen: str = "") -> Response:
    """An action: its gate, its text, and what the reader can do with it."""
    return await draw_action(request, visit, seen=seen)


@router.post("/actions/{action}/share")
async def share(
    request: Request,
    visit: Annotated[ActionVisit, on_action(Permission.ACTION_SHARE)],
    visibility: Text = "",
) -> Response:
    """Change who may see the action."""
    try:
        async with attempt(visit.session):
            await share_action(visit.session, visit.caller, visit.action.id, visibility)
    except Refusal as refusal:
        typed = Typed("share", {"visibility": visibility})
        return await refused_action(request, visit, refusal, typed)
    return RedirectResponse(f"/actions/{visit.action.id}", 303)


@router.post("/actions/{action}/rename")
async def rename(
    request: Request,
    visit: Annotated[ActionVisit, on_action(Permission.ACTION_REVISE)],
    title: Text = "",
) -> Response:
    """Change the action's working title."""
    try:
        async with attempt(visit.session):
            await rename_action(visit.session, visit.caller, visit.action.id, title)
    except Refusal as refusal:
        return await refused_action(request, visit, refusal, Typed("rename", {"title": title}))
    return RedirectResponse(f"/actions/{visit.action.id}", 303)


@router.get("/actions/{action}/revisions/{number}")
async def one_revision(request: Request, visit: Reading, number: Number) -> Response:
    """A version of the text, as it was."""
    revision = await revision_numbered(visit.session, visit.action.id, number)
    context = {
        "action": visit.action,
        "revision": revision,
        "texts": texts_of(revision),
        "filled": form_of(visit.action, revision),
        "pictures": public_pictures(revision.content or {}),
        "latest": await latest_revision(visit.session, visit.action.id),
    }
    return render(request, "actions/revision.html", context)


@router.get("/actions/{action}/compare")
async def compare(
    request: Request,
    visit: Reading,
    to: NumberAsked,
    before: Annotated[int, Query(alias="from", ge=0, le=2**31 - 1)] = 0,
) -> Response:
    """The difference between two versions, word by word; `from` is the one before unless given."""
    after = await revision_numbered(visit.session, visit.action.id, to)
    if (number := before or to - 1) < 1:
        raise NotFound
    earlier = await revision_numbered(visit.session, visit.action.id, number)
    context = {
        "action": visit.action,
        "before": earlier,
        "after": after,
        "languages_changed": text_differences(texts_of(earlier), texts_of(after)),
        "answers_changed": form_differences(
            form_of(visit.action, earlier), form_of(visit.action, after)
        ),
        "others_changed": other_differences(earlier.content or {}, after.content or {}),
    }
    return render(request, "actions/compare.html", context)
