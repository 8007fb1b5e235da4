"""Cases, who is in them, and what stands on them as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, CaseId, LedgerIndex, OrganisationId, PersonId, of_same_case


class Case(Base):
    """One detained person's case (several for a group), shared by a coalition and a family."""

    __tablename__ = "cases"
    __table_args__ = (UniqueConstraint("slug", name="cases_slug_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    title: Mapped[str]
    detained_person: Mapped[dict[str, Any]]
    detaining_state: Mapped[str]
    posture: Mapped[str] = mapped_column(
        comment="How public the effort is: quiet, mixed or public."
    )
    created_by: Mapped[PersonId | None]
    created_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class Membership(Base):
    """A person's role in a case, on behalf of an organisation or (organisation_id null) of the family."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index(
            "memberships_in_force_key",
            "case_id",
            "person_id",
            "role",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("memberships_person_idx", "person_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    person_id: Mapped[PersonId]
    role: Mapped[str]
    organisation_id: Mapped[OrganisationId | None]
    granted_by: Mapped[PersonId | None]
    granted_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]
    ended_by: Mapped[PersonId | None]
    ended_at: Mapped[datetime | None]
    end_ledger_index: Mapped[LedgerIndex | None]


class Arrangement(Base):
    """Who speaks for the family and how many yeses it takes; the highest version is in force."""

    __tablename__ = "arrangements"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="arrangements_id_case_key"),
        UniqueConstraint("case_id", "version", name="arrangements_version_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    version: Mapped[int]
    rule: Mapped[str]
    quorum: Mapped[int | None]
    set_by: Mapped[PersonId | None]
    set_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class ArrangementPerson(Base):
    """The relatives an arrangement names."""

    __tablename__ = "arrangement_people"
    __table_args__ = (
        of_same_case("arrangement_people_arrangement_fkey", "arrangement_id", "arrangements"),
    )

    arrangement_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    standing: Mapped[str]


class Pause(Base):
    """A stop on a case: nothing goes out while one stands."""

    __tablename__ = "pauses"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="pauses_id_case_key"),
        Index("pauses_case_idx", "case_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    reason: Mapped[str]
    set_by: Mapped[PersonId]
    by_family: Mapped[bool] = mapped_column(
        comment="The family's own pause is lifted by the family alone."
    )
    set_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class PauseEnd(Base):
    """Who lifted a pause, and when."""

    __tablename__ = "pause_ends"
    __table_args__ = (of_same_case("pause_ends_pause_fkey", "pause_id", "pauses"),)

    pause_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    ended_by: Mapped[PersonId]
    ended_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]
