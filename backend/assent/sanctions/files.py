"""Answering with a dossier's files, to pages and the API alike."""

from __future__ import annotations

from uuid import UUID

from fastapi import Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from assent.documents.docx import as_docx
from assent.documents.pdf import as_pdf
from assent.sanctions.dossiers import open_dossier
from assent.sanctions.outputs import document_of, exhibits_zip, latest_text
from assent.web.requires import Visit

_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_HEADERS = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


async def dossier_file(visit: Visit, dossier_id: UUID, kind: str, language: str) -> Response:
    """Return a dossier's latest text as PDF or DOCX; its name tells nothing.

    Raises:
        NotFound, Forbidden, LettersMissing.
    """
    opened = await open_dossier(visit.session, visit.caller, dossier_id)
    revision = await latest_text(visit.session, opened.action.id)
    document = document_of(bytes(revision.canonical or b""), language)
    file = await (as_pdf(document) if kind == "pdf" else as_docx(document))
    name = f'attachment; filename="document-{revision.digest[:8]}.{kind}"'
    return Response(
        file, media_type=_TYPES[kind], headers={**_HEADERS, "Content-Disposition": name}
    )


async def exhibits_file(request: Request, visit: Visit, dossier_id: UUID) -> Response:
    """Return the exhibits of a dossier's latest text; the ZIP is removed once it was sent.

    Raises:
        NotFound, Forbidden, ExhibitChanged.
    """
    opened = await open_dossier(visit.session, visit.caller, dossier_id)
    revision = await latest_text(visit.session, opened.action.id)
    path = await exhibits_zip(visit.session, revision, request.app.state.settings.data / "outgoing")
    return FileResponse(
        path,
        media_type="application/zip",
        filename=f"exhibits-{revision.digest[:8]}.zip",
        headers=_HEADERS,
        background=BackgroundTask(path.unlink),
    )
