"""One-time links: opening consumes nothing, a button does, and a link alone carries no authority."""

from __future__ import annotations

import asyncio
import re
from email.message import Message

import httpx2
from sqlalchemy import text

from tests.conftest import Place
from tests.people.conftest import Site

CODE = re.compile(r'class="code"[^>]*>\s*([A-Z0-9]{6})')
LINK = re.compile(r"http://localhost:8000(/link/\S+)")


def words(mail: Message) -> str:
    """What a mail says."""
    said = mail.get_payload(decode=True)
    assert isinstance(said, bytes)
    return said.decode()


def found(pattern: re.Pattern[str] | str, text: str) -> str:
    """What a pattern's first group, or the whole pattern, matches in a text where it has to be."""
    match = re.search(pattern, text)
    assert match is not None
    return match[match.lastindex or 0]


async def ask(
    site: Site, browser: httpx2.AsyncClient, email: str = "m@family.example", count: int = 1
) -> tuple[str, str]:
    """Ask for a link; returns its path and the code the page shows."""
    answer = await browser.post("/sign-in", data={"email": email, "next": "/devices"})
    assert answer.status_code == 200, answer.text
    mail = (await site.mailbox.to(email, count))[-1]
    return found(LINK, words(mail)), found(CODE, answer.text)


async def test_in_the_browser_that_asked_a_button_is_enough(site: Site) -> None:
    await site.person("m@family.example", language="fa")
    async with site.browser() as browser:
        path, _ = await ask(site, browser)
        for _ in range(3):
            assert (await browser.get(path)).status_code == 200
            assert (await browser.head(path)).status_code == 200
        answer = await browser.post(path)
        assert answer.headers["location"] == "/devices"
        assert (await browser.get("/devices")).status_code == 200
        assert (await browser.post(path)).status_code == 410
        assert (await browser.get(path)).status_code == 410


async def test_elsewhere_it_takes_the_code_that_the_asking_browser_shows(site: Site) -> None:
    await site.person("m@family.example")
    async with site.browser() as asking, site.browser() as phone:
        path, code = await ask(site, asking)
        assert 'name="code"' in (await phone.get(path)).text
        assert (await phone.post(path)).status_code == 422
        assert (await phone.post(path, data={"code": "WRONG1"})).status_code == 422
        answer = await phone.post(path, data={"code": f" {code[:3].lower()}-{code[3:]} "})
        assert answer.status_code == 303
        assert (await phone.get("/devices")).status_code == 200


async def test_a_mail_scanner_that_presses_buttons_gets_nothing_and_spends_the_link(
    site: Site,
) -> None:
    await site.person("m@family.example")
    async with site.browser() as asking, site.browser() as scanner:
        path, code = await ask(site, asking)
        for _ in range(5):
            assert (await scanner.post(path, data={"code": "AAAAAA"})).status_code == 422
        assert (await scanner.post(path, data={"code": code})).status_code == 410
        assert (await asking.post(path)).status_code == 410
        assert (await scanner.get("/devices")).status_code == 303


async def test_of_eight_presses_at_once_one_wins(site: Site) -> None:
    await site.person("m@family.example")
    async with site.browser() as browser:
        path, _ = await ask(site, browser)
        answers = await asyncio.gather(*(browser.post(path) for _ in range(8)))
        assert sorted(a.status_code for a in answers) == [303] + [410] * 7


async def test_after_a_quarter_of_an_hour_it_is_spent(site: Site, place: Place) -> None:
    import psycopg

    await site.person("m@family.example")
    async with site.browser() as browser:
        path, _ = await ask(site, browser)
        with psycopg.connect(place.owner_dsn) as owner:
            owner.execute(
                "update assent.sign_in_links set expires_at = now() - interval '1 second'"
            )
        answer = await browser.post(path)
        assert answer.status_code == 410
        assert "Ask for a new one" in answer.text


async def test_only_hashes_are_kept(site: Site) -> None:
    await site.person("m@family.example")
    async with site.browser() as browser:
        path, code = await ask(site, browser)
        token = path.rpartition("/")[2]
        await browser.post(path)
        cookie = browser.cookies["assent"]
        async with site.database.session(job=True) as session:
            for table in ("sign_in_links", "browser_sessions"):
                query = text(f"select t::text from assent.{table} t")  # noqa: S608
                rows = (await session.execute(query)).scalars()
                assert not any(secret in row for row in rows for secret in (token, code, cookie))
            jobs = (
                await session.execute(text("select args::text from jobs.procrastinate_jobs"))
            ).scalars()
            assert not any(secret in row for row in jobs for secret in (token, code))


async def test_the_answer_does_not_tell_who_is_known(site: Site) -> None:
    await site.person("m@family.example")
    async with site.browser() as browser:
        pages = [
            CODE.sub("code", (await browser.post("/sign-in", data={"email": email})).text)
            for email in ("m@family.example", "nobody@family.example")
        ]
        assert pages[0] == pages[1]
    await site.mailbox.to("m@family.example")
    assert {m["To"] for m in site.mailbox.mails} == {"m@family.example"}


async def test_the_mail_says_nothing_but_that_there_is_a_link(site: Site) -> None:
    await site.person("m@family.example", language="en")
    async with site.browser() as browser:
        await ask(site, browser)
    [mail] = site.mailbox.mails
    said = mail["Subject"] + words(mail)
    assert "Ada" not in said
    assert mail["Subject"] == "Your link to sign in"


async def test_asking_too_often_is_refused_with_when_to_come_back(site: Site) -> None:
    async with site.browser() as browser:
        answers = [await browser.post("/sign-in", data={"email": "x@y.example"}) for _ in range(6)]
        assert [a.status_code for a in answers] == [200] * 5 + [429]
        assert "quarter of an hour" in answers[-1].text
        assert (await browser.post("/sign-in", data={"email": "not an address"})).status_code == 422


async def test_signing_in_never_leads_elsewhere(site: Site) -> None:
    await site.person("m@family.example")
    for count, target in enumerate(
        ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1"], 1
    ):
        async with site.browser() as browser:
            await browser.post("/sign-in", data={"email": "m@family.example", "next": target})
            mail = (await site.mailbox.to("m@family.example", count))[-1]
            path = found(LINK, words(mail))
            assert (await browser.post(path)).headers["location"] == "/"


async def test_an_ended_session_ends_at_once_everywhere(site: Site) -> None:
    await site.person("m@family.example")
    async with site.browser() as one, site.browser() as two:
        for count, browser in enumerate((one, two), 1):
            path, _ = await ask(site, browser, count=count)
            await browser.post(path)
        page = (await one.get("/devices")).text
        assert page.count("/end") >= 2
        assert (await one.post("/devices/end-others")).status_code == 303
        assert (await two.get("/devices")).status_code == 303
        assert (await one.get("/devices")).status_code == 200
        assert (await one.post("/sign-out")).status_code == 303
        assert (await one.get("/devices")).status_code == 303


async def test_devices_and_tokens_are_ones_own(site: Site) -> None:
    await site.person("m@family.example")
    await site.person("other@family.example")
    async with site.browser() as mine, site.browser() as theirs, site.browser() as nobody:
        path, _ = await ask(site, mine)
        await mine.post(path)
        path, _ = await ask(site, theirs, "other@family.example")
        await theirs.post(path)
        made = await mine.post("/tokens", data={"label": "my script"})
        token = found(r"assent_[\w-]+", made.text)
        token_id = found(r"/tokens/([\w-]+)/end", made.text)
        device_id = found(r"/devices/([\w-]+)/end\"", made.text)
        assert "assent_" not in (await mine.get("/devices")).text
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await nobody.get("/api/v1/me", headers=bearer)).status_code == 200
        for path in (f"/tokens/{token_id}/end", f"/devices/{device_id}/end"):
            assert (await nobody.post(path)).status_code == 303
            assert (await theirs.post(path)).status_code == 404
        assert (await nobody.get("/api/v1/me", headers=bearer)).status_code == 200
        assert (await mine.post(f"/tokens/{token_id}/end")).status_code == 303
        assert (await nobody.get("/api/v1/me", headers=bearer)).status_code == 401
