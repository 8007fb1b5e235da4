"""How public the effort is, by program."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.cases.postures import PostureLine, postures_of, set_posture
from assent.cases.refusals import NobodyAnswers, ReviewTooFar
from assent.refusal import Forbidden, NotFound
from assent.web.api import Items, Moment, Sent, api_router, problems
from assent.web.requires import CaseVisit, api_in_case

router: APIRouter = api_router("Cases")


class PostureIn(Sent):
    """How public the effort is from now on; the same as before, where it stays."""

    posture: str = Field(description="quiet, mixed or public.", examples=["quiet"])
    reason: str = Field(examples=["The appeal is heard in May; her lawyer asks for silence."])
    owner: str = Field(description="E-mail address of whoever answers for it.")
    review_on: date = Field(description="By when it is looked at again, at most a year ahead.")


class PostureOut(BaseModel):
    """One version of how public the effort is."""

    id: UUID
    version: int
    posture: str
    reason: str
    owner: str
    review_on: date
    set_by: str | None = Field(
        description="A name, or null for a relative whose name is not the caller's to know, or for an import."
    )
    by_family: bool
    set_at: Moment


@router.get("/cases/{case}/postures", responses=problems(NotFound, Forbidden))
async def postures(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)],
) -> Items[PostureOut]:
    """How public the effort is and was, the latest first; none while it is as the case was opened."""
    known = visit.standing.sees_family
    lines = await postures_of(visit.session, visit.case.id)
    return Items(items=[_out(line, known=known) for line in lines], next=None)


@router.post(
    "/cases/{case}/postures",
    status_code=201,
    responses=problems(NotFound, Forbidden, NobodyAnswers, ReviewTooFar),
)
async def decide_posture(
    visit: Annotated[CaseVisit, api_in_case(Permission.POSTURE_SET)], wanted: PostureIn
) -> PostureOut:
    """Decide how public the effort is. It opens and shuts no gate; its review becomes its owner's task."""
    await set_posture(
        visit.session,
        visit.caller,
        visit.case.id,
        wanted.posture,
        wanted.reason,
        wanted.owner,
        wanted.review_on,
    )
    made = (await postures_of(visit.session, visit.case.id))[0]
    return _out(made, known=visit.standing.sees_family)


def _out(line: PostureLine, *, known: bool) -> PostureOut:
    return PostureOut(
        id=line.id,
        version=line.version,
        posture=line.posture,
        reason=line.reason,
        owner=line.owner,
        review_on=line.review_on,
        set_by=line.set_by if known or not line.by_family else None,
        by_family=line.by_family,
        set_at=line.at,
    )
