"""Cases, who is in them, and what stands on them as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base


class Case(Base):
    """One detained person's case (several for a group), shared by a coalition and a family."""

    __tablename__ = "cases"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    title: Mapped[str]
    detained_person: Mapped[dict[str, Any]]
    detaining_state: Mapped[str]
    posture: Mapped[str]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("assent.people.id"))
    created_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class Membership(Base):
    """A person's role in a case, on behalf of an organisation or (organisation_id null) of the family."""

    __tablename__ = "memberships"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("assent.cases.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    role: Mapped[str]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("assent.organisations.id"))
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey("assent.people.id"))
    granted_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("assent.people.id"))
    ended_at: Mapped[datetime | None]
    end_ledger_index: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("assent.ledger_entries.index")
    )


class Arrangement(Base):
    """Who speaks for the family and how many yeses it takes; the highest version is in force."""

    __tablename__ = "arrangements"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("assent.cases.id"))
    version: Mapped[int]
    rule: Mapped[str]
    quorum: Mapped[int | None]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("assent.people.id"))
    set_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class ArrangementPerson(Base):
    """The relatives an arrangement names."""

    __tablename__ = "arrangement_people"

    arrangement_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"), primary_key=True)
    standing: Mapped[str]


class Pause(Base):
    """A stop on a case: nothing goes out while one stands."""

    __tablename__ = "pauses"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("assent.cases.id"))
    reason: Mapped[str]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    by_family: Mapped[bool]
    set_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class PauseEnd(Base):
    """Who lifted a pause, and when."""

    __tablename__ = "pause_ends"

    pause_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    ended_by: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    ended_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))
