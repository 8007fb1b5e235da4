"""The page of how public the effort is: what holds now, why, who answers for it, and what held before."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from assent.access import Permission
from assent.cases.postures import posture_of, postures_of, set_posture, staff_of
from assent.cases.refusals import ReviewTooFar
from assent.web.attempts import Errors, done_or_again
from assent.web.labels import POSTURES
from assent.web.panel import may
from assent.web.render import render
from assent.web.requires import CaseVisit, in_case

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]


@router.get("/cases/{case}/posture")
async def posture_page(
    request: Request, visit: Annotated[CaseVisit, in_case(Permission.CASE_READ)]
) -> Response:
    """How public the effort is and was, the latest first."""
    return await _shown(request, visit, [], {})


async def _shown(
    request: Request,
    visit: CaseVisit,
    errors: Errors,
    form: dict[str, str],
    status: int = 200,
) -> Response:
    staff = await staff_of(visit.session, visit.case.id)
    now = await posture_of(visit.session, visit.case.id)
    context = {
        "case": visit.case,
        "now": now,
        "versions": await postures_of(visit.session, visit.case.id),
        "knows_family": visit.standing.sees_family,
        "postures": POSTURES,
        # By number: relatives may write to no address that somebody keeps from them.
        "owners": [("", ""), *((str(one.id), f"{one.name} · {one.organisation}") for one in staff)],
        "may": may(visit.standing),
        "errors": errors,
        "form": form or {"posture": now},
    }
    return render(request, "cases/posture.html", context, status=status)


@router.post("/cases/{case}/posture")
async def decide(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.POSTURE_SET)],
    posture: Text = "",
    reason: Text = "",
    owner: Text = "",
    review_on: Text = "",
) -> Response:
    """Decide how public the effort is from now on."""
    case_id, here = visit.case.id, f"/cases/{visit.case.slug}/posture"

    async def work() -> None:
        day = _day(review_on)
        staff = {str(one.id): one.email for one in await staff_of(visit.session, case_id)}
        chosen = staff.get(owner, "")
        await set_posture(visit.session, visit.caller, case_id, posture, reason, chosen, day)

    async def again(errors: Errors, status: int) -> Response:
        form = {"posture": posture, "reason": reason, "owner": owner, "review_on": review_on}
        return await _shown(request, visit, errors, form, status)

    return await done_or_again(request, visit.session, work(), here, again)


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        raise ReviewTooFar(field="review_on") from error
