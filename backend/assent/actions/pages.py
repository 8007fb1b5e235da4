"""Pages of actions: the action with its gate, its versions and their differences, decisions on it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assent import gates
from assent.access import Permission
from assent.actions.clearing import give_clearance
from assent.actions.concerns import answer_concern, raise_concern, raise_hold
from assent.actions.differences import other_differences, text_differences
from assent.actions.models import Revision
from assent.actions.queries import (
    clearance_lines,
    concern_lines,
    latest_revision,
    revision_lines,
    revision_numbered,
    texts_of,
)
from assent.actions.service import create_action, share_action
from assent.facts import read_action_facts
from assent.gate.roles import Role
from assent.people.models import Organisation
from assent.refusal import NotFound, Refusal
from assent.web.action_view import family_side, outside
from assent.web.labels import DECISIONS, DELIVERIES, KINDS, ROLES, STATES, VISIBILITIES
from assent.web.language import language_of, translate_refusal
from assent.web.panel import gate_panel, may
from assent.web.render import render
from assent.web.requirements import names_for
from assent.web.requires import ActionVisit, CaseVisit, SignedIn, in_case, on_action, require_id
from assent.web.stream import latest_record

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
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
    kinds = {kind: KINDS.get(kind, kind) for kind in gates.current().book.kinds}
    context = {
        "case": visit.case,
        "kinds": kinds,
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
        action = await create_action(
            visit.session, visit.caller, visit.case.id, kind, title, visibility
        )
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        form = {"kind": kind, "title": title, "visibility": visibility}
        return _new(request, visit, [(refusal.field or "", said)], form, refusal.status)
    return RedirectResponse(f"/actions/{action.id}/edit", 303)


@router.get("/actions/{action}")
async def action_page(request: Request, visit: Reading) -> Response:
    """An action: its gate, its text, and what the reader can do with it."""
    session, action = visit.session, visit.action
    facts = await read_action_facts(session, action.id)
    status = facts.status()
    names = await names_for(session, visit.standing)
    revision = await latest_revision(session, action.id)
    lead = await session.get_one(Organisation, action.organisation_id)
    context = {
        "case": visit.case,
        "action": action,
        "lead": lead.name,
        "kind": KINDS.get(action.kind, action.kind),
        "state": facts.state(status).value,
        "states": STATES,
        "visibilities": VISIBILITIES,
        "requirements": gate_panel(request, status, names),
        "open": status.open,
        "revision": revision,
        "texts": texts_of(revision) if revision else {},
        "content": revision.content if revision else {},
        "signers": [names.organisation(slug) for slug in facts.facts.cosigners],
        "revisions": await revision_lines(session, action.id),
        "clearances": await clearance_lines(session, action.id),
        "concerns": await concern_lines(session, visit.case.id, action.id),
        "clearing": _clearing_roles(visit, revision, facts.facts.writers),
        "wrote": str(visit.caller.person_id) in facts.facts.writers,
        "may": may(visit.standing),
        "roles": ROLES,
        "decisions": DECISIONS,
        "deliveries": DELIVERIES,
        "family": await family_side(visit),
        "out": await outside(visit),
        "release_key": str(revision.id) if revision else "",
        "since": await latest_record(session, visit.case.id),
    }
    return render(request, "actions/action.html", context)


def _clearing_roles(
    visit: ActionVisit, revision: Revision | None, writers: frozenset[str]
) -> list[str]:
    """Return in which roles the reader could clear this text."""
    if revision is None or str(visit.caller.person_id) in writers:
        return []
    roles = (Role.CLEARANCE_OFFICER, Role.SAFETY_REVIEWER)
    return [role.value for role in roles if visit.standing.holds(role)]


@router.post("/actions/{action}/share")
async def share(
    visit: Annotated[ActionVisit, on_action(Permission.ACTION_SHARE)], visibility: Text = ""
) -> Response:
    """Change who may see the action."""
    await share_action(visit.session, visit.caller, visit.action.id, visibility)
    return _back(visit)


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
    form = await request.form()
    risks = {
        name.removeprefix("risks."): value
        for name, value in form.items()
        if name.startswith("risks.") and isinstance(value, str) and value.strip()
    }
    await give_clearance(
        visit.session, visit.caller, visit.action.id, digest, role, decision, note, risks
    )
    return _back(visit)


@router.post("/actions/{action}/concerns")
async def concern(
    visit: Annotated[ActionVisit, on_action(Permission.CONCERN_RAISE)], text: Text = ""
) -> Response:
    """Raise a concern."""
    await raise_concern(visit.session, visit.caller, visit.action.id, text)
    return _back(visit)


@router.post("/actions/{action}/holds")
async def hold(
    visit: Annotated[ActionVisit, on_action(Permission.HOLD_RAISE)], text: Text = ""
) -> Response:
    """Raise a hold."""
    await raise_hold(visit.session, visit.caller, visit.action.id, text)
    return _back(visit)


@router.post("/concerns/{concern}/answer")
async def answer(visit: SignedIn, concern: str, text: Text = "", action: Text = "") -> Response:
    """Answer a concern or lift a hold."""
    await answer_concern(visit.session, visit.caller, require_id(concern), text)
    return RedirectResponse(f"/actions/{require_id(action)}", 303)


@router.get("/actions/{action}/revisions/{number}")
async def one_revision(request: Request, visit: Reading, number: int) -> Response:
    """A version of the text, as it was."""
    revision = await revision_numbered(visit.session, visit.action.id, number)
    context = {
        "action": visit.action,
        "revision": revision,
        "texts": texts_of(revision),
        "latest": await latest_revision(visit.session, visit.action.id),
    }
    return render(request, "actions/revision.html", context)


@router.get("/actions/{action}/compare")
async def compare(request: Request, visit: Reading, to: int, before: int = 0) -> Response:
    """The difference between two versions, word by word."""
    after = await revision_numbered(visit.session, visit.action.id, to)
    if to <= 1 and before < 1:
        raise NotFound
    earlier = await revision_numbered(visit.session, visit.action.id, before or to - 1)
    context = {
        "action": visit.action,
        "before": earlier,
        "after": after,
        "languages_changed": text_differences(texts_of(earlier), texts_of(after)),
        "others_changed": other_differences(earlier.content or {}, after.content or {}),
    }
    return render(request, "actions/compare.html", context)


def _back(visit: ActionVisit) -> Response:
    return RedirectResponse(f"/actions/{visit.action.id}", 303)
