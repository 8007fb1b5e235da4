"""How decisions were given, and from when on they count."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, LedgerIndex, OrganisationId, PersonId, of_same_case


class ConsentSignature(Base):
    """What a passkey signed, and the signature: the statement is canonical. It proves the decision without us."""

    __tablename__ = "consent_signatures"
    __table_args__ = (of_same_case("consent_signatures_consent_fkey", "consent_id", "consents"),)

    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    passkey_id: Mapped[UUID] = mapped_column(ForeignKey("assent.passkeys.id"))
    statement: Mapped[bytes]
    authenticator_data: Mapped[bytes]
    client_data: Mapped[bytes]
    signature: Mapped[bytes]


class ConsentRecording(Base):
    """A decision taken down by staff: how and where it was given, and who of another organisation is to attest it."""

    __tablename__ = "consent_recordings"
    __table_args__ = (
        of_same_case("consent_recordings_consent_fkey", "consent_id", "consents"),
        of_same_case("consent_recordings_file_fkey", "file_id", "stored_files"),
    )

    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    action_id: Mapped[UUID]
    person_id: Mapped[PersonId]
    recorded_by: Mapped[PersonId]
    organisation_id: Mapped[OrganisationId]
    attester_id: Mapped[PersonId]
    attester_organisation_id: Mapped[OrganisationId]
    how: Mapped[str]
    place: Mapped[str]
    interpreter: Mapped[str] = mapped_column(
        server_default=text("''"), comment="Who interpreted; empty where nobody had to."
    )
    attachment: Mapped[str | None] = mapped_column(
        comment="SHA-256 of the scan or the audio file that is kept of it."
    )
    file_id: Mapped[UUID | None]


class ConsentAttestation(Base):
    """Whether somebody of another organisation was there and says that what was taken down is what was said."""

    __tablename__ = "consent_attestations"
    __table_args__ = (of_same_case("consent_attestations_consent_fkey", "consent_id", "consents"),)

    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    action_id: Mapped[UUID]
    attested_by: Mapped[PersonId]
    attests: Mapped[bool]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class ConsentContest(Base):
    """A relative says that what was taken down in their name is not their word: nothing rests on it."""

    __tablename__ = "consent_contests"
    __table_args__ = (of_same_case("consent_contests_consent_fkey", "consent_id", "consents"),)

    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    action_id: Mapped[UUID]
    person_id: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class ConsentMark(Base):
    """From when on a yes counts: at once, after a moment to undo it, or when its giver says so. All are of one size."""

    __tablename__ = "consent_marks"

    consent_id: Mapped[UUID] = mapped_column(
        ForeignKey("assent.consents.id", ondelete="CASCADE"), primary_key=True
    )
    counts_from: Mapped[datetime] = mapped_column(comment="infinity: until they answer again")
    sealed: Mapped[bytes] = mapped_column(
        comment="Why, sealed with the instance key: the same size whatever it says."
    )


class StandingAnswerMark(Base):
    """From when on a yes to a standing consent counts. All are of one size."""

    __tablename__ = "standing_answer_marks"

    answer_id: Mapped[UUID] = mapped_column(
        ForeignKey("assent.standing_consent_answers.id", ondelete="CASCADE"), primary_key=True
    )
    counts_from: Mapped[datetime] = mapped_column(comment="infinity: until they answer again")
    sealed: Mapped[bytes] = mapped_column(
        comment="Why, sealed with the instance key: the same size whatever it says."
    )


class ArrangementAnswerMark(Base):
    """From when on a yes to a change of the arrangement counts. All are of one size."""

    __tablename__ = "arrangement_answer_marks"
    __table_args__ = (
        ForeignKeyConstraint(
            ["arrangement_id", "person_id"],
            ["assent.arrangement_answers.arrangement_id", "assent.arrangement_answers.person_id"],
            name="arrangement_answer_marks_answer_fkey",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
    )

    arrangement_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    counts_from: Mapped[datetime] = mapped_column(
        comment="infinity: until the change is recorded anew"
    )
    sealed: Mapped[bytes] = mapped_column(
        comment="Why, sealed with the instance key: the same size whatever it says."
    )
