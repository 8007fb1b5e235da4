"""The API: who of the family cannot be reached, what the detained person wants, and events that ask again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.cases.absences import end_absence, record_absence
from assent.cases.detainee import (
    CHANNELS,
    MOST_LISTED,
    TRUST,
    WishGiven,
    record_contact_state,
    record_wish,
    wishes_of,
)
from assent.cases.events import EFFECTS, EVENT_KINDS, events_of, record_event
from assent.cases.models import Event
from assent.cases.refusals import (
    AlreadyRecorded,
    NotInTheArrangement,
    UnfitDay,
    UnfitWish,
    UnknownEvent,
)
from assent.refusal import Forbidden, NotFound
from assent.web.api import (
    USUAL_ITEMS,
    Cursor,
    Items,
    Limit,
    Moment,
    Nothing,
    Sent,
    api_router,
    cut,
    id_cursor,
    problems,
)
from assent.web.requires import ApiCaller, CaseVisit, Id, api_in_case, require_id

router: APIRouter = api_router("Family")
IN_CASE = (NotFound, Forbidden)
Day = Annotated[str, Field(description="A day, a month or a year.", examples=["2026-11"])]


class AbsenceIn(Sent):
    """That somebody who decides cannot be reached."""

    person: str = Field(description="E-mail address of somebody the arrangement names.")
    since: str = Field(
        description="The day since which nobody has reached them.", examples=["2026-11-20"]
    )


class AbsenceMade(BaseModel):
    """A record of it. The family's time until somebody stands in runs from this record."""

    id: UUID
    at: Moment


class AbsenceEnded(BaseModel):
    """That they can be reached again."""

    absence: UUID
    at: Moment


class DetaineeWishIn(Sent):
    """What the detained person wants. No signature is asked for: whoever is in a cell may have no pen."""

    says: str = Field(description="no, or yes. A yes opens nothing: the family's consent does.")
    known_through: str = Field(description=f"How it is known: {', '.join(CHANNELS)}.")
    trust: str = Field(
        description=(
            f"How far that way can be trusted: {', '.join(TRUST)}. A no that is trusted shuts the gate;"
            " any other makes the family decide again."
        )
    )
    kinds: list[str] = Field(default=[], max_length=MOST_LISTED, description="Empty: all kinds.")
    audiences: list[str] = Field(
        default=[], max_length=MOST_LISTED, description="public, or recipients; empty: all."
    )
    details: list[str] = Field(
        default=[],
        max_length=MOST_LISTED,
        description="photograph, names_of_relatives, or words, where only these are meant; empty: the whole text.",
    )
    words: str = ""
    said_on: str = Field(default="", description="A day, a month or a year, where it is known.")
    replaces: UUID | None = Field(default=None, description="An earlier wish whose place it takes.")


class DetaineeWishOut(BaseModel):
    """A wish on record that no later one has replaced."""

    id: UUID
    says: str
    known_through: str
    trust: str
    kinds: list[str]
    audiences: list[str]
    details: list[str]
    words: str
    said_on: str
    recorded_by: str
    at: Moment


class WishMade(BaseModel):
    """A wish that was put on record."""

    id: UUID
    at: Moment


class ContactIn(Sent):
    """Whether the detained person is cut off from everybody."""

    incommunicado: bool
    since: Day


class ContactOut(BaseModel):
    """What is on record of it now."""

    incommunicado: bool
    since: Day
    at: Moment


class EventIn(Sent):
    """Something that happened."""

    kind: str = Field(description=f"One of: {', '.join(EVENT_KINDS)}.", examples=["transfer"])
    happened_on: Day
    title: str
    effect: str = Field(default="unknown", description=f"On treatment: {', '.join(EFFECTS)}.")
    source: str = ""


class EventOut(BaseModel):
    """Something that happened."""

    id: UUID
    kind: str
    happened_on: Day
    title: str
    effect: str
    source: str
    recorded_at: Moment


@router.post(
    "/cases/{case}/absences",
    status_code=201,
    responses=problems(*IN_CASE, NotInTheArrangement, AlreadyRecorded, UnfitDay),
)
async def absence(
    visit: Annotated[CaseVisit, api_in_case(Permission.ABSENCE_RECORD)], wanted: AbsenceIn
) -> AbsenceMade:
    """Record that somebody who decides cannot be reached. They, and all whom the arrangement names, are told."""
    made = await record_absence(
        visit.session, visit.caller, visit.case.id, wanted.person, wanted.since
    )
    return AbsenceMade(id=made.id, at=made.at)


@router.post("/absences/{absence}/end", status_code=201, responses=problems(*IN_CASE))
async def absence_end(visit: ApiCaller, absence: Id, wanted: Nothing | None = None) -> AbsenceEnded:
    """Record that they can be reached again. Deciding on a text says the same."""
    made = await end_absence(visit.session, visit.caller, require_id(absence))
    return AbsenceEnded(absence=made.absence_id, at=made.at)


@router.get("/cases/{case}/detainee-wishes", responses=problems(*IN_CASE))
async def detainee_wishes(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)],
) -> Items[DetaineeWishOut]:
    """What the detained person wants, as far as it is known, newest first. For family, counsel and coordinators."""
    if not visit.standing.sees_family:
        raise Forbidden
    found = await wishes_of(visit.session, visit.case.id)
    shown = [DetaineeWishOut.model_validate(one, from_attributes=True) for one in found]
    return Items(items=shown, next=None)


@router.post(
    "/cases/{case}/detainee-wishes",
    status_code=201,
    responses=problems(*IN_CASE, UnfitWish, UnfitDay, AlreadyRecorded),
)
async def detainee_wish(
    visit: Annotated[CaseVisit, api_in_case(Permission.WISH_RECORD)], wanted: DetaineeWishIn
) -> WishMade:
    """Put a wish of the detained person on record, as their counsel."""
    given = WishGiven(**wanted.model_dump())
    made = await record_wish(visit.session, visit.caller, visit.case.id, given)
    return WishMade(id=made.id, at=made.at)


@router.post(
    "/cases/{case}/contact",
    status_code=201,
    responses=problems(*IN_CASE, UnfitDay, AlreadyRecorded),
)
async def contact(
    visit: Annotated[CaseVisit, api_in_case(Permission.CONTACT_RECORD)], wanted: ContactIn
) -> ContactOut:
    """Record that the detained person is held incommunicado, or is no longer, and since when."""
    made = await record_contact_state(
        visit.session,
        visit.caller,
        visit.case.id,
        incommunicado=wanted.incommunicado,
        since=wanted.since,
    )
    return ContactOut(incommunicado=made.incommunicado, since=made.since, at=made.at)


@router.get("/cases/{case}/events", responses=problems(*IN_CASE))
async def events(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)],
    limit: Limit = USUAL_ITEMS,
    cursor: Cursor = None,
) -> Items[EventOut]:
    """What happened, in the order in which it was recorded."""
    found = await events_of(visit.session, visit.case.id, after=id_cursor(cursor), limit=limit + 1)
    shown, last = cut(found, limit)
    return Items(items=[_event_out(one) for one in shown], next=str(last.id) if last else None)


@router.post(
    "/cases/{case}/events", status_code=201, responses=problems(*IN_CASE, UnknownEvent, UnfitDay)
)
async def event(
    visit: Annotated[CaseVisit, api_in_case(Permission.EVENT_RECORD)], wanted: EventIn
) -> EventOut:
    """Record that something happened. What the family chose, and a release, put its yeses on hold."""
    made = await record_event(
        visit.session, visit.caller, visit.case.id, wanted.kind, wanted.happened_on, wanted.title,
        wanted.effect, wanted.source,
    )  # fmt: skip
    return _event_out(made)


def _event_out(event: Event) -> EventOut:
    return EventOut.model_validate(event, from_attributes=True)
