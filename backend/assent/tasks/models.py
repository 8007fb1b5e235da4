"""Things to do."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, CaseId, OrganisationId, PersonId, of_same_case


class Task(Base):
    """Something a person, a role or an organisation has to do; kind gate follows what a gate misses."""

    __tablename__ = "tasks"
    __table_args__ = (
        of_same_case("tasks_action_fkey", "action_id", "actions"),
        Index(
            "tasks_open_gate_key",
            "action_id",
            "gate_key",
            "assignee_id",
            "organisation_id",
            "role",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("(kind = 'gate') AND (closed_at IS NULL)"),
        ),
        Index(
            "tasks_open_deadline_key",
            "case_id",
            "action_id",
            "gate_key",
            unique=True,
            postgresql_where=text("(kind = 'deadline') AND (closed_at IS NULL)"),
        ),
        Index("tasks_case_idx", "case_id", postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    action_id: Mapped[UUID | None]
    kind: Mapped[str]
    title: Mapped[str] = mapped_column(server_default=text("''"))
    gate_key: Mapped[str | None]
    assignee_id: Mapped[PersonId | None]
    organisation_id: Mapped[OrganisationId | None]
    role: Mapped[str | None]
    due_on: Mapped[date | None]
    opened_by: Mapped[PersonId | None]
    opened_at: Mapped[datetime]
    closed_by: Mapped[PersonId | None]
    closed_at: Mapped[datetime | None]
