"""Launches: what goes out together, when, whether without a part of it, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import SCHEMA, Base, CaseId, LedgerIndex, PersonId, of_same_case


class Launch(Base):
    """A set of actions released at one moment: all of their gates open, or none goes out."""

    __tablename__ = "launches"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="launches_id_case_key"),
        Index("launches_case_idx", "case_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    title: Mapped[str]
    late_minutes: Mapped[int] = mapped_column(
        comment="How late it may still go out, if nothing was running at its moment; later than that: not at all."
    )
    created_by: Mapped[PersonId]
    created_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class LaunchAction(Base):
    """What goes out together; named with the launch, not later."""

    __tablename__ = "launch_actions"
    __table_args__ = (
        of_same_case("launch_actions_launch_fkey", "launch_id", "launches"),
        of_same_case("launch_actions_action_fkey", "action_id", "actions"),
        Index("launch_actions_action_idx", "action_id"),
    )

    launch_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    action_id: Mapped[UUID] = mapped_column(primary_key=True)


class LaunchMoment(Base):
    """When a launch goes out; the highest number is in force. Whoever set it lets it go, by their role then."""

    __tablename__ = "launch_moments"
    __table_args__ = (of_same_case("launch_moments_launch_fkey", "launch_id", "launches"),)

    launch_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(comment="The time zone it was set in.")
    set_by: Mapped[PersonId]
    set_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class LaunchAnswer(Base):
    """Whether a decision maker agrees that the rest goes out without what may not. The latest word counts."""

    __tablename__ = "launch_answers"
    __table_args__ = (
        UniqueConstraint("ledger_index", name="launch_answers_ledger_index_key"),
        of_same_case("launch_answers_launch_fkey", "launch_id", "launches"),
        Index("launch_answers_launch_idx", "launch_id", "ledger_index"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    launch_id: Mapped[UUID]
    case_id: Mapped[UUID]
    person_id: Mapped[PersonId]
    agrees: Mapped[bool]
    at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class LaunchOutcome(Base):
    """What became of a launch at a moment. Nothing of it went out if it was held or missed."""

    __tablename__ = "launch_outcomes"
    __table_args__ = (
        UniqueConstraint("ledger_index", name="launch_outcomes_ledger_index_key"),
        UniqueConstraint("launch_id", "moment", name="launch_outcomes_once_key"),
        ForeignKeyConstraint(
            ["moment", "launch_id"],
            [f"{SCHEMA}.launch_moments.number", f"{SCHEMA}.launch_moments.launch_id"],
            name="launch_outcomes_moment_fkey",
        ),
        of_same_case("launch_outcomes_launch_fkey", "launch_id", "launches"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    launch_id: Mapped[UUID]
    case_id: Mapped[UUID]
    moment: Mapped[int]
    outcome: Mapped[str]
    reasons: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"),
        comment="By action, the keys of what its gate still asked for.",
    )
    proposed_at: Mapped[datetime | None] = mapped_column(
        comment="The moment proposed instead; a coordinator sets it, or another."
    )
    recorded_by: Mapped[PersonId | None]
    recorded_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))
