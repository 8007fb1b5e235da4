"""Pages of cases: the first page, opening a case, the workspace, pausing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.cases.arrangement_wishes import wishes_that_wait_for
from assent.cases.countries import countries
from assent.cases.pauses import pause_case, resume_case
from assent.cases.people_pages import desks
from assent.cases.queries import PauseLine, my_cases, workspace
from assent.cases.service import CaseDetails, create_case
from assent.consents.standing_queries import standing_that_waits_for
from assent.gate.roles import Role
from assent.people.administration import administered_by
from assent.refusal import Refusal
from assent.tasks.queries import my_tasks
from assent.web.attempts import attempt
from assent.web.labels import KINDS, POSTURES, ROLES, STATES
from assent.web.language import country_name, language_of, translate_refusal
from assent.web.panel import gate_glance, may, task_on_page
from assent.web.paths import safe_path
from assent.web.render import render
from assent.web.requirements import names_for
from assent.web.requires import CaseVisit, SignedIn, in_case

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]


@router.get("/")
async def first_page(request: Request, visit: SignedIn) -> Response:
    """What waits for me, across my cases."""
    context = {
        "tasks": [task_on_page(request, t) for t in await my_tasks(visit.session, visit.caller)],
        "cases": await my_cases(visit.session, visit.caller),
        "wishes": await wishes_that_wait_for(visit.session, visit.caller),
        "in_advance": await standing_that_waits_for(visit.session, visit.caller.person_id),
        "staff": visit.caller.organisation_id is not None,
        "administered": await administered_by(visit.session, visit.caller),
        "roles": ROLES,
    }
    return render(request, "home.html", context)


@router.get("/cases/new")
async def new_case(request: Request, visit: SignedIn) -> Response:
    """Ask for what a case needs."""
    return _new(request, [], {})


def _new(
    request: Request, errors: list[tuple[str, str]], form: dict[str, str], status: int = 200
) -> Response:
    language = language_of(request)
    named = sorted((country_name(code, language), code) for code in countries())
    context = {
        "errors": errors,
        "form": form,
        "postures": POSTURES,
        "countries": [("", ""), *((code, name) for name, code in named)],
    }
    return render(request, "cases/new.html", context, status=status)


@router.post("/cases")
async def open_case(
    request: Request,
    visit: SignedIn,
    title: Text = "",
    slug: Text = "",
    name: Text = "",
    detaining_state: Text = "",
    posture: Text = "quiet",
) -> Response:
    """Open a case."""
    form = {
        "title": title,
        "slug": slug,
        "name": name,
        "detaining_state": detaining_state,
        "posture": posture,
    }
    details = CaseDetails(slug.strip(), title, {"name": name}, detaining_state, posture)
    try:
        async with attempt(visit.session):
            case = await create_case(visit.session, visit.caller, details)
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        field = (refusal.field or "").replace("detained_person.", "")
        return _new(request, [(field, said)], form, refusal.status)
    return RedirectResponse(f"/cases/{case.slug}", 303)


@dataclass(frozen=True)
class Pausing:
    """Whether the reader can pause this case now, or lift what stands on it."""

    can_pause: bool
    can_resume: bool


@router.get("/cases/{case}")
async def case_page(
    request: Request, visit: Annotated[CaseVisit, in_case(Permission.CASE_READ)]
) -> Response:
    """The workspace: what waits for me and for others, every action's gate, who is here."""
    return await _workspace(request, visit)


async def _workspace(
    request: Request,
    visit: CaseVisit,
    *,
    errors: list[tuple[str, str]] | None = None,
    reason: str = "",
    status: int = 200,
) -> Response:
    found = await workspace(visit.session, visit.caller, visit.case.id)
    names = await names_for(visit.session, visit.standing)
    stands = found.stands
    actions = [
        {
            "id": action.id,
            "title": action.title,
            "kind": KINDS.get(action.kind, action.kind),
            "state": action.state.value,
            "organisation": action.organisation,
            "gate": gate_glance(request, action.status, names) if action.status else None,
        }
        for action in found.actions
    ]
    context = {
        "case": visit.case,
        "country": country_name(visit.case.detaining_state, language_of(request)),
        "posture": POSTURES[stands.posture],
        "reviewed": stands.review_on,
        "actions": actions,
        "mine": [task_on_page(request, t) for t in found.mine],
        "others": [task_on_page(request, t) for t in found.others],
        "desks": desks(found.members),
        "pauses": stands.pauses,
        "pausing": _pausing(visit, stands.pauses),
        "arrangement": stands.arrangement,
        "may": may(visit.standing),
        "roles": ROLES,
        "states": STATES,
        "since": stands.since,
        "errors": errors or [],
        "reason": reason,
    }
    return render(request, "cases/workspace.html", context, status=status)


def _pausing(visit: CaseVisit, pauses: tuple[PauseLine, ...]) -> Pausing:
    """Each side sets a pause of its own, and lifts only its own."""
    standing = visit.standing
    decides, coordinates = standing.holds(Role.DECISION_MAKER), standing.holds(Role.COORDINATOR)
    sides = {pause.by_family for pause in pauses}
    return Pausing(
        can_pause=standing.may(Permission.CASE_PAUSE) and decides not in sides,
        can_resume=standing.may(Permission.CASE_RESUME)
        and any(decides if by_family else coordinates for by_family in sides),
    )


@router.post("/cases/{case}/pause")
async def pause(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.CASE_PAUSE)],
    reason: Text = "",
    next: Text = "",
) -> Response:
    """Stop everything of the case."""
    try:
        async with attempt(visit.session):
            await pause_case(visit.session, visit.caller, visit.case.id, reason)
    except Refusal as refusal:
        return await _refused(request, visit, refusal, reason)
    return RedirectResponse(safe_path(next or f"/cases/{visit.case.slug}"), 303)


@router.post("/cases/{case}/resume")
async def resume(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.CASE_RESUME)],
    next: Text = "",
) -> Response:
    """Lift the pause."""
    try:
        async with attempt(visit.session):
            await resume_case(visit.session, visit.caller, visit.case.id)
    except Refusal as refusal:
        return await _refused(request, visit, refusal)
    return RedirectResponse(safe_path(next or f"/cases/{visit.case.slug}"), 303)


async def _refused(
    request: Request, visit: CaseVisit, refusal: Refusal, reason: str = ""
) -> Response:
    said = translate_refusal(refusal, language_of(request))
    errors = [(refusal.field or "", said)]
    return await _workspace(request, visit, errors=errors, reason=reason, status=refusal.status)
