"""Pages of cases: the first page, the workspace, who is in it, the family's arrangement."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.cases.arrangements import arrangement_in_force
from assent.cases.pauses import pause_case, resume_case
from assent.cases.queries import members, my_cases, workspace
from assent.cases.service import (
    CaseDetails,
    create_case,
    end_membership,
    grant_membership,
    set_arrangement,
)
from assent.gate.roles import CASE_ROLES, FAMILY_ROLES
from assent.people.organisations import organisations_in_case
from assent.refusal import Refusal
from assent.tasks.queries import my_tasks
from assent.web.labels import KINDS, POSTURES, ROLES, STATES
from assent.web.language import language_of, translate_refusal
from assent.web.panel import may, missing_sentences, task_on_page
from assent.web.render import render
from assent.web.requirements import names_for
from assent.web.requires import CaseVisit, SignedIn, in_case, require_id
from assent.web.stream import latest_record

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Reading = Annotated[CaseVisit, in_case(Permission.CASE_READ)]


@router.get("/")
async def first_page(request: Request, visit: SignedIn) -> Response:
    """What waits for me, across my cases."""
    tasks = [task_on_page(request, t) for t in await my_tasks(visit.session, visit.caller)]
    cases = await my_cases(visit.session, visit.caller)
    relative = visit.caller.organisation_id is None
    context = {"tasks": tasks, "cases": cases, "relative": relative, "roles": ROLES}
    return render(request, "home.html", context)


@router.get("/cases/new")
async def new_case(request: Request, visit: SignedIn) -> Response:
    """Ask for what a case needs."""
    return render(request, "cases/new.html", {"errors": [], "form": {}, "postures": POSTURES})


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
    details = CaseDetails(
        slug.strip(), title, {"name": name}, detaining_state.strip().upper(), posture
    )
    try:
        case = await create_case(visit.session, visit.caller, details)
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        field = (refusal.field or "").replace("detained_person.", "")
        form = {
            "title": title,
            "slug": slug,
            "name": name,
            "detaining_state": detaining_state,
            "posture": posture,
        }
        context = {"errors": [(field, said)], "form": form, "postures": POSTURES}
        return render(request, "cases/new.html", context, status=refusal.status)
    return RedirectResponse(f"/cases/{case.slug}", 303)


@router.get("/cases/{case}")
async def case_page(request: Request, visit: Reading) -> Response:
    """The workspace: what waits for me and for others, every action's gate, who is here."""
    found = await workspace(visit.session, visit.caller, visit.case.id)
    names = await names_for(visit.session, visit.standing)
    actions = [
        {
            "id": action.id,
            "title": action.title,
            "kind": action.kind,
            "state": action.state.value,
            "organisation": action.organisation,
            "missing": missing_sentences(request, action.status, names) if action.status else [],
        }
        for action in found.actions
    ]
    context = {
        "case": visit.case,
        "actions": actions,
        "mine": [task_on_page(request, t) for t in found.mine],
        "others": [task_on_page(request, t) for t in found.others],
        "members": _shown_members(visit, found.members),
        "pauses": found.pauses,
        "arrangement": found.arrangement,
        "may": may(visit.standing),
        "roles": ROLES,
        "kinds": KINDS,
        "states": STATES,
        "is_family": visit.standing.is_family,
        "since": await latest_record(visit.session, visit.case.id),
    }
    return render(request, "cases/workspace.html", context)


def _shown_members(visit: CaseVisit, lines: object) -> list[object]:
    """Who is here, as this reader may see it: relatives' names are for family and coordinators."""
    shown = []
    for line in lines:  # type: ignore[attr-defined]
        if line.role in FAMILY_ROLES and not visit.standing.sees_family:
            continue
        shown.append(line)
    return shown


@router.post("/cases/{case}/pause")
async def pause(
    visit: Annotated[CaseVisit, in_case(Permission.CASE_PAUSE)], reason: Text = ""
) -> Response:
    """Stop everything of the case."""
    await pause_case(visit.session, visit.caller, visit.case.id, reason)
    return RedirectResponse(f"/cases/{visit.case.slug}", 303)


@router.post("/cases/{case}/resume")
async def resume(visit: Annotated[CaseVisit, in_case(Permission.CASE_RESUME)]) -> Response:
    """Lift the pause."""
    await resume_case(visit.session, visit.caller, visit.case.id)
    return RedirectResponse(f"/cases/{visit.case.slug}", 303)


@router.get("/cases/{case}/people")
async def people_page(request: Request, visit: Reading) -> Response:
    """Who is in the case."""
    return await _people(request, visit, [], {})


async def _people(
    request: Request,
    visit: CaseVisit,
    errors: list[tuple[str, str]],
    form: dict[str, str],
    status: int = 200,
) -> Response:
    context = {
        "case": visit.case,
        "members": _shown_members(visit, await members(visit.session, visit.case.id)),
        "may": may(visit.standing),
        "roles": {role.value: ROLES[role.value] for role in sorted(CASE_ROLES)},
        "organisations": await organisations_in_case(visit.session, visit.case.id),
        "errors": errors,
        "form": form,
    }
    return render(request, "cases/people.html", context, status=status)


@router.post("/cases/{case}/people")
async def invite(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.CASE_INVITE)],
    email: Text = "",
    name: Text = "",
    role: Text = "",
    organisation: Text = "",
    language: Text = "",
) -> Response:
    """Give somebody a role here."""
    try:
        await grant_membership(
            visit.session,
            visit.caller,
            visit.case.id,
            email,
            role,
            organisation.strip() or None,
            name=name.strip() or None,
            language=language.strip() or None,
        )
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        field = {"person": "email"}.get(refusal.field or "", refusal.field or "")
        form = {
            "email": email,
            "name": name,
            "role": role,
            "organisation": organisation,
            "language": language,
        }
        return await _people(request, visit, [(field, said)], form, refusal.status)
    return RedirectResponse(f"/cases/{visit.case.slug}/people", 303)


@router.post("/cases/{case}/people/{membership}/end")
async def end(
    visit: Annotated[CaseVisit, in_case(Permission.MEMBERSHIP_END)], membership: str
) -> Response:
    """End a membership."""
    await end_membership(visit.session, visit.caller, require_id(membership))
    return RedirectResponse(f"/cases/{visit.case.slug}/people", 303)


@router.get("/cases/{case}/family")
async def family_page(request: Request, visit: Reading) -> Response:
    """Who decides for the family, and how."""
    return await _family(request, visit, [])


async def _family(
    request: Request, visit: CaseVisit, errors: list[tuple[str, str]], status: int = 200
) -> Response:
    everybody = await members(visit.session, visit.case.id)
    context = {
        "case": visit.case,
        "arrangement": await arrangement_in_force(visit.session, visit.case.id),
        "relatives": [m for m in everybody if m.role == "decision_maker"],
        "may": may(visit.standing),
        "sees_family": visit.standing.sees_family,
        "errors": errors,
    }
    return render(request, "cases/family.html", context, status=status)


@router.post("/cases/{case}/family")
async def arrange(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.ARRANGEMENT_SET)],
    rule: Text = "",
    quorum: Text = "",
    decision_makers: Annotated[list[str], Form()] = [],  # noqa: B006 (FastAPI copies it)
) -> Response:
    """Record the family's arrangement."""
    number = int(quorum) if rule == "quorum" and quorum.isdigit() and len(quorum) < 4 else None
    try:
        await set_arrangement(
            visit.session, visit.caller, visit.case.id, rule, number, decision_makers
        )
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        return await _family(request, visit, [(refusal.field or "", said)], refusal.status)
    return RedirectResponse(f"/cases/{visit.case.slug}/family", 303)
