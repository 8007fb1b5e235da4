"""The page of an organisation, for those who administer it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.cases.leaving import SuccessorNeeded, remove_staff
from assent.notify.mail import MailKind, enqueue_mail
from assent.people import administration, connecting
from assent.refusal import Refusal
from assent.settings import Settings
from assent.web.attempts import attempt
from assent.web.language import language_of, translate_refusal
from assent.web.render import render
from assent.web.requires import OrganisationVisit, as_id, in_organisation, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Inviting = Annotated[OrganisationVisit, in_organisation(Permission.STAFF_INVITE)]
Removing = Annotated[OrganisationVisit, in_organisation(Permission.STAFF_REMOVE)]
Connecting = Annotated[OrganisationVisit, in_organisation(Permission.PROVIDER_CONNECT)]


def callback_of(settings: Settings, organisation: str) -> str:
    """Return the address an organisation's provider sends people back to."""
    return f"{settings.base_url}/sign-in/with/{organisation}/callback"


@router.get("/organisations/{organisation}")
async def organisation_page(request: Request, visit: Inviting) -> Response:
    """Its people, and how they sign in."""
    return await _draw(request, visit)


async def _draw(
    request: Request,
    visit: OrganisationVisit,
    refusal: Refusal | None = None,
    form: dict[str, str] | None = None,
    person: str = "",
) -> Response:
    errors = []
    if refusal is not None:
        errors = [(refusal.field or "", translate_refusal(refusal, language_of(request)))]
    context = {
        "organisation": visit.organisation,
        "staff": await administration.staff_of(visit.session, visit.organisation.id),
        "me": visit.caller.person_id,
        "provider": await connecting.provider_of(visit.session, visit.organisation.id),
        "callback": callback_of(request.app.state.settings, visit.organisation.slug),
        "errors": errors,
        "form": form or {},
        "refused": person,
        "successor_needed": isinstance(refusal, SuccessorNeeded),
    }
    status = refusal.status if refusal is not None else 200
    return render(request, "people/organisation.html", context, status=status)


def _back(visit: OrganisationVisit) -> Response:
    return RedirectResponse(f"/organisations/{visit.organisation.slug}", 303)


@router.post("/organisations/{organisation}/staff")
async def invite(
    request: Request, visit: Inviting, email: Text = "", name: Text = "", language: Text = "en"
) -> Response:
    """Invite somebody to the organisation."""
    try:
        async with attempt(visit.session):
            person = await administration.invite_staff(
                visit.session, visit.caller, visit.organisation, email, name, language
            )
            await enqueue_mail(visit.session, person.id, MailKind.INVITATION, "/")
    except Refusal as refusal:
        refusal.field = {"person": "email"}.get(refusal.field or "", refusal.field)
        form = {"email": email, "name": name, "language": language}
        return await _draw(request, visit, refusal, form)
    return _back(visit)


@router.post("/organisations/{organisation}/staff/{person}/administrator")
async def name_administrator(
    request: Request, visit: Inviting, person: str, wanted: Text = ""
) -> Response:
    """Name an administrator, or end somebody's being one."""
    try:
        async with attempt(visit.session):
            await administration.set_administrator(
                visit.session,
                visit.caller,
                visit.organisation,
                require_id(person),
                wanted=wanted == "yes",
            )
    except Refusal as refusal:
        return await _draw(request, visit, refusal, person=person)
    return RedirectResponse("/", 303) if as_id(person) == visit.caller.person_id else _back(visit)


@router.post("/organisations/{organisation}/staff/{person}/remove")
async def remove(request: Request, visit: Removing, person: str, successor: Text = "") -> Response:
    """Remove somebody from the organisation."""
    try:
        async with attempt(visit.session):
            await remove_staff(
                visit.session,
                visit.caller,
                visit.organisation,
                require_id(person),
                require_id(successor) if successor else None,
            )
    except Refusal as refusal:
        return await _draw(request, visit, refusal, person=person)
    return _back(visit)


@router.post("/organisations/{organisation}/provider")
async def connect(
    request: Request,
    visit: Connecting,
    issuer: Text = "",
    client_id: Text = "",
    client_secret: Text = "",
    email_domains: Text = "",
) -> Response:
    """Connect the organisation's own sign-in."""
    settings: Settings = request.app.state.settings
    try:
        async with attempt(visit.session):
            await connecting.connect_provider(
                visit.session,
                visit.caller,
                visit.organisation,
                issuer,
                client_id,
                client_secret,
                email_domains.split(),
                trial=not settings.secure,
            )
    except Refusal as refusal:
        form = {"issuer": issuer, "client_id": client_id, "email_domains": email_domains}
        return await _draw(request, visit, refusal, form)
    return _back(visit)


@router.post("/organisations/{organisation}/provider/disconnect")
async def disconnect(visit: Connecting) -> Response:
    """Take the organisation's own sign-in away."""
    await connecting.disconnect_provider(visit.session, visit.caller, visit.organisation)
    return _back(visit)
