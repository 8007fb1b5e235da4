"""Random tokens that stand for somebody: only their SHA-256 is ever kept."""

from __future__ import annotations

import hashlib
import secrets

# Without letters that are read as others; 32 of them, so that five bits make one.
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 6


def new_token() -> str:
    """Return 256 random bits as text for an address or a cookie."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Return six letters that a person can read from one screen and type on another."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(CODE_LENGTH))


def normal_code(typed: str) -> str:
    """Return a typed code as it was shown: capitals, without spaces or hyphens."""
    return "".join(char for char in typed.upper() if char.isalnum())


def hash_of(secret: str) -> bytes:
    """Return the SHA-256 under which a secret is kept."""
    return hashlib.sha256(secret.encode()).digest()
