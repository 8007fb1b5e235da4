"""What went out, on which grounds, to whom, and what was taken back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, LedgerIndex, PersonId, of_revision, of_same_case


class Publication(Base):
    """The act of going out of one revision. No row exists here without the family's live consent to its digest."""

    __tablename__ = "publications"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="publications_id_case_key"),
        UniqueConstraint("action_id", "idempotency_key", name="publications_idempotency_key"),
        UniqueConstraint("ledger_index", name="publications_ledger_index_key"),
        UniqueConstraint("revision_id", name="publications_once_key"),
        of_revision("publications_revision_fkey"),
        Index("publications_action_idx", "action_id", "ledger_index"),
        Index("publications_released_idx", "released_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    digest: Mapped[str]
    gate_version: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.gate_books.version"))
    idempotency_key: Mapped[str]
    released_by: Mapped[PersonId]
    released_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class PublicationGround(Base):
    """Which clearance or consent met which requirement. The key: one person meets one requirement only."""

    __tablename__ = "publication_grounds"
    __table_args__ = (
        of_same_case("publication_grounds_clearance_fkey", "clearance_id", "clearances"),
        of_same_case("publication_grounds_consent_fkey", "consent_id", "consents"),
        of_same_case("publication_grounds_publication_fkey", "publication_id", "publications"),
        of_same_case(
            "publication_grounds_standing_fkey", "standing_consent_id", "standing_consents"
        ),
        Index(
            "publication_grounds_consent_idx",
            "consent_id",
            postgresql_where=text("consent_id IS NOT NULL"),
        ),
        Index(
            "publication_grounds_standing_idx",
            "standing_consent_id",
            postgresql_where=text("standing_consent_id IS NOT NULL"),
        ),
    )

    publication_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    requirement: Mapped[str]
    clearance_id: Mapped[UUID | None]
    consent_id: Mapped[UUID | None]
    standing_consent_id: Mapped[UUID | None]
    person_id: Mapped[PersonId] = mapped_column(primary_key=True)


class Retraction(Base):
    """A publication taken back. From its commit on the public page is a neutral notice."""

    __tablename__ = "retractions"
    __table_args__ = (
        of_same_case("retractions_publication_fkey", "publication_id", "publications"),
    )

    publication_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    action_id: Mapped[UUID]
    cause: Mapped[str]
    retracted_by: Mapped[PersonId]
    retracted_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class Delivery(Base):
    """The outbox: pending, claimed (committed before anything is sent), then sent, not sent or unknown."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("publication_id", "recipient", name="deliveries_recipient_key"),
        UniqueConstraint("id", "case_id", name="deliveries_id_case_key"),
        of_same_case("deliveries_publication_fkey", "publication_id", "publications"),
        Index(
            "deliveries_waiting_idx",
            "changed_at",
            postgresql_where=text("state = ANY (ARRAY['pending', 'claimed'])"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    publication_id: Mapped[UUID]
    case_id: Mapped[UUID]
    recipient: Mapped[str]
    channel: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    message_id: Mapped[str | None]
    changed_by: Mapped[PersonId | None]
    changed_at: Mapped[datetime]


class HandoverProof(Base):
    """What proves that a text was handed over: a stamped copy, a receipt, a photograph of the letter."""

    __tablename__ = "handover_proofs"
    __table_args__ = (
        of_same_case("handover_proofs_delivery_fkey", "delivery_id", "deliveries"),
        of_same_case("handover_proofs_file_fkey", "file_id", "stored_files"),
        Index("handover_proofs_file_idx", "file_id"),
    )

    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    attached_by: Mapped[PersonId]
    attached_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]
