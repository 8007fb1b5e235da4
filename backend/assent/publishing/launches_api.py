"""The API: actions that go out together at one moment, all of them or none."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.people.memberships import standing
from assent.publishing import launches, launching
from assent.publishing.launch_models import LaunchOutcome
from assent.publishing.launch_queries import Board, BoardLine, board_of, case_launches
from assent.publishing.refusals import (
    AnsweredAlready,
    FamilyAnswers,
    LaunchOver,
    LaunchShut,
    UnfitLaunch,
    UnfitMoment,
)
from assent.refusal import Forbidden, NotFound
from assent.web.api import (
    USUAL_ITEMS,
    Cursor,
    Digest,
    Items,
    Limit,
    Moment,
    MomentIn,
    Sent,
    api_router,
    cut,
    id_cursor,
    problems,
)
from assent.web.attempts import attempt
from assent.web.gates import GateProblem
from assent.web.problems import words_of_call
from assent.web.requirements import gate_document, names_for
from assent.web.requires import ApiCaller, CaseVisit, Id, Visit, api_in_case, require_id

router: APIRouter = api_router("Launches")
IN_CASE = (NotFound, Forbidden)


class LaunchIn(Sent):
    """Actions to set off together."""

    title: str
    at: MomentIn = Field(
        description="When they go out. One that has passed: somebody lets them go by hand."
    )
    actions: list[UUID] = Field(description="Actions of the case, each once.")
    zone: str = Field(
        default="UTC", description="Time zone it was chosen in.", examples=["Europe/Berlin"]
    )
    late_minutes: int = Field(
        default=60,
        description="How late it may still go out if nothing was running at its moment; later: not at all.",
    )


class MomentOfLaunchIn(Sent):
    """Another moment."""

    at: MomentIn
    zone: str = Field(default="UTC", examples=["Europe/Berlin"])


class AnswerIn(Sent):
    """The family's word on a reduced launch."""

    agrees: bool = Field(description="Whether the rest may go out if something of it may not.")


class GoesOut(BaseModel):
    """Where one text would go."""

    recipient: str = Field(description="As it is approved; public for the public page.")
    channel: str = Field(description="page, mail or by_hand.")


class PartOut(BaseModel):
    """One action of a launch, as it stands."""

    action: UUID
    title: str
    kind: str
    organisation: str
    country: str
    digest: Digest | None
    ready: bool = Field(description="Its gate is open, and it is not out yet.")
    out: bool = Field(description="It went out, and was not taken back.")
    missing: list[str] = Field(description="Keys of what its gate still asks for.")
    languages: list[str]
    goes_to: list[GoesOut] = Field(description="Exactly where it would go: the rehearsal.")


class OutcomeOut(BaseModel):
    """What became of a launch at a moment."""

    outcome: str = Field(description="released, reduced, held, missed or cancelled.")
    at: Moment
    reasons: dict[str, list[str]] = Field(
        description="By action, the keys of what its gate still asked for."
    )
    proposed_at: Moment | None = Field(description="The moment proposed instead.")


class LaunchOut(BaseModel):
    """A launch."""

    id: UUID
    title: str
    at: Moment
    zone: str
    late_minutes: int
    state: str = Field(description="planned, released, reduced, held, missed or cancelled.")
    reducible: bool = Field(
        description="Whether the family agreed that the rest goes out without what may not."
    )
    parts: list[PartOut] = Field(description="Those I may see.")
    hidden: int = Field(description="How many there are besides.")
    outcomes: list[OutcomeOut]


@router.get("/cases/{case}/launches", responses=problems(*IN_CASE))
async def list_launches(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)],
    limit: Limit = USUAL_ITEMS,
    cursor: Cursor = None,
) -> Items[LaunchOut]:
    """The case's launches, oldest first."""
    found = await case_launches(
        visit.session, visit.case.id, after=id_cursor(cursor), limit=limit + 1
    )
    shown, last = cut(found, limit)
    items = [_out(await board_of(visit.session, launch)) for launch in shown]
    return Items(items=items, next=str(last.id) if last else None)


@router.post(
    "/cases/{case}/launches",
    status_code=201,
    responses=problems(*IN_CASE, UnfitLaunch, UnfitMoment),
)
async def plan(
    visit: Annotated[CaseVisit, api_in_case(Permission.ACTION_RELEASE)], wanted: LaunchIn
) -> LaunchOut:
    """Set up actions to go out together: at the moment all of their gates are open, or nothing goes out."""
    planned = launches.Plan(
        wanted.title, wanted.at, tuple(wanted.actions), wanted.zone, wanted.late_minutes
    )
    launch = await launches.plan_launch(visit.session, visit.caller, visit.case.id, planned)
    return _out(await board_of(visit.session, launch))


@router.get("/launches/{launch}", responses=problems(NotFound))
async def one(visit: ApiCaller, launch: Id) -> LaunchOut:
    """One launch: how ready each part is, and exactly what would go where."""
    return await _read(visit, launch)


@router.post(
    "/launches/{launch}/moment",
    status_code=201,
    responses=problems(*IN_CASE, LaunchOver, UnfitMoment),
)
async def move(visit: ApiCaller, launch: Id, wanted: MomentOfLaunchIn) -> LaunchOut:
    """Set another moment. Whoever sets it lets it go, by the role they hold then."""
    await launches.move_launch(
        visit.session, visit.caller, require_id(launch), wanted.at, wanted.zone
    )
    return await _read(visit, launch)


@router.post(
    "/launches/{launch}/release",
    status_code=201,
    responses=problems(*IN_CASE, LaunchShut, LaunchOver, gate=GateProblem),
)
async def release(request: Request, visit: ApiCaller, launch: Id) -> LaunchOut:
    """Let all of it go now, in one step; if any gate is shut, nothing goes out."""
    try:
        async with attempt(visit.session):
            await launching.release_launch(visit.session, visit.caller, require_id(launch))
    except LaunchShut as shut:
        shut.extra["requirements"] = await _requirements(request, visit, launch, shut)
        raise
    return await _read(visit, launch)


@router.post(
    "/launches/{launch}/cancellation", status_code=204, responses=problems(*IN_CASE, LaunchOver)
)
async def call_off(visit: ApiCaller, launch: Id) -> Response:
    """Call it off. Its actions stay."""
    await launching.call_off_launch(visit.session, visit.caller, require_id(launch))
    return Response(status_code=204)


@router.post(
    "/launches/{launch}/reduction",
    status_code=201,
    responses=problems(*IN_CASE, FamilyAnswers, LaunchOver, AnsweredAlready),
)
async def answer(visit: ApiCaller, launch: Id, wanted: AnswerIn) -> LaunchOut:
    """Say for the family whether the rest may go out if something of it may not. Silence is no."""
    await launches.answer_reduction(
        visit.session, visit.caller, require_id(launch), agrees=wanted.agrees
    )
    return await _read(visit, launch)


async def _read(visit: Visit, launch: str) -> LaunchOut:
    found = await launches.visible_launch(visit.session, require_id(launch))
    return _out(await board_of(visit.session, found))


async def _requirements(
    request: Request, visit: Visit, launch: str, shut: LaunchShut
) -> list[dict[str, Any]]:
    """Every requirement of every part that the caller may see, each with its action."""
    found = await launches.visible_launch(visit.session, require_id(launch))
    board = await board_of(visit.session, found)
    reader = await standing(visit.session, visit.caller, found.case_id)
    if reader is None:
        raise NotFound
    names, words = await names_for(visit.session, reader), words_of_call(request)
    return [
        {**requirement, "action": str(line.id)}
        for line in board.lines
        if line.id in shut.statuses
        for requirement in gate_document(shut.statuses[line.id], names, words)["requirements"]
    ]


def _out(board: Board) -> LaunchOut:
    seen = {str(line.id) for line in board.lines}
    return LaunchOut(
        id=board.launch.id,
        title=board.launch.title,
        at=board.moment.at,
        zone=board.moment.zone,
        late_minutes=board.launch.late_minutes,
        state=board.state,
        reducible=board.reducible,
        parts=[_part(line) for line in board.lines],
        hidden=board.hidden,
        outcomes=[_outcome(outcome, seen, board.relative) for outcome in board.outcomes],
    )


def _part(line: BoardLine) -> PartOut:
    return PartOut(
        action=line.id,
        title=line.title,
        kind=line.kind,
        organisation=line.organisation,
        country=line.country,
        digest=line.digest,
        ready=line.part.ready,
        out=line.part.out,
        missing=list(line.part.missing),
        languages=list(line.languages),
        goes_to=[GoesOut(recipient=g.recipient, channel=g.channel) for g in line.goes],
    )


def _reasons(keys: list[str], relative: bool) -> list[str]:
    return [key for key in keys if not (relative and key.startswith("consent:"))]


def _outcome(outcome: LaunchOutcome, seen: set[str], relative: bool) -> OutcomeOut:
    return OutcomeOut(
        outcome=outcome.outcome,
        at=outcome.recorded_at,
        reasons={
            action: _reasons(keys, relative)
            for action, keys in outcome.reasons.items()
            if action in seen
        },
        proposed_at=outcome.proposed_at,
    )
