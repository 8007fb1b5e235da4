"""A version of the text as PDF or DOCX: for those who read the case, in pages and by program."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from assent.access import Permission
from assent.actions.kinds.document import document_of
from assent.actions.pictures import picture_file, picture_files
from assent.actions.queries import revision_numbered, signers_at
from assent.database.session import present
from assent.documents.docx import as_docx
from assent.documents.pdf import as_pdf
from assent.documents.refusals import LettersMissing
from assent.refusal import NotFound
from assent.web.api import api_router, problems
from assent.web.requires import ActionVisit, api_on_action, on_action

router = APIRouter(include_in_schema=False)
api: APIRouter = api_router("Documents")
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
FileFormat = Literal["pdf", "docx"]
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The document.", "content": dict.fromkeys(MEDIA_TYPES.values(), _BYTES)}
}


@router.get("/actions/{action}/revisions/{number}/document.{file_format}")
async def document_page(
    visit: Annotated[ActionVisit, on_action(Permission.CASE_READ)],
    number: Number,
    file_format: FileFormat,
    lang: str = "",
) -> Response:
    """A version as a document, as it would go out."""
    return await _document(visit, number, file_format, lang)


@api.get(
    "/actions/{action}/revisions/{number}/document",
    responses=problems(NotFound, LettersMissing) | _FILE,
)
async def document(
    visit: Annotated[ActionVisit, api_on_action(Permission.CASE_READ)],
    number: Number,
    file_format: Annotated[FileFormat, Query(alias="format")] = "pdf",
    lang: str = "",
) -> Response:
    """A revision as PDF or DOCX in one of its languages: made of its canonical content alone."""
    return await _document(visit, number, file_format, lang)


async def _document(visit: ActionVisit, number: int, file_format: str, lang: str) -> Response:
    revision = await revision_numbered(visit.session, visit.action.id, number)
    content = revision.content or {}
    language = lang or next(iter(content.get("languages", {})), "")
    if revision.canonical is None or language not in content["languages"]:
        raise NotFound
    signers = await signers_at(visit.session, revision.id, await present(visit.session))
    pictures = await picture_files(visit.session, visit.case.id, content)
    canonical = bytes(revision.canonical)
    document = document_of(visit.action.kind, canonical, language, signers, pictures)
    file = await (as_pdf if file_format == "pdf" else as_docx)(document)
    return Response(file, media_type=MEDIA_TYPES[file_format], headers=named(file_format, language))


@router.get("/actions/{action}/revisions/{number}/pictures/{sha256}")
async def picture(
    visit: Annotated[ActionVisit, on_action(Permission.CASE_READ)], number: Number, sha256: str
) -> Response:
    """A picture of a version, for those who read and decide on it."""
    revision = await revision_numbered(visit.session, visit.action.id, number)
    data, media_type = await picture_file(
        visit.session, visit.case.id, revision.content or {}, sha256
    )
    return Response(data, media_type=media_type)


def named(file_format: str, language: str) -> dict[str, str]:
    """Return the header that gives a document a neutral name: no title, no case."""
    return {"Content-Disposition": f'inline; filename="document-{language}.{file_format}"'}
