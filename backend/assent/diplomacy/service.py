"""Recording meetings with governments: what was to be said, what was said, and what was promised."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.contacts.models import Authority
from assent.contacts.refusals import UnknownAuthority, UnknownCountry, UnknownSide
from assent.contacts.service import SIDES
from assent.database.ids import new_id
from assent.database.session import present
from assent.diplomacy.models import Meeting, MeetingNote
from assent.diplomacy.refusals import UnfitNote
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.refusal import NotFound
from assent.tasks.service import assign_follow_up
from assent.wording import clean_line, clean_text

_COUNTRY = re.compile(r"[A-Z]{2}")
_LONGEST = 20_000


@dataclass(frozen=True)
class MeetingDetails:
    """A meeting as somebody describes it.

    Attributes:
        side: `home`, `detaining` or `third`.
        country: ISO 3166-1 code; empty for an international body.
        body: ministry, envoy, delegation or body.
        held_on: the day, also one to come.
        authority: of the contact book; then side, country and body are its own.
    """

    side: str
    country: str
    body: str
    held_on: date
    talking_points: str = ""
    authority: UUID | None = None


async def record_meeting(
    session: AsyncSession, caller: Caller, case_id: UUID, details: MeetingDetails
) -> Meeting:
    """Record a meeting that is planned or was held.

    Raises:
        NotFound, Forbidden: not somebody who records what happens here.
        UnknownAuthority, UnknownSide, UnknownCountry, UnfitText: unfit input.
    """
    await require(session, caller, case_id, Permission.EVENT_RECORD)
    details = await _with_its_authority(session, case_id, details)
    if details.side not in SIDES:
        raise UnknownSide(field="side")
    country = details.country.strip()
    if country and not _COUNTRY.fullmatch(country):
        raise UnknownCountry(field="country")
    meeting_id, now = new_id(), await present(session)
    values: dict[str, Any] = {
        "id": meeting_id,
        "case_id": case_id,
        "side": details.side,
        "country": country or None,
        "body": clean_line(details.body, field="body"),
        "authority_id": details.authority,
        "held_on": details.held_on,
        "talking_points": clean_text(
            details.talking_points, field="talking_points", longest=_LONGEST
        ),
        "recorded_by": caller.person_id,
        "recorded_at": now,
    }
    said = {"meeting": str(meeting_id), "side": details.side, "on": details.held_on.isoformat()}
    values["ledger_index"] = await append(
        session,
        event=EventKind.MEETING_RECORDED,
        actor=caller,
        case_id=case_id,
        at=now,
        body=said | {"body": values["body"]},
    )
    await session.execute(insert(Meeting).values(**values))
    return await session.get_one(Meeting, meeting_id)


async def _with_its_authority(
    session: AsyncSession, case_id: UUID, details: MeetingDetails
) -> MeetingDetails:
    """Return a meeting with what the contact book says about whom it is with."""
    if details.authority is None:
        return details
    authority = await session.get(Authority, details.authority)
    if authority is None or authority.case_id != case_id:
        raise UnknownAuthority(field="authority")
    return replace(
        details, side=authority.side, country=authority.country or "", body=authority.name
    )


async def note_meeting(
    session: AsyncSession,
    caller: Caller,
    meeting_id: UUID,
    text: str,
    *,
    promised_by: str = "",
    due_on: date | None = None,
) -> MeetingNote:
    """Note what was said at a meeting; with `promised_by`, what was promised, which becomes a task.

    Args:
        promised_by: who promised it; empty: these are minutes.
        due_on: the day by which it was promised.

    Raises:
        NotFound, Forbidden: no such meeting here, or not somebody who records what happens.
        UnfitNote, UnfitText: unfit input.
    """
    meeting = await session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound
    await require(session, caller, meeting.case_id, Permission.EVENT_RECORD)
    words = clean_text(text, field="text", longest=_LONGEST)
    whose = clean_text(promised_by, field="promised_by", longest=300)
    if not words or (due_on is not None and not whose):
        raise UnfitNote(field="text" if not words else "promised_by")
    note_id, now = new_id(), await present(session)
    values: dict[str, Any] = {
        "id": note_id,
        "meeting_id": meeting_id,
        "case_id": meeting.case_id,
        "kind": "promise" if whose else "minutes",
        "text": words,
        "promised_by": whose,
        "due_on": due_on,
        "recorded_by": caller.person_id,
        "recorded_at": now,
    }
    values["ledger_index"] = await append(
        session,
        event=EventKind.MEETING_NOTED,
        actor=caller,
        case_id=meeting.case_id,
        at=now,
        body={"meeting": str(meeting_id), "note": str(note_id), "kind": values["kind"]},
    )
    await session.execute(insert(MeetingNote).values(**values))
    if whose:
        title = f"{whose}: {' '.join(words.split())}"[:300]
        await assign_follow_up(session, caller, meeting.case_id, title, due_on)
    return await session.get_one(MeetingNote, note_id)
