"""One way to draw a page, or a block of it for htmx."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assent.language import catalogue, direction, languages
from assent.refusal import Refusal
from assent.settings import ROOT
from assent.web.assets import asset
from assent.web.language import (
    comma_of,
    format_day,
    format_known,
    format_moment,
    format_number,
    format_there,
    language_name,
    language_of,
)
from assent.web.prose import plain, prose
from assent.web.requires import asking

TEMPLATES = ROOT / "frontend" / "templates"
# The cookie of a browser whose pages stay discreet when nobody is signed in.
PLAIN = "plain"
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


class Unindented(FileSystemLoader):
    """Templates without the indentation of their source: pages go out uncompressed, and phones pay for each space.

    What is filled into them stays as it is.
    """

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return a template's source; see Jinja."""
        source, name, current = super().get_source(environment, template)
        return _INDENT.sub("", source), name, current


@cache
def environment(language: str) -> Environment:
    """Return the templates in a language: one environment each, so that translations never mix."""
    made = Environment(
        loader=Unindented(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(
        asset=asset, direction=direction, language_name=language_name, comma=comma_of(language)
    )
    made.filters.update(
        moment=lambda value: _moment(value, language),
        day=lambda value: _day(value, language),
        known=lambda value: format_known(value, language),
        there=lambda value, zone: format_there(value, language, zone),
        number=lambda value: format_number(value, language),
        prose=prose,
        # Of declared forms and procedures: translated where there are words for it, and escaped like any text.
        declared=lambda words: catalogue(language).gettext(words) if words else "",
        plain=plain,
        paragraphs=lambda text: [part for part in text.split("\n\n") if part.strip()],
    )
    return made


def keep_plain(answer: Response, discreet: bool, *, secure: bool) -> None:
    """Let the pages of this browser stay discreet when nobody is signed in, too; or the usual ones again."""
    if discreet:
        answer.set_cookie(PLAIN, "1", 31_536_000, httponly=True, samesite="lax", secure=secure)
    else:
        answer.delete_cookie(PLAIN, httponly=True, samesite="lax", secure=secure)


def _moment(value: datetime, language: str) -> Markup:
    """A time in UTC; scripts put it into the reader's own zone."""
    words = format_moment(value, language)
    return Markup('<time datetime="{}" data-moment>{}</time>').format(value.isoformat(), words)


def _day(value: date, language: str) -> Markup:
    words = format_day(value, language)
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), words)


def render(
    request: Request,
    template: str,
    context: Mapping[str, Any],
    *,
    block: str | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Draw a template in the reader's language.

    Args:
        block: draw only this block when htmx asks for a part of the page.
        status: HTTP status.
    """
    language, caller = language_of(request), asking(request)
    page = environment(language).get_template(template)
    values = {
        **_of_frame(language, request.scope["path"]),
        "languages": languages(),
        "caller": caller,
        "discreet": caller.discreet if caller else PLAIN in request.cookies,
        **context,
    }
    partial = request.headers.get("HX-Request-Type") == "partial"
    if block is not None and partial:
        html = "".join(page.blocks[block](page.new_context(values)))
    else:
        html = page.render(values)
    answer = HTMLResponse(html, status, dict(headers or {}))
    answer.headers["Content-Language"] = language
    answer.headers.append("Vary", "HX-Request, HX-Request-Type, Cookie, Accept-Language")
    return answer


def render_public(
    request: Request,
    template: str,
    context: Mapping[str, Any],
    *,
    language: str,
    status: int = 200,
    media_type: str = "text/html",
) -> Response:
    """Draw what is the same for everybody who reads it in this language, signed in or not.

    Caches may keep it and ask each time whether it still holds: what is taken back is gone at once.

    Args:
        language: of the words around the text; one that is spoken here.
    """
    values = {
        **_of_frame(language, request.scope["path"]),
        "languages": (),
        "caller": None,
        "discreet": False,
        **context,
    }
    body = environment(language).get_template(template).render(values).encode()
    # Weak: the same page goes out compressed and not.
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": "public, no-cache", "ETag": etag, "Vary": "Accept-Language"}
    if status == 200 and names_etag(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    if media_type == "text/html":
        headers["Content-Language"] = language
    return Response(body, status, headers, media_type=media_type)


def names_etag(if_none_match: str, etag: str) -> bool:
    """Whether an If-None-Match header names this ETag, by the weak comparison of RFC 9110."""
    named = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return etag.removeprefix("W/") in named or "*" in named


def _of_frame(language: str, path: str) -> dict[str, Any]:
    return {"lang": language, "dir": direction(language), "path": path}


async def render_refusal(request: Request, refusal: Refusal) -> HTMLResponse:
    """Draw a refusal as a page of its own: what is wrong, what to do, and the way back."""
    translate = catalogue(language_of(request)).gettext
    requirements = [
        r["why"] for r in refusal.extra.get("requirements", []) if not r.get("met", True)
    ]
    context = {
        "title": translate(refusal.title),
        "detail": refusal.detail_text(translate),
        "advice": translate(refusal.advice) if refusal.advice else "",
        "requirements": requirements,
        "reference": refusal.extra.get("reference"),
    }
    return render(request, "errors/error.html", context, status=refusal.status)
