"""A passkey in a real browser: made in two taps, it signs a decision and signs in, and never what is not shown."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 360, "height": 780}}
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.mark.timeout(240)
async def test_made_used_to_sign_and_to_sign_in(demo: Any, browsers: Any) -> None:
    address = demo.address.replace("127.0.0.1", "localhost")
    desk = Visitor(await browsers.page())
    await desk.page.goto(demo.link("lena@nordlicht.example"))
    await desk.page.click("main button")
    await desk.page.goto(f"{demo.address}/cases/the-translator")
    await desk.page.get_by_role("link", name="Two years without a trial").first.click()
    action = desk.page.url.rpartition("/")[2]

    mother = Visitor(await browsers.page(**PHONE))
    page = mother.page
    device = await page.context.new_cdp_session(page)
    await device.send("WebAuthn.enable")
    await device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    await page.goto(demo.link("parvaneh@family.example").replace("127.0.0.1", "localhost"))
    await page.click("main button")
    await page.goto(f"{address}/language/en?next=/devices")
    await page.get_by_role("button", name="Make a passkey on this device").click()
    await expect(page.get_by_role("button", name="End it").first).to_be_visible()
    await mother.accessible()
    await mother.fits()

    await page.goto(f"{address}/actions/{action}/decide")
    await expect(page.get_by_text("Your answer is signed with your passkey.")).to_be_visible()
    await mother.accessible()
    await mother.fits()
    await page.evaluate("document.querySelector('article.text p').textContent = 'Something else.'")
    await page.locator("button[value=yes]").first.click()
    await expect(page.get_by_text("does not show the text that would be signed")).to_be_visible()
    await page.reload()
    await page.locator("button[value=yes]").first.click()
    await page.wait_for_url("**/decided")
    await desk.page.reload()
    await expect(desk.page.get_by_text("signed with a passkey")).to_be_visible()

    await page.context.clear_cookies()
    await page.goto(f"{address}/sign-in")
    await page.locator("form[data-passkey] button").click()
    await page.wait_for_url(f"{address}/")
    assert mother.faults == desk.faults == []
