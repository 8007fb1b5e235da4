"""How many witnesses a case wants."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, CaseId, LedgerIndex, PersonId


class WitnessDemand(Base):
    """How many witnesses a case wants; the latest counts, and for a day still a stricter one before it."""

    __tablename__ = "witness_demands"
    __table_args__ = (Index("witness_demands_case_idx", "case_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    needed: Mapped[int]
    before_release: Mapped[bool] = mapped_column(
        comment="Whether nothing goes out before so many have seen all that it rests on."
    )
    set_by: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]
