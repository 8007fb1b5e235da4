"""Things to do."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base


class Task(Base):
    """Something a person, a role or an organisation has to do; kind gate follows what a gate misses."""

    __tablename__ = "tasks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("assent.cases.id"))
    action_id: Mapped[UUID | None]
    kind: Mapped[str]
    title: Mapped[str]
    gate_key: Mapped[str | None]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("assent.people.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("assent.organisations.id"))
    role: Mapped[str | None]
    due_on: Mapped[date | None]
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("assent.people.id"))
    opened_at: Mapped[datetime]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("assent.people.id"))
    closed_at: Mapped[datetime | None]
