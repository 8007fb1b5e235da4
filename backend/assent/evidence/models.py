"""Files on their way in, files kept, the evidence they are, and the sources behind it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import (
    Base,
    CaseId,
    LedgerIndex,
    OrganisationId,
    PersonId,
    of_same_case,
)


class Upload(Base):
    """A file on its way in: how much of it has arrived. Finished or abandoned, the row goes."""

    __tablename__ = "uploads"
    __table_args__ = (Index("uploads_person_idx", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    person_id: Mapped[PersonId]
    name: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(
        server_default=text("''"),
        comment="How the sender knows the same file again, to go on where it stopped.",
    )
    size: Mapped[int | None] = mapped_column(
        BigInteger, comment="As announced; null where the file comes in one piece."
    )
    parts: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger),
        server_default=text("'{}'"),
        comment="Sizes of the parts that have arrived, in order.",
    )
    details: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"),
        comment="What the file will be recorded as once it is whole.",
    )
    begun_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @property
    def offset(self) -> int:
        """How many bytes have arrived."""
        return sum(self.parts)


class StoredFile(Base):
    """A file that was kept, by the digest of its bytes; the bytes lie sealed in the file store."""

    __tablename__ = "stored_files"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="stored_files_id_case_key"),
        Index("stored_files_digest_idx", "case_id", "sha256"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(comment="What its bytes are, whatever its name says.")
    name: Mapped[str]
    remarks: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"),
        comment="What people should know before they open it: not what its name says, not scanned, and so on.",
    )
    parts: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    visibility: Mapped[str]
    organisation_id: Mapped[OrganisationId | None]
    stored_by: Mapped[PersonId]
    stored_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class Evidence(Base):
    """A file that shows something, with how much it weighs. A copy names the original it was made of."""

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="evidence_id_case_key"),
        of_same_case("evidence_file_fkey", "file_id", "stored_files"),
        of_same_case("evidence_derived_from_fkey", "derived_from", "evidence"),
        Index("evidence_case_idx", "case_id", "id"),
        Index("evidence_file_idx", "file_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    file_id: Mapped[UUID]
    title: Mapped[str]
    tier: Mapped[str] = mapped_column(
        comment="primary: document or testimony of those affected; official: UN, court or government; "
        "credible: known NGO or media; single_source."
    )
    visibility: Mapped[str]
    organisation_id: Mapped[OrganisationId | None]
    derived_from: Mapped[UUID | None]
    derivation: Mapped[str | None]
    recorded_by: Mapped[PersonId]
    recorded_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class EvidenceSource(Base):
    """Who evidence comes from, sealed with the case's key, and shown to the people named beside it only."""

    __tablename__ = "evidence_sources"
    __table_args__ = (of_same_case("evidence_sources_evidence_fkey", "evidence_id", "evidence"),)

    evidence_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    sealed: Mapped[bytes]
    named_by: Mapped[PersonId]
    named_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class EvidenceSourceReader(Base):
    """Who may read a source's name: whoever named it, and whom a reader lets in."""

    __tablename__ = "evidence_source_readers"
    __table_args__ = (
        of_same_case("evidence_source_readers_evidence_fkey", "evidence_id", "evidence"),
    )

    evidence_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    admitted_by: Mapped[PersonId]
    admitted_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class SourceAgreement(Base):
    """Whether the source lets this country's government (or EU, or UN) see the evidence. The latest word counts."""

    __tablename__ = "source_agreements"
    __table_args__ = (
        of_same_case("source_agreements_evidence_fkey", "evidence_id", "evidence"),
        UniqueConstraint("ledger_index", name="source_agreements_ledger_index_key"),
        Index("source_agreements_evidence_idx", "evidence_id", "country", "ledger_index"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    evidence_id: Mapped[UUID]
    case_id: Mapped[UUID]
    country: Mapped[str]
    agrees: Mapped[bool]
    recorded_by: Mapped[PersonId]
    recorded_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))
