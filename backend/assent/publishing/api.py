"""The API: letting a text go out, and taking it back."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.actions.refusals import NothingToDecide, StaleDigest
from assent.publishing.deliveries import record_handover, resolve_delivery
from assent.publishing.queries import delivery_lines
from assent.publishing.refusals import (
    AlreadyPublished,
    DeliveryHeld,
    DeliverySettled,
    GateShut,
    KeyMissing,
    KeyUsedForAnother,
    NotOut,
)
from assent.publishing.service import publish, retract
from assent.refusal import Forbidden, NotFound
from assent.settings import Settings
from assent.web.api import Digest, Items, Moment, Nothing, Sent, api_router, problems
from assent.web.gates import GateProblem
from assent.web.problems import HeaderMissing
from assent.web.requires import ActionVisit, ApiCaller, Id, api_on_action, require_id

router: APIRouter = api_router("Publishing")
IN_CASE = (NotFound, Forbidden)


class ReleaseIn(Sent):
    """What is to go out: exactly the text with this digest."""

    digest: Digest


class ReleaseOut(BaseModel):
    """A publication."""

    id: UUID
    url: str
    digest: Digest
    published_at: Moment


class RetractionOut(BaseModel):
    """A publication that was taken back."""

    publication: UUID
    cause: str
    at: Moment


class DeliveryOut(BaseModel):
    """One recipient of a publication."""

    id: UUID
    publication: UUID
    recipient: str
    channel: str = Field(description="mail or by_hand.")
    state: str = Field(
        description="pending, claimed, sent, not_sent, unknown, cancelled or handed_over. "
        "What is unknown is never tried again by itself."
    )
    changed_at: Moment


class OutcomeIn(Sent):
    """What a person found out about a delivery."""

    outcome: Literal["sent", "again", "cancelled", "came_back"] = Field(
        description="came_back: of a mail that was sent, and returned by a server on its way."
    )


@router.post(
    "/actions/{action}/publication",
    status_code=201,
    responses=problems(
        *IN_CASE,
        HeaderMissing,
        KeyMissing,
        GateShut,
        StaleDigest,
        NothingToDecide,
        AlreadyPublished,
        KeyUsedForAnother,
        gate=GateProblem,
    ),
)
async def release(
    request: Request,
    visit: Annotated[ActionVisit, api_on_action(Permission.ACTION_RELEASE)],
    wanted: ReleaseIn,
    idempotency_key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            description="1 to 200 characters of your own; the same again releases nothing twice.",
        ),
    ],
) -> ReleaseOut:
    """Let exactly this text go out, if every requirement of its gate is met at this moment."""
    made = await publish(
        visit.session, visit.caller, visit.action.id, wanted.digest, idempotency_key
    )
    settings: Settings = request.app.state.settings
    return ReleaseOut(
        id=made.publication.id,
        url=settings.base_url + made.path,
        digest=made.publication.digest,
        published_at=made.publication.released_at,
    )


@router.post(
    "/publications/{publication}/retraction", status_code=201, responses=problems(*IN_CASE, NotOut)
)
async def take_back(
    visit: ApiCaller, publication: Id, wanted: Nothing | None = None
) -> RetractionOut:
    """Take a publication back for a reason of the coalition's own."""
    made = await retract(visit.session, visit.caller, require_id(publication))
    return RetractionOut(publication=made.publication_id, cause=made.cause, at=made.retracted_at)


@router.get("/actions/{action}/deliveries", responses=problems(NotFound))
async def deliveries(
    visit: Annotated[ActionVisit, api_on_action(Permission.CASE_READ)],
) -> Items[DeliveryOut]:
    """Who receives the action's publications, and how far each delivery got."""
    lines = await delivery_lines(visit.session, visit.action.id)
    items = [
        DeliveryOut(
            id=line.id,
            publication=line.publication_id,
            recipient=line.recipient,
            channel=line.channel,
            state=line.state,
            changed_at=line.changed_at,
        )
        for line in lines
    ]
    return Items(items=items, next=None)


@router.post(
    "/deliveries/{delivery}/handover",
    status_code=204,
    responses=problems(*IN_CASE, DeliverySettled, DeliveryHeld),
)
async def hand_over(visit: ApiCaller, delivery: Id, wanted: Nothing | None = None) -> None:
    """Record that a delivery was handed over by hand."""
    await record_handover(visit.session, visit.caller, require_id(delivery))


@router.post(
    "/deliveries/{delivery}/resolution",
    status_code=204,
    responses=problems(*IN_CASE, DeliverySettled, DeliveryHeld),
)
async def settle(visit: ApiCaller, delivery: Id, wanted: OutcomeIn) -> None:
    """Say what became of a delivery that is unknown or was not sent, or that a mail that was sent came back."""
    await resolve_delivery(visit.session, visit.caller, require_id(delivery), wanted.outcome)
