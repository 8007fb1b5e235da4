"""Reads of the family's side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.consents.models import (
    Consent,
    ConsentAcknowledgement,
    ConsentAnswer,
    ConsentRequest,
    ConsentWithdrawal,
)
from assent.people.models import SHOWN_NAME, Person

_CONTESTED = text("select assent.contested_at(c) from assent.consents c where c.id = :id")


@dataclass(frozen=True)
class ConsentLine:
    """One recorded decision of a relative.

    Attributes:
        withdrawn_at: when a yes was taken back.
        conditions: what a yes depends on, `{kind, value}` each.
        acknowledged_at: when a coordinator promised to keep to them.
        digest: of the text it was about; an older one is outdated.
    """

    id: UUID
    person_id: UUID
    person: str
    digest: str
    decision: str
    question: str
    language: str
    at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None
    conditions: list[dict[str, Any]]
    acknowledged_at: datetime | None
    channel: str


@dataclass(frozen=True)
class AnswerLine:
    """A coordinator's answer to a question."""

    consent_id: UUID
    text: str
    person: str
    at: datetime


async def consent_lines(session: AsyncSession, action_id: UUID) -> list[ConsentLine]:
    """Return the decisions the session's person may see, newest first."""
    query = (
        select(Consent, Person.name, ConsentWithdrawal.at, ConsentAcknowledgement.at)
        .join(Person, Person.id == Consent.person_id)
        .outerjoin(ConsentWithdrawal, ConsentWithdrawal.consent_id == Consent.id)
        .outerjoin(ConsentAcknowledgement, ConsentAcknowledgement.consent_id == Consent.id)
        .where(Consent.action_id == action_id)
        .order_by(Consent.ledger_index.desc())
    )
    return [
        ConsentLine(
            id=given.id,
            person_id=given.person_id,
            person=name,
            digest=given.digest,
            decision=given.decision,
            question=given.question,
            language=given.language,
            at=given.at,
            expires_at=given.expires_at,
            withdrawn_at=withdrawn_at,
            conditions=given.conditions,
            acknowledged_at=acknowledged_at,
            channel=given.channel,
        )
        for given, name, withdrawn_at, acknowledged_at in await session.execute(query)
    ]


async def last_word(
    session: AsyncSession, revision_id: UUID, person_id: UUID
) -> tuple[Consent, ConsentWithdrawal | None] | None:
    """Return the person's latest decision on a revision and its withdrawal, if any."""
    query = (
        select(Consent, ConsentWithdrawal)
        .outerjoin(ConsentWithdrawal, ConsentWithdrawal.consent_id == Consent.id)
        .where(Consent.revision_id == revision_id, Consent.person_id == person_id)
        .order_by(Consent.ledger_index.desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1])


async def is_held(session: AsyncSession, consent: Consent) -> bool:
    """Whether its giver says that it was given on a device that was not theirs: it counts for nothing."""
    if consent.recorded_by is not None:
        return False
    return (await session.execute(_CONTESTED, {"id": consent.id})).scalar_one() is not None


async def answer_lines(session: AsyncSession, consent_ids: list[UUID]) -> list[AnswerLine]:
    """Return the answers to these questions, oldest first."""
    query = (
        select(ConsentAnswer.consent_id, ConsentAnswer.text, SHOWN_NAME, ConsentAnswer.answered_at)
        .join(Person, Person.id == ConsentAnswer.answered_by)
        .where(ConsentAnswer.consent_id.in_(consent_ids))
        .order_by(ConsentAnswer.ledger_index)
    )
    return [AnswerLine(*row) for row in await session.execute(query)]


async def asked(session: AsyncSession, revision_id: UUID) -> dict[UUID, datetime]:
    """Return who was asked about a revision, and when."""
    query = select(ConsentRequest.person_id, ConsentRequest.asked_at).where(
        ConsentRequest.revision_id == revision_id
    )
    return {row.person_id: row.asked_at for row in await session.execute(query)}
