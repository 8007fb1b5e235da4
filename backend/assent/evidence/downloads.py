"""Giving files out: as a download, never as a page, whatever they are; readings aloud as sound, and as nothing else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import StreamingResponse

from assent.evidence.files import open_file
from assent.evidence.models import StoredFile
from assent.evidence.queries import EvidenceLine

_NEVER_RUN = {"Content-Security-Policy": "sandbox; default-src 'none'"}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def as_download(session: AsyncSession, line: EvidenceLine) -> StreamingResponse:
    """Return a file's bytes as an answer; nothing of it is ever run or drawn by a browser here.

    Raises:
        FileDamaged, FilesAway
    """
    return await file_as_download(session, await session.get_one(StoredFile, line.file_id))


async def file_as_download(session: AsyncSession, file: StoredFile) -> StreamingResponse:
    """Return the bytes of a file that belongs to something else.

    Raises:
        FileDamaged, FilesAway
    """
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Length": str(file.size),
    }
    pieces = await open_file(session, file)
    return StreamingResponse(
        pieces, headers=headers | _NEVER_RUN, media_type="application/octet-stream"
    )


async def as_sound(
    session: AsyncSession, file: StoredFile, media_type: str, wanted: str | None
) -> StreamingResponse:
    """Return a sound to be played where it is offered, in whole or the range that a player asks for.

    Args:
        media_type: of a sound, as browsers know it.
        wanted: the request's Range; what cannot be understood is answered with the whole, as HTTP has it.

    Raises:
        FileDamaged, FilesAway
    """
    pieces = await open_file(session, file)
    headers = {"Accept-Ranges": "bytes", "Content-Disposition": "inline"} | _NEVER_RUN
    first, last = _range_of(wanted, file.size) or (0, file.size - 1)
    headers["Content-Length"] = str(last - first + 1)
    if _range_of(wanted, file.size) is None:
        return StreamingResponse(pieces, headers=headers, media_type=media_type)
    headers["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    part = _between(pieces, first, last)
    return StreamingResponse(part, status_code=206, headers=headers, media_type=media_type)


def _range_of(wanted: str | None, size: int) -> tuple[int, int] | None:
    """The first and last byte of a single range; None: all of it."""
    said = _RANGE.fullmatch(wanted or "")
    if said is None or said.groups() == ("", ""):
        return None
    begin, end = said.groups()
    first = int(begin) if begin else max(size - int(end), 0)
    last = min(int(end), size - 1) if begin and end else size - 1
    return (first, last) if first <= last else None


async def _between(pieces: AsyncIterator[bytes], first: int, last: int) -> AsyncIterator[bytes]:
    at = 0
    async for piece in pieces:
        part = piece[max(first - at, 0) : max(last + 1 - at, 0)]
        at += len(piece)
        if part:
            yield part
        if at > last:
            return
