"""The API: what a family agrees to in advance."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.cases.detainee import MOST_LISTED
from assent.cases.refusals import UnfitWish
from assent.consents.refusals import (
    ExpiryOutOfRange,
    MinorCannotConsent,
    NotDecisionMaker,
    NothingAwaited,
    OnePersonOneOrganisation,
    StandingEnded,
    UnfitScope,
    WiderThanTheGate,
)
from assent.consents.standing import (
    answer_standing_consent,
    end_standing_consent,
    give_standing_consent,
    record_trigger,
)
from assent.consents.standing_queries import StandingLine, standing_lines
from assent.consents.standing_scope import Scope
from assent.refusal import Forbidden, NotFound
from assent.web.api import (
    Items,
    Moment,
    MomentIn,
    Nothing,
    Sent,
    Waits,
    Word,
    api_router,
    problems,
)
from assent.web.requires import ApiCaller, CaseVisit, Id, api_in_case, require_id

router: APIRouter = api_router("Standing consents")
IN_CASE = (NotFound, Forbidden)
Listed = Annotated[list[str], Field(max_length=MOST_LISTED)]


class ScopeIn(Sent):
    """What is agreed to in advance: a text counts as agreed to only if all of it is within."""

    kinds: Listed = Field(
        description="Kinds of action whose gate allows it.", examples=[["diplomatic_outreach"]]
    )
    audiences: Listed = Field(
        description="Recipients as they will stand in the text, or public.",
        examples=[["Ministry <desk@ministry.example>"]],
    )
    languages: Listed = Field(examples=[["en"]])
    excludes: Listed = Field(
        default=[],
        description=(
            "What must not be in it: photograph, names_of_relatives, or words, which are searched for letter by letter."
        ),
    )
    only_when: str = Field(
        default="",
        description=(
            "What has to have happened first, such as: nobody has seen him for 48 hours. Two people of different"
            " organisations then say that it has."
        ),
    )
    expires_at: MomentIn | None = Field(
        default=None,
        description="90 days from now unless given, never longer than the gates allow.",
    )


class ScopeGivenIn(ScopeIn):
    """A scope, and what its giver says beside it."""

    word: Word = ""
    waits: Waits = False


class StandingMade(BaseModel):
    """A standing consent on record. It counts once as many agree as the family's arrangement asks for."""

    id: UUID
    expires_at: Moment


class UseOut(BaseModel):
    """Something that went out on it."""

    publication: UUID
    action: UUID
    title: str
    kind: str
    released_at: Moment
    retracted_at: Moment | None


class StandingOut(BaseModel):
    """A standing consent and what it allowed so far."""

    id: UUID
    kinds: list[str]
    audiences: list[str]
    languages: list[str]
    excludes: list[str]
    only_when: str
    at: Moment
    expires_at: Moment
    holds: bool = Field(
        description="Whether enough agree, none is against it, and it has not ended."
    )
    agreed: int
    refused: int
    needed: int
    happened: bool = Field(
        description="Whether what it waits for was recorded by two organisations."
    )
    ended_at: Moment | None
    uses: list[UseOut]


class AnswerIn(Sent):
    """What somebody who decides says to it."""

    agrees: bool
    word: Word = ""
    waits: Waits = False


class AnswerOut(BaseModel):
    """An answer on record."""

    id: UUID
    at: Moment


class EndOut(BaseModel):
    """That it was ended."""

    standing_consent: UUID
    at: Moment


class TriggerOut(BaseModel):
    """That what it waits for has happened, as one organisation says."""

    standing_consent: UUID
    at: Moment


@router.get("/cases/{case}/standing-consents", responses=problems(*IN_CASE))
async def standing_consents(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)],
) -> Items[StandingOut]:
    """What the family agreed to in advance, and what that allowed so far."""
    lines = await standing_lines(visit.session, visit.case.id, visit.caller.person_id)
    return Items(items=[_standing_out(line) for line in lines], next=None)


@router.post(
    "/cases/{case}/standing-consents",
    status_code=201,
    responses=problems(
        *IN_CASE, NotDecisionMaker, MinorCannotConsent, WiderThanTheGate, UnfitScope, UnfitWish, ExpiryOutOfRange
    ),
)  # fmt: skip
async def agree_in_advance(
    visit: Annotated[CaseVisit, api_in_case(Permission.CONSENT_DECIDE)], wanted: ScopeGivenIn
) -> StandingMade:
    """Agree in advance to a scope, for the family. The others who decide are asked."""
    made = await give_standing_consent(
        visit.session,
        visit.caller,
        visit.case.id,
        Scope(**wanted.model_dump(exclude={"word", "waits"})),
        word=wanted.word,
        waits=wanted.waits,
    )
    return StandingMade(id=made.id, expires_at=made.expires_at)


@router.post(
    "/standing-consents/{standing}/answer",
    status_code=201,
    responses=problems(*IN_CASE, NotDecisionMaker, MinorCannotConsent, StandingEnded),
)
async def answer(visit: ApiCaller, standing: Id, wanted: AnswerIn) -> AnswerOut:
    """Agree to what another of the family would agree to in advance, or say no; or confirm it after an event."""
    made = await answer_standing_consent(
        visit.session,
        visit.caller,
        require_id(standing),
        agrees=wanted.agrees,
        word=wanted.word,
        waits=wanted.waits,
    )
    return AnswerOut(id=made.id, at=made.at)


@router.post(
    "/standing-consents/{standing}/withdrawal",
    status_code=201,
    responses=problems(*IN_CASE, NotDecisionMaker),
)
async def end(visit: ApiCaller, standing: Id, wanted: Nothing | None = None) -> EndOut:
    """End a standing consent: at any time, without a reason. What it let out is taken back with it."""
    made = await end_standing_consent(visit.session, visit.caller, require_id(standing))
    return EndOut(standing_consent=made.standing_consent_id, at=made.at)


@router.post(
    "/standing-consents/{standing}/trigger",
    status_code=201,
    responses=problems(*IN_CASE, NothingAwaited, StandingEnded, OnePersonOneOrganisation),
)
async def trigger(visit: ApiCaller, standing: Id, wanted: Nothing | None = None) -> TriggerOut:
    """Say, for one's organisation, that what a standing consent waits for has happened."""
    made = await record_trigger(visit.session, visit.caller, require_id(standing))
    return TriggerOut(standing_consent=made.standing_consent_id, at=made.at)


def _standing_out(line: StandingLine) -> StandingOut:
    uses = [
        UseOut(
            publication=use.publication_id, action=use.action_id, title=use.title, kind=use.kind,
            released_at=use.released_at, retracted_at=use.retracted_at,
        )
        for use in line.uses
    ]  # fmt: skip
    return StandingOut(
        id=line.id, kinds=line.kinds, audiences=line.audiences, languages=line.languages, excludes=line.excludes,
        only_when=line.only_when, at=line.at, expires_at=line.expires_at, holds=line.holds, agreed=line.agreed,
        refused=line.refused, needed=line.needed, happened=line.happened, ended_at=line.ended_at, uses=uses,
    )  # fmt: skip
