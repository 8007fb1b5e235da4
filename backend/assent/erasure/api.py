"""The API: asking that what a case keeps be destroyed, agreeing to it, stopping it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.erasure.queries import ErasureLine, erasures_of
from assent.erasure.refusals import (
    ErasureOver,
    ErasureWaits,
    NotTheirsToErase,
    NotTheirsToStop,
    NotTheSecondPerson,
)
from assent.erasure.service import agree_to_erasure, ask_erasure, stop_erasure
from assent.refusal import Forbidden, NotFound
from assent.web.api import Items, Moment, Nothing, Sent, api_router, problems
from assent.web.requires import ApiCaller, CaseVisit, Id, api_in_case, require_id

router: APIRouter = api_router("Erasure")


class ErasureIn(Sent):
    """What is to be destroyed."""

    own: bool = Field(
        default=False, description="Only what the case keeps of the caller, who is a relative."
    )


class ErasureOut(BaseModel):
    """A wish that what is kept be destroyed, and what became of it."""

    id: UUID
    own: bool
    by_family: bool
    asked_at: Moment
    due_at: Moment
    needs_second: bool = Field(
        description="Whether a second person, of another organisation, has to agree."
    )
    agreed_at: Moment | None
    stopped_at: Moment | None
    erased_at: Moment | None


@router.get("/cases/{case}/erasures", responses=problems(NotFound, Forbidden))
async def erasures(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)],
) -> Items[ErasureOut]:
    """What was asked to be destroyed here, newest first."""
    lines = await erasures_of(visit.session, visit.case.id)
    return Items(items=[_out(line) for line in lines], next=None)


@router.post(
    "/cases/{case}/erasures",
    status_code=201,
    responses=problems(NotFound, Forbidden, NotTheirsToErase, ErasureWaits),
)
async def ask(
    visit: Annotated[CaseVisit, api_in_case(Permission.ERASURE_ASK)], wanted: ErasureIn
) -> ErasureOut:
    """Ask that everything of the case be destroyed, after a week in which it can be stopped."""
    made = await ask_erasure(visit.session, visit.caller, visit.case.id, own=wanted.own)
    lines = await erasures_of(visit.session, visit.case.id)
    return next(_out(line) for line in lines if line.id == made.id)


@router.post(
    "/erasures/{erasure}/agreement",
    status_code=201,
    responses=problems(NotFound, Forbidden, NotTheSecondPerson, ErasureOver),
)
async def agree(visit: ApiCaller, erasure: Id, wanted: Nothing | None = None) -> Nothing:
    """Agree as the second person, of another organisation than the first."""
    await agree_to_erasure(visit.session, visit.caller, require_id(erasure))
    return Nothing()


@router.post(
    "/erasures/{erasure}/stop",
    status_code=201,
    responses=problems(NotFound, Forbidden, NotTheirsToStop, ErasureOver),
)
async def stop(visit: ApiCaller, erasure: Id, wanted: Nothing | None = None) -> Nothing:
    """Stop it."""
    await stop_erasure(visit.session, visit.caller, require_id(erasure))
    return Nothing()


def _out(line: ErasureLine) -> ErasureOut:
    return ErasureOut(
        id=line.id,
        own=line.person_id is not None,
        by_family=line.by_family,
        asked_at=line.asked_at,
        due_at=line.due_at,
        needs_second=line.needs_second,
        agreed_at=line.agreed_at,
        stopped_at=line.stopped_at,
        erased_at=line.ended_at,
    )
