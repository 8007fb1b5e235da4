"""The page on which a family has everything destroyed: what it means, and how it is stopped."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.erasure.queries import decides, erasures_of
from assent.erasure.service import WAITS, agree_to_erasure, ask_erasure, stop_erasure
from assent.gate.roles import Role
from assent.refusal import Refusal
from assent.web.attempts import attempt
from assent.web.language import language_of, translate_refusal
from assent.web.render import render
from assent.web.requirements import names_for
from assent.web.requires import CaseVisit, Id, in_case, require_id

router = APIRouter(include_in_schema=False)
Read = Annotated[CaseVisit, in_case(Permission.CASE_READ)]


@router.get("/cases/{case}/erasure")
async def erasure_page(request: Request, visit: Read) -> Response:
    """What can be destroyed here, and what waits to be."""
    return await _page(request, visit)


@router.post("/cases/{case}/erasure")
async def ask(
    request: Request, visit: Annotated[CaseVisit, in_case(Permission.ERASURE_ASK)]
) -> Response:
    """Ask that everything of the case be destroyed."""
    return await _attempted(request, visit, own=False)


@router.post("/cases/{case}/erasure/mine")
async def ask_own(
    request: Request, visit: Annotated[CaseVisit, in_case(Permission.ERASURE_ASK)]
) -> Response:
    """Ask that what the case keeps of oneself be destroyed."""
    return await _attempted(request, visit, own=True)


@router.post("/cases/{case}/erasure/{erasure}/agree")
async def agree(
    request: Request, visit: Annotated[CaseVisit, in_case(Permission.ERASURE_AGREE)], erasure: Id
) -> Response:
    """Agree as the second person."""
    try:
        async with attempt(visit.session):
            await agree_to_erasure(visit.session, visit.caller, require_id(erasure))
    except Refusal as refusal:
        return await _refused(request, visit, refusal)
    return _back(visit)


@router.post("/cases/{case}/erasure/{erasure}/stop")
async def stop(
    request: Request, visit: Annotated[CaseVisit, in_case(Permission.ERASURE_STOP)], erasure: Id
) -> Response:
    """Stop it."""
    try:
        async with attempt(visit.session):
            await stop_erasure(visit.session, visit.caller, require_id(erasure))
    except Refusal as refusal:
        return await _refused(request, visit, refusal)
    return _back(visit)


async def _attempted(request: Request, visit: CaseVisit, *, own: bool) -> Response:
    try:
        async with attempt(visit.session):
            await ask_erasure(visit.session, visit.caller, visit.case.id, own=own)
    except Refusal as refusal:
        return await _refused(request, visit, refusal)
    return _back(visit)


async def _refused(request: Request, visit: CaseVisit, refusal: Refusal) -> Response:
    said = translate_refusal(refusal, language_of(request))
    return await _page(request, visit, errors=[("", said)], status=refusal.status)


async def _page(
    request: Request,
    visit: CaseVisit,
    *,
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response:
    lines = await erasures_of(visit.session, visit.case.id)
    names = await names_for(visit.session, visit.standing, {line.asked_by for line in lines})
    standing, me = visit.standing, visit.caller.person_id
    deciding = await decides(visit.session, visit.case.id, me)
    waiting = [line for line in lines if line.open]
    context = {
        "case": visit.case,
        "lines": lines,
        "asked_by": {line.id: names.of(line.asked_by).person for line in lines},
        "days": WAITS.days,
        "can_ask": (deciding or standing.holds(Role.COORDINATOR))
        and not any(line.person_id is None for line in waiting),
        "can_ask_own": any(organisation is None for _, organisation in standing.roles)
        and not any(line.person_id == me for line in waiting),
        "by_family": deciding,
        "can_agree": {
            line.id
            for line in waiting
            if line.needs_second and line.asked_by != me and standing.may(Permission.ERASURE_AGREE)
        },
        "can_stop": {line.id for line in waiting if line.asked_by == me or deciding},
        "errors": errors or [],
    }
    return render(request, "erasure/erasure.html", context, status=status)


def _back(visit: CaseVisit) -> Response:
    return RedirectResponse(f"/cases/{visit.case.slug}/erasure", 303)
