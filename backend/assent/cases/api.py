"""The API: cases, who is in them, pauses."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy import exists, func, select

from assent.access import Permission
from assent.cases.models import Case, Pause, PauseEnd
from assent.cases.pauses import pause_case, resume_case
from assent.cases.refusals import (
    AlreadyMember,
    AlreadyPaused,
    FamilysPause,
    LastCoordinator,
    NotPaused,
    SlugTaken,
    StaffOnly,
    UnfitRole,
    UnknownOrganisation,
)
from assent.cases.service import (
    CaseDetails,
    create_case,
    end_membership,
    grant_membership,
)
from assent.gate.roles import FAMILY_ROLES, Role
from assent.people.models import Membership, Organisation, Person
from assent.refusal import Forbidden, NotFound
from assent.web.api import (
    USUAL_ITEMS,
    Cursor,
    Items,
    Limit,
    Moment,
    Sent,
    api_router,
    cut,
    id_cursor,
    problems,
)
from assent.web.requirements import FAMILY
from assent.web.requires import ApiCaller, CaseVisit, Id, api_in_case, require_id

router: APIRouter = api_router("Cases")

IN_CASE = (NotFound, Forbidden)


class DetainedPerson(Sent):
    """The person who is detained; only the name has to be known."""

    name: str = Field(examples=["Ava Rahimi"])
    names: dict[str, str] = Field(default={}, description="The name in other languages, by tag.")
    born: str | None = Field(
        default=None, description="As far as it is known.", examples=["1987-05"]
    )
    nationalities: list[str] = Field(default=[], examples=[["IR", "CA"]])


class CaseIn(Sent):
    """A case to open."""

    slug: str = Field(description="Short name: lower case, digits, hyphens.", examples=["a-lawyer"])
    title: str
    detained_person: DetainedPerson
    detaining_state: str = Field(description="ISO 3166-1 alpha-2.", examples=["IR"])
    posture: str = Field(default="quiet", description="quiet, mixed or public.")


class CaseOut(BaseModel):
    """A case."""

    id: UUID
    slug: str
    title: str
    detained_person: dict[str, Any]
    detaining_state: str
    posture: str
    paused: bool = Field(description="Whether a pause stands: nothing goes out meanwhile.")
    created_at: Moment


class MembershipIn(Sent):
    """A role to give to somebody, on behalf of an organisation or (null) of the family."""

    person: str = Field(description="E-mail address.", examples=["mother@example.org"])
    role: str = Field(examples=["decision_maker"])
    organisation: str | None = Field(default=None, description="Short name; null for the family.")
    name: str | None = Field(default=None, description="For somebody new to Assent.")
    language: str | None = Field(default=None, description="For somebody new to Assent.")


class MembershipOut(BaseModel):
    """A role somebody holds. Relatives' names and addresses are told to family and coordinators only."""

    id: UUID
    person: str | None = Field(description="E-mail address.")
    name: str
    role: Role
    organisation: str | None
    granted_at: Moment


class PauseIn(Sent):
    """A pause; nobody has to give a reason."""

    reason: str = ""


class PauseOut(BaseModel):
    """A pause that stands."""

    id: UUID
    reason: str
    by_family: bool = Field(description="The family's own pause is lifted by the family alone.")
    set_at: Moment


@router.get("/cases")
async def cases(
    visit: ApiCaller, limit: Limit = USUAL_ITEMS, cursor: Cursor = None
) -> Items[CaseOut]:
    """The cases I take part in."""
    query = select(Case, _paused(), _posture()).order_by(Case.id).limit(limit + 1)
    if (after := id_cursor(cursor)) is not None:
        query = query.where(Case.id > after)
    rows, last = cut((await visit.session.execute(query)).all(), limit)
    items = [case_out(case, posture, paused=paused) for case, paused, posture in rows]
    return Items(items=items, next=str(last[0].id) if last else None)


@router.post("/cases", status_code=201, responses=problems(StaffOnly, SlugTaken))
async def open_case(visit: ApiCaller, wanted: CaseIn) -> CaseOut:
    """Open a case. Its opener becomes its coordinator."""
    person = wanted.detained_person.model_dump(mode="json", exclude_defaults=True)
    details = CaseDetails(
        slug=wanted.slug,
        title=wanted.title,
        detained_person=person,
        detaining_state=wanted.detaining_state,
        posture=wanted.posture,
    )
    case = await create_case(visit.session, visit.caller, details)
    return case_out(case, case.posture, paused=False)


@router.get("/cases/{case}", responses=problems(*IN_CASE))
async def one_case(visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)]) -> CaseOut:
    """One case."""
    query = select(_paused(), _posture()).where(Case.id == visit.case.id)
    paused, posture = (await visit.session.execute(query)).one()
    return case_out(visit.case, posture, paused=paused)


@router.get("/cases/{case}/memberships", responses=problems(*IN_CASE))
async def memberships(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)],
    limit: Limit = USUAL_ITEMS,
    cursor: Cursor = None,
) -> Items[MembershipOut]:
    """Who is in the case."""
    query = (
        select(Membership, Person, Organisation.slug)
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.case_id == visit.case.id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
        .limit(limit + 1)
    )
    if (after := id_cursor(cursor)) is not None:
        query = query.where(Membership.id > after)
    rows, last = cut((await visit.session.execute(query)).all(), limit)
    known, to_relative = visit.standing.sees_family, visit.caller.organisation_id is None
    return Items(
        items=[
            _membership_out(m, person, slug, known=known, to_relative=to_relative)
            for m, person, slug in rows
        ],
        next=str(last[0].id) if last else None,
    )


@router.post(
    "/cases/{case}/memberships",
    status_code=201,
    responses=problems(*IN_CASE, UnfitRole, UnknownOrganisation, AlreadyMember),
)
async def give_role(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_INVITE)], wanted: MembershipIn
) -> MembershipOut:
    """Give somebody a role in the case. Who is new to Assent is invited by mail."""
    membership = await grant_membership(
        visit.session,
        visit.caller,
        visit.case.id,
        wanted.person,
        wanted.role,
        wanted.organisation,
        name=wanted.name,
        language=wanted.language,
    )
    person = await visit.session.get_one(Person, membership.person_id)
    return _membership_out(membership, person, wanted.organisation, known=True)


@router.delete(
    "/memberships/{membership}", status_code=204, responses=problems(*IN_CASE, LastCoordinator)
)
async def end_role(visit: ApiCaller, membership: Id) -> Response:
    """End a membership. What its holder cleared or agreed to stops counting at once."""
    await end_membership(visit.session, visit.caller, require_id(membership))
    return Response(status_code=204)


@router.post("/cases/{case}/pause", status_code=201, responses=problems(*IN_CASE, AlreadyPaused))
async def pause(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_PAUSE)], wanted: PauseIn
) -> PauseOut:
    """Stop everything of the case at once: nothing goes out while the pause stands."""
    made = await pause_case(visit.session, visit.caller, visit.case.id, wanted.reason)
    return PauseOut(id=made.id, reason=made.reason, by_family=made.by_family, set_at=made.set_at)


@router.delete(
    "/cases/{case}/pause", status_code=204, responses=problems(*IN_CASE, FamilysPause, NotPaused)
)
async def resume(visit: Annotated[CaseVisit, api_in_case(Permission.CASE_RESUME)]) -> Response:
    """Lift the pauses the caller may lift."""
    await resume_case(visit.session, visit.caller, visit.case.id)
    return Response(status_code=204)


def case_out(case: Case, posture: str, *, paused: bool) -> CaseOut:
    """Return a case in the API's form, with the posture that holds now."""
    return CaseOut(
        id=case.id,
        slug=case.slug,
        title=case.title,
        detained_person=case.detained_person,
        detaining_state=case.detaining_state,
        posture=posture,
        paused=paused,
        created_at=case.created_at,
    )


def _posture() -> Any:
    return func.assent.posture_of(Case.id).label("posture")


def _paused() -> Any:
    ended = exists().where(PauseEnd.pause_id == Pause.id)
    return exists().where(Pause.case_id == Case.id, ~ended).label("paused")


def _membership_out(
    membership: Membership,
    person: Person,
    organisation: str | None,
    *,
    known: bool,
    to_relative: bool = False,
) -> MembershipOut:
    role = Role(membership.role)
    shown = known or role not in FAMILY_ROLES
    other_name = person.shown_as if to_relative else None
    return MembershipOut(
        id=membership.id,
        person=person.email if shown and not other_name else None,
        name=(other_name or person.name) if shown else FAMILY,
        role=role,
        organisation=organisation,
        granted_at=membership.granted_at,
    )
