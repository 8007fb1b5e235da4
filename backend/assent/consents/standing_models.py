"""What a family agrees to in advance, what each of them says to it, and its end."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import (
    Base,
    CaseId,
    LedgerIndex,
    OrganisationId,
    PersonId,
    of_same_case,
)


class StandingConsent(Base):
    """What a family agrees to in advance: a scope, until a day, ended in one step."""

    __tablename__ = "standing_consents"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="standing_consents_id_case_key"),
        Index("standing_consents_case_idx", "case_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    kinds: Mapped[list[str]]
    audiences: Mapped[list[str]] = mapped_column(
        comment="Recipients by the very words of the text, or public."
    )
    languages: Mapped[list[str]]
    excludes: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"),
        comment="What must not be in a text: photograph, names_of_relatives, or words that are searched for"
        " letter by letter.",
    )
    only_when: Mapped[str] = mapped_column(
        server_default=text("''"),
        comment="What has to have happened first, in words; empty: nothing.",
    )
    expires_at: Mapped[datetime]
    given_by: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class StandingConsentAnswer(Base):
    """What each decision maker says to a standing consent. A later answer by the same person supersedes it."""

    __tablename__ = "standing_consent_answers"
    __table_args__ = (
        UniqueConstraint("ledger_index", name="standing_consent_answers_ledger_index_key"),
        of_same_case(
            "standing_consent_answers_standing_fkey", "standing_consent_id", "standing_consents"
        ),
        Index("standing_consent_answers_idx", "standing_consent_id", "ledger_index"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    standing_consent_id: Mapped[UUID]
    case_id: Mapped[UUID]
    person_id: Mapped[PersonId]
    agrees: Mapped[bool]
    channel: Mapped[str]
    given_in: Mapped[UUID | None] = mapped_column(
        comment="The session in which it was given; null: not on a page."
    )
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class StandingConsentEnd(Base):
    """A standing consent taken back: at any time, without a reason, for good."""

    __tablename__ = "standing_consent_ends"
    __table_args__ = (
        of_same_case(
            "standing_consent_ends_standing_fkey", "standing_consent_id", "standing_consents"
        ),
    )

    standing_consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    person_id: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class StandingConsentTrigger(Base):
    """That what a standing consent waits for has happened: it takes two people of different organisations to say so."""

    __tablename__ = "standing_consent_triggers"
    __table_args__ = (
        UniqueConstraint(
            "standing_consent_id", "person_id", name="standing_consent_triggers_person_key"
        ),
        of_same_case(
            "standing_consent_triggers_standing_fkey", "standing_consent_id", "standing_consents"
        ),
    )

    standing_consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    organisation_id: Mapped[OrganisationId] = mapped_column(primary_key=True)
    person_id: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]
