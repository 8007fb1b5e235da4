"""What a relative has begun to answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, PersonId, of_same_case


class DecisionDraft(Base):
    """What a relative has begun to answer, sealed; nobody else reads it, and it decides nothing."""

    __tablename__ = "decision_drafts"
    __table_args__ = (of_same_case("decision_drafts_action_fkey", "action_id", "actions"),)

    action_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    sealed: Mapped[bytes]
    saved_at: Mapped[datetime]
