"""A request for measures, a letter and a filing, from the draft to the delivery, as the people who do it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.browser
DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True}
CASE = "cases/the-translator"
NAMES = {
    "jonas": "jonas@nordlicht.example", "david": "david@openpage.example", "lena": "lena@nordlicht.example",
    "miriam": "miriam@nordlicht.example", "claire": "claire@openpage.example", "ingrid": "ingrid@lexaurora.example",
    "mother": "parvaneh@family.example",
}  # fmt: skip


@pytest.mark.timeout(600)
async def test_each_kind_from_its_draft_to_its_delivery(
    demo: Any, sign_in: Any, subtests: pytest.Subtests
) -> None:
    visitors = {
        name: await sign_in(email, **(PHONE if name == "mother" else DESK))
        for name, email in NAMES.items()
    }
    people = People(demo.address, visitors)
    for stage in (asks_for_sanctions, writes_to_the_ministry, files_with_the_united_nations):
        with subtests.test(stage.__name__):
            await stage(people)
    for name, visitor in visitors.items():
        assert visitor.faults == [], name


class People:
    """Everybody of the demo, each with a browser of their own."""

    def __init__(self, address: str, visitors: dict[str, Any]) -> None:
        self.address, self.visitors = address, visitors

    def __getitem__(self, name: str) -> Page:
        page: Page = self.visitors[name].page
        return page

    async def looks_at(self, name: str) -> None:
        """The page somebody has before them is accessible, and fits."""
        await self.visitors[name].accessible()
        await self.visitors[name].fits()

    async def agree(self, action: str, *officers: str, reviewed: bool = True) -> None:
        """The officers clear, the reviewer too, and the mother says yes."""
        for name in (*officers, *(["ingrid"] if reviewed else [])):
            page = self[name]
            await page.goto(action)
            if name == "ingrid":
                await page.locator('[name^="risks."]').first.fill("Visits may stop for a while.")
            await page.get_by_role("button", name="Clear this text").click()
        await self["lena"].goto(action)
        await self["lena"].get_by_role("button", name="Ask the family").click()
        mother = self["mother"]
        await mother.goto(f"{action}/decide")
        for yes in await mother.locator('#plain input[type=radio][value="yes"]').all():
            await yes.check()
        await self.looks_at("mother")
        await mother.locator("#plain button[value=yes]").click()

    async def let_out(self, action: str) -> Page:
        """The coordinator lets it go."""
        page = self["lena"]
        await page.goto(action)
        await page.get_by_role("button", name="Let it go out now").click()
        await expect(page.get_by_role("heading", name="What went out")).to_be_visible()
        return page


async def asks_for_sanctions(people: People) -> None:
    """From the gap in the matrix to a request that was handed over."""
    page = people["jonas"]
    await page.goto(f"{people.address}/{CASE}/targets")
    row = page.get_by_role("row", name="کیوان")
    gap = row.locator('form:has(input[value="canada"]) button')
    await gap.click()
    await page.wait_for_url("**/dossiers/*")
    await expect(page.get_by_text("Say who receives it.")).to_be_visible()
    await people.looks_at("jonas")
    await page.locator('[name="recipient"]').fill("The desk for sanctions")
    for part in await page.locator('textarea[name^="part-"]:visible').all():
        await part.fill("As told in the parts above.")
    await page.get_by_role("button", name="Save and put it to the gate").click()
    await page.wait_for_url("**/actions/*")
    action = page.url
    await page.goto(f"{people.address}/{CASE}/targets")
    await expect(row.get_by_role("link", name="being prepared")).to_be_visible()
    await page.goto(action)
    await page.get_by_text("Who may see this action").click()
    await page.locator('[name="visibility"][value="case"]').check()
    await page.get_by_role("button", name="Change it").first.click()
    await people.agree(action, "miriam")
    lena = await people.let_out(action)
    await lena.get_by_role("button", name="I have handed it over").click()
    await expect(lena.get_by_role("button", name="I have handed it over")).to_have_count(0)
    # The files hold the text that was agreed to.
    await page.goto(f"{people.address}/{CASE}/targets")
    await row.get_by_role("link", name="being prepared").click()
    async with page.expect_download() as paper:
        await page.get_by_role("link", name="PDF").first.click()
    assert "document-" in (await paper.value).suggested_filename


async def writes_to_the_ministry(people: People) -> None:
    """A letter that leaves by mail."""
    page = people["lena"]
    await page.goto(f"{people.address}/{CASE}")
    await page.get_by_role(
        "link", name="Letter to the foreign ministry before the visit"
    ).first.click()
    await page.wait_for_url("**/actions/*")
    action = page.url
    await people.agree(action, "miriam", reviewed=False)
    lena = await people.let_out(action)
    await expect(lena.get_by_text("Desk for human rights").last).to_be_visible()
    await people.looks_at("lena")


async def files_with_the_united_nations(people: People) -> None:
    """A filing without its date, and the clock that runs after it."""
    page = people["david"]
    await page.goto(f"{people.address}/{CASE}")
    await page.get_by_role("link", name="Communication to the Working Group").first.click()
    await page.wait_for_url("**/actions/*")
    action = page.url
    await page.get_by_role("link", name="Write a new version").click()
    await page.locator('[name="not_before"]').fill("")
    await page.get_by_role("button", name="Put it forward as a new version").click()
    await page.wait_for_url("**/actions/*")
    await people.agree(action, "claire")
    lena = await people.let_out(action)
    await lena.get_by_role("button", name="I have handed it over").click()
    await expect(lena.get_by_role("heading", name="After filing")).to_be_visible()
    await lena.get_by_text("Record a step").click()
    await lena.locator("#step-happened_on").fill("2026-11-25")
    await lena.get_by_role("button", name="Record it").click()
    await expect(lena.get_by_text("The government has replied").first).to_be_visible()
    await people.looks_at("lena")
