"""The API: the family's decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from assent.access import Permission
from assent.actions.refusals import NothingToDecide, StaleDigest
from assent.consents.asking import acknowledge_conditions, answer_question, request_consent
from assent.consents.conditions import MOST_CONDITIONS
from assent.consents.later import put_off
from assent.consents.models import Consent, ConsentAcknowledgement, ConsentWithdrawal
from assent.consents.refusals import (
    AnswerMissing,
    ConditionNotUnderstood,
    ConditionsMissing,
    ExpiryOutOfRange,
    LanguageNotShown,
    MinorCannotConsent,
    NobodyToAsk,
    NoConditionsHere,
    NotDecisionMaker,
    NothingToPromise,
    NothingToWithdraw,
    NotTheirLastWord,
    NotYoursToWithdraw,
    QuestionMissing,
    RisksMissing,
    UnknownAnswer,
    UnknownDecision,
)
from assent.consents.service import decide
from assent.consents.taking_back import withdraw_consent
from assent.gate.conditions import KIND_ORDER
from assent.people.models import Person
from assent.refusal import Forbidden, NotFound
from assent.web.api import (
    USUAL_ITEMS,
    Cursor,
    Digest,
    Items,
    Limit,
    Moment,
    MomentIn,
    Nothing,
    Sent,
    Waits,
    Word,
    Words,
    api_router,
    cut,
    id_cursor,
    problems,
)
from assent.web.requires import ActionVisit, ApiCaller, Id, api_on_action, require_id

router: APIRouter = api_router("Consents")
IN_CASE = (NotFound, Forbidden)


class ConditionIn(Sent):
    """Something a yes depends on."""

    kind: str = Field(description=f"One of: {', '.join(KIND_ORDER)}.", examples=["not_in_language"])
    value: str | list[str] | None = Field(
        default=None,
        description=(
            "A time with its zone (not_before), a language tag (not_in_language), a country's two letters"
            " (not_in_country), short names (only_organisations), or words (other)."
        ),
        examples=["fa"],
    )


class ConditionOut(BaseModel):
    """Something a yes depends on."""

    kind: str
    value: str | list[str] | None = None


class DecisionIn(Sent):
    """A decision on exactly the text with this digest."""

    digest: Digest
    decision: str = Field(description="yes, yes_with_conditions, question or no.", examples=["yes"])
    conditions: list[ConditionIn] = Field(
        default=[],
        max_length=MOST_CONDITIONS,
        description=(
            "What a yes_with_conditions depends on. The gate checks what a machine can check;"
            " a coordinator has to promise the rest."
        ),
    )
    language: str | None = Field(
        default=None,
        description="Tag of the translation that was read; the reader's own unless given.",
    )
    question: str = Field(default="", description="The words of a question.")
    answers: dict[str, str] = Field(
        default={},
        description=(
            "yes or no to each question that is asked apart about this text, by name: needed with a yes where"
            " there are any. A no becomes a condition of the yes."
        ),
    )
    word: Word = ""
    waits: Waits = False
    expires_at: MomentIn | None = Field(
        default=None,
        description="When a yes lapses: 30 days from now unless given, a year at most.",
    )


class DecisionOut(BaseModel):
    """A decision on record. A later one by the same person supersedes it; both stay on record."""

    id: UUID
    action: UUID
    digest: Digest
    person: str
    decision: str
    conditions: list[ConditionOut]
    acknowledged_at: Moment | None = Field(
        description="When a coordinator promised to keep to the conditions."
    )
    question: str
    language: str
    at: Moment
    expires_at: Moment
    withdrawn_at: Moment | None
    receipt: str = Field(description="Where its receipt is, once the log has been signed.")


class WithdrawalOut(BaseModel):
    """A yes that was taken back."""

    consent: UUID
    at: Moment


class AcknowledgementOut(BaseModel):
    """A coordinator's promise to keep to what a yes depends on."""

    consent: UUID
    at: Moment


class QuestionAnswerOut(BaseModel):
    """An answer to a question. The gate stays shut until the relative decides."""

    id: UUID
    text: str
    at: Moment


class LaterOut(BaseModel):
    """When I am told again that something waits."""

    until: Moment


class AskedOut(BaseModel):
    """How many decision makers were asked now; those asked before about this text are not asked again."""

    asked: int


@router.post(
    "/actions/{action}/consent-requests",
    status_code=201,
    responses=problems(*IN_CASE, NothingToDecide, NobodyToAsk, RisksMissing),
)
async def ask_the_family(
    visit: Annotated[ActionVisit, api_on_action(Permission.CONSENT_REQUEST)],
) -> AskedOut:
    """Ask every decision maker about the latest text."""
    asked = await request_consent(visit.session, visit.caller, visit.action.id)
    return AskedOut(asked=len(asked))


@router.get("/actions/{action}/consents", responses=problems(*IN_CASE))
async def decisions(
    visit: Annotated[ActionVisit, api_on_action(Permission.CASE_READ)],
    limit: Limit = USUAL_ITEMS,
    cursor: Cursor = None,
) -> Items[DecisionOut]:
    """The family's decisions, oldest first. Shown to family, counsel and coordinators only."""
    if not visit.standing.sees_family:
        raise Forbidden
    query = (
        select(Consent, ConsentWithdrawal.at, ConsentAcknowledgement.at, Person.name)
        .join(Person, Person.id == Consent.person_id)
        .outerjoin(ConsentWithdrawal, ConsentWithdrawal.consent_id == Consent.id)
        .outerjoin(ConsentAcknowledgement, ConsentAcknowledgement.consent_id == Consent.id)
        .where(Consent.action_id == visit.action.id)
        .order_by(Consent.id)
        .limit(limit + 1)
    )
    if (after := id_cursor(cursor)) is not None:
        query = query.where(Consent.id > after)
    rows, last = cut((await visit.session.execute(query)).all(), limit)
    return Items(
        items=[
            _decision_out(consent, name, withdrawn, acknowledged)
            for consent, withdrawn, acknowledged, name in rows
        ],
        next=str(last[0].id) if last else None,
    )


@router.post(
    "/actions/{action}/consents",
    status_code=201,
    responses=problems(
        *IN_CASE,
        NotDecisionMaker,
        MinorCannotConsent,
        StaleDigest,
        NothingToDecide,
        UnknownDecision,
        AnswerMissing,
        UnknownAnswer,
        ConditionsMissing,
        NoConditionsHere,
        ConditionNotUnderstood,
        LanguageNotShown,
        QuestionMissing,
        ExpiryOutOfRange,
    ),
)
async def record_decision(
    visit: Annotated[ActionVisit, api_on_action(Permission.CONSENT_DECIDE)], wanted: DecisionIn
) -> DecisionOut:
    """Say yes or no to exactly this text, or ask a question about it, for the family."""
    consent = await decide(
        visit.session,
        visit.caller,
        visit.action.id,
        wanted.digest,
        wanted.decision,
        language=wanted.language,
        question=wanted.question,
        expires_at=wanted.expires_at,
        conditions=[condition.model_dump(exclude_none=True) for condition in wanted.conditions],
        answers=wanted.answers,
        word=wanted.word,
        waits=wanted.waits,
    )
    return _decision_out(consent, visit.caller.name, None, None)


@router.post(
    "/actions/{action}/later",
    status_code=201,
    responses=problems(*IN_CASE, NotDecisionMaker, NothingToDecide),
)
async def decide_later(
    visit: Annotated[ActionVisit, api_on_action(Permission.CONSENT_DECIDE)],
    wanted: Nothing | None = None,
) -> LaterOut:
    """Not now: nothing is recorded, and I am not reminded for a day."""
    return LaterOut(until=await put_off(visit.session, visit.caller, visit.action.id))


@router.post(
    "/consents/{consent}/acknowledgement",
    status_code=201,
    responses=problems(*IN_CASE, NothingToPromise, NotTheirLastWord),
)
async def acknowledge(
    visit: ApiCaller, consent: Id, wanted: Nothing | None = None
) -> AcknowledgementOut:
    """Promise, as a coordinator, to keep to what a relative's yes depends on."""
    made = await acknowledge_conditions(visit.session, visit.caller, require_id(consent))
    return AcknowledgementOut(consent=made.consent_id, at=made.at)


@router.post(
    "/consents/{consent}/withdrawal",
    status_code=201,
    responses=problems(NotFound, NotYoursToWithdraw, NothingToWithdraw),
)
async def withdraw(visit: ApiCaller, consent: Id, wanted: Nothing | None = None) -> WithdrawalOut:
    """Take a yes back: at any time, without a reason. What it let out is taken back with it."""
    made = await withdraw_consent(visit.session, visit.caller, require_id(consent))
    return WithdrawalOut(consent=made.consent_id, at=made.at)


@router.post(
    "/consents/{consent}/answer", status_code=201, responses=problems(*IN_CASE, QuestionMissing)
)
async def answer(visit: ApiCaller, consent: Id, wanted: Words) -> QuestionAnswerOut:
    """Answer a relative's question."""
    made = await answer_question(visit.session, visit.caller, require_id(consent), wanted.text)
    return QuestionAnswerOut(id=made.id, text=made.text, at=made.answered_at)


def _decision_out(
    consent: Consent, person: str, withdrawn_at: datetime | None, acknowledged_at: datetime | None
) -> DecisionOut:
    return DecisionOut(
        id=consent.id,
        action=consent.action_id,
        digest=consent.digest,
        person=person,
        decision=consent.decision,
        conditions=[ConditionOut(**condition) for condition in consent.conditions],
        acknowledged_at=acknowledged_at,
        question=consent.question,
        language=consent.language,
        at=consent.at,
        expires_at=consent.expires_at,
        withdrawn_at=withdrawn_at,
        receipt=f"/api/v1/consents/{consent.id}/receipt",
    )
