"""How often one may ask for a sign-in link: per address and per client, in this process."""

from __future__ import annotations

import hashlib

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from assent.refusal import N_, Refusal

_PER_ADDRESS = parse("5/15minutes")
_PER_CLIENT = parse("60/15minutes")
_limiter = MovingWindowRateLimiter(MemoryStorage())


class TooOften(Refusal):
    """Too many links were asked for."""

    type = "too-often"
    status = 429
    title = N_("That was asked for too often.")
    advice = N_("Please try again in a quarter of an hour.")


def require_may_ask(address: str, client: str) -> None:
    """Count one question for a link.

    Args:
        address: e-mail address; kept only as a hash.
        client: network address of the asker.

    Raises:
        TooOften: one of the two has asked too often.
    """
    hashed = hashlib.sha256(address.encode()).hexdigest()
    if not _limiter.hit(_PER_CLIENT, "client", client):
        raise TooOften(field="email")
    if not _limiter.hit(_PER_ADDRESS, "address", hashed):
        raise TooOften(field="email")
