"""Meetings with governments, and what came of them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, CaseId, LedgerIndex, PersonId, of_same_case


class Meeting(Base):
    """A meeting with a government or an international body, planned or held, and what was to be said there."""

    __tablename__ = "meetings"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="meetings_id_case_key"),
        of_same_case("meetings_authority_fkey", "authority_id", "authorities"),
        Index("meetings_case_idx", "case_id", "held_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    side: Mapped[str]
    country: Mapped[str | None]
    body: Mapped[str]
    authority_id: Mapped[UUID | None] = mapped_column(
        comment="Whom of the contact book it was with; side, country and name as they stood then."
    )
    held_on: Mapped[date]
    talking_points: Mapped[str] = mapped_column(server_default=sql("''"))
    recorded_by: Mapped[PersonId]
    recorded_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class MeetingNote(Base):
    """What was said at a meeting, and what was promised there, by whom and by when."""

    __tablename__ = "meeting_notes"
    __table_args__ = (
        of_same_case("meeting_notes_meeting_fkey", "meeting_id", "meetings"),
        Index("meeting_notes_meeting_idx", "meeting_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    meeting_id: Mapped[UUID]
    case_id: Mapped[UUID]
    kind: Mapped[str]
    text: Mapped[str]
    promised_by: Mapped[str] = mapped_column(server_default=sql("''"))
    due_on: Mapped[date | None]
    recorded_by: Mapped[PersonId]
    recorded_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]
