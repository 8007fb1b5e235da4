"""Wishes that what is kept be destroyed, and what became of them: ids only, they outlive it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, LedgerIndex, of_same_case


class Erasure(Base):
    """A wish that everything of a case, or what it keeps of one relative, be destroyed.

    It outlives what it destroys: ids only.
    """

    __tablename__ = "erasures"
    __table_args__ = (UniqueConstraint("id", "case_id", name="erasures_id_case_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    person_id: Mapped[UUID | None] = mapped_column(
        comment="The relative whose own data are meant; null: the whole case."
    )
    asked_by: Mapped[UUID]
    by_family: Mapped[bool]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class ErasureAnswer(Base):
    """The second person's agreement, or the word of somebody entitled that stops it."""

    __tablename__ = "erasure_answers"
    __table_args__ = (of_same_case("erasure_answers_erasure_fkey", "erasure_id", "erasures"),)

    erasure_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    agrees: Mapped[bool]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class ErasureEnd(Base):
    """That it was carried out; written by the door itself."""

    __tablename__ = "erasure_ends"
    __table_args__ = (of_same_case("erasure_ends_erasure_fkey", "erasure_id", "erasures"),)

    erasure_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]
