"""The API: evidence, the files it is, and where it comes from."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from assent.access import Permission
from assent.evidence import sources
from assent.evidence.arriving import body_of, receive_form
from assent.evidence.downloads import as_download
from assent.evidence.models import Upload
from assent.evidence.queries import EvidenceLine, case_evidence, evidence_line
from assent.evidence.refusals import (
    AlreadyAgreed,
    CutOff,
    EmptyFile,
    FileDamaged,
    FileMissing,
    FilesAway,
    FileTooLarge,
    Infected,
    NotAllThere,
    NotMultipart,
    ScannerAway,
    SourceNamed,
    UnknownTier,
    WrongOffset,
)
from assent.evidence.service import Details, Recorded
from assent.evidence.uploads import (
    Sender,
    abandon_upload,
    begin_upload,
    finish_upload,
    own_upload,
    receive_piece,
)
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
from assent.web.brief_visits import (
    ApiCallerBriefly,
    BriefCaseVisit,
    BriefVisit,
    api_in_case_briefly,
)
from assent.web.requires import (
    ApiCaller,
    CaseVisit,
    Id,
    Visit,
    api_in_case,
    require_id,
)

router: APIRouter = api_router("Evidence")
IN_CASE = (NotFound, Forbidden)
KEEPING = (FileTooLarge, EmptyFile, CutOff, Infected, ScannerAway, FilesAway, UnknownTier)
Visibility = Literal["family", "organisation", "case", "public"]


class EvidenceOut(BaseModel):
    """A piece of evidence and its file."""

    id: UUID
    title: str
    tier: str = Field(
        description="primary (document or testimony of those affected), official (UN, court, government), "
        "credible (known NGO or media) or single_source."
    )
    visibility: str
    organisation: str | None = Field(description="Short name of the desk that brought it in.")
    derived_from: UUID | None = Field(description="The evidence this is a copy of.")
    derivation: str | None = Field(
        description="redacted, translated, or stripped: a picture without hidden data, the one to publish."
    )
    recorded_at: Moment
    sha256: str = Field(description="Of the file's bytes, 64 hexadecimal digits.")
    size: int
    media_type: str = Field(description="What its bytes are, whatever its name says.")
    name: str
    remarks: list[str] = Field(
        description="To know before opening it: not_as_named, two_in_one, program, markup, packed_trap, not_scanned."
    )
    copy_without_hidden_data: UUID | None = Field(
        default=None, description="Told when a picture is recorded: the copy made of it."
    )


class UploadIn(Sent):
    """A file that will come in pieces."""

    name: str = Field(examples=["letter.pdf"])
    size: int = Field(description="In bytes.", examples=[1024])
    title: str
    tier: str = Field(description="By name, or 1 to 4 from the strongest.", examples=["primary"])
    visibility: Visibility | None = Field(default=None, description="The narrowest, if not said.")
    derived_from: UUID | None = None
    derivation: Literal["redacted", "translated"] | None = None
    fingerprint: str = Field(
        default="",
        description="By which you know the same file again: your unfinished upload with it is gone on with.",
    )


class UploadOut(BaseModel):
    """A file on its way in."""

    id: UUID
    offset: int = Field(description="How much has arrived: the next piece begins here.")
    size: int | None


class SourceIn(Sent):
    """Who evidence comes from."""

    source: str = Field(description="Name, and how to reach them. Only you can read it at first.")


class SourceOut(BaseModel):
    """Who evidence comes from, for those who may know."""

    source: str
    readers: list[str]


class ReaderIn(Sent):
    """Somebody to let in."""

    person: str = Field(description="E-mail address of somebody in the case.")


class AgreementIn(Sent):
    """The source's word on one government."""

    country: str = Field(description="ISO 3166-1 alpha-2; EU and UN as well.", examples=["GB"])
    agrees: bool


class AgreementOut(BaseModel):
    """The source's latest word on one government."""

    country: str
    agrees: bool


_SAID = {
    "title": {"type": "string"},
    "tier": {"type": "string", "examples": ["primary"]},
    "visibility": {"type": "string"},
    "derived_from": {"type": "string"},
    "derivation": {"type": "string"},
}


def one_file(**said: Any) -> dict[str, Any]:
    """Return the OpenAPI description of a form with one file in it.

    Args:
        said: further fields of the form, by name.
    """
    schema = {
        "type": "object",
        "required": ["file", *(name for name in ("title", "tier") if name in said)],
        "properties": {"file": {"type": "string", "format": "binary"}, **said},
    }
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


_PIECE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
FILE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file's bytes.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/cases/{case}/evidence", responses=problems(*IN_CASE))
async def list_evidence(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)],
    limit: Limit = USUAL_ITEMS,
    cursor: Cursor = None,
) -> Items[EvidenceOut]:
    """The case's evidence that I may see, in the order it was recorded."""
    lines = await case_evidence(
        visit.session, visit.case.id, after=id_cursor(cursor), limit=limit + 1
    )
    shown, last = cut(lines, limit)
    return Items(items=[_out(line) for line in shown], next=str(last.id) if last else None)


@router.post(
    "/cases/{case}/evidence",
    status_code=201,
    responses=problems(*IN_CASE, *KEEPING, FileMissing, NotMultipart),
    openapi_extra=one_file(**_SAID),
)
async def add(
    request: Request,
    visit: Annotated[BriefCaseVisit, api_in_case_briefly(Permission.EVIDENCE_RECORD)],
) -> EvidenceOut:
    """Bring in a file as evidence, in one piece. For large ones, and over bad lines, see the uploads."""
    made = await receive_form(Sender(visit.database, visit.caller), visit.case_id, request)
    return await _recorded(visit, made)


@router.get("/evidence/{evidence}", responses=problems(NotFound))
async def one(visit: ApiCaller, evidence: Id) -> EvidenceOut:
    """One piece of evidence."""
    return _out(await _line(visit, evidence))


@router.get(
    "/evidence/{evidence}/file",
    responses={**problems(NotFound, FileDamaged, FilesAway), **FILE_ANSWER},
)
async def file(visit: ApiCaller, evidence: Id) -> StreamingResponse:
    """The file, as it came in."""
    return await as_download(visit.session, await _line(visit, evidence))


@router.post(
    "/cases/{case}/uploads",
    status_code=201,
    responses=problems(*IN_CASE, UnknownTier, FileTooLarge, EmptyFile),
)
async def begin(
    visit: Annotated[CaseVisit, api_in_case(Permission.EVIDENCE_RECORD)], wanted: UploadIn
) -> UploadOut:
    """Announce a file that will come in pieces; an unfinished upload of the same file is gone on with."""
    details = Details(
        wanted.title, wanted.tier, wanted.visibility, wanted.derived_from, wanted.derivation
    )
    upload = await begin_upload(
        visit.session,
        visit.caller,
        visit.case.id,
        details,
        name=wanted.name,
        size=wanted.size,
        fingerprint=wanted.fingerprint,
    )
    return _upload_out(upload)


@router.get("/uploads/{upload}", responses=problems(NotFound))
async def how_far(visit: ApiCaller, upload: Id) -> UploadOut:
    """How much of a file has arrived."""
    return _upload_out(await own_upload(visit.session, visit.caller, require_id(upload)))


@router.patch(
    "/uploads/{upload}",
    responses=problems(NotFound, WrongOffset, FileTooLarge, EmptyFile, FilesAway),
    openapi_extra=_PIECE,
)
async def go_on(
    request: Request,
    visit: ApiCallerBriefly,
    upload: Id,
    offset: Annotated[
        int, Header(alias="Upload-Offset", ge=0, description="Where this piece begins.")
    ],
) -> UploadOut:
    """Send the next piece. What breaks off is sent again from where it began."""
    key = require_id(upload)
    sender = Sender(visit.database, visit.caller)
    await receive_piece(sender, key, offset, body_of(request))
    async with visit.transaction() as session:
        return _upload_out(await own_upload(session, visit.caller, key))


@router.post(
    "/uploads/{upload}/completion",
    status_code=201,
    responses=problems(*IN_CASE, *KEEPING, NotAllThere),
)
async def finish(visit: ApiCallerBriefly, upload: Id) -> EvidenceOut:
    """Record the file once all of it has arrived."""
    return await _recorded(
        visit, await finish_upload(Sender(visit.database, visit.caller), require_id(upload))
    )


@router.delete("/uploads/{upload}", status_code=204, responses=problems(NotFound, FilesAway))
async def give_up(visit: ApiCallerBriefly, upload: Id) -> Response:
    """Forget an upload and what has arrived of it."""
    await abandon_upload(Sender(visit.database, visit.caller), require_id(upload))
    return Response(status_code=204)


@router.put(
    "/evidence/{evidence}/source", status_code=204, responses=problems(*IN_CASE, SourceNamed)
)
async def name_source(visit: ApiCaller, evidence: Id, wanted: SourceIn) -> Response:
    """Write down who it comes from: read by you alone, until you let somebody in."""
    await sources.name_source(visit.session, visit.caller, require_id(evidence), wanted.source)
    return Response(status_code=204)


@router.get("/evidence/{evidence}/source", responses=problems(NotFound))
async def source(visit: ApiCaller, evidence: Id) -> SourceOut:
    """Who it comes from, if I may know."""
    found = await sources.source_of(visit.session, require_id(evidence))
    if found is None:
        raise NotFound
    return SourceOut(source=found.words, readers=list(found.readers))


@router.post("/evidence/{evidence}/source/readers", status_code=204, responses=problems(NotFound))
async def let_in(visit: ApiCaller, evidence: Id, wanted: ReaderIn) -> Response:
    """Let somebody of the case read who it comes from. They will have read it: it cannot be taken back."""
    await sources.admit_reader(visit.session, visit.caller, require_id(evidence), wanted.person)
    return Response(status_code=204)


@router.get("/evidence/{evidence}/agreements", responses=problems(NotFound))
async def agreed(visit: ApiCaller, evidence: Id) -> Items[AgreementOut]:
    """Which governments the source lets see it, and which not. Who is not named has not been agreed to."""
    line = await _line(visit, evidence)
    found = (await sources.agreements(visit.session, [line.id])).get(line.id, {})
    items = [AgreementOut(country=c, agrees=agrees) for c, agrees in sorted(found.items())]
    return Items(items=items, next=None)


@router.post(
    "/evidence/{evidence}/agreements",
    status_code=201,
    responses=problems(*IN_CASE, AlreadyAgreed),
)
async def agree(visit: ApiCaller, evidence: Id, wanted: AgreementIn) -> AgreementOut:
    """Record whether the source lets a government see it."""
    made = await sources.record_agreement(
        visit.session, visit.caller, require_id(evidence), wanted.country, agrees=wanted.agrees
    )
    return AgreementOut(country=made.country, agrees=made.agrees)


async def _line(visit: Visit, evidence: str) -> EvidenceLine:
    line = await evidence_line(visit.session, require_id(evidence))
    if line is None:
        raise NotFound
    return line


async def _recorded(visit: BriefVisit, made: Recorded) -> EvidenceOut:
    async with visit.transaction() as session:
        line = await evidence_line(session, made.evidence.id)
    if line is None:  # somebody ended the caller's part in the case just now
        raise NotFound
    copy = made.copy.id if made.copy else None
    return _out(line).model_copy(update={"copy_without_hidden_data": copy})


def _out(line: EvidenceLine) -> EvidenceOut:
    return EvidenceOut(
        id=line.id,
        title=line.title,
        tier=line.tier,
        visibility=line.visibility,
        organisation=line.organisation,
        derived_from=line.derived_from,
        derivation=line.derivation,
        recorded_at=line.recorded_at,
        sha256=line.sha256,
        size=line.size,
        media_type=line.media_type,
        name=line.name,
        remarks=list(line.remarks),
    )


def _upload_out(upload: Upload) -> UploadOut:
    return UploadOut(id=upload.id, offset=upload.offset, size=upload.size)
