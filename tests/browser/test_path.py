"""The whole path in a real browser: from a drafted text to a published one, and back, as five people."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx2
import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}}
TITLE = "Two years without a trial"


@pytest.mark.timeout(480)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_from_a_draft_to_a_published_statement_and_back(
    demo: Any, sign_in: Any, scripts: bool
) -> None:
    how = {"java_script_enabled": scripts}
    writer = await sign_in("jonas@nordlicht.example", **DESK, **how)
    page = writer.page
    await page.goto(f"{demo.address}/cases/the-translator")
    await page.get_by_role("link", name=TITLE).first.click()
    await page.wait_for_url("**/actions/*")
    action = page.url
    await page.get_by_role("link", name="Write a new version").click()
    await page.locator('[name="title.en"]').fill("Let Sina Rastegar come home")
    if scripts:
        await expect(page.locator("[data-says]")).to_contain_text("Saved", timeout=5000)
        await page.reload()
        await expect(page.locator('[name="title.en"]')).to_have_value("Let Sina Rastegar come home")
    await page.get_by_role("button", name="Put it forward as a new version").click()
    await expect(page.get_by_text("Let Sina Rastegar come home")).to_be_visible()
    await page.get_by_role("link", name="what changed").first.click()
    await expect(page.locator("ins").first).to_be_visible()
    await _checked(writer, scripts)

    coordinator = await sign_in("lena@nordlicht.example", **DESK, **how)
    await coordinator.page.goto(action)
    assert await coordinator.page.get_by_role("button", name="Publish it now").count() == 0

    for email in (
        "miriam@nordlicht.example",
        "claire@openpage.example",
        "ingrid@lexaurora.example",
    ):
        officer = await sign_in(email, **PHONE, **how)
        await officer.page.goto(action)
        if email.startswith("ingrid"):
            await officer.page.locator('[name="risks.fa"]').fill("ممکن است ملاقات‌ها قطع شود.")
        await _checked(officer, scripts)
        await officer.page.get_by_role("button", name="Clear this text").click()
        await officer.leave()

    await coordinator.page.goto(action)
    await coordinator.page.get_by_role("button", name="Ask the family").click()
    mother = await sign_in("parvaneh@family.example", **PHONE, **how)
    await mother.page.locator("main .sheet a").first.click()
    await expect(mother.page.locator("article")).to_have_attribute("lang", "fa")
    await expect(mother.page.get_by_text("ممکن است ملاقات‌ها قطع شود.")).to_be_visible()
    boxes = [
        await mother.page.locator(f"button[value={word}]").bounding_box() for word in ("yes", "no")
    ]
    assert boxes[0]["width"] == boxes[1]["width"]
    assert boxes[0]["height"] == boxes[1]["height"]
    await _checked(mother, scripts)
    await mother.page.locator("button[value=yes]").click()
    await _checked(mother, scripts)

    release = coordinator.page.get_by_role("button", name="Publish it now")
    if not scripts:
        await coordinator.page.reload()
    await expect(release).to_be_visible(timeout=2000)
    await _checked(coordinator, scripts)
    await release.click()
    public = await coordinator.page.locator('a[href^="/s/"]').first.get_attribute("href")

    reader = await sign_in("omar@lexaurora.example", **DESK, **how)
    await reader.page.goto(f"{demo.address}{public}?lang=fa")
    await expect(reader.page.locator("html")).to_have_attribute("dir", "rtl")
    await _checked(reader, scripts)
    digest = await reader.page.locator("code").first.inner_text()
    async with httpx2.AsyncClient(base_url=demo.address) as anybody:
        content = await anybody.get(f"{public}.json")
        assert hashlib.sha256(content.content).hexdigest() == digest
        page_of_anybody = await anybody.get(public, headers={"Accept-Language": "en"})
        assert page_of_anybody.status_code == 200
        again = await anybody.get(
            public,
            headers={"If-None-Match": page_of_anybody.headers["etag"], "Accept-Language": "en"},
        )
        assert again.status_code == 304
        assert "Let Sina Rastegar come home" in (await anybody.get("/feed.atom")).text

        await mother.page.goto(f"{action}/decide")
        await mother.page.locator('form[action$="/withdraw"] button').click()
        gone = await anybody.get(public)
        assert gone.status_code == 410
        assert "Sina" not in gone.text
        assert (await anybody.get(f"{public}.json")).status_code == 410
        assert "Sina" not in (await anybody.get("/feed.atom")).text
        stale = await anybody.get(
            public, headers={"If-None-Match": page_of_anybody.headers["etag"]}
        )
        assert stale.status_code == 410
    await coordinator.page.goto(f"{demo.address}/")
    await expect(coordinator.page.get_by_text("taken back").first).to_be_visible()
    for visitor in (writer, coordinator, mother, reader):
        assert visitor.faults == []


async def _checked(visitor: Any, scripts: bool) -> None:
    if scripts:
        await visitor.accessible()
        await visitor.fits()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_pages_are_accessible_and_fit(
    demo: Any, sign_in: Any, scheme: str, width: int
) -> None:
    how = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    visitor = await sign_in("lena@nordlicht.example", **how)
    paths = [
        "/", "/devices", "/cases/new", "/cases/the-translator", "/cases/the-translator/people",
        "/cases/the-translator/family", "/cases/the-translator/actions/new",
        "/cases/the-translator/tasks/new", "/sign-in", "/nowhere",
    ]  # fmt: skip
    visitor.expected = {404}
    for path in paths:
        await visitor.page.goto(demo.address + path)
        await visitor.accessible()
        await visitor.fits()
    assert visitor.faults == []


async def test_what_somebody_wrote_survives_the_end_of_their_session(
    demo: Any, sign_in: Any
) -> None:
    visitor = await sign_in("lena@nordlicht.example", **DESK, java_script_enabled=False)
    page = visitor.page
    await page.goto(f"{demo.address}/cases/the-translator/tasks/new")
    await page.locator("[name=title]").fill("Call the lawyer before Thursday")
    await page.locator("[name=assignee]").select_option(index=1)
    other = await sign_in("lena@nordlicht.example", **DESK)
    await other.page.goto(f"{demo.address}/devices")
    await other.page.get_by_role("button", name="Sign out everywhere else").click()
    await page.get_by_role("button", name="Give the task").click()
    assert "/sign-in?next=" in page.url
    kept = page.url.partition("next=")[2].replace("%2F", "/")
    await page.goto(demo.link("lena@nordlicht.example"))
    await page.click("main button")
    await page.goto(demo.address + kept)
    written = page.get_by_label("What you wrote").first
    await expect(written).to_have_value("Call the lawyer before Thursday")
    await page.get_by_role("button", name="Send it now").click()
    await expect(page.get_by_text("Call the lawyer before Thursday")).to_be_visible()
