"""Signing in through an organisation's own provider, a real one."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest

from tests.people.conftest import BASE, Site, through_provider

Providers = Callable[[str], str]


async def begin(site: Site, browser: httpx2.AsyncClient, email: str) -> str:
    """Type an address; returns the provider's address."""
    answer = await browser.post("/sign-in", data={"email": email, "next": "/devices"})
    assert answer.status_code == 303
    answer = await browser.get(answer.headers["location"])
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_the_full_path_ends_where_it_was_going(site: Site, provider: Providers) -> None:
    issuer = provider("harbour")
    domain = f"org{issuer.rpartition(':')[2]}.example"
    harbour = await site.organisation("harbour", domain, issuer)
    await site.person(f"ada@{domain}", harbour)
    async with site.browser() as browser:
        address = await begin(site, browser, f"Ada@{domain}")
        assert "code_challenge_method=S256" in address
        assert "nonce=" in address
        back = await through_provider(address, "ada")
        answer = await browser.get(back)
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"] == "/devices"
        assert (await browser.get("/devices")).status_code == 200
        replayed = await browser.get(back)
        assert replayed.status_code == 400


async def test_two_organisations_have_two_providers_at_once(
    site: Site, provider: Providers
) -> None:
    for slug in ("harbour", "lantern"):
        issuer = provider(slug)
        domain = f"org{issuer.rpartition(':')[2]}.example"
        organisation = await site.organisation(slug, domain, issuer)
        await site.person(f"ada@{domain}", organisation)
        async with site.browser() as browser:
            address = await begin(site, browser, f"ada@{domain}")
            assert address.startswith(issuer)
            answer = await browser.get(await through_provider(address, "ada"))
            assert answer.status_code == 303


@pytest.mark.parametrize("account", ["stranger", "unverified", "moved"])
async def test_whom_nobody_invited_gets_in_nowhere(
    site: Site, provider: Providers, account: str
) -> None:
    issuer = provider("harbour")
    domain = f"org{issuer.rpartition(':')[2]}.example"
    harbour = await site.organisation("harbour", domain, issuer)
    await site.person(f"unverified@{domain}", harbour)
    await site.person(f"ada@{domain}", harbour)
    async with site.browser() as browser:
        back = await through_provider(await begin(site, browser, f"ada@{domain}"), account)
        answer = await browser.get(back)
        assert answer.status_code == 403
        assert "nobody has invited you" in answer.text
        assert (await browser.get("/devices")).status_code == 303


async def test_a_sign_in_belongs_to_the_browser_that_began_it(
    site: Site, provider: Providers
) -> None:
    issuer = provider("harbour")
    domain = f"org{issuer.rpartition(':')[2]}.example"
    harbour = await site.organisation("harbour", domain, issuer)
    await site.person(f"ada@{domain}", harbour)
    async with site.browser() as browser, site.browser() as other:
        back = await through_provider(await begin(site, browser, f"ada@{domain}"), "ada")
        await begin(site, other, f"ada@{domain}")
        assert (await other.get(back)).status_code == 400
        forged = back.replace("iss=", "was=") + "&iss=https%3A%2F%2Fevil.example"
        assert (await browser.get(forged)).status_code == 400


async def test_a_provider_that_is_another_issuer_is_not_believed(
    site: Site, provider: Providers
) -> None:
    issuer = provider("harbour")
    lying = issuer.replace("localhost", "127.0.0.1")
    harbour = await site.organisation("harbour", "harbour.example", lying)
    await site.person("ada@harbour.example", harbour)
    async with site.browser() as browser:
        answer = await browser.post("/sign-in", data={"email": "ada@harbour.example"})
        answer = await browser.get(answer.headers["location"])
        assert answer.status_code == 502
        assert "does not answer" in answer.text


async def test_a_provider_that_is_away_is_said_plainly(site: Site) -> None:
    await site.organisation("harbour", "harbour.example", "http://localhost:9")
    async with site.browser() as browser:
        answer = await browser.get("/sign-in/with/harbour?next=https://evil.example")
        assert answer.status_code == 502
        assert (await browser.get("/sign-in/with/nobody")).status_code == 404
        assert BASE
