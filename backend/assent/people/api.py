"""The API: who am I, which organisations do I see."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import or_, select

from assent.cases.models import Case
from assent.gate.roles import Role
from assent.people.models import Membership, Organisation
from assent.web.api import USUAL_ITEMS, Cursor, Items, Limit, api_router, cut, id_cursor
from assent.web.requires import ApiCaller

router: APIRouter = api_router("People")


class OwnMembership(BaseModel):
    """A role the caller holds in a case."""

    id: UUID
    case: str = Field(description="The case's short name.", examples=["a-lawyer"])
    role: Role
    organisation: str | None = Field(description="On whose behalf; null for the family.")


class Me(BaseModel):
    """The person behind the token."""

    id: UUID
    name: str
    email: str
    language: str = Field(examples=["fa"])
    organisation: str | None
    memberships: list[OwnMembership]


class OrganisationOut(BaseModel):
    """An organisation."""

    slug: str
    name: str
    country: str = Field(description="ISO 3166-1 alpha-2.", examples=["GB"])


@router.get("/me")
async def who_am_i(visit: ApiCaller) -> Me:
    """Who am I, and in which cases."""
    caller = visit.caller
    query = (
        select(Membership.id, Case.slug, Membership.role, Organisation.slug)
        .join(Case, Case.id == Membership.case_id)
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == caller.person_id, Membership.ended_at.is_(None))
        .order_by(Membership.ledger_index)
    )
    rows = await visit.session.execute(query)
    own = select(Organisation.slug).where(Organisation.id == caller.organisation_id)
    return Me(
        id=caller.person_id,
        name=caller.name,
        email=caller.email,
        language=caller.language,
        organisation=(await visit.session.scalars(own)).one_or_none(),
        memberships=[
            OwnMembership(id=key, case=case, role=Role(role), organisation=organisation)
            for key, case, role, organisation in rows
        ],
    )


@router.get("/organisations")
async def organisations(
    visit: ApiCaller, limit: Limit = USUAL_ITEMS, cursor: Cursor = None
) -> Items[OrganisationOut]:
    """The organisations of my cases, and my own."""
    # Row-level security shows memberships of the caller's own cases only.
    shared = select(Membership.organisation_id).where(Membership.ended_at.is_(None))
    query = (
        select(Organisation)
        .where(or_(Organisation.id.in_(shared), Organisation.id == visit.caller.organisation_id))
        .order_by(Organisation.id)
        .limit(limit + 1)
    )
    if (after := id_cursor(cursor)) is not None:
        query = query.where(Organisation.id > after)
    rows, last = cut((await visit.session.scalars(query)).all(), limit)
    return Items(
        items=[OrganisationOut(slug=o.slug, name=o.name, country=o.country) for o in rows],
        next=str(last.id) if last else None,
    )
