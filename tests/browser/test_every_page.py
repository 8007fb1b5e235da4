"""Every page somebody can come to by following links: in its language, fitting, nothing axe-core finds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from assent.language import direction, languages
from tests.browser.conftest import Demo, Visitor

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}}
DESK = {"viewport": {"width": 1280, "height": 900}}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-HJKMNP-TV-Z]{26}|\b\d+\b|[0-9a-f]{32,}")
_LINKS = "all => [...new Set(all.map(a => a.href))]"
# What a relative cannot do without: pages that have to be among those found.
NEEDED = [
    re.compile(needed) for needed in (r"/$", r"/stop$", r"/said$", r"/cases/[^/]+$", r"/decide$")
]


def _shape(path: str) -> str:
    """One page of a kind is enough: what is numbered is left out."""
    return _ID.sub("#", path)


async def _pages(visitor: Visitor, address: str) -> list[str]:
    """Follow every link from the first page on; a broken one is a fault of the visitor's.

    What is only handed out (files, calendars) is not walked, and nobody takes the quick way out.
    """
    found: dict[str, str] = {}
    waiting, known = ["/"], {"/", "/leave"}
    while waiting:
        path = waiting.pop(0)
        answer = await visitor.page.request.get(f"{address}{path}")
        assert answer.ok, f"{answer.status} {path}"
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        if urlsplit(answer.url).path != path:
            continue  # it sends one on to another page
        found[_shape(path)] = path
        await visitor.page.goto(f"{address}{path}")
        for link in await visitor.page.locator("a[href]").evaluate_all(_LINKS):
            parts = urlsplit(link)
            shape = _shape(parts.path)
            if link.startswith(f"{address}/") and shape not in known:
                known.add(shape)
                waiting.append(parts.path)
    return list(found.values())


async def _walk(
    visitor: Visitor, address: str, pages: list[str], language: str, leave: Callable[[str], Path]
) -> None:
    for path in pages:
        await visitor.page.goto(f"{address}{path}?lang={language}")
        html = visitor.page.locator("html")
        assert await html.get_attribute("lang") == language, path
        assert await html.get_attribute("dir") == direction(language), path
        picture = leave(f"{_shape(path).strip('/').replace('/', '_') or 'home'}-{language}")
        await visitor.page.screenshot(path=picture, full_page=True)
        await visitor.fits()
        await visitor.accessible()


@pytest.mark.parametrize(
    ("spoken", "colours"),
    [
        (["fa"], "dark"),
        pytest.param(list(languages()), "light", marks=pytest.mark.soak),
        pytest.param(list(languages()), "dark", marks=pytest.mark.soak),
    ],
)
@pytest.mark.timeout(1800)
async def test_a_relatives_pages(
    demo: Demo, sign_in: Any, pictures: Path, spoken: list[str], colours: str
) -> None:
    mother = await sign_in("parvaneh@family.example", color_scheme=colours, **PHONE)
    pages = await _pages(mother, demo.address)
    for needed in NEEDED:
        assert any(needed.search(path) for path in pages), needed.pattern
    for language in spoken:
        await _walk(
            mother, demo.address, pages, language, lambda p: pictures / f"mother-{colours}-{p}.png"
        )
    assert mother.faults == []


ON_DESK, ON_PHONE = ("light", DESK, "en"), ("dark", PHONE, "fa")
OTHERS = {
    "drafter": "jonas@nordlicht.example",
    "officer": "miriam@nordlicht.example",
    "reviewer": "ingrid@lexaurora.example",
    "observer": "omar@lexaurora.example",
    "relative": "kaveh@family.example",
}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("screen", [ON_DESK, ON_PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("coordinator", "lena@nordlicht.example"),
        *(pytest.param(*other, marks=pytest.mark.soak) for other in OTHERS.items()),
    ],
    ids=["coordinator", *OTHERS],
)
async def test_everybody_elses_pages(
    demo: Demo,
    sign_in: Any,
    pictures: Path,
    name: str,
    email: str,
    screen: tuple[str, dict[str, Any], str],
) -> None:
    colours, how, language = screen
    visitor = await sign_in(email, color_scheme=colours, **how)
    pages = await _pages(visitor, demo.address)
    await _walk(
        visitor, demo.address, pages, language, lambda p: pictures / f"{name}-{colours}-{p}.png"
    )
    assert visitor.faults == []
