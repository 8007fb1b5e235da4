"""What went out, on which grounds, to whom, and what was taken back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base


class Publication(Base):
    """The act of going out of one revision. No row exists here without the family's live consent to its digest."""

    __tablename__ = "publications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    digest: Mapped[str]
    gate_version: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.gate_books.version"))
    idempotency_key: Mapped[str]
    released_by: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    released_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class PublicationGround(Base):
    """Which clearance or consent met which requirement. Its key is the separation of duties: one person, one requirement."""

    __tablename__ = "publication_grounds"

    publication_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    requirement: Mapped[str]
    clearance_id: Mapped[UUID | None]
    consent_id: Mapped[UUID | None]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"), primary_key=True)


class Retraction(Base):
    """A publication taken back. From its commit on the public page is a neutral notice."""

    __tablename__ = "retractions"

    publication_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    action_id: Mapped[UUID]
    cause: Mapped[str]
    retracted_by: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    retracted_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class Delivery(Base):
    """The outbox: pending, claimed (committed before anything is sent), then sent, not sent or unknown."""

    __tablename__ = "deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    publication_id: Mapped[UUID]
    case_id: Mapped[UUID]
    recipient: Mapped[str]
    channel: Mapped[str]
    state: Mapped[str]
    message_id: Mapped[str | None]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("assent.people.id"))
    changed_at: Mapped[datetime]
