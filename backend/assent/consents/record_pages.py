"""A relative's own page: what they were shown, what they said, what came of it; and all of it to take along."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from assent.consents.record import what_i_said
from assent.database.session import present
from assent.ledger.store import as_utc
from assent.web.conditions import said_conditions
from assent.web.labels import DECISIONS
from assent.web.render import render
from assent.web.requirements import Names
from assent.web.requires import SignedIn

router = APIRouter(include_in_schema=False)
_NOBODY = Names({}, set(), {})


@router.get("/said")
async def said_page(request: Request, visit: SignedIn) -> Response:
    """What I was shown, and what I said."""
    lines = await what_i_said(visit.session, visit.caller)
    context = {
        "lines": lines,
        "conditions": {
            line.id: said_conditions(request, line.conditions, _NOBODY) for line in lines
        },
        "decisions": DECISIONS,
        "now": await present(visit.session),
    }
    return render(request, "consents/said.html", context)


@router.get("/said.json")
async def said_file(visit: SignedIn) -> Response:
    """The same as a file, with the whole texts; its name says nothing."""
    lines = [asdict(line) for line in await what_i_said(visit.session, visit.caller)]
    body = json.dumps({"v": 1, "said": lines}, default=_plain, ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": 'attachment; filename="notes.json"'}
    return Response(body, media_type="application/json", headers=headers)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return as_utc(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)
