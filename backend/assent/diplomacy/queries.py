"""Reads for the page on which all sides stand beside each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.actions.models import Action, Revision
from assent.contacts.models import Authority
from assent.contacts.queries import ContactLine, authorities_of, contacts_of
from assent.contacts.service import SIDES
from assent.diplomacy.models import Meeting, MeetingNote
from assent.facts import read_shown_facts

OUTREACH = "diplomatic_outreach"


@dataclass(frozen=True)
class OutreachLine:
    """A letter, note or list of talking points.

    Attributes:
        state: derived, as everywhere.
        sort: `letter`, `briefing`, `talking_points`, or empty where nobody has said.
    """

    id: UUID
    title: str
    state: str
    country: str
    body: str
    sort: str


@dataclass(frozen=True)
class MeetingLine:
    """A meeting with everything noted about it, oldest first."""

    meeting: Meeting
    notes: list[MeetingNote]


@dataclass(frozen=True)
class AuthorityLine:
    """An authority of the contact book, with those of its contacts that the reader may see."""

    authority: Authority
    contacts: list[ContactLine]


@dataclass
class Side:
    """Who stands on one side, and what is under way with them."""

    name: str
    authorities: list[AuthorityLine] = field(default_factory=list)
    outreach: list[OutreachLine] = field(default_factory=list)
    meetings: list[MeetingLine] = field(default_factory=list)

    @property
    def promises(self) -> list[MeetingNote]:
        """What was promised on this side, what is due first first."""
        noted = [n for line in self.meetings for n in line.notes if n.kind == "promise"]
        return sorted(noted, key=lambda n: (n.due_on or date.max, n.recorded_at))

    @property
    def last_on(self) -> date | None:
        """The day of the latest meeting."""
        return max((line.meeting.held_on for line in self.meetings), default=None)


async def sides_of(session: AsyncSession, case_id: UUID) -> tuple[list[Side], list[OutreachLine]]:
    """Return the three sides, always all of them, and the outreach that does not say for which it is."""
    sides = {name: Side(name) for name in SIDES}
    unsaid: list[OutreachLine] = []
    contacts = [line for line in await contacts_of(session, case_id) if not line.contact.set_aside]
    for authority in await authorities_of(session, case_id):
        if not authority.set_aside:
            there = [line for line in contacts if line.contact.authority_id == authority.id]
            sides[authority.side].authorities.append(AuthorityLine(authority, there))
    for side, line in await _outreach(session, case_id):
        (sides[side].outreach if side in sides else unsaid).append(line)
    for meeting in await meeting_lines(session, case_id):
        sides[meeting.meeting.side].meetings.append(meeting)
    return list(sides.values()), unsaid


async def meeting_lines(session: AsyncSession, case_id: UUID) -> list[MeetingLine]:
    """Return the meetings of a case, the latest first."""
    query = select(Meeting).where(Meeting.case_id == case_id)
    meetings = await session.scalars(query.order_by(Meeting.held_on.desc(), Meeting.id.desc()))
    noted = select(MeetingNote).where(MeetingNote.case_id == case_id)
    notes: dict[UUID, list[MeetingNote]] = {}
    for note in await session.scalars(noted.order_by(MeetingNote.ledger_index)):
        notes.setdefault(note.meeting_id, []).append(note)
    return [MeetingLine(meeting, notes.get(meeting.id, [])) for meeting in meetings]


async def _outreach(session: AsyncSession, case_id: UUID) -> list[tuple[str, OutreachLine]]:
    latest = (
        select(Revision.content)
        .where(Revision.action_id == Action.id)
        .order_by(Revision.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(Action, latest).where(Action.case_id == case_id, Action.kind == OUTREACH)
    rows = (await session.execute(query.order_by(Action.id))).all()
    facts = await read_shown_facts(session, [action.id for action, _ in rows])
    lines = []
    for action, content in rows:
        form = (content or {}).get("form") or {}
        to, document = form.get("addressee") or {}, form.get("document") or {}
        state = facts[action.id].state(facts[action.id].status()).value
        line = OutreachLine(
            action.id, action.title, state, to.get("country", ""), to.get("body", ""),
            document.get("sort", ""),
        )  # fmt: skip
        lines.append((str(to.get("side", "")), line))
    return lines
