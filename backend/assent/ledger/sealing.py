"""Sealing: AES-256-GCM under a case's data key, which the instance key wraps.

Associated data names table, row, column and version, so that a sealed value moved elsewhere
does not open. Destroying a data key makes everything under it unreadable for good.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class SealBroken(Exception):
    """A sealed value does not open: another key, another place, or changed bytes."""


def seal(key: bytes, plaintext: bytes, place: str) -> bytes:
    """Encrypt and authenticate; the random nonce stands in front of the result.

    Args:
        key: 32 bytes.
        plaintext: what to seal.
        place: table, row, column and version it belongs to.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, place.encode())


def unseal(key: bytes, sealed: bytes, place: str) -> bytes:
    """Open what `seal` made for the same place.

    Raises:
        SealBroken: if key, place or bytes are not the same.
    """
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken(
            "a sealed value could not be opened: is this the right instance key?"
        ) from error


@dataclass(frozen=True)
class DataKey:
    """A case's data key, opened: kept in memory only."""

    id: UUID
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class InstanceKey:
    """The key that wraps all others; from a file or the environment, never in the database."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"the instance key has {KEY_BYTES} bytes")

    def seal(self, purpose: str, plaintext: bytes) -> bytes:
        """Seal a small secret of the instance, such as a provider's client secret."""
        return seal(self.secret, plaintext, f"instance/{purpose}/v1")

    def unseal(self, purpose: str, sealed: bytes) -> bytes:
        """Open a small secret of the instance.

        Raises:
            SealBroken: if it was sealed for another purpose or by another key.
        """
        return unseal(self.secret, sealed, f"instance/{purpose}/v1")

    def new_data_key(self, key_id: UUID) -> tuple[DataKey, bytes]:
        """Make a data key; returns it and its wrapped form for the database."""
        secret = os.urandom(KEY_BYTES)
        return DataKey(key_id, secret), seal(self.secret, secret, f"data_keys/{key_id}/wrapped/v1")

    def unwrap(self, key_id: UUID, wrapped: bytes) -> DataKey:
        """Open a wrapped data key.

        Raises:
            SealBroken: if it was wrapped by another instance key.
        """
        return DataKey(key_id, unseal(self.secret, wrapped, f"data_keys/{key_id}/wrapped/v1"))


_current: InstanceKey | None = None


def set_current(key: InstanceKey) -> None:
    """Make this the process's instance key; done once, at start."""
    global _current
    _current = key


def current() -> InstanceKey:
    """Return the process's instance key.

    Raises:
        RuntimeError: before `set_current`.
    """
    if _current is None:
        raise RuntimeError("the instance key has not been loaded")
    return _current
