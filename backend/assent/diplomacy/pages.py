"""All sides beside each other: home government, detaining government, third states; letters, meetings, promises."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.cases.countries import countries
from assent.contacts.pages import SIDES, SORT_WORDS
from assent.diplomacy.models import Meeting
from assent.diplomacy.queries import sides_of
from assent.diplomacy.service import MeetingDetails, note_meeting, record_meeting
from assent.refusal import N_, Invalid, NotFound, Refusal
from assent.web.attempts import attempt
from assent.web.labels import STATES
from assent.web.language import country_name, language_of, translate_refusal
from assent.web.panel import may
from assent.web.render import render
from assent.web.requires import CaseVisit, as_id, in_case, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Reading = Annotated[CaseVisit, in_case(Permission.CASE_READ)]
Recording = Annotated[CaseVisit, in_case(Permission.EVENT_RECORD)]
SORTS = {
    "letter": N_("Letter"),
    "briefing": N_("Briefing note"),
    "talking_points": N_("Talking points for a meeting"),
}


@dataclass
class Typed:
    """A meeting as it was typed."""

    side: str = ""
    country: str = ""
    body: str = ""
    held_on: str = ""
    talking_points: str = ""
    authority: str = ""


async def typed_meeting(
    side: Text = "",
    country: Text = "",
    body: Text = "",
    held_on: Text = "",
    talking_points: Text = "",
    authority: Text = "",
) -> Typed:
    """Read the form."""
    return Typed(side, country, body, held_on, talking_points, authority)


@router.get("/cases/{case}/diplomacy")
async def diplomacy(request: Request, visit: Reading) -> Response:
    """Show what is under way with each side."""
    return await _page(request, visit, [], {})


async def _page(
    request: Request,
    visit: CaseVisit,
    errors: list[tuple[str, str]],
    typed: dict[str, str],
    status: int = 200,
) -> Response:
    sides, unsaid = await sides_of(visit.session, visit.case.id)
    language = language_of(request)
    named = sorted(((c, country_name(c, language)) for c in countries()), key=lambda one: one[1])
    context = {
        "case": visit.case,
        "sides": sides,
        "unsaid": unsaid,
        "side_names": SIDES,
        "sorts": SORTS,
        "authority_sorts": SORT_WORDS,
        "offered": [
            ("", ""),
            *(
                (str(line.authority.id), line.authority.name)
                for s in sides
                for line in s.authorities
            ),
        ],
        "states": STATES,
        "countries": [("", ""), *named],
        "country_names": dict(named),
        "may": may(visit.standing),
        "errors": errors,
        "typed": typed,
    }
    return render(request, "diplomacy/sides.html", context, status=status)


@router.post("/cases/{case}/meetings")
async def record(
    request: Request, visit: Recording, typed: Annotated[Typed, Depends(typed_meeting)]
) -> Response:
    """Record a meeting."""
    try:
        async with attempt(visit.session):
            details = MeetingDetails(
                typed.side, typed.country, typed.body, _day(typed.held_on, "held_on"), typed.talking_points,
                as_id(typed.authority),
            )  # fmt: skip
            await record_meeting(visit.session, visit.caller, visit.case.id, details)
    except Refusal as refusal:
        return await _refused(request, visit, refusal, asdict(typed))
    return RedirectResponse(f"/cases/{visit.case.slug}/diplomacy", 303)


@router.post("/cases/{case}/meetings/{meeting}/notes")
async def note(
    request: Request,
    visit: Recording,
    meeting: str,
    text: Text = "",
    promised_by: Text = "",
    due_on: Text = "",
) -> Response:
    """Note what was said, or promised, at a meeting."""
    found = await visit.session.get(Meeting, require_id(meeting))
    if found is None or found.case_id != visit.case.id:
        raise NotFound
    try:
        async with attempt(visit.session):
            await note_meeting(
                visit.session, visit.caller, found.id, text, promised_by=promised_by,
                due_on=_day(due_on, "due_on") if due_on else None,
            )  # fmt: skip
    except Refusal as refusal:
        kept = {"note": meeting, "text": text, "promised_by": promised_by, "due_on": due_on}
        return await _refused(request, visit, refusal, kept)
    return RedirectResponse(f"/cases/{visit.case.slug}/diplomacy#meeting-{found.id}", 303)


async def _refused(
    request: Request, visit: CaseVisit, refusal: Refusal, typed: dict[str, str]
) -> Response:
    said = translate_refusal(refusal, language_of(request))
    field = refusal.field or ""
    if field and "note" in typed:
        field = f"{field}-{typed['note']}"
    return await _page(request, visit, [(field, said)], typed, refusal.status)


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(N_("Give a day such as 2026-12-31."), field=field) from error
