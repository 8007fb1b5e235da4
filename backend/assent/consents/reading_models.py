"""Recordings of a text read aloud, for those who listen rather than read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, LedgerIndex, PersonId, of_revision, of_same_case


class Reading(Base):
    """One revision read aloud in one of its languages. The latest of a language is offered; a new text has none."""

    __tablename__ = "readings"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="readings_id_case_key"),
        of_revision("readings_revision_fkey"),
        of_same_case("readings_file_fkey", "file_id", "stored_files"),
        Index("readings_revision_idx", "revision_id", "language", "ledger_index"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    digest: Mapped[str]
    language: Mapped[str]
    file_id: Mapped[UUID]
    sha256: Mapped[str]
    attached_by: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class ReadingCheck(Base):
    """Whether somebody else, who speaks the language, has listened to a reading and says that it is the text."""

    __tablename__ = "reading_checks"
    __table_args__ = (of_same_case("reading_checks_reading_fkey", "reading_id", "readings"),)

    reading_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    checked_by: Mapped[PersonId]
    fits: Mapped[bool]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]
