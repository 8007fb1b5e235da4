"""Passkeys, and the private sign that everybody has a row for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, CaseId, LedgerIndex, OrganisationId, PersonId


class Passkey(Base):
    """A person's passkey, with everything its enrolment showed: a decision it signed verifies without us."""

    __tablename__ = "passkeys"
    __table_args__ = (
        UniqueConstraint("credential_id", name="passkeys_credential_key"),
        Index("passkeys_person_idx", "person_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[PersonId]
    credential_id: Mapped[bytes]
    public_key: Mapped[bytes] = mapped_column(comment="COSE, as the device gave it")
    algorithm: Mapped[int] = mapped_column(comment="COSE: -8 EdDSA, -7 ES256, -257 RS256")
    sign_count: Mapped[int] = mapped_column(
        BigInteger,
        comment="The device's own counter: one that does not go forward has been copied.",
    )
    rp_id: Mapped[str] = mapped_column(
        comment="The name of this server, to which the passkey is bound."
    )
    attestation: Mapped[bytes]
    client_data: Mapped[bytes]
    label: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ledger_index: Mapped[LedgerIndex]


class PasskeyChallenge(Base):
    """What a device is asked to sign, as SHA-256 only; each is used once, by the person or browser it was made for."""

    __tablename__ = "passkey_challenges"

    challenge_hash: Mapped[bytes] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    person_id: Mapped[PersonId | None]
    browser_hash: Mapped[bytes | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PasskeyVouch(Base):
    """An organisation has compared a relative's passkey with them by another way. Two have: it is vetted."""

    __tablename__ = "passkey_vouches"

    passkey_id: Mapped[UUID] = mapped_column(ForeignKey("assent.passkeys.id"), primary_key=True)
    case_id: Mapped[CaseId]
    organisation_id: Mapped[OrganisationId] = mapped_column(primary_key=True)
    vouched_by: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class PrivateSign(Base):
    """A word somebody may have agreed with a person they trust. Everybody has a row of one size: noise where none."""

    __tablename__ = "private_signs"

    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    salt: Mapped[bytes]
    hash: Mapped[bytes] = mapped_column(comment="scrypt of the word under the salt")
    sealed: Mapped[bytes] = mapped_column(
        comment="With whom it is agreed, sealed with the instance key."
    )
