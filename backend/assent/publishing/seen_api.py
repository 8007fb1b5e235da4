"""The API: who has seen what."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.publishing.seen import Shown, who_has_seen_what
from assent.refusal import Forbidden, NotFound
from assent.web.api import Digest, Items, Moment, api_router, problems
from assent.web.requires import CaseVisit, api_in_case

router: APIRouter = api_router("Who has seen what")


class ReachedOut(BaseModel):
    """Somebody a text went to, or was to go to."""

    who: str = Field(description="As the text names them; public: anybody.")
    how: str = Field(description="page, mail, by_hand, or copy: a place that is not ours.")
    state: str = Field(description="Of the delivery; out or retracted for the page.")
    at: Moment
    beyond_recall: bool = Field(description="They have read it, or may have.")
    authority: str | None = Field(
        description="For whom they answer, where the contact book knows them."
    )
    delivery: UUID | None
    proofs: list[Digest] = Field(description="Digests of the files that prove the delivery.")


class ShownOut(BaseModel):
    """One text that went out, with everybody it reached."""

    publication: UUID
    action: UUID
    title: str
    kind: str
    organisation: str
    digest: Digest
    published_at: Moment
    retracted_at: Moment | None
    languages: list[str]
    attachments: list[dict[str, Any]]
    names_detained: bool = Field(
        description="Whether the detained person's name, as the case has it, is in it."
    )
    consents: list[UUID] = Field(description="The family's yeses it rested on.")
    reached: list[ReachedOut]


@router.get("/cases/{case}/seen", responses=problems(NotFound, Forbidden))
async def seen(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)],
) -> Items[ShownOut]:
    """Which text went to whom, when, under whose yes; and what can no longer be called back."""
    found = await who_has_seen_what(visit.session, visit.case.id)
    return Items(items=[_out(shown) for shown in found], next=None)


def _out(shown: Shown) -> ShownOut:
    return ShownOut(
        publication=shown.publication,
        action=shown.action,
        title=shown.title,
        kind=shown.kind,
        organisation=shown.organisation,
        digest=shown.digest,
        published_at=shown.released_at,
        retracted_at=shown.retracted_at,
        languages=list(shown.languages),
        attachments=list(shown.attachments),
        names_detained=shown.names_detained,
        consents=list(shown.consents),
        reached=[
            ReachedOut(
                who=r.who,
                how=r.how,
                state=r.state,
                at=r.at,
                beyond_recall=r.beyond_recall,
                authority=r.authority,
                delivery=r.delivery,
                proofs=[digest for _, digest in r.proofs],
            )
            for r in shown.reached
        ],
    )
