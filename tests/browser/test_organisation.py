"""The page of an organisation in a real browser: its administrator invites, names, removes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.browser
HERE = "/organisations/open-page"


@pytest.mark.timeout(300)
async def test_an_administrator_without_scripts_on_a_phone(demo: Any, sign_in: Any) -> None:
    phone = {"viewport": {"width": 360, "height": 780}, "java_script_enabled": False}
    claire = await sign_in("claire@openpage.example", **phone)
    page = claire.page
    await page.get_by_role("link", name="Administer Open Page Writers").click()
    await page.get_by_label("E-mail address").fill("noor@openpage.example")
    await page.get_by_label("Name", exact=True).fill("Noor Ahmadi")
    await page.get_by_role("button", name="Invite", exact=True).click()
    noor = page.locator("li", has_text="Noor Ahmadi")
    await expect(noor).to_contain_text("has not signed in yet")

    claire.expected = {409}
    own = page.locator("li", has_text="Claire Tremblay")
    await own.locator("summary").click()
    await own.get_by_role("button", name="Step down as administrator").click()
    await expect(page.get_by_role("alert")).to_contain_text("Name another administrator first.")

    await noor.locator("summary").click()
    await noor.get_by_role("button", name="Cancel the invitation").click()
    await expect(noor).to_have_count(0)
    assert claire.faults == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [320, 1280])
async def test_it_is_accessible_and_fits(demo: Any, sign_in: Any, width: int) -> None:
    for scheme, language in (("light", "fa"), ("dark", "en")):
        how = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
        claire = await sign_in("claire@openpage.example", **how)
        page = claire.page
        await page.goto(f"{demo.address}/language/{language}?next={HERE}")
        for summary in await page.locator("details > summary").all():
            await summary.click()
        await claire.accessible()
        await claire.fits()
        claire.expected = {409, 422}
        await page.locator("form[action$='/remove'] button").first.click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await claire.accessible()
        await claire.fits()
        assert claire.faults == []
        await claire.leave()
