"""How a decision was given, and how much it can carry.

What staff took down on the phone, face to face or from a letter is no word of the relative until
somebody of another organisation has attested it; a no or a question stops all the same.
"""

from __future__ import annotations

from typing import Literal

from assent.gate.facts import RECORDED, YESES, Channel, Consent

Strength = Literal["link", "attested", "passkey"]
STRENGTHS: tuple[Strength, ...] = ("link", "attested", "passkey")
_OF_CHANNEL: dict[Channel, Strength] = {
    "session": "link",
    "link": "link",
    "token": "link",
    "attested": "attested",
    "letter": "attested",
    "passkey": "passkey",
}


def speaks(consent: Consent) -> bool:
    """Whether a record is a relative's word: their own, one attested or contested, or one that only stops."""
    return (
        consent.channel not in RECORDED
        or consent.decision not in YESES
        or consent.attested_at is not None
        or consent.contested_at is not None
    )


def strong_enough(consent: Consent, least: Strength) -> bool:
    """Whether a decision was given in a way at least as strong as a gate asks for."""
    return STRENGTHS.index(_OF_CHANNEL[consent.channel]) >= STRENGTHS.index(least)
