"""Giving files out: always as a download, never as a page, whatever they are."""

from __future__ import annotations

from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import StreamingResponse

from assent.evidence.files import open_file
from assent.evidence.models import StoredFile
from assent.evidence.queries import EvidenceLine


async def as_download(session: AsyncSession, line: EvidenceLine) -> StreamingResponse:
    """Return a file's bytes as an answer; nothing of it is ever run or drawn by a browser here.

    Raises:
        FileDamaged, FilesAway
    """
    file = await session.get_one(StoredFile, line.file_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(line.name, safe='')}",
        "Content-Length": str(line.size),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    pieces = await open_file(session, file)
    return StreamingResponse(pieces, headers=headers, media_type="application/octet-stream")
