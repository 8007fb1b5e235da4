"""Sealing what is too large to hold: AES-256-GCM, a frame at a time, under a key made for one part alone.

A part is `header ‖ salt ‖ frames`. Its key is HKDF-SHA-256 of the case's data key, the fresh salt and the part's
place, so that no two parts share one, and a part put in another's place does not open. A frame's nonce counts and
marks the last frame (the STREAM construction): frames swapped, repeated, left out or cut off do not open either.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FRAME_BYTES = 1024 * 1024
_HEADER = b"assent/file/v1\n\0"
_SALT_BYTES = 32
_TAG_BYTES = 16
PREFIX_BYTES = len(_HEADER) + _SALT_BYTES


class PartBroken(Exception):
    """A stored part does not open: cut off, changed, moved, or sealed under another key."""


async def seal_stream(
    secret: bytes, place: str, stream: AsyncIterable[bytes]
) -> AsyncIterator[bytes]:
    """Seal a stream as it comes; what it yields is what is stored.

    Args:
        secret: the case's data key.
        place: which part of which file this is.
        stream: pieces of any size; at least one byte in all.
    """
    salt = os.urandom(_SALT_BYTES)
    cipher = AESGCM(_key(secret, salt, place))
    yield _HEADER + salt
    waiting, number = bytearray(), 0
    async for piece in stream:
        waiting += piece
        while len(waiting) > FRAME_BYTES:
            yield cipher.encrypt(_nonce(number, last=False), bytes(waiting[:FRAME_BYTES]), None)
            del waiting[:FRAME_BYTES]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), bytes(waiting), None)


async def open_stream(
    secret: bytes, place: str, size: int, read: Callable[[int, int], Awaitable[bytes]]
) -> AsyncIterator[bytes]:
    """Open a sealed part, frame by frame.

    Args:
        size: of what was sealed.
        read: returns the stored bytes from a place on, at most so many.

    Raises:
        PartBroken: nothing after the break is given out.
    """
    prefix = await read(0, PREFIX_BYTES)
    if len(prefix) != PREFIX_BYTES or not prefix.startswith(_HEADER):
        raise PartBroken("a stored file does not begin as it should")
    cipher = AESGCM(_key(secret, prefix[len(_HEADER) :], place))
    frames = max(1, -(-size // FRAME_BYTES))
    at = PREFIX_BYTES
    for number in range(frames):
        plain = min(FRAME_BYTES, size - number * FRAME_BYTES)
        sealed = await read(at, plain + _TAG_BYTES)
        at += len(sealed)
        try:
            yield cipher.decrypt(_nonce(number, last=number == frames - 1), sealed, None)
        except (InvalidTag, ValueError) as error:
            raise PartBroken("a stored file was changed, or is not all there") from error


def _key(secret: bytes, salt: bytes, place: str) -> bytes:
    return HKDF(SHA256(), 32, salt, b"assent/file/v1/" + place.encode()).derive(secret)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
