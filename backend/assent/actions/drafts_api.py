"""The API: drafts, one for each writer of an action."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.actions.drafts import SavedDraft, discard_draft, read_drafts, save_draft
from assent.actions.refusals import UnfitContent
from assent.refusal import Forbidden, NotFound
from assent.web.api import Moment, Sent, api_router, problems
from assent.web.requires import ActionVisit, api_on_action

router: APIRouter = api_router("Drafts")
IN_CASE = (NotFound, Forbidden)
Writer = Annotated[ActionVisit, api_on_action(Permission.ACTION_REVISE)]


class DraftIn(Sent):
    """What has been typed so far, as unfinished as it may be."""

    form: dict[str, Any] = Field(
        description="Of the shape of a revision's content; nothing is required."
    )
    based_on: UUID | None = Field(default=None, description="The revision the text began from.")


class DraftOut(BaseModel):
    """A draft."""

    person: str
    form: dict[str, Any]
    based_on: UUID | None
    version: int = Field(description="Counts the saves.")
    saved_at: Moment


class DraftsOut(BaseModel):
    """My draft of an action, and those of its other writers."""

    mine: DraftOut | None
    others: list[DraftOut]


@router.get("/actions/{action}/draft", responses=problems(*IN_CASE))
async def drafts(visit: Writer) -> DraftsOut:
    """My draft, and what the other writers have saved."""
    found = await read_drafts(visit.session, visit.action.id)
    own = [draft for draft in found if draft.person_id == visit.caller.person_id]
    return DraftsOut(
        mine=_draft_out(own[0]) if own else None,
        others=[_draft_out(draft) for draft in found if draft not in own],
    )


@router.put("/actions/{action}/draft", responses=problems(*IN_CASE, UnfitContent))
async def keep_draft(visit: Writer, wanted: DraftIn) -> DraftOut:
    """Keep what I have typed so far; other writers' drafts stay as they are."""
    draft = await save_draft(
        visit.session, visit.caller, visit.action.id, wanted.form, wanted.based_on
    )
    return _draft_out(draft)


@router.delete("/actions/{action}/draft", status_code=204, responses=problems(*IN_CASE))
async def throw_away_draft(visit: Writer) -> Response:
    """Throw my draft away."""
    await discard_draft(visit.session, visit.caller, visit.action.id)
    return Response(status_code=204)


def _draft_out(draft: SavedDraft) -> DraftOut:
    return DraftOut(
        person=draft.person,
        form=draft.form,
        based_on=draft.based_on,
        version=draft.version,
        saved_at=draft.saved_at,
    )
