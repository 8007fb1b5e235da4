"""An organisation connects its own sign-in, a real one, changes it, and takes it away again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.coalition import Coalition
from tests.people.conftest import free_port, through_provider
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
    from tests.people.conftest import BASE

    issuer = provider("lantern")
    domain = f"org{issuer.rpartition(':')[2]}.example"
    visitors.app.state.settings.base_url = BASE
    program = await visitors.program(coalition.administrator)
    await program.post(f"{HERE}/staff", json={"email": f"ada@{domain}", "name": "Ada"})
    await program.put(f"{HERE}/provider", json=wanted(issuer, email_domains=[domain]))
    browser = await visitors.nobody()
    answer = await browser.post("/sign-in", data={"email": f"ada@{domain}", "next": "/devices"})
    answer = await browser.get(answer.headers["location"])
    back = await through_provider(answer.headers["location"], "ada")
    assert (await browser.get(back)).status_code == 303
    assert (await browser.get("/devices")).status_code == 200
    assert (await program.delete(f"{HERE}/provider")).status_code == 204
    assert (await browser.get("/devices")).status_code == 303


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


async def test_what_was_typed_stays_but_never_the_secret(
    coalition: Coalition, visitors: Visitors
) -> None:
    browser = await visitors.browser(coalition.administrator)
    typed = wanted("http://login.example.org") | {"email_domains": "lantern.example"}
    page = await browser.post(f"/{HERE}/provider", data=typed)
    assert page.status_code == 422
    assert 'value="http://login.example.org"' in page.text
    assert "a-test-secret" not in page.text
