"""The draft editor's pages: typing is kept as it happens, and nobody overwrites another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from assent.access import Permission
from assent.actions.differences import LanguageDifference, text_differences
from assent.actions.drafts import (
    SavedDraft,
    discard_draft,
    read_drafts,
    save_draft,
    take_over_draft,
)
from assent.actions.forms import (
    TONGUES,
    content_from,
    editor_field,
    editor_values,
    form_before,
    texts_typed,
)
from assent.actions.kinds import declared
from assent.actions.kinds.typed import label_of
from assent.actions.models import Revision
from assent.actions.pictures import pictures_offered
from assent.actions.queries import latest_revision, texts_of
from assent.actions.service import submit_revision
from assent.contacts.queries import contacts_of
from assent.people.models import Organisation
from assent.people.organisations import organisations_in_case
from assent.refusal import N_, Refusal
from assent.web.attempts import attempt
from assent.web.language import language_name, language_of, translate_refusal, translator_for
from assent.web.render import render
from assent.web.requires import ActionVisit, as_id, on_action, require_id
from assent.web.stream import latest_record

router = APIRouter(include_in_schema=False)
Writing = Annotated[ActionVisit, on_action(Permission.ACTION_REVISE)]
Text = Annotated[str, Form()]
_PARTS = {"title": N_("Title"), "body": N_("Text")}


@router.get("/actions/{action}/edit")
async def editor(request: Request, visit: Writing, beside: str | None = None) -> Response:
    """Show the caller's draft, or the latest text to begin from.

    Args:
        beside: the version that an open page began from, when it asks what is new beside it.
    """
    return await _editor(request, visit, [], beside=beside)


async def _editor(
    request: Request,
    visit: ActionVisit,
    errors: list[tuple[str, str]],
    *,
    beside: str | None = None,
    status: int = 200,
) -> Response:
    # First: what is recorded while the rest is read is newer, and said at once.
    since = await latest_record(visit.session, visit.case.id)
    drafts = await read_drafts(visit.session, visit.action.id)
    mine = next((d for d in drafts if d.person_id == visit.caller.person_id), None)
    latest = await latest_revision(visit.session, visit.action.id)
    lead = await visit.session.get_one(Organisation, visit.action.organisation_id)
    content = _opened_with(mine, latest, visit, lead)
    texts = texts_typed(content)
    begun = mine.based_on if mine else latest.id if latest else None
    based_on = beside if beside is not None else str(begun or "")
    others = [d for d in drafts if d.person_id != visit.caller.person_id]
    there = await organisations_in_case(visit.session, visit.case.id)
    lines = await contacts_of(visit.session, visit.case.id)
    book = {str(line.contact.id): line.words for line in lines if not line.contact.set_aside}
    context = {
        "case": visit.case,
        "action": visit.action,
        "form": editor_values(content, book),
        "book": book,
        "forms": (known := declared.current().of_kind(visit.action.kind)),
        "declared": _form_shown(known, form_before(content)),
        "filled": form_before(content),
        "pictures": [("", ""), *await pictures_offered(visit.session, visit.case.id)],
        "based_on": based_on,
        "saved_at": mine.saved_at if mine else None,
        "latest": latest,
        "newer": _newer(based_on, latest, texts),
        "organisations": there,
        "translators": [("", ""), *((o.slug, o.name) for o in there)],
        "others": [(d, text_differences(texts, texts_typed(d.form))) for d in others],
        "tongues": [(tag, language_name(tag)) for tag in TONGUES if tag not in texts],
        "since": since,
        "errors": errors,
    }
    return render(request, "actions/edit.html", context, status=status)


def _form_shown(
    known: Mapping[str, declared.Form], filled: Mapping[str, Any]
) -> declared.Form | None:
    """The form whose fields are on the page: the chosen one, or the only one there is."""
    chosen = known.get(str(filled.get("form", "")))
    return chosen or (next(iter(known.values())) if len(known) == 1 else None)


def _newer(
    based_on: str, latest: Revision | None, texts: dict[str, dict[str, str]]
) -> list[LanguageDifference] | None:
    """What the draft would change in a version its writer had not begun from; None if there is none."""
    if latest is None or str(latest.id) == based_on:
        return None
    return text_differences(texts_of(latest), texts)


def _opened_with(
    mine: SavedDraft | None, latest: Revision | None, visit: ActionVisit, lead: Organisation
) -> dict[str, Any]:
    if mine is not None:
        return mine.form
    if latest is not None and latest.content is not None:
        return dict(latest.content)
    return {
        "languages": {visit.caller.language: {"title": "", "body": ""}},
        "audience": "public" if visit.action.kind == "public_statement" else [],
        "cosigners": [lead.slug],
    }


async def _typed(request: Request, visit: ActionVisit) -> SavedDraft:
    """Keep what was just sent as the caller's draft."""
    form = await request.form()
    drafts = await read_drafts(visit.session, visit.action.id)
    mine = next((d for d in drafts if d.person_id == visit.caller.person_id), None)
    latest = await latest_revision(visit.session, visit.action.id)
    before = mine.form if mine else latest.content if latest else None
    known = declared.current().of_kind(visit.action.kind)
    content = content_from(form, before or {}, known)
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
        async with attempt(visit.session):
            await submit_revision(
                visit.session, visit.caller, visit.action.id, saved.form, saved.based_on
            )
    except Refusal as refusal:
        errors = [_on_page(request, visit, refusal, saved.form)]
        return await _editor(request, visit, errors, status=refusal.status)
    return RedirectResponse(f"/actions/{visit.action.id}", 303)


def _on_page(
    request: Request, visit: ActionVisit, refusal: Refusal, content: Mapping[str, Any]
) -> tuple[str, str]:
    """Return the field a refusal is about and its sentence, which names the field as the page does."""
    field, part, tag = editor_field(refusal.field or "")
    known = declared.current().of_kind(visit.action.kind)
    if label := label_of(known, form_before(content), refusal.field or ""):
        refusal.params["path"] = translator_for(request)(label)
    if part in _PARTS:
        name = translator_for(request)(_PARTS[part])
        refusal.params["path"] = f"{name} ({language_name(tag)})"
    return field, translate_refusal(refusal, language_of(request))


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
