"""The contact book: who can move something, on every side, and what each of them has been given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.cases.countries import countries
from assent.contacts.queries import (
    ContactLine,
    authorities_of,
    contacts_of,
    visible_authority,
    visible_contact,
)
from assent.contacts.service import (
    SORTS,
    AuthorityDetails,
    ContactDetails,
    add_authority,
    add_contact,
    change_authority,
    change_contact,
)
from assent.people.memberships import standing
from assent.publishing.seen import who_has_seen_what
from assent.refusal import N_, NotFound, Refusal
from assent.web.attempts import attempt
from assent.web.labels import DELIVERIES, VISIBILITIES
from assent.web.language import country_name, language_of, translate_refusal
from assent.web.panel import may
from assent.web.render import render
from assent.web.requires import CaseVisit, SignedIn, Visit, as_id, find_case, in_case, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Reading = Annotated[CaseVisit, in_case(Permission.CASE_READ)]
Keeping = Annotated[CaseVisit, in_case(Permission.AUTHORITY_RECORD)]
SIDES = {
    "home": N_("Home government"),
    "detaining": N_("Detaining government"),
    "third": N_("Third states and international bodies"),
}
SORT_WORDS = {
    "ministry": N_("Ministry"),
    "envoy": N_("Envoy"),
    "mission": N_("Embassy, consulate or delegation"),
    "parliament": N_("Parliament"),
    "court": N_("Court"),
    "body": N_("International body"),
    "other": N_("Something else"),
}
Errors = list[tuple[str, str]]


@dataclass
class TypedAuthority:
    """An authority as it was typed."""

    side: str = ""
    country: str = ""
    sort: str = ""
    name: str = ""
    notes: str = ""


@dataclass
class TypedContact:
    """A contact as they were typed."""

    name: str = ""
    authority: str = ""
    office: str = ""
    address: str = ""
    language: str = ""
    notes: str = ""
    visibility: str = ""

    def details(self) -> ContactDetails:
        """What the book is told."""
        values = asdict(self) | {"visibility": self.visibility or None}
        return ContactDetails(**values | {"authority": as_id(self.authority)})


async def typed_authority(
    side: Text = "", country: Text = "", sort: Text = "", name: Text = "", notes: Text = ""
) -> TypedAuthority:
    """Read the form."""
    return TypedAuthority(side, country, sort, name, notes)


async def typed_contact(
    name: Text = "",
    authority: Text = "",
    office: Text = "",
    address: Text = "",
    language: Text = "",
    notes: Text = "",
    visibility: Text = "",
) -> TypedContact:
    """Read the form."""
    return TypedContact(name, authority, office, address, language, notes, visibility)


AuthorityTyped = Annotated[TypedAuthority, Depends(typed_authority)]
ContactTyped = Annotated[TypedContact, Depends(typed_contact)]


@router.get("/cases/{case}/contacts")
async def book(request: Request, visit: Reading) -> Response:
    """The contact book."""
    return await _book(request, visit)


async def _book(
    request: Request,
    visit: CaseVisit,
    errors: Errors | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    found = await authorities_of(visit.session, visit.case.id)
    lines = await contacts_of(visit.session, visit.case.id)
    context = {
        "case": visit.case,
        "authorities": {side: [a for a in found if a.side == side] for side in SIDES},
        "of": {a.id: [line for line in lines if line.contact.authority_id == a.id] for a in found},
        "others": [line for line in lines if line.authority is None],
        "errors": errors or [],
        "typed": dict(typed or {}),
        **_words(request, visit, lines),
        "offered": [("", ""), *((str(a.id), a.name) for a in found if not a.set_aside)],
    }
    return render(request, "contacts/book.html", context, status=status)


def _words(request: Request, visit: CaseVisit, lines: list[ContactLine]) -> dict[str, Any]:
    language = language_of(request)
    named = sorted(((c, country_name(c, language)) for c in countries()), key=lambda one: one[1])
    labels = ["organisation", "case", *(["family"] if visit.standing.sees_family else [])]
    return {
        "side_names": SIDES,
        "sorts": SORT_WORDS,
        "sort_names": SORTS,
        "countries": [("", ""), *named],
        "country_names": dict(named),
        "labels": labels,
        "visibilities": VISIBILITIES,
        "may": may(visit.standing),
    }


@router.post("/cases/{case}/authorities")
async def add_an_authority(request: Request, visit: Keeping, typed: AuthorityTyped) -> Response:
    """Write an authority down."""
    values = asdict(typed)
    try:
        async with attempt(visit.session):
            await add_authority(
                visit.session, visit.caller, visit.case.id, AuthorityDetails(**values)
            )
    except Refusal as refusal:
        return await _refused(request, visit, refusal, values | {"form": "authority"})
    return RedirectResponse(f"/cases/{visit.case.slug}/contacts", 303)


@router.post("/cases/{case}/contacts")
async def add_a_contact(request: Request, visit: Keeping, typed: ContactTyped) -> Response:
    """Write a contact down."""
    try:
        async with attempt(visit.session):
            await add_contact(visit.session, visit.caller, visit.case.id, typed.details())
    except Refusal as refusal:
        return await _refused(request, visit, refusal, asdict(typed) | {"form": "contact"})
    return RedirectResponse(f"/cases/{visit.case.slug}/contacts", 303)


async def _refused(
    request: Request, visit: CaseVisit, refusal: Refusal, typed: Mapping[str, str]
) -> Response:
    said = translate_refusal(refusal, language_of(request))
    field = f"{typed['form']}-{refusal.field}" if refusal.field else ""
    return await _book(request, visit, [(field, said)], typed, refusal.status)


@router.get("/authorities/{authority}")
async def one_authority(request: Request, visit: SignedIn, authority: str) -> Response:
    """One authority, to be brought up to date."""
    return await _authority(request, visit, authority, [], None)


async def _authority(
    request: Request,
    visit: Visit,
    authority: str,
    errors: Errors,
    typed: TypedAuthority | None,
    status: int = 200,
) -> Response:
    found = await visible_authority(visit.session, require_id(authority))
    inside = await _inside(visit, found.case_id)
    shown = typed or TypedAuthority(
        found.side, found.country or "", found.sort, found.name, found.notes
    )
    context = {
        "case": inside.case,
        "authority": found,
        "typed": asdict(shown),
        "errors": errors,
        **_words(request, inside, []),
    }
    return render(request, "contacts/authority.html", context, status=status)


@router.post("/authorities/{authority}")
async def change_an_authority(
    request: Request, visit: SignedIn, authority: str, typed: AuthorityTyped, set_aside: Text = ""
) -> Response:
    """Bring an authority up to date, or set it aside."""
    key = require_id(authority)
    details = AuthorityDetails(**asdict(typed))
    try:
        async with attempt(visit.session):
            found = await change_authority(
                visit.session, visit.caller, key, details, set_aside=set_aside == "yes"
            )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return await _authority(
            request, visit, authority, _said(request, refusal), typed, refusal.status
        )
    return RedirectResponse(f"/cases/{found.case_id}/contacts", 303)


@router.get("/contacts/{contact}")
async def one_contact(request: Request, visit: SignedIn, contact: str) -> Response:
    """One contact: what they have been given, and how they are reached."""
    return await _contact(request, visit, contact, [], None)


async def _contact(
    request: Request,
    visit: Visit,
    contact: str,
    errors: Errors,
    typed: TypedContact | None,
    status: int = 200,
) -> Response:
    line = await visible_contact(visit.session, require_id(contact))
    found = line.contact
    inside = await _inside(visit, found.case_id)
    shown = typed or TypedContact(
        found.name, str(found.authority_id or ""), found.office, found.address, found.language,
        found.notes, found.visibility,
    )  # fmt: skip
    texts = await who_has_seen_what(visit.session, found.case_id)
    authorities = await authorities_of(visit.session, found.case_id)
    words = _words(request, inside, [])
    if found.visibility not in words["labels"]:
        words["labels"] = [found.visibility, *words["labels"]]
    context = {
        "case": inside.case,
        "line": line,
        "typed": asdict(shown),
        "given": [
            (text, one) for text in texts for one in text.reached if line.is_meant_by(one.who)
        ],
        "states": DELIVERIES,
        "offered": [("", ""), *((str(a.id), a.name) for a in authorities)],
        "errors": errors,
        **words,
    }
    return render(request, "contacts/contact.html", context, status=status)


@router.post("/contacts/{contact}")
async def change_a_contact(
    request: Request, visit: SignedIn, contact: str, typed: ContactTyped, set_aside: Text = ""
) -> Response:
    """Bring a contact up to date, or set them aside."""
    try:
        async with attempt(visit.session):
            await change_contact(
                visit.session,
                visit.caller,
                require_id(contact),
                typed.details(),
                set_aside=set_aside == "yes",
            )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return await _contact(
            request, visit, contact, _said(request, refusal), typed, refusal.status
        )
    return RedirectResponse(f"/contacts/{contact}", 303)


async def _inside(visit: Visit, case_id: Any) -> CaseVisit:
    """The case a contact or an authority belongs to, and what the caller is there."""
    found = await standing(visit.session, visit.caller, case_id)
    if found is None:
        raise NotFound
    case = await find_case(visit.session, str(case_id))
    return CaseVisit(visit.session, visit.caller, case, found)


def _said(request: Request, refusal: Refusal) -> Errors:
    return [(refusal.field or "", translate_refusal(refusal, language_of(request)))]
