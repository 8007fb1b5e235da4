"""The API: the contact book of a case."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.contacts.models import Authority
from assent.contacts.queries import (
    ContactLine,
    authorities_of,
    contacts_of,
    visible_authority,
    visible_contact,
)
from assent.contacts.refusals import (
    UnfitAddress,
    UnknownAuthority,
    UnknownCountry,
    UnknownSide,
    UnknownSort,
)
from assent.contacts.service import (
    AuthorityDetails,
    ContactDetails,
    add_authority,
    add_contact,
    change_authority,
    change_contact,
)
from assent.refusal import Forbidden, NotFound
from assent.web.api import Items, Moment, Sent, api_router, problems
from assent.web.requires import ApiCaller, CaseVisit, Id, api_in_case, require_id

router: APIRouter = api_router("Contacts")
IN_CASE = (NotFound, Forbidden)
AUTHORITY = (UnknownSide, UnknownCountry, UnknownSort)
CONTACT = (UnknownAuthority, UnfitAddress)
Reader = Annotated[CaseVisit, api_in_case(Permission.CASE_READ)]
Keeper = Annotated[CaseVisit, api_in_case(Permission.AUTHORITY_RECORD)]
Visibility = Literal["family", "organisation", "case", "public"]


class AuthorityIn(Sent):
    """A ministry, envoy, mission, parliament, court or body."""

    side: str = Field(description="home, detaining or third.", examples=["home"])
    country: str | None = Field(default=None, description="Null for an international body.")
    sort: str = Field(
        description="ministry, envoy, mission, parliament, court, body or other.",
        examples=["ministry"],
    )
    name: str
    notes: str = ""


class AuthorityChange(Sent):
    """What changes; what is left out stays."""

    side: str | None = None
    country: str | None = None
    sort: str | None = None
    name: str | None = None
    notes: str | None = None
    set_aside: bool | None = None


class AuthorityOut(BaseModel):
    """An authority as it stands in the book."""

    id: UUID
    side: str
    country: str | None
    sort: str
    name: str
    notes: str
    set_aside: bool
    changed_at: Moment


class ContactIn(Sent):
    """Somebody who receives a request or a letter."""

    name: str
    authority: UUID | None = Field(default=None, description="Where they work, by its id.")
    office: str = Field(default="", description="What they are there.")
    address: str = Field(
        default="", description="Mail address; empty: it is handed over by a person."
    )
    language: str = Field(default="", description="In which they are written to, such as en.")
    notes: str = ""
    visibility: Visibility | None = Field(default=None, description="The narrowest, if not said.")


class ContactChange(Sent):
    """What changes; what is left out stays."""

    name: str | None = None
    authority: UUID | None = None
    office: str | None = None
    address: str | None = None
    language: str | None = None
    notes: str | None = None
    visibility: Visibility | None = None
    set_aside: bool | None = None


class ContactOut(BaseModel):
    """A contact as they stand in the book."""

    id: UUID
    name: str
    authority: UUID | None
    office: str
    address: str
    language: str
    notes: str
    visibility: str
    set_aside: bool
    recipient: str = Field(
        description="How a text that names this id among its recipients writes them out when it is put forward."
    )
    changed_at: Moment


@router.get("/cases/{case}/authorities", responses=problems(*IN_CASE))
async def authorities(visit: Reader) -> Items[AuthorityOut]:
    """Everybody who can move something in the case, and on whose side they stand."""
    found = await authorities_of(visit.session, visit.case.id)
    return Items(items=[_authority_out(one) for one in found], next=None)


@router.post("/cases/{case}/authorities", status_code=201, responses=problems(*IN_CASE, *AUTHORITY))
async def add_an_authority(visit: Keeper, wanted: AuthorityIn) -> AuthorityOut:
    """Write an authority into the contact book."""
    details = AuthorityDetails(**wanted.model_dump() | {"country": wanted.country or ""})
    return _authority_out(await add_authority(visit.session, visit.caller, visit.case.id, details))


@router.patch("/authorities/{authority}", responses=problems(*IN_CASE, *AUTHORITY))
async def change_an_authority(
    visit: ApiCaller, authority: Id, wanted: AuthorityChange
) -> AuthorityOut:
    """Bring an authority up to date, or set it aside."""
    before = await visible_authority(visit.session, require_id(authority))
    sent = wanted.model_dump(exclude_unset=True)
    set_aside = bool(_given(sent, "set_aside", before.set_aside))
    names = ("side", "country", "sort", "name", "notes")
    given = {name: _given(sent, name, getattr(before, name)) or "" for name in names}
    if sent.get("country", "") is None:  # said, and no country: an international body
        given["country"] = ""
    changed = await change_authority(
        visit.session, visit.caller, before.id, AuthorityDetails(**given), set_aside=set_aside
    )
    return _authority_out(changed)


@router.get("/cases/{case}/contacts", responses=problems(*IN_CASE))
async def contacts(visit: Reader) -> Items[ContactOut]:
    """The contacts of the case that I may see."""
    found = await contacts_of(visit.session, visit.case.id)
    return Items(items=[_contact_out(line) for line in found], next=None)


@router.post("/cases/{case}/contacts", status_code=201, responses=problems(*IN_CASE, *CONTACT))
async def add_a_contact(visit: Keeper, wanted: ContactIn) -> ContactOut:
    """Write a contact into the book."""
    details = ContactDetails(**wanted.model_dump())
    made = await add_contact(visit.session, visit.caller, visit.case.id, details)
    return _contact_out(await visible_contact(visit.session, made.id))


@router.get("/contacts/{contact}", responses=problems(NotFound))
async def one_contact(visit: ApiCaller, contact: Id) -> ContactOut:
    """One contact."""
    return _contact_out(await visible_contact(visit.session, require_id(contact)))


@router.patch("/contacts/{contact}", responses=problems(*IN_CASE, *CONTACT))
async def change_a_contact(visit: ApiCaller, contact: Id, wanted: ContactChange) -> ContactOut:
    """Bring a contact up to date, or set them aside. Texts that name them stay as they are."""
    before = (await visible_contact(visit.session, require_id(contact))).contact
    sent = wanted.model_dump(exclude_unset=True)
    names = ("name", "office", "address", "language", "notes", "visibility")
    given = {name: _given(sent, name, getattr(before, name)) for name in names}
    details = ContactDetails(**given, authority=sent.get("authority", before.authority_id))
    set_aside = bool(_given(sent, "set_aside", before.set_aside))
    await change_contact(visit.session, visit.caller, before.id, details, set_aside=set_aside)
    return _contact_out(await visible_contact(visit.session, before.id))


def _given(sent: dict[str, Any], name: str, before: Any) -> Any:
    """What was sent under a name, where something was; null leaves it as it is."""
    value = sent.get(name)
    return before if value is None else value


def _authority_out(authority: Authority) -> AuthorityOut:
    return AuthorityOut(
        id=authority.id,
        side=authority.side,
        country=authority.country,
        sort=authority.sort,
        name=authority.name,
        notes=authority.notes,
        set_aside=authority.set_aside,
        changed_at=authority.changed_at,
    )


def _contact_out(line: ContactLine) -> ContactOut:
    contact = line.contact
    return ContactOut(
        id=contact.id,
        name=contact.name,
        authority=contact.authority_id,
        office=contact.office,
        address=contact.address,
        language=contact.language,
        notes=contact.notes,
        visibility=contact.visibility,
        set_aside=contact.set_aside,
        recipient=line.words,
        changed_at=contact.changed_at,
    )
