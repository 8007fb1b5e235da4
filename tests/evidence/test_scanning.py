"""The conversation with a virus scanner, over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from assent.evidence.refusals import Infected, ScannerAway
from assent.evidence.scanning import scan

Answer = Callable[[bytes], bytes]


@asynccontextmanager
async def clamd(path: Path, answer: Answer, most: int = 10_000_000) -> AsyncIterator[str]:
    """Speaks clamd's INSTREAM on a socket: length, piece, …, a length of nothing, then one line."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        seen = b""
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            seen += await reader.readexactly(length)
            if len(seen) > most:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                await writer.drain()
                writer.close()
                return
        writer.write(answer(seen))
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(converse, path)
    async with server:
        yield f"unix:{path}"


async def data(size: int = 600_000) -> AsyncIterator[bytes]:
    for _ in range(size // 200_000):
        yield b"x" * 200_000


async def test_it_sees_every_byte(tmp_path: Path) -> None:
    seen: list[int] = []

    def clean(found: bytes) -> bytes:
        seen.append(len(found))
        return b"stream: OK\0"

    async with clamd(tmp_path / "s", clean) as address:
        assert await scan(address, data())
    assert seen == [600_000]


async def test_what_it_knows_as_harmful_is_refused(tmp_path: Path) -> None:
    async with clamd(tmp_path / "s", lambda _: b"stream: Eicar-Test-Signature FOUND\0") as address:
        with pytest.raises(Infected):
            await scan(address, data())


async def test_too_large_for_it_is_said(tmp_path: Path) -> None:
    async with clamd(tmp_path / "s", lambda _: b"stream: OK\0", most=100_000) as address:
        assert not await scan(address, data(4_000_000))


@pytest.mark.parametrize(
    "said", [b"", b"stream: OK", b"UNKNOWN COMMAND\0", b"stream: lstat() failed. ERROR\0"]
)
async def test_no_answer_is_no_yes(tmp_path: Path, said: bytes) -> None:
    async with clamd(tmp_path / "s", lambda _: said) as address:
        with pytest.raises(ScannerAway):
            await scan(address, data())


@pytest.mark.parametrize("address", ["unix:/nowhere/clamd.ctl", "127.0.0.1:1", "nonsense"])
async def test_nobody_there_is_no_yes(address: str) -> None:
    with pytest.raises(ScannerAway):
        await scan(address, data())
