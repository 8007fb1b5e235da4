"""The API: readings aloud, and scans of what was taken down."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from assent.access import Permission
from assent.actions.queries import latest_revision
from assent.actions.refusals import NothingToDecide, StaleDigest
from assent.consents.api import IN_CASE
from assent.consents.reading_models import Reading
from assent.consents.readings import (
    MOST_BYTES,
    SOUNDS,
    ReadingLine,
    attach_reading,
    check_reading,
    file_of_reading,
    readings_of,
)
from assent.consents.refusals import LanguageNotShown, NotASound, OwnReading
from assent.consents.taking_down import file_taken_down
from assent.evidence.api import FILE_ANSWER, KEEPING
from assent.evidence.arriving import arrived_form
from assent.evidence.downloads import as_sound, file_as_download
from assent.evidence.refusals import FileDamaged, FileMissing, FilesAway, NotMultipart
from assent.evidence.uploads import Sender
from assent.refusal import Forbidden, NotFound
from assent.web.api import Items, Moment, Sent, api_router, problems
from assent.web.brief_visits import BriefActionVisit, api_on_action_briefly
from assent.web.requires import ActionVisit, ApiCaller, Id, api_on_action, require_id

router: APIRouter = api_router("Consents")
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "digest", "language"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "digest": {"type": "string"},
                        "language": {"type": "string", "examples": ["fa"]},
                    },
                }
            }
        },
    }
}


class ReadingOut(BaseModel):
    """The latest text read aloud in one of its languages."""

    id: UUID
    digest: str
    language: str
    sha256: str
    at: Moment
    checked: bool = Field(
        description="Whether somebody else, who speaks the language, has listened and says that it is the text."
    )


class ReadingCheckIn(Sent):
    """What somebody else says of a reading, who speaks its language and has listened."""

    fits: bool = Field(description="Whether it is the text; one that is not is offered no more.")


class ReadingCheckOut(BaseModel):
    """What was said of a reading."""

    reading: UUID
    fits: bool
    at: Moment


@router.get("/actions/{action}/readings", responses=problems(*IN_CASE))
async def readings(
    visit: Annotated[ActionVisit, api_on_action(Permission.CASE_READ)],
) -> Items[ReadingOut]:
    """The recordings of the latest text read aloud, one for each language that has one."""
    revision = await latest_revision(visit.session, visit.action.id)
    found = await readings_of(visit.session, revision.id) if revision else {}
    digest = revision.digest if revision else ""
    shown = [_reading_out(one, digest, checked=one.checker is not None) for one in found.values()]
    return Items(items=shown, next=None)


@router.post(
    "/actions/{action}/readings",
    status_code=201,
    responses=problems(
        *IN_CASE, *KEEPING, StaleDigest, NothingToDecide, LanguageNotShown, NotASound, FileMissing, NotMultipart
    ),
    openapi_extra=_FORM,
)  # fmt: skip
async def attach(
    request: Request,
    visit: Annotated[BriefActionVisit, api_on_action_briefly(Permission.ACTION_REVISE)],
) -> ReadingOut:
    """Attach a recording of the latest text read aloud; a newer one of the same language takes its place."""
    sender = Sender(visit.database, visit.caller)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise NotMultipart
    async with arrived_form(sender, visit.case_id, request, MOST_BYTES) as form:
        if form.file is None:
            raise FileMissing(field="file")
        async with visit.transaction() as session:
            made = await attach_reading(
                session, visit.caller, visit.action_id, form.fields.get("digest", ""),
                form.fields.get("language", ""), form.file,
            )  # fmt: skip
    return _reading_out(made, made.digest, checked=False)


def _reading_out(one: Reading | ReadingLine, digest: str, *, checked: bool) -> ReadingOut:
    return ReadingOut(
        id=one.id, digest=digest, language=one.language, sha256=one.sha256, at=one.at, checked=checked
    )  # fmt: skip


@router.post(
    "/readings/{reading}/check",
    status_code=201,
    responses=problems(NotFound, Forbidden, OwnReading),
)
async def check(visit: ApiCaller, reading: Id, wanted: ReadingCheckIn) -> ReadingCheckOut:
    """Say, as somebody else who speaks the language and has listened, whether it is the text. Said once."""
    made = await check_reading(visit.session, visit.caller, require_id(reading), fits=wanted.fits)
    return ReadingCheckOut(reading=made.reading_id, fits=made.fits, at=made.at)


_SOUND: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The sound, or with Range a part of it.",
        "content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    "/readings/{reading}/file", responses={**problems(NotFound, FileDamaged, FilesAway), **_SOUND}
)
async def listen(
    visit: ApiCaller, reading: Id, wanted: Annotated[str | None, Header(alias="Range")] = None
) -> StreamingResponse:
    """The recording."""
    file = await file_of_reading(visit.session, require_id(reading))
    return await as_sound(visit.session, file, SOUNDS[file.media_type], wanted)


@router.get(
    "/consents/{consent}/attachment",
    responses={**problems(NotFound, FileDamaged, FilesAway), **FILE_ANSWER},
)
async def attachment(visit: ApiCaller, consent: Id) -> StreamingResponse:
    """The scan or recording of a decision that was taken down."""
    return await file_as_download(
        visit.session, await file_taken_down(visit.session, require_id(consent))
    )
