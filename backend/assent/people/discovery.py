"""What an OpenID Connect provider says of itself, asked and checked (OpenID Connect Discovery 1.0)."""

from __future__ import annotations

import json
import time
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx2

from assent.refusal import N_, Refusal

TIMEOUT_SECONDS = 10
_KEPT_SECONDS = 600
# A provider's description or keys are a few kilobytes; who sends more means us no good.
_LARGEST_BYTES = 1024 * 1024
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_USED_IF_THERE = ("userinfo_endpoint",)


class ProviderAway(Refusal):
    """The provider does not answer, or not as OpenID Connect asks."""

    type = "provider-away"
    status = 502
    title = N_("Your organisation's sign-in does not answer.")
    advice = N_("Please try again in a few minutes, or ask your organisation's administrator.")


_discovered: dict[str, tuple[float, dict[str, Any]]] = {}


async def discover(issuer: str) -> dict[str, Any]:
    """Return a provider's discovery document, checked; kept for ten minutes.

    Raises:
        ProviderAway: it does not answer, or not as it has to.
    """
    found = _discovered.get(issuer)
    if found is not None and time.monotonic() - found[0] < _KEPT_SECONDS:
        return found[1]
    metadata = await ask(issuer)
    if wrong_with(issuer, metadata):
        raise ProviderAway
    keep(issuer, metadata)
    return metadata


async def ask(issuer: str) -> dict[str, Any]:
    """Return a provider's discovery document as it is now, unchecked.

    Raises:
        ProviderAway: it does not answer, or with something else.
    """
    return await get_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")


def keep(issuer: str, metadata: dict[str, Any]) -> None:
    """Keep a checked document, so that the next sign-in need not ask."""
    _discovered[issuer] = (time.monotonic(), metadata)


def wrong_with(issuer: str, metadata: dict[str, Any]) -> str | None:
    """Return, as a sentence, why a discovery document is not to be relied on; None if it is.

    Issuer: section 4.3 of OpenID Connect Discovery. PKCE with S256: RFC 9700, section 2.1.1; a provider
    that does not say which it knows is believed to know it, since several large ones say nothing.
    """
    if metadata.get("issuer") != issuer:
        return N_("It calls itself by another address. Copy its issuer exactly, to the last slash.")
    if not all(isinstance(metadata.get(key), str) for key in _NEEDED):
        return N_("It does not say where to sign in, where to fetch tokens and where its keys are.")
    scheme = issuer.partition(":")[0]
    used = _NEEDED + tuple(key for key in _USED_IF_THERE if key in metadata)
    if not all(str(metadata[key]).startswith(f"{scheme}://") for key in used):
        return N_("It sends people or secrets to an address that does not begin with https://.")
    if not is_inside(_host(issuer)) and any(is_inside(_host(str(metadata[key]))) for key in used):
        return N_("Give an address that is reached from outside.")
    challenges = metadata.get("code_challenge_methods_supported", ["S256"])
    if not isinstance(challenges, list) or "S256" not in challenges:
        return N_("It does not know PKCE with S256. Ask whoever runs it to switch that on.")
    return None


def is_inside(host: str) -> bool:
    """Whether a host is plainly not out in the world: nobody makes us knock at our own doors."""
    address = address_of(host)
    return "." not in host if address is None else not address.is_global


def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """Return a host as the network address it is; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


async def get_json(address: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Return a JSON object of a provider; redirects are not followed.

    Raises:
        ProviderAway: there is none, or it is larger than a megabyte.
    """
    read = bytearray()
    try:
        async with (
            httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
            client.stream("GET", address, headers=headers) as answer,
        ):
            answer.raise_for_status()
            async for part in answer.aiter_bytes():
                read += part
                if len(read) > _LARGEST_BYTES:
                    raise ProviderAway
        value = json.loads(read)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError) as error:
        raise ProviderAway from error
    if not isinstance(value, dict):
        raise ProviderAway
    return value
