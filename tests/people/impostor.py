"""A web server that answers every question with the same thing: providers that lie, stutter or drown us."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

Answer = Callable[[str], tuple[int, bytes]]


def document(**changes: Any) -> Answer:
    """The description of a provider that is fine; pass what should differ, None to leave it out."""

    def answer(address: str) -> tuple[int, bytes]:
        found = {
            "issuer": address,
            "authorization_endpoint": f"{address}/authorize",
            "token_endpoint": f"{address}/token",
            "jwks_uri": f"{address}/keys",
            "code_challenge_methods_supported": ["plain", "S256"],
        }
        kept = {key: value for key, value in (found | changes).items() if value is not None}
        return 200, json.dumps(kept).encode()

    return answer


def bytes_of(body: bytes, status: int = 200) -> Answer:
    """Just these bytes."""
    return lambda _: (status, body)


@asynccontextmanager
async def impostor(answer: Answer) -> AsyncIterator[str]:
    """Serve one answer, and give the address of the server."""
    address = ""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        status, body = answer(address)
        head = (
            f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\nLocation: {address}/elsewhere"
        )
        writer.write(f"{head}\r\nConnection: close\r\n\r\n".encode() + body)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield address
