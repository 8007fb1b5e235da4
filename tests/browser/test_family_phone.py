"""A relative's phone: old, far away, in any of twelve languages. What goes over the wire is counted, byte by byte."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Request

from assent.language import direction, languages
from tests.browser.conftest import Browsers, Demo, Visitor

pytestmark = pytest.mark.browser
# Chromium's own "Slow 3G".
SLOW_3G = {
    "offline": False, "latency": 2000, "downloadThroughput": 50_000, "uploadThroughput": 50_000,
}  # fmt: skip
PHONE = {"viewport": {"width": 360, "height": 740}}
FIRST_VISIT, RETURN, LOADS = 60 * 1024, 15 * 1024, 3
KB = 1024


class Meter:
    """Counts what a page loads: whole pages, and bytes as they come over the wire, headers too."""

    def __init__(self, page: Page) -> None:
        self.page, self.loads, self.octets, self.hosts = page, 0, 0, set[str]()

    async def start(self, *, slow: bool) -> None:
        """Begin to count, on a slow line if asked."""
        client = await self.page.context.new_cdp_session(self.page)
        await client.send("Network.enable")
        if slow:
            await client.send("Network.emulateNetworkConditions", SLOW_3G)
        client.on("Network.loadingFinished", self._finished)
        client.on("Network.requestWillBeSent", self._sent)
        self.page.on("request", self._request)

    def _finished(self, event: dict[str, Any]) -> None:
        self.octets += int(event["encodedDataLength"])

    def _sent(self, event: dict[str, Any]) -> None:
        redirected = event.get("redirectResponse")
        self.octets += int(redirected["encodedDataLength"]) if redirected else 0

    def _request(self, request: Request) -> None:
        self.hosts.add(request.url.split("/")[2])
        if (
            request.is_navigation_request()
            and request.redirected_from is None
            and request.method == "GET"
        ):
            self.loads += 1
        elif request.is_navigation_request() and request.redirected_from is not None:
            self.loads += request.redirected_from.method == "POST"

    def taken(self) -> tuple[int, int]:
        """What was counted since the last time."""
        counted = (self.loads, self.octets)
        self.loads = self.octets = 0
        return counted


@pytest.mark.parametrize("scripts", [False, True], ids=["without-scripts", "with-scripts"])
async def test_from_the_link_to_the_recorded_answer(
    demo: Demo, browsers: Browsers, scripts: bool
) -> None:
    action = _a_text(demo)
    page = await browsers.page(**PHONE, java_script_enabled=scripts)
    meter = Meter(page)
    await meter.start(slow=not scripts)
    link = demo.says("link", "parvaneh@family.example", "--to", f"{action}/decide")
    await page.goto(f"{demo.address}/link/{link.rpartition('/link/')[2]}")
    await page.locator("main button").click(no_wait_after=True)
    await page.wait_for_url("**/decide")
    await page.locator("button[value=no]").click()
    await page.wait_for_url("**/decided")
    loads, octets = meter.taken()
    await page.goto(f"{demo.address}{action}/decide")
    await page.locator("button[value=yes]").first.click()
    await page.wait_for_url("**/decided")
    again, return_octets = meter.taken()
    kind = "with scripts" if scripts else "without scripts, slow 3G"
    print(  # noqa: T201 (the figures are what this is for)
        f"\n{kind}: first visit {loads} page loads, {octets / KB:.1f} KB; return {again} page loads,"
        f" {return_octets / KB:.1f} KB"
    )
    assert meter.hosts == {demo.address.removeprefix("http://")}
    assert loads <= LOADS
    assert octets <= FIRST_VISIT
    assert again <= LOADS
    assert return_octets <= RETURN


async def test_the_decision_page_in_every_language(
    demo: Demo, browsers: Browsers, pictures: Path
) -> None:
    """Direction, language, nothing sticking out, nothing axe-core finds; a picture of each."""
    action = _a_text(demo)
    visitor = Visitor(await browsers.page(**PHONE))
    await visitor.page.goto(demo.link("parvaneh@family.example"))
    await visitor.page.click("main button")
    await visitor.page.wait_for_url(f"{demo.address}/")
    for language in languages():
        await visitor.page.goto(f"{demo.address}{action}/decide?lang={language}")
        html = visitor.page.locator("html")
        assert await html.get_attribute("lang") == language
        assert await html.get_attribute("dir") == direction(language)
        style = "getComputedStyle(document.querySelector('h1')).direction"
        assert await visitor.page.evaluate(style) == direction(language)
        await visitor.fits()
        await visitor.accessible()
        await visitor.page.screenshot(path=pictures / f"decide-{language}.png", full_page=True)
    await visitor.page.evaluate("document.documentElement.style.fontSize = '200%'")
    await visitor.page.set_viewport_size({"width": 320, "height": 640})
    await visitor.fits()
    assert visitor.faults == []


def _a_text(demo: Demo) -> str:
    """The address of the demo's statement, as its coordinator's program finds it."""
    made = demo.says("token", "lena@nordlicht.example")
    call = urllib.request.Request(  # noqa: S310 (our own server)
        f"{demo.address}/api/v1/cases/the-translator/actions",
        headers={"Authorization": f"Bearer {made}"},
    )
    with urllib.request.urlopen(call) as answer:  # noqa: S310
        actions = json.load(answer)["items"]
    return next(f"/actions/{a['id']}" for a in actions if a["kind"] == "public_statement")
