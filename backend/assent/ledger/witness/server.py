"""The witness as a server: a few requests over HTTP, answered one after the other."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from assent.ledger.checkpoints import parse_checkpoint
from assent.ledger.witness.messages import (
    LARGEST_REQUEST,
    SIZE_TYPE,
    MalformedRequest,
    parse_add_checkpoint,
)
from assent.ledger.witness.witness import OtherSize, WillNotCosign, Witness

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = tuple[int, str, bytes]

_TEXT = "text/plain; charset=utf-8"
_log = logging.getLogger("assent.witness")


class TooLarge(Exception):
    """A body that no request has."""


class WitnessServer:
    """An ASGI application around one witness.

    `POST /add-checkpoint` is C2SP tlog-witness; `GET /` says who this is and what it has seen;
    `GET /checkpoint/ORIGIN` gives the last head cosigned, so that others can compare.
    """

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            status, kind, body = await self._answer(scope, receive)
            headers = [
                (b"content-type", kind.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
            ]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Message, receive: Receive) -> Answer:
        method, path = scope["method"], scope["path"]
        if path == "/add-checkpoint":
            if method != "POST":
                return 405, _TEXT, b"only POST\n"
            try:
                body = await _body(receive)
            except TooLarge:
                return 413, _TEXT, b"too large\n"
            return self.add_checkpoint(body)
        if method not in ("GET", "HEAD"):
            return 405, _TEXT, b"only GET\n"
        if path == "/":
            return 200, _TEXT, self._introduction().encode()
        if path.startswith("/checkpoint/"):
            known = self._witness.memory.logs.get(path.removeprefix("/checkpoint/"))
            return (200, _TEXT, str(known.head).encode()) if known else (404, _TEXT, b"unknown\n")
        return 404, _TEXT, b"not here\n"

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer one request to cosign. Nothing else happens in this process until it is answered."""
        try:
            line = self._witness.add_checkpoint(parse_add_checkpoint(body))
        except MalformedRequest as refusal:
            return 400, _TEXT, f"{refusal}\n".encode()
        except OtherSize as refusal:
            return refusal.status, SIZE_TYPE, f"{refusal.size}\n".encode()
        except WillNotCosign as refusal:
            _log.warning("refused: %s", refusal)
            return refusal.status, _TEXT, f"{refusal}\n".encode()
        return 200, _TEXT, str(line).encode()

    def _introduction(self) -> str:
        lines = [f"witness {self._witness.signer.key}"]
        for key in self._witness.logs:
            known = self._witness.memory.logs.get(key.name)
            size = parse_checkpoint(known.head.text).size if known else 0
            state = ", FORKED: it has signed two histories" if known and known.forked else ""
            lines.append(f"log {key}: {size} entries seen{state}")
        return "".join(f"{line}\n" for line in lines)


async def _body(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        piece: bytes = message.get("body", b"")
        body += piece
        if len(body) > LARGEST_REQUEST:
            raise TooLarge
        if not message.get("more_body", False):
            return body


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
