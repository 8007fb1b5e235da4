"""The API: clearances, relatives' concerns, safety reviewers' holds."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from assent.access import Permission
from assent.actions.clearing import give_clearance
from assent.actions.concerns import answer_concern, raise_concern, raise_hold
from assent.actions.models import Clearance, Concern, ConcernAnswer
from assent.actions.refusals import (
    AlreadyAnswered,
    AlreadyGiven,
    ClearsOwnText,
    NothingToDecide,
    NotYourRole,
    ReasonMissing,
    StaleDigest,
    TextMissing,
)
from assent.people.models import SHOWN_NAME, Organisation, Person
from assent.refusal import Forbidden, NotFound
from assent.web.api import (
    USUAL_ITEMS,
    Cursor,
    Digest,
    Items,
    Limit,
    Moment,
    Sent,
    SomebodyOut,
    Words,
    api_router,
    cut,
    id_cursor,
    problems,
)
from assent.web.requirements import Names, names_for
from assent.web.requires import ActionVisit, ApiCaller, Id, api_on_action, require_id

router: APIRouter = api_router("Clearances and concerns")
IN_CASE = (NotFound, Forbidden)
Reader = Annotated[ActionVisit, api_on_action(Permission.CASE_READ)]


class ClearanceIn(Sent):
    """A yes or no in the name of an organisation, or of a safety review."""

    digest: Digest
    role: str = Field(description="clearance_officer or safety_reviewer.")
    decision: str = Field(description="cleared, refused or recused.", examples=["cleared"])
    note: str = Field(default="", description="Needed with a refusal.")
    risks: dict[str, str] = Field(
        default={}, description="What could go wrong, in plain words for the family, by language."
    )


class ClearanceOut(BaseModel):
    """A clearance on record; one to an older digest no longer counts."""

    id: UUID
    digest: Digest
    role: str
    by: SomebodyOut
    decision: str
    note: str
    risks: dict[str, str]
    at: Moment


class AnswerOut(BaseModel):
    """An answer, or the lifting of a hold."""

    text: str
    by: SomebodyOut
    at: Moment


class ConcernOut(BaseModel):
    """A concern or hold: the case's gates stay shut until it is answered."""

    id: UUID
    action: UUID
    kind: str = Field(description="concern (a relative's) or hold (a safety reviewer's).")
    text: str
    by: SomebodyOut
    at: Moment
    answer: AnswerOut | None = None


@router.get("/actions/{action}/clearances", responses=problems(NotFound))
async def clearances(
    visit: Reader, limit: Limit = USUAL_ITEMS, cursor: Cursor = None
) -> Items[ClearanceOut]:
    """Every clearance of the action, oldest first, those to older texts too."""
    query = (
        select(Clearance, SHOWN_NAME, Organisation.slug)
        .join(Person, Person.id == Clearance.person_id)
        .outerjoin(Organisation, Organisation.id == Clearance.organisation_id)
        .where(Clearance.action_id == visit.action.id)
        .order_by(Clearance.id)
        .limit(limit + 1)
    )
    if (after := id_cursor(cursor)) is not None:
        query = query.where(Clearance.id > after)
    rows, last = cut((await visit.session.execute(query)).all(), limit)
    return Items(
        items=[_clearance_out(clearance, name, slug) for clearance, name, slug in rows],
        next=str(last[0].id) if last else None,
    )


@router.post(
    "/actions/{action}/clearances",
    status_code=201,
    responses=problems(
        *IN_CASE,
        NotYourRole,
        ClearsOwnText,
        StaleDigest,
        NothingToDecide,
        AlreadyGiven,
        ReasonMissing,
    ),
)
async def clear(
    visit: Annotated[ActionVisit, api_on_action(Permission.ACTION_CLEAR)], wanted: ClearanceIn
) -> ClearanceOut:
    """Clear or refuse exactly this text, in the name of my organisation or as a safety review."""
    made = await give_clearance(
        visit.session,
        visit.caller,
        visit.action.id,
        wanted.digest,
        wanted.role,
        wanted.decision,
        wanted.note,
        wanted.risks,
    )
    own = select(Organisation.slug).where(Organisation.id == made.organisation_id)
    slug = (await visit.session.scalars(own)).one_or_none()
    return _clearance_out(made, visit.caller.name, slug)


@router.get("/actions/{action}/concerns", responses=problems(NotFound))
async def concerns(
    visit: Reader, limit: Limit = USUAL_ITEMS, cursor: Cursor = None
) -> Items[ConcernOut]:
    """Concerns and holds raised at this action, oldest first, with their answers."""
    query = (
        select(Concern, ConcernAnswer)
        .outerjoin(ConcernAnswer, ConcernAnswer.concern_id == Concern.id)
        .where(Concern.action_id == visit.action.id)
        .order_by(Concern.id)
        .limit(limit + 1)
    )
    if (after := id_cursor(cursor)) is not None:
        query = query.where(Concern.id > after)
    rows, last = cut((await visit.session.execute(query)).all(), limit)
    people = [
        person for c, a in rows for person in (c.raised_by, a.answered_by if a else c.raised_by)
    ]
    names = await names_for(visit.session, visit.standing, people)
    return Items(
        items=[_concern_out(concern, answer, names) for concern, answer in rows],
        next=str(last[0].id) if last else None,
    )


@router.post(
    "/actions/{action}/concerns", status_code=201, responses=problems(*IN_CASE, TextMissing)
)
async def voice_concern(
    visit: Annotated[ActionVisit, api_on_action(Permission.CONCERN_RAISE)], wanted: Words
) -> ConcernOut:
    """Raise a relative's concern: nothing of the case goes out until a coordinator has answered it."""
    made = await raise_concern(visit.session, visit.caller, visit.action.id, wanted.text)
    return _concern_out(made, None, await names_for(visit.session, visit.standing))


@router.post("/actions/{action}/holds", status_code=201, responses=problems(*IN_CASE, TextMissing))
async def hold(
    visit: Annotated[ActionVisit, api_on_action(Permission.HOLD_RAISE)], wanted: Words
) -> ConcernOut:
    """Put a safety reviewer's hold on the case: nothing goes out until a reviewer lifts it."""
    made = await raise_hold(visit.session, visit.caller, visit.action.id, wanted.text)
    return _concern_out(made, None, await names_for(visit.session, visit.standing))


@router.post(
    "/concerns/{concern}/answer",
    status_code=201,
    responses=problems(*IN_CASE, AlreadyAnswered, TextMissing),
)
async def answer(visit: ApiCaller, concern: Id, wanted: Words) -> AnswerOut:
    """Answer a concern (coordinators), or lift a hold (safety reviewers)."""
    made = await answer_concern(visit.session, visit.caller, require_id(concern), wanted.text)
    own = select(Organisation.slug).where(Organisation.id == visit.caller.organisation_id)
    slug = (await visit.session.scalars(own)).one_or_none()
    by = SomebodyOut(person=visit.caller.name, organisation=slug)
    return AnswerOut(text=made.text, by=by, at=made.answered_at)


def _clearance_out(clearance: Clearance, person: str, organisation: str | None) -> ClearanceOut:
    return ClearanceOut(
        id=clearance.id,
        digest=clearance.digest,
        role=clearance.role,
        by=SomebodyOut(person=person, organisation=organisation),
        decision=clearance.decision,
        note=clearance.note,
        risks=clearance.risks,
        at=clearance.at,
    )


def _concern_out(concern: Concern, answer: ConcernAnswer | None, names: Names) -> ConcernOut:
    return ConcernOut(
        id=concern.id,
        action=concern.action_id,
        kind=concern.kind,
        text=concern.text,
        by=_somebody(names, concern.raised_by),
        at=concern.raised_at,
        answer=None
        if answer is None
        else AnswerOut(
            text=answer.text, by=_somebody(names, answer.answered_by), at=answer.answered_at
        ),
    )


def _somebody(names: Names, person: UUID) -> SomebodyOut:
    return SomebodyOut.model_validate(names.of(person).as_json())
