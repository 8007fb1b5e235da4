"""An organisation connects its own sign-in, a real one, changes it, and takes it away again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from sqlalchemy import delete, select, text

from assent.ledger import sealing
from assent.people.models import IdentityProvider
from tests.coalition import Coalition
from tests.people.conftest import BASE, free_port, through_provider
from tests.people.impostor import document, impostor
from tests.web.visitors import Visitors

HERE = "organisations/lantern"


def wanted(issuer: str, **changes: Any) -> dict[str, Any]:
    """What connects the test's provider; pass what should differ."""
    return {
        "issuer": issuer,
        "client_id": "assent",
        "client_secret": "a-test-secret-of-some-length",
        "email_domains": ["lantern.example"],
    } | changes


async def ada_at(
    issuer: str, coalition: Coalition, visitors: Visitors
) -> tuple[httpx2.AsyncClient, httpx2.AsyncClient, str]:
    """The administrator's program, Ada's browser, and where the provider sends her back to."""
    domain = f"org{issuer.rpartition(':')[2]}.example"
    visitors.app.state.settings.base_url = BASE
    program = await visitors.program(coalition.administrator)
    await program.post(f"{HERE}/staff", json={"email": f"ada@{domain}", "name": "Ada"})
    await program.put(f"{HERE}/provider", json=wanted(issuer, email_domains=[domain]))
    browser = await visitors.nobody()
    answer = await browser.post("/sign-in", data={"email": f"ada@{domain}", "next": "/devices"})
    answer = await browser.get(answer.headers["location"])
    return program, browser, await through_provider(answer.headers["location"], "ada")


async def test_from_connecting_to_signing_in_and_out_again(
    coalition: Coalition, visitors: Visitors, provider: Callable[[str], str]
) -> None:
    issuer = provider("lantern")
    domain = f"org{issuer.rpartition(':')[2]}.example"
    program = await visitors.program(coalition.administrator)
    await program.post(f"{HERE}/staff", json={"email": f"ada@{domain}", "name": "Ada"})
    assert (await program.get(f"{HERE}/provider")).status_code == 404
    made = await program.put(f"{HERE}/provider", json=wanted(issuer, email_domains=[domain]))
    assert made.status_code == 200, made.text
    assert made.json()["email_domains"] == [domain]
    assert "secret" not in made.text
    browser = await visitors.nobody()
    browser.base_url = made.json()["callback"].partition("/sign-in")[0]
    answer = await browser.post("/sign-in", data={"email": f"ada@{domain}", "next": "/devices"})
    assert answer.headers["location"].startswith("/sign-in/with/lantern")
    kept = await program.put(
        f"{HERE}/provider", json=wanted(issuer, email_domains=[domain], client_secret="")
    )
    assert kept.status_code == 200
    page = await (await visitors.browser(coalition.administrator)).get(f"/{HERE}")
    assert issuer in page.text
    assert "a-test-secret" not in page.text
    assert (await program.delete(f"{HERE}/provider")).status_code == 204
    assert (await program.delete(f"{HERE}/provider")).status_code == 404
    by_link = await browser.post("/sign-in", data={"email": f"ada@{domain}", "next": "/"})
    assert by_link.status_code == 200


async def test_taking_it_away_ends_the_sessions_that_came_through_it(
    coalition: Coalition, visitors: Visitors, provider: Callable[[str], str]
) -> None:
    program, browser, back = await ada_at(provider("lantern"), coalition, visitors)
    by_link = await visitors.browser(coalition.lantern_officer)
    assert (await browser.get(back)).status_code == 303
    assert (await browser.get("/devices")).status_code == 200
    lines = (await program.get(f"{HERE}/staff")).json()["items"]
    assert next(one for one in lines if one["name"] == "Ada")["signed_in_by"] == "provider"
    assert (await program.delete(f"{HERE}/provider")).status_code == 204
    assert (await browser.get("/devices")).status_code == 303
    assert (await by_link.get("/devices")).status_code == 200


async def test_another_sign_in_ends_the_sessions_that_came_through_the_one_before(
    coalition: Coalition, visitors: Visitors, provider: Callable[[str], str]
) -> None:
    issuer = provider("lantern")
    program, browser, back = await ada_at(issuer, coalition, visitors)
    assert (await browser.get(back)).status_code == 303
    domains = (await program.get(f"{HERE}/provider")).json()["email_domains"]
    same = await program.put(f"{HERE}/provider", json=wanted(issuer, email_domains=domains))
    assert same.status_code == 200
    assert (await browser.get("/devices")).status_code == 200
    async with impostor(document()) as another:
        moved = await program.put(f"{HERE}/provider", json=wanted(another, email_domains=domains))
    assert moved.status_code == 200
    assert (await browser.get("/devices")).status_code == 303


async def test_who_is_on_the_way_back_when_it_is_taken_away_stays_outside(
    coalition: Coalition, visitors: Visitors, provider: Callable[[str], str]
) -> None:
    _, browser, back = await ada_at(provider("lantern"), coalition, visitors)
    async with visitors.database.session(job=True) as session:
        lantern = coalition.organisations["lantern"]
        gone = delete(IdentityProvider).where(IdentityProvider.organisation_id == lantern)
        await session.execute(gone)
        coming = asyncio.create_task(browser.get(back))
        waiting = text("select count(*) from pg_locks where not granted")
        for _ in range(600):  # until it has spoken with the provider and finds the row locked
            if (await session.execute(waiting)).scalar_one():
                break
            await asyncio.sleep(0.05)
        assert not coming.done()
    assert (await coming).status_code == 400
    assert (await browser.get("/devices")).status_code == 303


async def test_the_secret_follows_to_no_other_address(
    coalition: Coalition, visitors: Visitors, provider: Callable[[str], str]
) -> None:
    issuer = provider("lantern")
    program = await visitors.program(coalition.administrator)
    assert (await program.put(f"{HERE}/provider", json=wanted(issuer))).status_code == 200
    async with impostor(document()) as theirs:
        answer = await program.put(f"{HERE}/provider", json=wanted(theirs, client_secret=" "))
        assert answer.status_code == 422
        assert "needs its own client secret" in answer.json()["detail"]
        assert (await program.get(f"{HERE}/provider")).json()["issuer"] == issuer
        own = wanted(theirs, client_secret="another")
        assert (await program.put(f"{HERE}/provider", json=own)).status_code == 200
    async with visitors.database.session(job=True) as session:
        (kept,) = await session.scalars(select(IdentityProvider.client_secret_sealed))
    assert b"another" not in kept
    assert sealing.current().unseal("client-secret", kept) == b"another"


UNFIT: list[tuple[dict[str, Any], int, str]] = [
    ({"issuer": "http://login.example.org"}, 422, "unfit-provider"),
    ({"issuer": "ftp://login.example.org"}, 422, "unfit-provider"),
    ({"issuer": "https://user@login.example.org"}, 422, "unfit-provider"),
    ({"issuer": "https://[::bad"}, 422, "unfit-provider"),
    ({"issuer": "https://10.0.0.7"}, 422, "unfit-provider"),
    ({"issuer": "https://metadata"}, 422, "unfit-provider"),
    ({"issuer": ""}, 422, "unfit-provider"),
    ({"client_id": " "}, 422, "unfit-text"),
    ({"client_secret": ""}, 422, "unfit-provider"),
    ({"email_domains": []}, 422, "unfit-domain"),
    ({"email_domains": ["not a domain"]}, 422, "unfit-domain"),
    ({"email_domains": ["harbour.example"]}, 409, "domain-taken"),
    ({"email_domains": ["family.example"]}, 409, "domain-taken"),
]


async def test_what_cannot_be_connected(
    coalition: Coalition,
    visitors: Visitors,
    provider: Callable[[str], str],
    subtests: pytest.Subtests,
) -> None:
    issuer = provider("lantern")
    program = await visitors.program(coalition.administrator)
    for change, status, kind in UNFIT:
        with subtests.test(str(change)):
            answer = await program.put(f"{HERE}/provider", json=wanted(issuer) | change)
            said = answer.json()["type"].rpartition("problem-")[2]
            assert (answer.status_code, said) == (status, kind), answer.text
    with subtests.test("nobody answers"):
        answer = await program.put(
            f"{HERE}/provider", json=wanted(f"http://localhost:{free_port()}")
        )
        assert answer.status_code == 502
    with subtests.test("somebody else answers"):
        another = issuer.replace("localhost", "127.0.0.1")
        answer = await program.put(f"{HERE}/provider", json=wanted(another))
        assert answer.status_code == 422
        assert "calls itself by another address" in answer.json()["detail"]
    assert (await program.get(f"{HERE}/provider")).status_code == 404


async def test_the_page_says_what_is_wrong_with_a_sign_in(
    coalition: Coalition, visitors: Visitors, subtests: pytest.Subtests
) -> None:
    browser = await visitors.browser(coalition.administrator)
    methods = {"code_challenge_methods_supported": ["plain"]}
    for changes, said in (
        (methods, "PKCE with S256"),
        ({"issuer": "https://x"}, "to the last slash"),
    ):
        with subtests.test(said):
            async with impostor(document(**changes)) as theirs:
                typed = wanted(theirs) | {"email_domains": "lantern.example"}
                page = await browser.post(f"/{HERE}/provider", data=typed)
            assert page.status_code == 422
            assert said in page.text
            assert 'href="#issuer"' in page.text
            assert f'value="{theirs}"' in page.text
    away = wanted(f"http://localhost:{free_port()}") | {"email_domains": "lantern.example"}
    page = await browser.post(f"/{HERE}/provider", data=away)
    assert page.status_code == 502
    assert "Nothing answers at this address" in page.text
    ours = wanted("https://login.example.org") | {
        "email_domains": "lantern.example @harbour.example"
    }
    async with impostor(document()) as theirs:
        page = await browser.post(f"/{HERE}/provider", data=ours | {"issuer": theirs})
    assert page.status_code == 409
    assert "Another organisation claims “harbour.example”" in page.text


async def test_what_was_typed_stays_but_never_the_secret(
    coalition: Coalition, visitors: Visitors
) -> None:
    browser = await visitors.browser(coalition.administrator)
    typed = wanted("http://login.example.org") | {"email_domains": "lantern.example"}
    page = await browser.post(f"/{HERE}/provider", data=typed)
    assert page.status_code == 422
    assert 'value="http://login.example.org"' in page.text
    assert "a-test-secret" not in page.text
