"""Pages of who takes part in a case, and of how the family decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.cases.arrangement_wishes import (
    ArrangementShown,
    answer_wish,
    arrangement_in_force,
    open_wish,
)
from assent.cases.arrangements import set_arrangement
from assent.cases.members import end_membership, grant_membership
from assent.cases.queries import MemberLine, members
from assent.gate.roles import FAMILY_ROLES
from assent.people.organisations import organisations_in_case
from assent.refusal import Refusal
from assent.web.attempts import attempt
from assent.web.labels import ROLES
from assent.web.language import language_of, translate_refusal
from assent.web.panel import may
from assent.web.render import render
from assent.web.requires import CaseVisit, in_case, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Emails = Annotated[list[str], Form()]
Reading = Annotated[CaseVisit, in_case(Permission.CASE_READ)]
_CASE_ROLES = {slug: words for slug, words in ROLES.items() if slug != "organisation_admin"}


@dataclass(frozen=True)
class Desk:
    """The people of one organisation in a case, or (organisation None) its relatives and counsel.

    Attributes:
        people: name (None: not this reader's to know) and memberships, a person each.
    """

    organisation: str | None
    people: list[tuple[str | None, list[MemberLine]]]


def desks(lines: Iterable[MemberLine]) -> list[Desk]:
    """Return who is in a case by organisation, the family first; a person's roles stand together."""
    found = []
    for organisation, group in groupby(lines, key=lambda line: line.organisation):
        people: dict[object, list[MemberLine]] = {}
        for line in group:
            people.setdefault(line.person_id, []).append(line)
        found.append(Desk(organisation, [(roles[0].name, roles) for roles in people.values()]))
    return found


@router.get("/cases/{case}/people")
async def people_page(request: Request, visit: Reading) -> Response:
    """Who is in the case."""
    return await _people(request, visit)


async def _people(
    request: Request,
    visit: CaseVisit,
    errors: list[tuple[str, str]] | None = None,
    form: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    context = {
        "case": visit.case,
        "desks": desks(await members(visit.session, visit.case.id)),
        "may": may(visit.standing),
        "roles": _CASE_ROLES,
        "organisations": await organisations_in_case(visit.session, visit.case.id),
        "errors": errors or [],
        "form": form or {},
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
        async with attempt(visit.session):
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
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.MEMBERSHIP_END)],
    membership: str,
) -> Response:
    """End a membership."""
    try:
        async with attempt(visit.session):
            await end_membership(visit.session, visit.caller, require_id(membership))
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        return await _people(request, visit, [("", said)], status=refusal.status)
    return RedirectResponse(f"/cases/{visit.case.slug}/people", 303)


@router.get("/cases/{case}/family")
async def family_page(request: Request, visit: Reading) -> Response:
    """Who decides for the family, and how."""
    return await _family(request, visit)


async def _family(
    request: Request,
    visit: CaseVisit,
    errors: list[tuple[str, str]] | None = None,
    form: dict[str, object] | None = None,
    status: int = 200,
) -> Response:
    everybody = await members(visit.session, visit.case.id)
    arrangement = await arrangement_in_force(visit.session, visit.case.id)
    context = {
        "case": visit.case,
        "arrangement": arrangement,
        "wish": await open_wish(visit.session, visit.case.id),
        "me": visit.caller.person_id,
        "deciders": [m for m in everybody if m.role == "decision_maker"],
        "relatives": {m.person_id: m for m in everybody if m.role in FAMILY_ROLES}.values(),
        "may": may(visit.standing),
        "sees_family": visit.standing.sees_family,
        "errors": errors or [],
        "form": form or _as_recorded(arrangement),
    }
    return render(request, "cases/family.html", context, status=status)


def _as_recorded(arrangement: ArrangementShown | None) -> dict[str, object]:
    """The form begins with what is in force."""
    if arrangement is None:
        empty: dict[str, object] = {"decision_makers": [], "alternates": []}
        return empty | {"rule": "one", "quorum": "", "cooling_off_hours": 0}
    return {
        "rule": arrangement.rule,
        "quorum": arrangement.quorum or "",
        "decision_makers": [email for _, _, email in arrangement.decision_makers],
        "alternates": [email for _, _, email in arrangement.alternates],
        "cooling_off_hours": arrangement.cooling_off_hours,
    }


@router.post("/cases/{case}/family")
async def arrange(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.ARRANGEMENT_SET)],
    rule: Text = "",
    quorum: Text = "",
    decision_makers: Emails = [],  # noqa: B006 (FastAPI copies it)
    alternates: Emails = [],  # noqa: B006
    cooling_off_hours: Text = "0",
) -> Response:
    """Record the family's arrangement, or a change it wishes."""
    number = _count(quorum) if rule == "quorum" else None
    hours = _count(cooling_off_hours or "0")
    try:
        async with attempt(visit.session):
            await set_arrangement(
                visit.session,
                visit.caller,
                visit.case.id,
                rule,
                number,
                decision_makers,
                alternates,
                hours if hours is not None else -1,
            )
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        form: dict[str, object] = {
            "rule": rule,
            "quorum": quorum,
            "decision_makers": decision_makers,
            "alternates": alternates,
            "cooling_off_hours": cooling_off_hours,
        }
        return await _family(request, visit, [(refusal.field or "", said)], form, refusal.status)
    return RedirectResponse(f"/cases/{visit.case.slug}/family", 303)


@router.post("/cases/{case}/family/answer")
async def answer(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.CONSENT_DECIDE)],
    version: Text = "",
    agrees: Text = "",
) -> Response:
    """Agree to a change of the arrangement, or refuse it."""
    try:
        async with attempt(visit.session):
            await answer_wish(
                visit.session,
                visit.caller,
                visit.case.id,
                _count(version) or 0,
                agrees=agrees == "yes",
            )
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        return await _family(request, visit, [("", said)], status=refusal.status)
    return RedirectResponse(f"/cases/{visit.case.slug}/family", 303)


def _count(typed: str) -> int | None:
    """A small number somebody typed, in whichever digits; None if it is none."""
    digits = typed.strip()
    return int(digits) if digits.isdecimal() and len(digits) < 4 else None
