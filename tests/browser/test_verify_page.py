"""The page that checks receipts, opened from a disk in a real browser: no server, no connection, its own policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import expect

from assent.language import catalogue, direction, languages
from assent.ledger.receipts import seal
from assent.settings import ROOT
from assent.web.assets import manifest
from tests.browser.conftest import AXE, Browsers, Demo, Visitor
from tests.ledger.proven import Log, a_record, signed_with_a_passkey

pytestmark = pytest.mark.browser


@pytest.mark.timeout(240)
async def test_a_sealed_receipt_is_checked_from_a_disk(browsers: Any, tmp_path: Path) -> None:
    log, record = Log().filled(2), a_record(2)
    log.append(record, passkey=signed_with_a_passkey(Ed25519PrivateKey.generate(), record))
    receipt = tmp_path / "document.txt"
    receipt.write_text(str(seal(log.receipt(2), "saffron")), encoding="utf-8")
    page = await browsers.page(viewport={"width": 320, "height": 700}, offline=True)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.goto((ROOT / "frontend" / "dist" / manifest()["verify.html"]).as_uri())

    await page.get_by_label("The file to check").set_input_files(receipt)
    await page.get_by_label("Keys you trust").fill("\n".join(log.keys))
    await page.get_by_label("How many witnesses").fill("2")
    await page.get_by_label("Passphrase").fill("saffron")
    await page.get_by_role("button", name="Check", exact=True).click()
    results = page.locator("#results")
    await expect(results.get_by_role("heading")).to_have_text("It holds.", timeout=30_000)
    await expect(results).to_contain_text("signed on a device with the passkey")
    first = results.get_by_role("listitem").first
    await expect(first).to_contain_text("The answer of a relative to this text: yes.")
    await expect(results.get_by_text("event: consent_decided")).to_be_hidden()
    await expect(results).to_contain_text("Seen by the witness")

    await page.get_by_label("Language").select_option("fa")
    await expect(results.get_by_role("heading")).to_have_text("درست است.")
    assert await page.evaluate("document.documentElement.dir") == "rtl"
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320

    await page.locator("#passphrase").fill("safran")
    await page.locator("button").click()
    await expect(results.get_by_role("heading")).to_have_text("درست نیست.", timeout=30_000)
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run().then(r => r.violations.map(v => v.id))")
    assert found == []
    assert faults == []


@pytest.mark.timeout(240)
async def test_it_speaks_the_language_of_the_page_that_leads_to_it(
    demo: Demo, browsers: Browsers, tmp_path: Path
) -> None:
    log = Log().filled(3)
    receipt, broken = tmp_path / "document.txt", tmp_path / "broken.txt"
    receipt.write_text(str(log.receipt(2)), encoding="utf-8")
    broken.write_text(str(log.receipt(2))[:-40], encoding="utf-8")
    visitor = Visitor(await browsers.page(viewport={"width": 360, "height": 740}, locale="tr-TR"))
    page, html = visitor.page, visitor.page.locator("html")
    for language in languages():
        await page.goto(f"{demo.address}/verify?lang={language}")
        await expect(html).to_have_attribute("lang", language)
        await expect(html).to_have_attribute("dir", direction(language))
        title = catalogue(language).gettext("Check a receipt")
        await expect(page.locator("h1")).to_have_text(title)
        await expect(page.locator("#language")).to_have_value(language)
        for file, verdict in ((receipt, "good"), (broken, "bad")):
            await page.locator("#file").set_input_files(file)
            await page.locator("button").click()
            await expect(page.locator("#results h2")).to_have_class(verdict, timeout=30_000)
            await visitor.fits()
            if verdict == "good" or direction(language) == "rtl":
                await visitor.accessible()
    # In a language it does not have, and in none: what the browser wishes.
    for asked in ("?lang=xx", "?lang=toString", ""):
        await page.goto(f"{demo.address}/verify{asked}")
        await expect(html).to_have_attribute("lang", "tr")
    await page.goto(demo.address + "/verify?lang=fa")
    await page.locator("#file").set_input_files(receipt)
    await page.locator("button").click()
    await expect(page.locator("#results")).to_contain_text("۳")
    assert visitor.faults == []


async def test_from_a_disk_it_takes_the_language_of_its_address_too(browsers: Browsers) -> None:
    page = await browsers.page(locale="arn-CL", offline=True)
    built = (ROOT / "frontend" / "dist" / manifest()["verify.html"]).as_uri()
    await page.goto(f"{built}?lang=am")
    await expect(page.locator("html")).to_have_attribute("lang", "am")
    await page.goto(built)
    # Mapuche is not Arabic, whatever its tag begins with.
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_without_scripts_it_says_what_to_do_in_every_language(browsers: Browsers) -> None:
    page = await browsers.page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    await page.goto((ROOT / "frontend" / "dist" / manifest()["verify.html"]).as_uri())
    for language in languages():
        told = page.locator(f'noscript p[lang="{language}"][dir="{direction(language)}"]')
        await expect(told).to_contain_text("assent verify FILE")
