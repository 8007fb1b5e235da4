"""The API: meetings with governments, and what was said and promised there."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.contacts.refusals import UnknownAuthority, UnknownCountry, UnknownSide
from assent.diplomacy.models import Meeting, MeetingNote
from assent.diplomacy.queries import meeting_lines, sides_of
from assent.diplomacy.refusals import UnfitNote
from assent.diplomacy.service import MeetingDetails, note_meeting, record_meeting
from assent.refusal import Forbidden, NotFound
from assent.web.api import DayIn, DayOut, Moment, Sent, api_router, problems
from assent.web.requires import CaseVisit, api_in_case

router: APIRouter = api_router("Diplomacy")
IN_CASE = (NotFound, Forbidden)
Reader = Annotated[CaseVisit, api_in_case(Permission.CASE_READ)]
Recorder = Annotated[CaseVisit, api_in_case(Permission.EVENT_RECORD)]


class MeetingIn(Sent):
    """A meeting that is planned or was held."""

    authority: UUID | None = Field(
        default=None, description="Of the contact book: then side, country and body are its own."
    )
    side: str = Field(default="", description="home, detaining or third.", examples=["home"])
    country: str | None = Field(default=None, description="Null for an international body.")
    body: str = Field(default="", description="Ministry, envoy, delegation or body.")
    held_on: DayIn
    talking_points: str = ""


class NoteIn(Sent):
    """What was said; with `promised_by`, what was promised."""

    text: str
    promised_by: str = ""
    due_on: DayIn | None = None


class NoteOut(BaseModel):
    """Minutes, or a promise."""

    id: UUID
    kind: str = Field(description="minutes or promise.")
    text: str
    promised_by: str
    due_on: DayOut | None
    recorded_at: Moment


class MeetingOut(BaseModel):
    """A meeting with everything noted about it."""

    id: UUID
    side: str
    country: str | None
    body: str
    authority: UUID | None
    held_on: DayOut
    talking_points: str
    notes: list[NoteOut]


class OutreachOut(BaseModel):
    """A letter, note or list of talking points that says for which side it is."""

    id: UUID
    title: str
    state: str
    country: str
    body: str
    sort: str


class SideOut(BaseModel):
    """What is under way with one side."""

    side: str
    authorities: list[UUID] = Field(description="Of the contact book, those not set aside.")
    outreach: list[OutreachOut]
    meetings: list[MeetingOut]


class SidesOut(BaseModel):
    """All three sides, and the outreach that does not say for which it is."""

    sides: list[SideOut]
    unsaid: list[OutreachOut]


@router.get("/cases/{case}/diplomacy", responses=problems(*IN_CASE))
async def sides(visit: Reader) -> SidesOut:
    """Home government, detaining government, third states: what is under way with each."""
    found, unsaid = await sides_of(visit.session, visit.case.id)
    return SidesOut(
        sides=[
            SideOut(
                side=side.name,
                authorities=[line.authority.id for line in side.authorities],
                outreach=[OutreachOut(**line.__dict__) for line in side.outreach],
                meetings=[_meeting_out(line.meeting, line.notes) for line in side.meetings],
            )
            for side in found
        ],
        unsaid=[OutreachOut(**line.__dict__) for line in unsaid],
    )


@router.post(
    "/cases/{case}/meetings",
    status_code=201,
    responses=problems(*IN_CASE, UnknownAuthority, UnknownSide, UnknownCountry),
)
async def record(visit: Recorder, wanted: MeetingIn) -> MeetingOut:
    """Record a meeting that is planned or was held."""
    details = MeetingDetails(
        wanted.side, wanted.country or "", wanted.body, wanted.held_on, wanted.talking_points,
        wanted.authority,
    )  # fmt: skip
    made = await record_meeting(visit.session, visit.caller, visit.case.id, details)
    return _meeting_out(made, [])


@router.post(
    "/cases/{case}/meetings/{meeting}/notes",
    status_code=201,
    responses=problems(*IN_CASE, UnfitNote),
)
async def note(visit: Recorder, meeting: UUID, wanted: NoteIn) -> MeetingOut:
    """Note what was said at a meeting, or promised: a promise becomes a task."""
    found = await visit.session.get(Meeting, meeting)
    if found is None or found.case_id != visit.case.id:
        raise NotFound
    await note_meeting(
        visit.session,
        visit.caller,
        meeting,
        wanted.text,
        promised_by=wanted.promised_by,
        due_on=wanted.due_on,
    )
    lines = await meeting_lines(visit.session, visit.case.id)
    line = next(line for line in lines if line.meeting.id == meeting)
    return _meeting_out(line.meeting, line.notes)


def _meeting_out(meeting: Meeting, notes: list[MeetingNote]) -> MeetingOut:
    return MeetingOut(
        id=meeting.id,
        side=meeting.side,
        country=meeting.country,
        body=meeting.body,
        authority=meeting.authority_id,
        held_on=meeting.held_on,
        talking_points=meeting.talking_points,
        notes=[
            NoteOut(
                id=n.id,
                kind=n.kind,
                text=n.text,
                promised_by=n.promised_by,
                due_on=n.due_on,
                recorded_at=n.recorded_at,
            )
            for n in notes
        ],
    )
