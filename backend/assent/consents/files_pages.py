"""Pages that give and take the files around a consent: readings aloud, and scans of what was taken down."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Header, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.consents.reading_models import Reading
from assent.consents.readings import (
    MOST_BYTES,
    SOUNDS,
    attach_reading,
    check_reading,
    file_of_reading,
)
from assent.consents.taking_down import file_taken_down
from assent.evidence.arriving import arrived_form
from assent.evidence.downloads import as_sound, file_as_download
from assent.evidence.refusals import FileMissing
from assent.evidence.uploads import Sender
from assent.refusal import NotFound, Refusal
from assent.web.action_view import Typed, refused_action
from assent.web.attempts import attempt
from assent.web.brief_visits import BriefActionVisit, on_action_briefly
from assent.web.requires import SignedIn, open_action, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Attaching = Annotated[BriefActionVisit, on_action_briefly(Permission.ACTION_REVISE)]


@router.post("/actions/{action}/readings")
async def attach(request: Request, visit: Attaching) -> Response:
    """Attach a recording of the text read aloud."""
    sender = Sender(visit.database, visit.caller)
    try:
        async with arrived_form(sender, visit.case_id, request, MOST_BYTES) as form:
            if form.file is None:
                raise FileMissing(field="file")
            async with visit.transaction() as session:
                await attach_reading(
                    session, visit.caller, visit.action_id, form.fields.get("digest", ""),
                    form.fields.get("language", ""), form.file,
                )  # fmt: skip
    except Refusal as refusal:
        async with visit.transaction() as session:
            there = await visit.again(session, Permission.ACTION_REVISE)
            return await refused_action(request, there, refusal, Typed("reading", {"file": ""}))
    return RedirectResponse(f"/actions/{visit.action_id}", 303)


@router.get("/readings/{reading}")
async def listen(
    visit: SignedIn, reading: str, wanted: Annotated[str | None, Header(alias="Range")] = None
) -> Response:
    """Play it, or the part of it that the player asks for."""
    file = await file_of_reading(visit.session, require_id(reading))
    return await as_sound(visit.session, file, SOUNDS[file.media_type], wanted)


@router.post("/readings/{reading}/check")
async def check(request: Request, visit: SignedIn, reading: str, fits: Text = "") -> Response:
    """Say, as somebody else who speaks the language, whether it is the text."""
    found = await visit.session.get(Reading, require_id(reading))
    if found is None:
        raise NotFound
    there = await open_action(visit, str(found.action_id), Permission.CASE_READ)
    try:
        async with attempt(visit.session):
            await check_reading(visit.session, visit.caller, found.id, fits=fits == "yes")
    except Refusal as refusal:
        return await refused_action(request, there, refusal, Typed("reading", {"file": ""}))
    return RedirectResponse(f"/actions/{found.action_id}", 303)


@router.get("/consents/{consent}/attachment")
async def attachment(visit: SignedIn, consent: str) -> Response:
    """Give out the scan or recording of what was taken down, to those who may see how it was given."""
    return await file_as_download(
        visit.session, await file_taken_down(visit.session, require_id(consent))
    )
