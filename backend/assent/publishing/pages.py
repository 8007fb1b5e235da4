"""Releasing and taking back; and what anybody may read: the statement, its canonical content, the feed."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.language import SOURCE, direction
from assent.publishing.deliveries import record_handover, resolve_delivery
from assent.publishing.queries import Statement, public_statement, recent_statements
from assent.publishing.service import publish, retract
from assent.refusal import NotFound, Refusal
from assent.web.action_view import Typed, refused_action
from assent.web.attempts import attempt
from assent.web.language import language_of, preferred
from assent.web.render import render
from assent.web.requires import ActionVisit, Public, SignedIn, on_action, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
# Shared caches may keep it, but ask each time: what is taken back is gone in the same second.
_FRESH = "public, max-age=0, must-revalidate"


@router.post("/actions/{action}/publication")
async def release(
    request: Request,
    visit: Annotated[ActionVisit, on_action(Permission.ACTION_RELEASE)],
    digest: Text = "",
    key: Text = "",
) -> Response:
    """Let the text go out."""
    try:
        async with attempt(visit.session):
            await publish(visit.session, visit.caller, visit.action.id, digest, key)
    except Refusal as refusal:
        return await refused_action(request, visit, refusal, Typed("release"))
    return RedirectResponse(f"/actions/{visit.action.id}", 303)


@router.post("/publications/{publication}/retract")
async def take_back(visit: SignedIn, publication: str) -> Response:
    """Take a publication back."""
    retraction = await retract(visit.session, visit.caller, require_id(publication))
    return RedirectResponse(f"/actions/{retraction.action_id}", 303)


@router.post("/deliveries/{delivery}/handed-over")
async def handed_over(visit: SignedIn, delivery: str, action: Text = "") -> Response:
    """Record that a text was handed over."""
    await record_handover(visit.session, visit.caller, require_id(delivery))
    return RedirectResponse(f"/actions/{require_id(action)}", 303)


@router.post("/deliveries/{delivery}/resolve")
async def resolve(
    visit: SignedIn, delivery: str, resolution: Text = "", action: Text = ""
) -> Response:
    """Decide on a delivery that was not sent, or may have been."""
    await resolve_delivery(visit.session, visit.caller, require_id(delivery), resolution)
    return RedirectResponse(f"/actions/{require_id(action)}", 303)


@router.get("/s/{slug}.json")
async def canonical(request: Request, visit: Public, slug: str) -> Response:
    """The canonical content: its SHA-256 is the digest printed on the page."""
    statement = await _statement(visit, slug)
    if statement.canonical is None:
        return await _notice(request, statement)
    headers = {"Cache-Control": _FRESH, "ETag": f'"{statement.digest}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(statement.canonical, media_type="application/json", headers=headers)


@router.get("/s/{slug}")
async def statement_page(request: Request, visit: Public, slug: str, lang: str = "") -> Response:
    """A published statement, in one of its languages."""
    statement = await _statement(visit, slug)
    if statement.canonical is None:
        return await _notice(request, statement)
    shown = _language_of(request, statement, lang)
    etag = _etag(statement, shown, language_of(request))
    headers = {"Cache-Control": _FRESH, "ETag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    base = request.app.state.settings.base_url
    text = statement.texts[shown]
    context = {
        "statement": statement,
        "text": text,
        "shown": shown,
        "canonical": f"{base}/s/{slug}?{urlencode({'lang': shown})}",
        "alternates": {
            tag: f"{base}/s/{slug}?{urlencode({'lang': tag})}" for tag in statement.texts
        },
        "content_address": f"{base}/s/{slug}.json",
        "linked_data": _linked_data(statement, shown, f"{base}/s/{slug}"),
    }
    return render(request, "publishing/statement.html", context, headers=headers)


@router.get("/feed.atom")
async def feed(request: Request, visit: Public) -> Response:
    """The live statements, newest first."""
    statements = await recent_statements(visit.session)
    base = request.app.state.settings.base_url
    entries = [
        {
            "statement": s,
            "tag": (tag := SOURCE if SOURCE in s.texts else next(iter(s.texts))),
            "text": s.texts[tag],
            "dir": direction(tag),
            "address": f"{base}/s/{s.slug}?{urlencode({'lang': tag})}",
        }
        for s in statements
    ]
    updated = max(
        (s.released_at for s in statements),
        default=datetime.fromisoformat("2026-01-01T00:00:00+00:00"),
    )
    page = render(
        request, "publishing/feed.xml", {"entries": entries, "base": base, "updated": updated}
    )
    etag = f'"{hashlib.sha256(bytes(page.body)).hexdigest()[:32]}"'
    headers = {"Cache-Control": _FRESH, "ETag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(page.body, media_type="application/atom+xml", headers=headers)


async def _statement(visit: Public, slug: str) -> Statement:
    if (statement := await public_statement(visit.session, slug)) is None:
        raise NotFound
    return statement


async def _notice(request: Request, statement: Statement) -> Response:
    """What stands there after a withdrawal: nothing of the text, and no blame."""
    headers = {"Cache-Control": _FRESH}
    return render(request, "publishing/withdrawn.html", {}, status=410, headers=headers)


def _language_of(request: Request, statement: Statement, asked: str) -> str:
    texts = statement.texts
    if asked in texts:
        return asked
    for tag in (
        language_of(request),
        preferred(request.headers.get("accept-language", "")),
        SOURCE,
    ):
        if tag in texts:
            return tag
    return next(iter(texts))


def _etag(statement: Statement, shown: str, language: str) -> str:
    return f'"{statement.digest[:32]}-{shown}-{language}"'


def _linked_data(statement: Statement, shown: str, address: str) -> str:
    """schema.org's article, as text that cannot end its script element."""
    article = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": statement.texts[shown]["title"],
        "inLanguage": shown,
        "datePublished": statement.released_at.isoformat(),
        "url": address,
        "author": [{"@type": "Organization", "name": s.name} for s in statement.signers],
        "articleBody": statement.texts[shown]["body"],
    }
    return json.dumps(article, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")
