"""Who of the family is out of reach, and what is known of the detained person's own wishes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, CaseId, LedgerIndex, PersonId, of_same_case


class Absence(Base):
    """That somebody who decides cannot be reached; the family's time runs from this record."""

    __tablename__ = "absences"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="absences_id_case_key"),
        Index("absences_case_idx", "case_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    person_id: Mapped[PersonId]
    since: Mapped[str]
    recorded_by: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class AbsenceEnd(Base):
    """That somebody can be reached again."""

    __tablename__ = "absence_ends"
    __table_args__ = (of_same_case("absence_ends_absence_fkey", "absence_id", "absences"),)

    absence_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    ended_by: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class Wish(Base):
    """What the detained person wants, as far as it is known, put on record by counsel.

    A no shuts the gate; a yes opens nothing.
    """

    __tablename__ = "wishes"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="wishes_id_case_key"),
        UniqueConstraint("replaces", name="wishes_replaced_once_key"),
        of_same_case("wishes_replaces_fkey", "replaces", "wishes"),
        Index("wishes_case_idx", "case_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    says: Mapped[str]
    kinds: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"), comment="Kinds of action it is about; empty: all."
    )
    audiences: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"), comment="Recipients, or public; empty: all."
    )
    details: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"),
        comment="What it wants left out of any text; empty: the whole text.",
    )
    words: Mapped[str] = mapped_column(server_default=text("''"))
    known_through: Mapped[str]
    trust: Mapped[str] = mapped_column(
        comment="How far the way it came can be trusted. Word through a lawyer the state imposed only makes"
        " the family decide again."
    )
    said_on: Mapped[str] = mapped_column(server_default=text("''"))
    replaces: Mapped[UUID | None]
    recorded_by: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class ContactState(Base):
    """Whether the detained person is cut off from everybody, and since when; the last record counts."""

    __tablename__ = "contact_states"
    __table_args__ = (Index("contact_states_case_idx", "case_id", "ledger_index"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    incommunicado: Mapped[bool]
    since: Mapped[str]
    recorded_by: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]
