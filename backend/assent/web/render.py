"""One way to draw a page, or a block of it for htmx."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from assent.language import catalogue, direction, languages
from assent.refusal import Refusal
from assent.settings import ROOT
from assent.web.assets import asset
from assent.web.language import (
    format_day,
    format_moment,
    format_number,
    language_name,
    language_of,
)
from assent.web.requires import asking

TEMPLATES = ROOT / "frontend" / "templates"


@cache
def environment(language: str) -> Environment:
    """Return the templates in a language: one environment each, so that translations never mix."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(asset=asset, direction=direction, language_name=language_name)
    made.filters.update(
        moment=lambda value: _moment(value, language),
        day=lambda value: _day(value, language),
        number=lambda value: format_number(value, language),
        paragraphs=lambda text: [part for part in text.split("\n\n") if part.strip()],
    )
    return made


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
    language = language_of(request)
    page = environment(language).get_template(template)
    values: dict[str, Any] = {
        "lang": language,
        "dir": direction(language),
        "languages": languages(),
        "caller": asking(request),
        "path": request.scope["path"],
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
