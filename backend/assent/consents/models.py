"""What the family was asked and what it decided."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base


class ConsentRequest(Base):
    """That a decision maker was asked about an exact text, by whom and when."""

    __tablename__ = "consent_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    digest: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    asked_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class Consent(Base):
    """A decision maker's recorded decision on one content digest. A later one by the same person supersedes it."""

    __tablename__ = "consents"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    digest: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    decision: Mapped[str]
    question: Mapped[str]
    language: Mapped[str]
    shown_digest: Mapped[str]
    notice_version: Mapped[str]
    channel: Mapped[str]
    expires_at: Mapped[datetime]
    at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class ConsentWithdrawal(Base):
    """A yes taken back: at any time, without a reason."""

    __tablename__ = "consent_withdrawals"

    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    action_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class ConsentAnswer(Base):
    """A coordinator's answer to a relative's question. The question still blocks until the relative decides."""

    __tablename__ = "consent_answers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    consent_id: Mapped[UUID]
    case_id: Mapped[UUID]
    text: Mapped[str]
    answered_by: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    answered_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))
