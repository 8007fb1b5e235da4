"""What a recorded decision says: to which exact words, read in which language, until when."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy.ext.asyncio import AsyncSession

from assent.actions.kinds.public_part import outward_marks
from assent.actions.models import Revision
from assent.actions.queries import texts_of
from assent.cases.arrangements import is_minor
from assent.consents.conditions import WITH_CONDITIONS
from assent.consents.refusals import (
    ExpiryOutOfRange,
    LanguageNotShown,
    MinorCannotConsent,
    NotDecisionMaker,
    QuestionMissing,
    UnknownDecision,
)
from assent.database.session import present
from assent.facts import read_action_facts
from assent.gate.arrangement import heard
from assent.ledger.store import as_utc
from assent.people.models import Person
from assent.refusal import N_
from assent.wording import clean_text

# The wording of the explanations around the text; it changes when the decision page's words do.
NOTICE_VERSION = "2026-11-2"
LASTS = timedelta(days=30)
LASTS_AT_MOST = timedelta(days=365)
DECISIONS = ("yes", WITH_CONDITIONS, "question", "no")


def shown_digest(revision: Revision, language: str) -> str:
    """Return the SHA-256 of the canonical title and body shown in a language, as 64 hex digits."""
    text = texts_of(revision)[language]
    shown = {"title": text["title"], "body": text["body"]}
    return hashlib.sha256(rfc8785.dumps(shown)).hexdigest()


async def require_decider(session: AsyncSession, person_id: UUID, action_id: UUID) -> None:
    """Check that somebody decides for the family here.

    Raises:
        NotDecisionMaker, MinorCannotConsent: they do not.
    """
    facts = (await read_action_facts(session, action_id)).facts
    if str(person_id) not in heard(facts, await present(session)):
        raise NotDecisionMaker
    person = await session.get_one(Person, person_id)
    today = (await present(session)).date()
    if is_minor(person.born, today):
        raise MinorCannotConsent


def checked_words(decision: str, question: str) -> str:
    """Return the words of a question; empty beside any other decision.

    Raises:
        UnknownDecision, QuestionMissing: it is none, or says nothing.
    """
    if decision not in DECISIONS:
        raise UnknownDecision(field="decision")
    words = clean_text(question, field="question") if decision == "question" else ""
    if decision == "question" and not words:
        raise QuestionMissing(field="question")
    return words


def language_shown(revision: Revision, language: str | None, readers: str) -> str:
    """Return in which language a text was read: the one said, or the reader's own where it exists.

    Raises:
        LanguageNotShown: there is no text in it.
    """
    texts = texts_of(revision)
    if language is None:
        return readers if readers in texts else next(iter(texts))
    if language not in texts:
        raise LanguageNotShown(
            N_("It exists in: {languages}."), field="language", languages=", ".join(sorted(texts))
        )
    return language


def end_of(now: datetime, expires_at: datetime | None) -> datetime:
    """Return when a yes lapses.

    Raises:
        ExpiryOutOfRange: not ahead, or more than a year.
    """
    ends = expires_at or now + LASTS
    if ends.tzinfo is None or not now < ends <= now + LASTS_AT_MOST:
        raise ExpiryOutOfRange(field="expires_at")
    return ends


def statement_of(values: dict[str, Any], kind: str, revision: Revision) -> dict[str, Any]:
    """What the ledger keeps of a decision: everything that says what was agreed to, and how."""
    kept = (
        "digest",
        "decision",
        "conditions",
        "question",
        "language",
        "shown_digest",
        "notice_version",
        "channel",
        "reading",
    )
    statement: dict[str, Any] = {key: values[key] for key in kept}
    statement |= outward_marks(kind, values["digest"], revision.content)
    return statement | {"consent": str(values["id"]), "expires_at": as_utc(values["expires_at"])}
