"""The API: an organisation's people and its own sign-in, for those who administer it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from assent.access import Permission
from assent.cases.leaving import SuccessorNeeded, remove_staff
from assent.notify.mail import MailKind, enqueue_mail
from assent.people import administration, connecting
from assent.people.administration import LastAdministrator
from assent.people.connecting import ProviderSilent, UnfitProvider
from assent.people.domains import AddressElsewhere, DomainTaken, UnfitDomain
from assent.people.invitations import LookAlikeName, UnfitAddress, UnknownPerson
from assent.people.organisation_pages import callback_of
from assent.refusal import NotFound
from assent.settings import Settings
from assent.web.api import Items, Moment, Sent, api_router, problems
from assent.web.requires import (
    Id,
    NotAdministrator,
    OrganisationVisit,
    api_in_organisation,
    require_id,
)

router: APIRouter = api_router("Organisations")
HERE = (NotFound, NotAdministrator)
Inviting = Annotated[OrganisationVisit, api_in_organisation(Permission.STAFF_INVITE)]
Removing = Annotated[OrganisationVisit, api_in_organisation(Permission.STAFF_REMOVE)]
Connecting = Annotated[OrganisationVisit, api_in_organisation(Permission.PROVIDER_CONNECT)]


class StaffIn(Sent):
    """Somebody to invite."""

    email: str
    name: str = Field(description="Under which the others see them.")
    language: str = Field(default="en", description="BCP 47 tag of the language they read.")


class StaffOut(BaseModel):
    """Somebody who works for the organisation."""

    id: UUID
    name: str
    email: str
    administrator: bool
    has_signed_in: bool
    signed_in_by: Literal["provider", "link", "operator", "passkey"] | None = Field(
        description="How they last signed in: at the organisation's own sign-in, by a mailed link, or by"
        " one the operator gave them."
    )
    cases: int = Field(
        description="In how many cases they act for the organisation, of those the caller is in too."
    )
    since: Moment


class StaffChange(Sent):
    """What is to change."""

    administrator: bool


class ProviderIn(Sent):
    """The organisation's OpenID Connect provider."""

    issuer: str = Field(
        description="Its address, exactly as it names itself.",
        examples=["https://login.example.org"],
    )
    client_id: str
    client_secret: str = Field(
        default="", description="Never shown again; leave it out to keep the one there is."
    )
    email_domains: list[str] = Field(
        description="Whose addresses sign in there.", examples=[["example.org"]]
    )


class ProviderOut(BaseModel):
    """The organisation's own sign-in, without its secret."""

    issuer: str
    client_id: str
    email_domains: list[str]
    callback: str = Field(description="Register this address at the provider.")


def _staff_out(line: administration.StaffLine) -> StaffOut:
    return StaffOut(
        id=line.id,
        name=line.name,
        email=line.email,
        administrator=line.administers,
        has_signed_in=line.signed_in_by is not None,
        signed_in_by=line.signed_in_by,
        cases=line.cases,
        since=line.created_at,
    )


async def _one(visit: OrganisationVisit, person_id: UUID) -> StaffOut:
    everybody = await administration.staff_of(visit.session, visit.organisation.id)
    return next(_staff_out(line) for line in everybody if line.id == person_id)


@router.get("/organisations/{organisation}/staff", responses=problems(*HERE))
async def staff(visit: Inviting) -> Items[StaffOut]:
    """Everybody who works for the organisation, by name."""
    everybody = await administration.staff_of(visit.session, visit.organisation.id)
    return Items(items=[_staff_out(line) for line in everybody], next=None)


@router.post(
    "/organisations/{organisation}/staff",
    status_code=201,
    responses=problems(*HERE, UnfitAddress, UnknownPerson, LookAlikeName, AddressElsewhere),
)
async def invite(visit: Inviting, wanted: StaffIn) -> StaffOut:
    """Invite somebody; a mail says that they are invited, not to what."""
    person = await administration.invite_staff(
        visit.session, visit.caller, visit.organisation, wanted.email, wanted.name, wanted.language
    )
    await enqueue_mail(visit.session, person.id, MailKind.INVITATION, "/")
    return await _one(visit, person.id)


@router.patch(
    "/organisations/{organisation}/staff/{person}", responses=problems(*HERE, LastAdministrator)
)
async def change(visit: Inviting, person: Id, wanted: StaffChange) -> StaffOut:
    """Name an administrator, or end somebody's being one."""
    key = require_id(person)
    await administration.set_administrator(
        visit.session, visit.caller, visit.organisation, key, wanted=wanted.administrator
    )
    return await _one(visit, key)


@router.delete(
    "/organisations/{organisation}/staff/{person}",
    status_code=204,
    responses=problems(*HERE, LastAdministrator, SuccessorNeeded),
)
async def remove(
    visit: Removing,
    person: Id,
    successor: Annotated[
        str | None,
        Query(description="Id of a colleague who takes over where nobody else coordinates."),
    ] = None,
) -> Response:
    """Remove somebody: sessions, tokens and roles end at once; what they wrote stays."""
    heir = require_id(successor) if successor else None
    await remove_staff(visit.session, visit.caller, visit.organisation, require_id(person), heir)
    return Response(status_code=204)


@router.get("/organisations/{organisation}/provider", responses=problems(*HERE))
async def provider(request: Request, visit: Connecting) -> ProviderOut:
    """The organisation's own sign-in; 404 where there is none."""
    return await _provider_out(request, visit)


async def _provider_out(request: Request, visit: OrganisationVisit) -> ProviderOut:
    found = await connecting.provider_of(visit.session, visit.organisation.id)
    if found is None:
        raise NotFound
    await visit.session.refresh(found)
    await visit.session.refresh(visit.organisation)
    return ProviderOut(
        issuer=found.issuer,
        client_id=found.client_id,
        email_domains=visit.organisation.email_domains,
        callback=callback_of(request.app.state.settings, visit.organisation.slug),
    )


@router.put(
    "/organisations/{organisation}/provider",
    responses=problems(*HERE, UnfitProvider, UnfitDomain, DomainTaken, ProviderSilent),
)
async def connect(request: Request, visit: Connecting, wanted: ProviderIn) -> ProviderOut:
    """Connect or change the organisation's own sign-in; it is asked who it is first."""
    settings: Settings = request.app.state.settings
    await connecting.connect_provider(
        visit.session,
        visit.caller,
        visit.organisation,
        wanted.issuer,
        wanted.client_id,
        wanted.client_secret,
        wanted.email_domains,
        trial=not settings.secure,
    )
    return await _provider_out(request, visit)


@router.delete("/organisations/{organisation}/provider", status_code=204, responses=problems(*HERE))
async def disconnect(visit: Connecting) -> Response:
    """Take the organisation's own sign-in away; its people sign in by link again."""
    await connecting.disconnect_provider(visit.session, visit.caller, visit.organisation)
    return Response(status_code=204)
