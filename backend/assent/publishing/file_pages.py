"""A published statement as a file anybody may fetch: PDF, DOCX, and its title as a picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from assent.actions.kinds.document import document_of
from assent.actions.kinds.public_part import STATEMENT
from assent.actions.pictures import picture_file, picture_files
from assent.documents.card import as_card
from assent.documents.docx import as_docx
from assent.documents.pdf import as_pdf
from assent.publishing.pages import language_shown, notice_instead, statement_at
from assent.publishing.queries import Statement, case_behind
from assent.web.render import names_etag
from assent.web.requires import Public

router = APIRouter(include_in_schema=False)
FileFormat = Literal["pdf", "docx", "png"]
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "png": "image/png",
}


@router.api_route("/s/{slug}.pdf", methods=["GET", "HEAD"])
async def statement_pdf(request: Request, visit: Public, slug: str, lang: str = "") -> Response:
    """A statement as PDF, in one of its languages."""
    return await _statement_file(request, visit, slug, "pdf", lang)


@router.api_route("/s/{slug}.docx", methods=["GET", "HEAD"])
async def statement_docx(request: Request, visit: Public, slug: str, lang: str = "") -> Response:
    """A statement as DOCX, in one of its languages."""
    return await _statement_file(request, visit, slug, "docx", lang)


@router.api_route("/s/{slug}.png", methods=["GET", "HEAD"])
async def statement_card(request: Request, visit: Public, slug: str, lang: str = "") -> Response:
    """A statement's title as a picture, for where links are shown as pictures."""
    return await _statement_file(request, visit, slug, "png", lang)


@router.api_route("/s/{slug}/pictures/{sha256}", methods=["GET", "HEAD"])
async def statement_picture(request: Request, visit: Public, slug: str, sha256: str) -> Response:
    """A picture of a statement, as it was agreed to; once the statement is taken back there is none."""
    statement = await statement_at(visit, slug)
    if statement.canonical is None:
        return notice_instead(request)
    content = json.loads(statement.canonical)
    case_id = await case_behind(visit.session, slug)
    data, media_type = await picture_file(visit.session, case_id, content, sha256)
    headers = {"Cache-Control": "public, no-cache", "ETag": f'"{sha256[:40]}"'}
    if names_etag(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=media_type, headers=headers)


async def _statement_file(
    request: Request, visit: Public, slug: str, file_format: FileFormat, lang: str
) -> Response:
    statement = await statement_at(visit, slug)
    if statement.canonical is None:
        return notice_instead(request)
    shown = language_shown(request, statement, lang)
    etag = f'W/"{statement.digest[:40]}-{shown}-{file_format}"'
    headers = {"Cache-Control": "public, no-cache", "ETag": etag, "Vary": "Accept-Language"}
    if names_etag(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    content = json.loads(statement.canonical)
    case_id = await case_behind(visit.session, slug)
    pictures = await picture_files(visit.session, case_id, content) if file_format != "png" else ()
    file = await _file(statement, statement.canonical, shown, file_format, pictures)
    name = f"statement-{shown}.{file_format}"
    headers["Content-Disposition"] = f'inline; filename="{name}"'
    return Response(file, media_type=MEDIA_TYPES[file_format], headers=headers)


async def _file(
    statement: Statement,
    canonical: bytes,
    shown: str,
    file_format: str,
    pictures: Sequence[tuple[bytes, str, str]],
) -> bytes:
    if file_format == "png":
        return await as_card(statement.texts[shown]["title"], shown)
    signers = [signer.name for signer in statement.signers]
    document = document_of(STATEMENT, canonical, shown, signers, pictures)
    return await (as_pdf if file_format == "pdf" else as_docx)(document)
