"""Pages of launches: planning one, its readiness board, letting it go, and the family's word on a reduced one."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.cases.models import Case
from assent.cases.queries import ActionLine, action_lines
from assent.gate.state import ActionState
from assent.people.memberships import Standing, standing
from assent.publishing import launches, launching
from assent.publishing.launch_queries import (
    Board,
    board_of,
    case_launches,
    has_answered,
    own_answer,
)
from assent.publishing.zones import moment_in, zones_of
from assent.refusal import N_, NotFound, Refusal
from assent.web.attempts import attempt
from assent.web.labels import KINDS
from assent.web.language import country_name, format_clock, language_of, translate_refusal
from assent.web.panel import gate_panel, may
from assent.web.render import render
from assent.web.requirements import names_for
from assent.web.requires import CaseVisit, SignedIn, Visit, as_id, in_case, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
LAUNCH_STATES = {
    "planned": N_("waits for its moment"),
    "released": N_("is out"),
    "reduced": N_("is out, without a part of it"),
    "held": N_("was held: nothing went out"),
    "missed": N_("its moment passed: nothing went out"),
    "cancelled": N_("called off"),
}
_ZONES = (
    "UTC", "America/Los_Angeles", "America/New_York", "America/Toronto", "America/Sao_Paulo", "Europe/London",
    "Europe/Berlin", "Europe/Kyiv", "Europe/Istanbul", "Africa/Nairobi", "Asia/Tehran", "Asia/Kabul", "Asia/Kolkata",
    "Asia/Yangon", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip


@router.get("/cases/{case}/launches")
async def list_page(
    request: Request, visit: Annotated[CaseVisit, in_case(Permission.CASE_READ)]
) -> Response:
    """The launches of a case, and a form to plan one."""
    return await _list(request, visit, [], {})


async def _list(
    request: Request,
    visit: CaseVisit,
    errors: list[tuple[str, str]],
    form: dict[str, Any],
    status: int = 200,
) -> Response:
    found = await case_launches(visit.session, visit.case.id)
    plans = visit.standing.may(Permission.ACTION_RELEASE)
    context = {
        "case": visit.case,
        "boards": [await board_of(visit.session, launch) for launch in found],
        "actions": await _may_go_out(visit) if plans else [],
        "zones": _ZONES,
        "states": LAUNCH_STATES,
        "kinds": KINDS,
        "may": may(visit.standing),
        "errors": errors,
        "form": form,
    }
    return render(request, "publishing/launches.html", context, status=status)


async def _may_go_out(visit: CaseVisit) -> list[ActionLine]:
    """What a launch can let out: everything of the case that is not out already."""
    lines = await action_lines(visit.session, visit.case.id)
    return [line for line in lines if line.state is not ActionState.RELEASED]


@router.post("/cases/{case}/launches")
async def plan(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.ACTION_RELEASE)],
    title: Text = "",
    at: Text = "",
    zone: Text = "UTC",
    late_minutes: Text = "60",
    actions: Annotated[list[str], Form()] = [],  # noqa: B006 (FastAPI copies it)
) -> Response:
    """Plan a launch."""
    form = {
        "title": title,
        "at": at,
        "zone": zone,
        "late_minutes": late_minutes,
        "actions": actions,
    }
    try:
        async with attempt(visit.session):
            wanted = launches.Plan(
                title,
                moment_in(zone, at),
                tuple(key for key in map(as_id, actions) if key),
                zone,
                int(late_minutes) if late_minutes.isdecimal() else 0,
            )
            launch = await launches.plan_launch(visit.session, visit.caller, visit.case.id, wanted)
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        return await _list(request, visit, [(refusal.field or "", said)], form, refusal.status)
    return RedirectResponse(f"/launches/{launch.id}", 303)


@router.get("/launches/{launch}")
async def board_page(request: Request, visit: SignedIn, launch: str) -> Response:
    """The readiness board, which is the rehearsal too: each gate, and exactly what would go where."""
    return await _board(request, visit, launch)


async def _board(
    request: Request,
    visit: Visit,
    launch: str,
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response:
    session = visit.session
    found = await launches.visible_launch(session, require_id(launch))
    reader = await standing(session, visit.caller, found.case_id)
    if reader is None:
        raise NotFound
    board = await board_of(session, found)
    context = {
        "case": await session.get_one(Case, found.case_id),
        "board": board,
        "panels": await _panels(request, visit, reader, board),
        "clocks": _clocks(request, board),
        "proposed": _proposed(board),
        "zones": _ZONES,
        "states": LAUNCH_STATES,
        "kinds": KINDS,
        "own": (own := await own_answer(session, found.id, board.moment.at)),
        "asked_again": own is None
        and await has_answered(session, found.id, visit.caller.person_id),
        "may": may(reader),
        "errors": errors or [],
        "form": {},
    }
    return render(request, "publishing/launch.html", context, status=status)


async def _panels(
    request: Request, visit: Visit, reader: Standing, board: Board
) -> dict[object, list[Any]]:
    names = await names_for(visit.session, reader)
    return {
        line.id: gate_panel(request, line.status, names)
        for line in board.lines
        if line.status is not None and not line.part.out
    }


def _clocks(request: Request, board: Board) -> list[tuple[str, str]]:
    """The moment on the clocks of every country that takes part, and where it was chosen."""
    language = language_of(request)
    shown: dict[str, str] = {
        board.moment.zone: board.moment.zone.rpartition("/")[2].replace("_", " ")
    }
    for line in board.lines:
        for zone in zones_of(line.country):
            city = zone.rpartition("/")[2].replace("_", " ")
            shown.setdefault(zone, f"{country_name(line.country, language)}, {city}")
    return [(place, format_clock(board.moment.at, language, zone)) for zone, place in shown.items()]


def _proposed(board: Board) -> dict[str, str] | None:
    """The proposed moment as a form takes it."""
    latest = board.outcomes[-1] if board.outcomes else None
    if latest is None or latest.proposed_at is None or board.state not in ("held", "missed"):
        return None
    local = latest.proposed_at.astimezone(ZoneInfo(board.moment.zone))
    return {"at": local.strftime("%Y-%m-%dT%H:%M"), "zone": board.moment.zone}


@router.post("/launches/{launch}/release")
async def release(request: Request, visit: SignedIn, launch: str) -> Response:
    """Let all of it go, or nothing."""
    key = require_id(launch)
    return await _tried(
        request, visit, launch, launching.release_launch(visit.session, visit.caller, key)
    )


@router.post("/launches/{launch}/moment")
async def move(
    request: Request, visit: SignedIn, launch: str, at: Text = "", zone: Text = "UTC"
) -> Response:
    """Set another moment."""

    async def moved() -> None:
        await launches.move_launch(
            visit.session, visit.caller, require_id(launch), moment_in(zone, at), zone
        )

    return await _tried(request, visit, launch, moved())


@router.post("/launches/{launch}/call-off")
async def call_off(request: Request, visit: SignedIn, launch: str) -> Response:
    """Call it off."""
    key = require_id(launch)
    return await _tried(
        request, visit, launch, launching.call_off_launch(visit.session, visit.caller, key)
    )


@router.post("/launches/{launch}/reduction")
async def answer(request: Request, visit: SignedIn, launch: str, agrees: Text = "") -> Response:
    """The family's word on a reduced launch."""
    work = launches.answer_reduction(
        visit.session, visit.caller, require_id(launch), agrees=agrees == "yes"
    )
    return await _tried(request, visit, launch, work)


async def _tried(request: Request, visit: Visit, launch: str, work: Awaitable[Any]) -> Response:
    try:
        async with attempt(visit.session):
            await work
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        said = translate_refusal(refusal, language_of(request))
        return await _board(request, visit, launch, [(refusal.field or "", said)], refusal.status)
    return RedirectResponse(f"/launches/{launch}", 303)
