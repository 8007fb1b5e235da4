"""Pages of who takes part in a case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.cases.members import end_membership, grant_membership
from assent.cases.queries import MemberLine, members
from assent.gate.roles import Role
from assent.people.organisations import organisations_in_case
from assent.people.passkey_owners import PasskeyLine, passkey_lines
from assent.refusal import Refusal
from assent.web.attempts import attempt
from assent.web.labels import ROLES
from assent.web.language import language_of, translate_refusal
from assent.web.panel import may
from assent.web.render import render
from assent.web.requires import CaseVisit, in_case, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
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


async def _passkeys(
    visit: CaseVisit, everybody: list[MemberLine]
) -> list[tuple[str | None, PasskeyLine]]:
    """Passkeys of those who decide, for whoever may say that they compared them."""
    if not visit.standing.may(Permission.PASSKEY_VOUCH):
        return []
    deciding = [m for m in everybody if m.role == Role.DECISION_MAKER]
    return [
        (m.name, key) for m in deciding for key in await passkey_lines(visit.session, m.person_id)
    ]


async def _people(
    request: Request,
    visit: CaseVisit,
    errors: list[tuple[str, str]] | None = None,
    form: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    everybody = await members(visit.session, visit.case.id)
    context = {
        "case": visit.case,
        "desks": desks(everybody),
        "passkeys": await _passkeys(visit, everybody),
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
