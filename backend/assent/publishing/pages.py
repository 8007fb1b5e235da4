"""Releasing and taking back; and what anybody may read: the statement, its canonical content, the feed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.language import SOURCE, nearest
from assent.publishing.deliveries import record_handover, resolve_delivery
from assent.publishing.queries import Statement, public_statement, recent_statements
from assent.publishing.service import publish, retract
from assent.refusal import NotFound, Refusal
from assent.web.action_view import Typed, refused_action
from assent.web.attempts import attempt
from assent.web.language import accepted, preferred
from assent.web.render import names_etag, render_public
from assent.web.requires import ActionVisit, Public, SignedIn, on_action, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
_BEFORE_ANY = datetime(2026, 1, 1, tzinfo=UTC)


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


@router.api_route("/s/{slug}.json", methods=["GET", "HEAD"])
async def canonical(request: Request, visit: Public, slug: str) -> Response:
    """The canonical content: its SHA-256 is the digest printed on the page."""
    statement = await statement_at(visit, slug)
    if statement.canonical is None:
        return notice_instead(request)
    headers = {"Cache-Control": "public, no-cache", "ETag": f'W/"{statement.digest}"'}
    if names_etag(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(statement.canonical, media_type="application/json", headers=headers)


@router.api_route("/s/{slug}", methods=["GET", "HEAD"])
async def statement_page(request: Request, visit: Public, slug: str, lang: str = "") -> Response:
    """A published statement, in one of its languages."""
    statement = await statement_at(visit, slug)
    if statement.canonical is None:
        return notice_instead(request)
    shown = language_shown(request, statement, lang)
    address = f"{request.app.state.settings.base_url}/s/{slug}"
    context = {
        "statement": statement,
        "text": statement.texts[shown],
        "shown": shown,
        "address": address,
        "canonical": _in_language(address, shown),
        "alternates": {tag: _in_language(address, tag) for tag in statement.texts},
        "linked_data": _linked_data(statement, shown, address),
    }
    return render_public(
        request, "publishing/statement.html", context, language=_language_around(request, shown)
    )


@router.api_route("/feed.atom", methods=["GET", "HEAD"])
async def feed(request: Request, visit: Public) -> Response:
    """The live statements, newest first."""
    statements = await recent_statements(visit.session)
    base = request.app.state.settings.base_url
    entries = [
        {
            "statement": s,
            "tag": (tag := SOURCE if SOURCE in s.texts else next(iter(s.texts))),
            "text": s.texts[tag],
            "address": f"{base}/s/{s.slug}",
            "alternates": {other: _in_language(f"{base}/s/{s.slug}", other) for other in s.texts},
        }
        for s in statements
    ]
    updated = max((s.released_at for s in statements), default=_BEFORE_ANY)
    context = {"entries": entries, "base": base, "updated": updated}
    return render_public(
        request,
        "publishing/feed.xml",
        context,
        language=SOURCE,
        media_type="application/atom+xml",
    )


async def statement_at(visit: Public, slug: str) -> Statement:
    """Return what was published at an address, taken back or not.

    Raises:
        NotFound: nothing ever was.
    """
    if (statement := await public_statement(visit.session, slug)) is None:
        raise NotFound
    return statement


def notice_instead(request: Request) -> Response:
    """What stands there after a withdrawal: nothing of the text, and no blame."""
    language = _language_around(request, request.query_params.get("lang", ""))
    return render_public(request, "publishing/withdrawn.html", {}, language=language, status=410)


def language_shown(request: Request, statement: Statement, asked: str) -> str:
    """The text's language that was asked for, else the browser's, else English, else any."""
    texts = statement.texts
    wished = accepted(request.headers.get("accept-language", ""))
    return next((tag for tag in (asked, *wished, SOURCE) if tag in texts), next(iter(texts)))


def _language_around(request: Request, shown: str) -> str:
    """The language of the few words around a text: the text's own where it is spoken here."""
    if (spoken := nearest(shown)) != SOURCE or shown.startswith(SOURCE):
        return spoken
    return preferred(request.headers.get("accept-language", ""))


def _in_language(address: str, tag: str) -> str:
    return f"{address}?{urlencode({'lang': tag})}"


def _linked_data(statement: Statement, shown: str, address: str) -> str:
    """schema.org's article, as text that cannot end its script element."""
    article = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": statement.texts[shown]["title"],
        "inLanguage": shown,
        "datePublished": statement.released_at.isoformat(),
        "url": _in_language(address, shown),
        "author": [{"@type": "Organization", "name": s.name} for s in statement.signers],
        "articleBody": statement.texts[shown]["body"],
        "identifier": f"sha256:{statement.digest}",
    }
    return json.dumps(article, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")
