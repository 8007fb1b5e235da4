"""The virus scanner, where there is one: clamd's INSTREAM conversation over a socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterable

from assent.evidence.refusals import Infected, ScannerAway

_PATIENCE_SECONDS = 120
_PIECE = 256 * 1024
_LONGEST_ANSWER = 10_000


async def scan(address: str, stream: AsyncIterable[bytes]) -> bool:
    """Show a file to the scanner; returns False where it is larger than the scanner takes.

    Args:
        address: `unix:/path` or `host:port`.

    Raises:
        Infected: it is harmful.
        ScannerAway: there is no answer, or none that can be read.
    """
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            answer = await _converse(address, stream)
    except (OSError, TimeoutError, ValueError) as error:
        raise ScannerAway from error
    if answer.endswith(" FOUND"):
        raise Infected(field="file")
    if answer.endswith("size limit exceeded. ERROR"):
        return False
    if answer != "stream: OK":
        raise ScannerAway
    return True


async def _converse(address: str, stream: AsyncIterable[bytes]) -> str:
    """Bare sockets: what the scanner said before it hung up can be read after sending has failed."""
    loop = asyncio.get_running_loop()
    with await _connected(address) as connection:
        await loop.sock_sendall(connection, b"zINSTREAM\0")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            async for piece in stream:
                for start in range(0, len(piece), _PIECE):
                    part = piece[start : start + _PIECE]
                    await loop.sock_sendall(connection, len(part).to_bytes(4, "big") + part)
            await loop.sock_sendall(connection, bytes(4))
        answer = b""
        while not answer.endswith(b"\0"):
            more = await loop.sock_recv(connection, 1024)
            if not more or len(answer) > _LONGEST_ANSWER:
                raise ConnectionResetError
            answer += more
    return answer[:-1].decode("ascii", "replace").strip()


async def _connected(address: str) -> socket.socket:
    loop = asyncio.get_running_loop()
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        target: str | tuple[str, int] = address.removeprefix("unix:")
    else:
        host, _, port = address.rpartition(":")
        target = (host.strip("[]"), int(port))
        connection = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    connection.setblocking(False)
    try:
        await loop.sock_connect(connection, target)
    except BaseException:
        connection.close()
        raise
    return connection
