"""What a provider says of itself is believed only where it can be relied on."""

from __future__ import annotations

import pytest

from assent.people import discovery
from assent.people.discovery import ProviderAway, wrong_with
from tests.people.impostor import Answer, bytes_of, document, impostor

WRONG: list[tuple[Answer, str]] = [
    (document(issuer="https://login.example.org"), "calls itself by another address"),
    (document(issuer=None), "calls itself by another address"),
    (document(token_endpoint=None), "does not say where"),
    (document(jwks_uri=7), "does not say where"),
    (document(token_endpoint="https://elsewhere.example"), "does not begin with https"),
    (document(userinfo_endpoint="ftp://elsewhere.example"), "does not begin with https"),
    (document(code_challenge_methods_supported=["plain"]), "PKCE with S256"),
    (document(code_challenge_methods_supported=[]), "PKCE with S256"),
    (document(code_challenge_methods_supported="S256"), "PKCE with S256"),
]


@pytest.mark.parametrize(("answer", "said"), WRONG)
async def test_a_description_that_cannot_be_relied_on(answer: Answer, said: str) -> None:
    async with impostor(answer) as address:
        sentence = wrong_with(address, await discovery.ask(address))
        assert sentence is not None
        assert said in sentence
        with pytest.raises(ProviderAway):
            await discovery.discover(address)


@pytest.mark.parametrize(
    "answer", [document(), document(code_challenge_methods_supported=None)], ids=["S256", "silent"]
)
async def test_a_description_that_is_fine_is_asked_for_once(answer: Answer) -> None:
    async with impostor(answer) as address:
        first = await discovery.discover(address)
    assert wrong_with(address, first) is None
    assert await discovery.discover(address) == first, "the server is gone by now"


SILENT = {
    "not JSON": bytes_of(b"<html>"),
    "a list": bytes_of(b"[]"),
    "nested beyond reason": bytes_of(b"[" * 900_000),
    "larger than a description is": bytes_of(b'{"issuer": "' + b"a" * 1024 * 1024 + b'"}'),
    "another address to ask": bytes_of(b"{}", 302),
    "an error": bytes_of(b"{}", 500),
}


@pytest.mark.parametrize("answer", SILENT.values(), ids=SILENT)
async def test_what_is_no_description(answer: Answer) -> None:
    async with impostor(answer) as address:
        with pytest.raises(ProviderAway):
            await discovery.ask(address)


@pytest.mark.parametrize("address", ["https://login.example.org:99999", "http://127.0.0.1:9"])
async def test_what_nobody_answers(address: str) -> None:
    with pytest.raises(ProviderAway):
        await discovery.ask(address)


def test_nobody_makes_us_knock_at_our_own_doors() -> None:
    issuer = "https://login.example.org"
    outside = {
        "issuer": issuer, "authorization_endpoint": f"{issuer}/a", "token_endpoint": f"{issuer}/t",
        "jwks_uri": "https://keys.example.net/k",
    }  # fmt: skip
    assert wrong_with(issuer, outside) is None
    for inside in (
        "https://10.0.0.5/t",
        "https://[::1]/t",
        "https://localhost/t",
        "https://169.254.169.254/t",
    ):
        for key in ("token_endpoint", "jwks_uri", "userinfo_endpoint"):
            assert wrong_with(issuer, outside | {key: inside}) is not None, (key, inside)
