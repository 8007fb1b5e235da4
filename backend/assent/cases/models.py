"""Cases, who speaks for the family in them, and what stands on them as a whole."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, CaseId, LedgerIndex, PersonId, of_same_case


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
        comment="How public the effort was when the case was opened: quiet, mixed or public."
    )
    created_by: Mapped[PersonId | None]
    created_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class Arrangement(Base):
    """Who speaks for the family and how many yeses it takes; a change is in force once agreed to."""

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
    cooling_off_hours: Mapped[int] = mapped_column(
        server_default=text("0"),
        comment="How long the family sleeps over its yes before anything goes out.",
    )
    stand_in_after_hours: Mapped[int | None] = mapped_column(
        comment="How long somebody is out of reach before an alternate stands in, set by the family alone;"
        " null: nobody stands in."
    )
    asks_again: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"),
        comment="Kinds of event after which the family's yeses hold only once given again;"
        " the person's release is always one.",
    )
    shows_votes: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="Whether relatives see what the others have said: only if the family chose so.",
    )
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
    place: Mapped[int] = mapped_column(
        server_default=text("0"), comment="In which order alternates stand in."
    )
    ground: Mapped[str] = mapped_column(
        server_default=text("'next_of_kin'"),
        comment="On what ground somebody speaks for the detained person.",
    )


class ArrangementAnswer(Base):
    """What those who decide so far say to another arrangement: it comes into force over nobody's no."""

    __tablename__ = "arrangement_answers"
    __table_args__ = (
        of_same_case("arrangement_answers_arrangement_fkey", "arrangement_id", "arrangements"),
    )

    arrangement_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    agrees: Mapped[bool]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


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


class Posture(Base):
    """How public the effort is, from when on, why, and who looks at it again by when; the latest version holds."""

    __tablename__ = "postures"
    __table_args__ = (UniqueConstraint("case_id", "version", name="postures_version_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    version: Mapped[int]
    posture: Mapped[str]
    reason: Mapped[str]
    owner_id: Mapped[PersonId] = mapped_column(
        comment="Who answers for it, and looks at it again by review_on; somebody of an organisation in the case."
    )
    review_on: Mapped[date]
    set_by: Mapped[PersonId | None] = mapped_column(comment="Null: brought in from a file.")
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class Event(Base):
    """Something that happened to the detained person or around them, with its effect on treatment."""

    __tablename__ = "events"
    __table_args__ = (Index("events_case_idx", "case_id", "ledger_index"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    kind: Mapped[str]
    happened_on: Mapped[str] = mapped_column(
        comment="A day, a month or a year, as exactly as it is known."
    )
    title: Mapped[str]
    effect: Mapped[str] = mapped_column(server_default=text("'unknown'"))
    source: Mapped[str] = mapped_column(server_default=text("''"))
    recorded_by: Mapped[PersonId | None]
    recorded_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]
