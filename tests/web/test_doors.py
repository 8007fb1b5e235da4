"""Every page's door, tried: nobody is asked to sign in, strangers find nothing, whatever the page."""

import re

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from assent.web.requires import RequiresSomebody
from tests.coalition import Coalition
from tests.web.test_routes import required, routes_of
from tests.web.visitors import Visitors

# What browsers send, and what a piece of a file has to say before it is looked for.
SENT = {"Sec-Fetch-Site": "same-origin", "Upload-Offset": "0"}
NOWHERE = "01890000-0000-7000-8000-000000000000"


def _pages(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of every page that asks who somebody is."""
    return [
        (method, route.path)
        for route in routes_of(app)
        if isinstance(route, APIRoute) and not route.path.startswith("/api/")
        if any(isinstance(r, RequiresSomebody) for r in required(route.dependant))
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]


async def _ask(
    client: httpx2.AsyncClient, method: str, path: str, names: dict[str, str]
) -> httpx2.Response:
    address = re.sub(r"{(\w+)}", lambda found: names.get(found[1], NOWHERE), path)
    return await client.request(method, address, headers=SENT)


def _unnamed(page: str, names: dict[str, str]) -> str:
    """A page without the names of what was asked for, which its address repeats."""
    for name in (*names.values(), NOWHERE):
        page = page.replace(f"/{name}", "/…")
    return page


async def test_nobody_is_asked_to_sign_in_and_strangers_find_nothing(
    app: FastAPI, coalition: Coalition, visitors: Visitors, subtests: pytest.Subtests
) -> None:
    action = str(await coalition.ready())
    names = {"case": "teacher", "action": action, "number": "1"}
    nowhere = {"case": "no-such-case", "number": "1"}
    nobody, stranger = await visitors.nobody(), await visitors.browser(coalition.stranger)
    pages = _pages(app)
    assert len(pages) > 25
    for method, path in pages:
        with subtests.test(f"{method} {path}"):
            asked = await _ask(nobody, method, path, names)
            assert asked.status_code == 303
            assert asked.headers["location"].startswith("/sign-in?next=")
            if "{" not in path or re.search(r"{(kept|device|token)}", path):
                continue  # the caller's own, or nobody's
            hidden, absent = (
                await _ask(stranger, method, path, names),
                await _ask(stranger, method, path, nowhere),
            )
            assert (path, hidden.status_code, absent.status_code) == (path, 404, 404)
            assert _unnamed(hidden.text, names) == _unnamed(absent.text, nowhere)
