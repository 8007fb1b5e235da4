"""A relative's own page: what they were shown, what they said, what came of it; and all of it to take along.

Nothing is handed out by itself: a file is made when its owner asks for it, and its name says nothing.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from assent.consents.receipt import read_receipt
from assent.consents.record import Said, what_i_said, what_i_was_asked
from assent.database.session import present
from assent.ledger.store import as_utc
from assent.refusal import NotFound
from assent.settings import Settings
from assent.web.conditions import said_conditions
from assent.web.labels import DECISIONS, DELIVERIES
from assent.web.language import country_name, language_of
from assent.web.render import render
from assent.web.requirements import Names
from assent.web.requires import SignedIn, require_id

router = APIRouter(include_in_schema=False)
_NOBODY = Names({}, set(), {})


@router.get("/said")
async def said_page(request: Request, visit: SignedIn) -> Response:
    """What I was asked and shown, and what I said."""
    lines = await what_i_said(visit.session, visit.caller)
    context = await _context(request, visit, lines)
    context["asked"] = await what_i_was_asked(visit.session, visit.caller)
    return render(request, "consents/said.html", context)


async def _context(request: Request, visit: SignedIn, lines: list[Said]) -> dict[str, Any]:
    language = language_of(request)
    countries = {o["country"] for line in lines for o in line.organisations}
    return {
        "lines": lines,
        "conditions": {
            line.id: said_conditions(request, line.conditions, _NOBODY) for line in lines
        },
        "decisions": DECISIONS,
        "deliveries": DELIVERIES,
        "countries": {code: country_name(code, language) for code in countries},
        "now": await present(visit.session),
    }


@router.get("/said.json")
async def said_file(visit: SignedIn) -> Response:
    """The same as a file, with the whole texts; its name says nothing."""
    body = _as_json(await what_i_said(visit.session, visit.caller))
    return _file(body, "notes.json", "application/json")


@router.get("/said.zip")
async def said_archive(request: Request, visit: SignedIn) -> Response:
    """Everything in one file: a page to read, the same for programs, and a receipt of each answer."""
    lines = await what_i_said(visit.session, visit.caller)
    page = render(request, "consents/take_along.html", await _context(request, visit, lines))
    base_url = _settings(request).base_url
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("notes.html", bytes(page.body))
        files.writestr("notes.json", _as_json(lines))
        for number, line in enumerate(reversed(lines), 1):
            if line.title is not None:
                fields = await read_receipt(visit.session, line.id, base_url)
                files.writestr(f"{number}.json", json.dumps(fields, ensure_ascii=False, indent=1))
    return _file(archive.getvalue(), "notes.zip", "application/zip")


@router.get("/said/{consent}")
async def sheet(request: Request, visit: SignedIn, consent: str) -> Response:
    """One answer on a sheet to print."""
    context = await _context(request, visit, [await _one(visit, consent)])
    return render(request, "consents/sheet.html", context)


@router.get("/said/{consent}/note.json")
async def receipt_file(request: Request, visit: SignedIn, consent: str) -> Response:
    """One answer's receipt for programs: the standards' fields, without a name or a word of the text."""
    line = await _one(visit, consent)
    fields = await read_receipt(visit.session, line.id, _settings(request).base_url)
    body = json.dumps(fields, ensure_ascii=False, indent=1)
    return _file(body, "note.json", "application/json")


async def _one(visit: SignedIn, consent: str) -> Said:
    key = require_id(consent)
    for line in await what_i_said(visit.session, visit.caller):
        if line.id == key:
            return line
    raise NotFound


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _as_json(lines: list[Said]) -> str:
    said = {"v": 1, "said": [asdict(line) for line in lines]}
    return json.dumps(said, default=_plain, ensure_ascii=False, indent=1)


def _file(body: str | bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=media_type, headers=headers)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return as_utc(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)
