"""The log for anybody: its signed head and its tiles (C2SP tlog-tiles).

Entries are commitments: nothing of a case shows.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from starlette.responses import Response

from assent.ledger.tiles import TileProblem, is_within, parse_path
from assent.proving.checkpoints import latest_head
from assent.proving.nodes import read_tile
from assent.refusal import NotFound
from assent.web.requires import Public

router = APIRouter(include_in_schema=False, prefix="/ledger")
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASK_AGAIN = {"Cache-Control": "public, no-cache"}


@router.get("/checkpoint")
async def checkpoint(visit: Public) -> Response:
    """The newest signed head of the log, with its witnesses' lines."""
    head = await latest_head(visit.session)
    if head is None:
        raise NotFound
    return PlainTextResponse(str(head.note), headers=_ASK_AGAIN)


@router.get("/tile/{path:path}")
async def tile(visit: Public, path: str) -> Response:
    """A tile of hashes or a bundle of entries of the signed log; each stays as it is for ever."""
    try:
        wanted = parse_path(path)
    except TileProblem as error:
        raise NotFound from error
    head = await latest_head(visit.session)
    if head is None or not is_within(wanted, head.size):
        raise NotFound
    body = await read_tile(visit.session, wanted)
    return Response(body, media_type="application/octet-stream", headers=_FOR_EVER)
