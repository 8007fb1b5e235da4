"""The API: decisions given on the phone, face to face or by letter."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from assent.access import Permission
from assent.actions.refusals import NothingToDecide, StaleDigest
from assent.consents.api import IN_CASE, ConditionIn
from assent.consents.conditions import MOST_CONDITIONS
from assent.consents.refusals import (
    AttachmentNotUnderstood,
    ConditionNotUnderstood,
    ConditionsMissing,
    LanguageNotShown,
    MinorCannotConsent,
    NobodyToAttest,
    NoConditionsHere,
    NotAskedToAttest,
    NotDecisionMaker,
    NotTakenDown,
    NotTheirLastWord,
    PlaceMissing,
    QuestionMissing,
    UnknownDecision,
    UnknownWay,
)
from assent.consents.taking_back import contest_decision
from assent.consents.taking_down import (
    HowGiven,
    attest_decision,
    take_down_decision,
)
from assent.people.models import Person
from assent.refusal import NotFound
from assent.web.api import Digest, Moment, Nothing, Sent, api_router, problems
from assent.web.requires import ActionVisit, ApiCaller, Id, api_on_action, require_id

router: APIRouter = api_router("Consents")


class TakenDownIn(Sent):
    """What a relative said to exactly the text with this digest, and how."""

    person: str = Field(description="E-mail address of whoever decided.")
    digest: Digest
    decision: str = Field(description="yes, yes_with_conditions, question or no.", examples=["yes"])
    conditions: list[ConditionIn] = Field(default=[], max_length=MOST_CONDITIONS)
    question: str = ""
    language: str | None = Field(default=None, description="Tag of the text that was read.")
    how: str = Field(description="phone, in_person or letter.", examples=["phone"])
    place: str = Field(description="Where the relative was, or where the letter came from.")
    interpreter: str = Field(default="", description="Who interpreted; empty where nobody had to.")
    attester: str = Field(description="E-mail address of who of another organisation was there.")
    attachment: str = Field(default="", description="SHA-256 of the scan or recording.")


class TakenDownOut(BaseModel):
    """It is on record. A yes counts once it is attested."""

    id: UUID
    at: Moment


class AttestationIn(Sent):
    """Whether what was taken down is what was said."""

    attests: bool


class AttestationOut(BaseModel):
    """What was said about it, once."""

    consent: UUID
    attests: bool
    at: Moment


class ContestOut(BaseModel):
    """The relative says it is not their word."""

    consent: UUID
    at: Moment


@router.post(
    "/actions/{action}/taken-down-consents",
    status_code=201,
    responses=problems(
        *IN_CASE, NotDecisionMaker, MinorCannotConsent, StaleDigest, NothingToDecide, UnknownDecision,
        ConditionsMissing, NoConditionsHere, ConditionNotUnderstood, LanguageNotShown, QuestionMissing,
        UnknownWay, PlaceMissing, NobodyToAttest, AttachmentNotUnderstood,
    ),
)  # fmt: skip
async def take_down(
    visit: Annotated[ActionVisit, api_on_action(Permission.CONSENT_RECORD)], wanted: TakenDownIn
) -> TakenDownOut:
    """Take down what a decision maker said on the phone, face to face or by letter."""
    person = await _by_address(visit, wanted.person)
    if person is None:
        raise NotDecisionMaker
    way = HowGiven(
        wanted.how,
        wanted.place,
        await _by_address(visit, wanted.attester),
        wanted.interpreter,
        wanted.attachment,
    )
    made = await take_down_decision(
        visit.session,
        visit.caller,
        visit.action.id,
        person,
        wanted.digest,
        wanted.decision,
        way,
        language=wanted.language,
        question=wanted.question,
        conditions=[condition.model_dump(exclude_none=True) for condition in wanted.conditions],
    )
    return TakenDownOut(id=made.id, at=made.at)


@router.post(
    "/consents/{consent}/attestation",
    status_code=201,
    responses=problems(*IN_CASE, NotAskedToAttest, NotTheirLastWord),
)
async def attest(visit: ApiCaller, consent: Id, wanted: AttestationIn) -> AttestationOut:
    """Say, as the one who was asked, whether it is what was said."""
    made = await attest_decision(
        visit.session, visit.caller, require_id(consent), attests=wanted.attests
    )
    return AttestationOut(consent=made.consent_id, attests=made.attests, at=made.at)


@router.post(
    "/consents/{consent}/contest", status_code=201, responses=problems(NotFound, NotTakenDown)
)
async def contest(visit: ApiCaller, consent: Id, wanted: Nothing | None = None) -> ContestOut:
    """Say, as the relative, that what was taken down is not one's word. The gate shuts."""
    made = await contest_decision(visit.session, visit.caller, require_id(consent))
    return ContestOut(consent=made.consent_id, at=made.at)


async def _by_address(visit: ActionVisit, email: str) -> UUID | None:
    query = select(Person.id).where(Person.email == email.strip().lower())
    return (await visit.session.scalars(query)).one_or_none()
