"""The API: how something that was out is taken back."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.publishing.refusals import NothingTakenBack, NoticeNotUnderstood
from assent.publishing.taking_back import TakenBack, note_copy, taken_back, tell
from assent.refusal import Forbidden, NotFound
from assent.web.api import Items, Moment, Sent, api_router, problems
from assent.web.requires import ActionVisit, ApiCaller, Id, api_on_action, require_id

router: APIRouter = api_router("Taking back")


class StepOut(BaseModel):
    """Somebody who has the text, or a place where it stands."""

    id: UUID
    kind: str = Field(description="recipient or copy.")
    place: str
    outcome: str | None = Field(description="told, removed or stays; null: not told yet.")
    told_at: Moment | None


class TakenBackOut(BaseModel):
    """How far taking a publication back has come."""

    publication: UUID
    retracted_at: Moment
    told_by: Moment = Field(description="When everybody should know.")
    steps: list[StepOut]


class CopyIn(Sent):
    """Where a publication is known to stand besides."""

    place: str = Field(examples=["https://news.example/2026/a-lawyer"])


class TellingIn(Sent):
    """That somebody was told."""

    step: str = Field(description="Of the delivery or the copy.")
    outcome: str = Field(description="told, removed or stays.")


class Noted(BaseModel):
    """What was noted."""

    id: UUID


@router.get("/actions/{action}/taken-back", responses=problems(NotFound, Forbidden))
async def steps(
    visit: Annotated[ActionVisit, api_on_action(Permission.CASE_READ)],
) -> Items[TakenBackOut]:
    """How far taking back what was out has come, newest first."""
    found = await taken_back(visit.session, visit.action.id)
    return Items(items=[_out(one) for one in found], next=None)


@router.post(
    "/publications/{publication}/copies", status_code=201, responses=problems(NotFound, Forbidden)
)
async def note(visit: ApiCaller, publication: Id, wanted: CopyIn) -> Noted:
    """Note where a publication is known to stand besides."""
    made = await note_copy(visit.session, visit.caller, require_id(publication), wanted.place)
    return Noted(id=made.id)


@router.post(
    "/publications/{publication}/tellings",
    status_code=201,
    responses=problems(NotFound, Forbidden, NothingTakenBack, NoticeNotUnderstood),
)
async def told(visit: ApiCaller, publication: Id, wanted: TellingIn) -> Noted:
    """Record that a recipient, or whoever keeps a copy, was told that the text is taken back."""
    made = await tell(
        visit.session,
        visit.caller,
        require_id(publication),
        require_id(wanted.step),
        wanted.outcome,
    )
    return Noted(id=made.id)


def _out(one: TakenBack) -> TakenBackOut:
    return TakenBackOut(
        publication=one.publication_id,
        retracted_at=one.retracted_at,
        told_by=one.told_by,
        steps=[
            StepOut(id=s.id, kind=s.kind, place=s.place, outcome=s.outcome, told_at=s.told_at)
            for s in one.steps
        ],
    )
