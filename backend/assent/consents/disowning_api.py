"""The API: where I am signed in, and that a device was not mine."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from assent.consents.disowning import disown_device
from assent.people.sessions import devices_of
from assent.refusal import NotFound
from assent.web.api import Items, Moment, Nothing, api_router, problems
from assent.web.requires import ApiCaller, Id, require_id

router: APIRouter = api_router("People")


class DeviceOut(BaseModel):
    """A browser in which I am signed in."""

    id: UUID
    device: str = Field(examples=["Firefox · Android"])
    created_at: Moment
    last_seen_at: Moment


class Disowned(BaseModel):
    """What came of saying that a device was not mine."""

    held: int = Field(description="How many yeses given there are held until I say them myself.")


@router.get("/me/devices")
async def devices(visit: ApiCaller) -> Items[DeviceOut]:
    """Where I am signed in, the latest used first."""
    found = await devices_of(visit.session, visit.caller)
    items = [
        DeviceOut(id=d.id, device=d.device, created_at=d.created_at, last_seen_at=d.last_seen_at)
        for d in found
    ]
    return Items(items=items, next=None)


@router.post("/me/devices/{device}/disowning", status_code=201, responses=problems(NotFound))
async def disown(visit: ApiCaller, device: Id, wanted: Nothing | None = None) -> Disowned:
    """It was not me: whoever is signed in there is shut out, and what was agreed to there is held.

    Keys for programs made since then end too, this one as well if it is one of them.
    """
    return Disowned(held=await disown_device(visit.session, visit.caller, require_id(device)))
