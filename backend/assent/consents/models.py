"""What the family was asked and what it decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, LedgerIndex, PersonId, of_revision, of_same_case


class ConsentRequest(Base):
    """That a decision maker was asked about an exact text, by whom and when."""

    __tablename__ = "consent_requests"
    __table_args__ = (
        UniqueConstraint("revision_id", "person_id", name="consent_requests_once_key"),
        of_revision("consent_requests_revision_fkey"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    digest: Mapped[str]
    person_id: Mapped[PersonId]
    asked_by: Mapped[PersonId]
    asked_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class Consent(Base):
    """A decision maker's recorded decision on one content digest. A later one by the same person supersedes it."""

    __tablename__ = "consents"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="consents_id_case_key"),
        UniqueConstraint("ledger_index", name="consents_ledger_index_key"),
        of_revision("consents_revision_fkey"),
        Index("consents_action_idx", "action_id", "ledger_index"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    digest: Mapped[str]
    person_id: Mapped[PersonId]
    decision: Mapped[str]
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(
        server_default=text("'[]'"),
        comment="What a yes depends on: kind and value, as the relative gave them.",
    )
    question: Mapped[str] = mapped_column(server_default=text("''"))
    language: Mapped[str]
    shown_digest: Mapped[str] = mapped_column(
        comment="SHA-256 of the canonical title and body in the language that was shown."
    )
    notice_version: Mapped[str] = mapped_column(
        comment="Which wording of the explanations around the text was shown."
    )
    channel: Mapped[str] = mapped_column(
        comment="How it was given: on a page, through a mailed link, by the person's own program, by passkey, or taken"
        " down by staff."
    )
    recorded_by: Mapped[PersonId | None] = mapped_column(
        comment="Who took it down, where the relative did not give it on a device of their own."
    )
    reading: Mapped[str] = mapped_column(
        server_default=text("''"),
        comment="SHA-256 of the recording of the text that was offered beside it; empty: none was. Whether it was heard"
        " is not known.",
    )
    given_in: Mapped[UUID | None] = mapped_column(
        comment="The session in which it was given; null: not on a page. Whoever says that session was not theirs shuts"
        " what rests on it."
    )
    expires_at: Mapped[datetime]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class ConsentWithdrawal(Base):
    """A yes taken back: at any time, without a reason."""

    __tablename__ = "consent_withdrawals"
    __table_args__ = (of_same_case("consent_withdrawals_consent_fkey", "consent_id", "consents"),)

    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    action_id: Mapped[UUID]
    person_id: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class ConsentAnswer(Base):
    """A coordinator's answer to a relative's question. The question still blocks until the relative decides."""

    __tablename__ = "consent_answers"
    __table_args__ = (of_same_case("consent_answers_consent_fkey", "consent_id", "consents"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    consent_id: Mapped[UUID]
    case_id: Mapped[UUID]
    text: Mapped[str]
    answered_by: Mapped[PersonId]
    answered_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class ConsentAcknowledgement(Base):
    """A coordinator's promise to keep to what a yes depends on and no machine can check."""

    __tablename__ = "consent_acknowledgements"
    __table_args__ = (
        of_same_case("consent_acknowledgements_consent_fkey", "consent_id", "consents"),
    )

    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    action_id: Mapped[UUID]
    acknowledged_by: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class SeparateAnswer(Base):
    """What a relative answered to a question asked apart from the text itself; a no is a condition of the yes too."""

    __tablename__ = "separate_answers"
    __table_args__ = (of_same_case("separate_answers_consent_fkey", "consent_id", "consents"),)

    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    question: Mapped[str] = mapped_column(primary_key=True)
    answer: Mapped[str]
