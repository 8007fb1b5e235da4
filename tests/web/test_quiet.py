"""Quiet by design: what a relative opens asks no other site for anything, is kept nowhere, and says little."""

from __future__ import annotations

import html
import re

import httpx2
import pytest

from tests.coalition import Coalition
from tests.web.visitors import BASE_URL, Visitors

# Addresses a page makes a browser load, and those it leads to.
_LOADED = re.compile(r'(?:src|action|hx-get|hx-sse:connect|poster|srcset)="([^"]*)"')
_LINKED = re.compile(r'<(?:a|link)\b[^>]*?\bhref="([^"]*)"')
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


async def every_page(browser: httpx2.AsyncClient, *starts: str) -> dict[str, httpx2.Response]:
    """Follow every link within Assent, as somebody would who opens everything."""
    waiting, seen = list(starts), dict[str, httpx2.Response]()
    while waiting:
        path = waiting.pop()
        if path in seen or path.startswith(("/static/", "/leave", "/language/")):
            continue
        seen[path] = answer = await browser.get(path)
        if answer.headers.get("content-type", "").startswith("text/html"):
            links = [html.unescape(link) for link in _LINKED.findall(answer.text)]
            waiting += [link.partition("#")[0] for link in links if link.startswith("/")]
    return seen


async def test_a_relatives_pages(coalition: Coalition, visitors: Visitors) -> None:
    """Everything the mother can reach: nothing of other sites, nothing kept, staff under the names they chose."""
    action = await coalition.ready()
    other = await coalition.a_statement()
    asked = await coalition.says(coalition.mother, other, "question")
    staff = await visitors.browser(coalition.coordinator)
    await staff.post(f"/consents/{asked.id}/answer", data={"text": "They will not."})
    for number, who in enumerate(("coordinator", "drafter", "reviewer", "lantern_officer")):
        browser = await visitors.browser(coalition.people[who])
        form = {"shown_as": f"Friend {number}", "reached_at": f"+46 70 000 000{number}"}
        assert (await browser.post("/me", data=form)).status_code == 303
    await coalition.publishes(action)
    mother = await visitors.browser(coalition.mother)
    await mother.post("/me/discreet", data={"on": "yes"})
    pages = await every_page(mother, "/", "/stop")
    assert len(pages) > 10
    for path, page in pages.items():
        # A receipt waits for the log's signature, which a job makes; none runs here.
        assert page.status_code == (409 if path.startswith("/receipts/") else 200), path
        if not page.headers["content-type"].startswith("text/html"):
            continue
        for address in _LOADED.findall(page.text):
            assert address == "" or (
                address.startswith(("/", "?")) and not address.startswith("//")
            ), path
        for address in _LINKED.findall(page.text.replace(BASE_URL, "")):
            assert address.startswith(("/", "?", "#", "mailto:")) or address == "", (path, address)
        if path.startswith("/s/"):
            continue
        assert page.headers["cache-control"] == "no-store", path
        assert set(_TITLE.findall(page.text)) <= {"Notes", "یادداشت‌ها"}, path
        for who in ("coordinator", "drafter", "reviewer", "lantern_officer"):
            assert f">{coalition.people[who].name}<" not in page.text, (who, path)
            assert coalition.people[who].email not in page.text, (who, path)
    told = pages[f"/actions/{other}/decide"].text
    assert "Friend 0" in told
    assert "+46 70 000 0000" in told


async def test_staff_go_on_reading_each_others_names(
    coalition: Coalition, visitors: Visitors
) -> None:
    drafter = await visitors.browser(coalition.drafter)
    await drafter.post("/me", data={"shown_as": "A Friend"})
    observer = await visitors.program(coalition.observer)
    members = (await observer.get("cases/teacher/memberships")).json()["items"]
    assert coalition.drafter.email in {m["person"] for m in members}
    mother = await visitors.program(coalition.mother)
    answer = (await mother.get("cases/teacher/memberships")).text
    assert coalition.drafter.email not in answer
    relative = await visitors.browser(coalition.mother)
    assert (await relative.post("/me", data={"shown_as": "Somebody else"})).status_code == 403


async def test_leaving_signs_out_and_leads_elsewhere(
    coalition: Coalition, visitors: Visitors
) -> None:
    browser = await visitors.browser(coalition.mother)
    lured = await browser.get("/leave", headers={"Sec-Fetch-Site": "cross-site"})
    assert lured.status_code == 303
    assert (await browser.get("/said")).status_code == 200
    left = await browser.get("/leave", headers={"Sec-Fetch-Site": "same-origin"})
    assert left.headers["location"].startswith("https://")
    assert (await browser.get("/said")).headers["location"] == "/sign-in?next=/said"


async def test_a_discreet_browser_stays_discreet_when_nobody_is_signed_in(
    coalition: Coalition, visitors: Visitors
) -> None:
    browser = await visitors.browser(coalition.brother)
    assert "<title>Sign in</title>" in (await (await visitors.nobody()).get("/sign-in")).text
    await browser.post("/me/discreet", data={"on": "yes"})
    await browser.post("/sign-out")
    page = (await browser.get("/sign-in")).text
    assert "<title>Notes</title>" in page
    assert "Assent</a>" not in page
    assert "/static/icons/plain" in page


@pytest.mark.parametrize("tag", ["fa", "ru"])
async def test_languages_are_offered_in_their_own_names(visitors: Visitors, tag: str) -> None:
    nobody = await visitors.nobody()
    page = (await nobody.get("/languages?next=/sign-in")).text
    assert f'href="/language/{tag}?next=/sign-in"' in page
