"""Sealed parts: what comes out is what went in, or nothing; whatever is done to the stored bytes."""

import os
from collections.abc import AsyncIterator

import pytest

from assent.evidence.sealed_stream import (
    FRAME_BYTES,
    PREFIX_BYTES,
    PartBroken,
    open_stream,
    seal_stream,
)

KEY, PLACE = bytes(range(32)), "case/file/0"


async def pieces(data: bytes, of: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), of):
        yield data[start : start + of]


async def sealed(data: bytes, place: str = PLACE, key: bytes = KEY, of: int = 300_000) -> bytes:
    return b"".join([part async for part in seal_stream(key, place, pieces(data, of))])


async def opened(stored: bytes, size: int, place: str = PLACE, key: bytes = KEY) -> bytes:
    async def read(start: int, length: int) -> bytes:
        return stored[start : start + length]

    return b"".join([part async for part in open_stream(key, place, size, read)])


@pytest.mark.parametrize(
    "size", [1, 5, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES, 2_500_000]
)
@pytest.mark.parametrize("of", [77_777, 5_000_000])
async def test_what_went_in_comes_out(size: int, of: int) -> None:
    data = os.urandom(size)
    stored = await sealed(data, of=of)
    assert await opened(stored, size) == data
    assert size < 16 or data[:64] not in stored, "a few bytes stand anywhere by chance"


async def test_whatever_is_changed_is_noticed() -> None:
    size = 2 * FRAME_BYTES + 100
    stored = bytearray(await sealed(os.urandom(size)))
    frame = FRAME_BYTES + 16
    first, second = PREFIX_BYTES, PREFIX_BYTES + frame
    swapped = bytes(
        stored[:first]
        + stored[second : second + frame]
        + stored[first:second]
        + stored[second + frame :]
    )
    repeated = bytes(stored[:second] + stored[first:second] + stored[second + frame :])
    broken = [
        swapped,
        repeated,
        bytes(stored[:second]),
        bytes(stored[:-1]),
        bytes(stored[:10]),
        b"",
    ]
    for place in (0, 20, first, second + 5, len(stored) - 1):
        turned = bytearray(stored)
        turned[place] ^= 1
        broken.append(bytes(turned))
    for bad in broken:
        with pytest.raises(PartBroken):
            await opened(bad, size)


async def test_cut_to_another_size_at_a_frame_is_noticed() -> None:
    """The database says how large a part is; not even that can be lied about unnoticed."""
    stored = await sealed(os.urandom(2 * FRAME_BYTES))
    for size in (FRAME_BYTES, 2 * FRAME_BYTES - 1, 2 * FRAME_BYTES + 1, 3 * FRAME_BYTES):
        with pytest.raises(PartBroken):
            await opened(stored, size)


async def test_nobody_elses_key_or_place_opens_it() -> None:
    stored = await sealed(b"letter")
    with pytest.raises(PartBroken):
        await opened(stored, 6, place="case/other/0")
    with pytest.raises(PartBroken):
        await opened(stored, 6, key=bytes(32))


async def test_the_same_twice_looks_different() -> None:
    assert await sealed(b"letter") != await sealed(b"letter")
