"""The API: looking for a target in the lists of those under sanctions, and deciding what was found."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from assent.refusal import Forbidden, Invalid, NotFound
from assent.sanctions.api import readable
from assent.sanctions.refusals import IsMerged, ScreeningAway
from assent.sanctions.screening import (
    ScreeningLine,
    decide_candidate,
    screen_target,
    screenings_of,
)
from assent.web.api import Items, Moment, Sent, api_router, problems
from assent.web.requires import ApiCaller, Id, require_id

router: APIRouter = api_router("Screening")
IN_CASE = (NotFound, Forbidden)


class ScreeningIn(Sent):
    """Where to look."""

    source: Literal["file", "yente"] = "file"


class ScreeningOut(BaseModel):
    """What was found: candidates, the likeliest first, each with its reasons."""

    id: UUID
    source: str
    dataset: str
    candidates: list[dict[str, Any]] = Field(
        description="`score` from 0 to 100, `reasons`, and `listings`: by which authority, since when."
    )
    decisions: dict[str, str] = Field(description="By the candidate's id.")
    at: Moment


class DecisionIn(Sent):
    """Whether a candidate is the target."""

    candidate: str
    decision: Literal["same", "different", "unsure"]
    note: str = ""


@router.get("/targets/{target}/screenings", responses=problems(*IN_CASE))
async def screenings(visit: ApiCaller, target: Id) -> Items[ScreeningOut]:
    """What was found of a target so far, newest first."""
    line = await readable(visit, target)
    found = await screenings_of(visit.session, line.id)
    return Items(items=[_screening(one) for one in found], next=None)


@router.post(
    "/targets/{target}/screenings",
    status_code=201,
    responses=problems(*IN_CASE, ScreeningAway, IsMerged),
)
async def screen(
    request: Request, visit: ApiCaller, target: Id, wanted: ScreeningIn
) -> ScreeningOut:
    """Look for a target."""
    settings = request.app.state.settings
    target_id = require_id(target)
    made = await screen_target(visit.session, visit.caller, target_id, wanted.source, settings)
    [line] = [one for one in await screenings_of(visit.session, target_id) if one.id == made.id]
    return _screening(line)


@router.post(
    "/screenings/{screening}/decisions",
    status_code=201,
    responses=problems(*IN_CASE, Invalid),
)
async def decide(visit: ApiCaller, screening: Id, wanted: DecisionIn) -> DecisionIn:
    """Say whether a candidate is the target; nothing else follows from it."""
    await decide_candidate(
        visit.session,
        visit.caller,
        require_id(screening),
        wanted.candidate,
        wanted.decision,
        wanted.note,
    )
    return wanted


def _screening(line: ScreeningLine) -> ScreeningOut:
    return ScreeningOut(
        id=line.id,
        source=line.source,
        dataset=line.dataset,
        candidates=line.candidates,
        decisions=line.decisions,
        at=line.at,
    )
