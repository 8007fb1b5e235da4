"""Running a witness: key, memory, server, and a look now and then at what its peers were shown."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import uvicorn

from assent.ledger.cosignatures import WitnessSigner
from assent.ledger.notes import LogKey
from assent.ledger.witness.asking import WitnessProblem, head_seen_by
from assent.ledger.witness.key_file import load_secret, make_secret
from assent.ledger.witness.memory import Memory, MemoryProblem
from assent.ledger.witness.server import WitnessServer
from assent.ledger.witness.witness import WillNotCosign, Witness

_PEERS_EVERY_SECONDS = 60
_PATIENCE_SECONDS = 10
_GRACE_SECONDS = 2

_log = logging.getLogger("assent.witness")


@dataclass(frozen=True)
class WitnessSetup:
    """What a witness is started with.

    Attributes:
        memory: the file in which it keeps what it has cosigned.
        key: the file with its secret key.
        name: what a new key is called.
        logs: the keys of the logs it follows.
        peers: addresses of other witnesses, to compare heads with.
    """

    memory: Path
    key: Path
    logs: tuple[LogKey, ...]
    name: str | None = None
    peers: tuple[str, ...] = ()


def open_secret(setup: WitnessSetup) -> WitnessSigner:
    """Return the witness's key, made together with an empty memory if there is neither yet.

    Raises:
        MemoryProblem: if there is a key and no memory: it may have cosigned what it no longer knows.
        KeyFileProblem: if the key cannot be used.
    """
    if setup.key.exists():
        if not setup.memory.exists():
            raise MemoryProblem(
                f"there is a key but no {setup.memory}: this witness may have cosigned what it no longer"
                " knows. Put its memory back, or begin anew with another key"
            )
        return load_secret(setup.key)
    if setup.name is None:
        raise MemoryProblem(f"there is no key in {setup.key} yet: give the new one a --name")
    # The memory first: a crash between the two leaves no key that could sign without one.
    if not setup.memory.exists():
        setup.memory.parent.mkdir(parents=True, exist_ok=True)
        Memory(setup.memory).begin()
    return make_secret(setup.key, setup.name)


def serve_witness(
    setup: WitnessSetup, host: str, port: int, ready: Callable[[WitnessSigner], None]
) -> None:
    """Run a witness until it is told to stop.

    Args:
        ready: called with its key once it answers.

    Raises:
        MemoryProblem, KeyFileProblem: it cannot be run.
    """
    signer = open_secret(setup)
    with Memory(setup.memory) as memory:
        witness = Witness(signer, memory, setup.logs, time.time)
        asyncio.run(_serve(witness, setup.peers, host, port, lambda: ready(signer)))


async def _serve(
    witness: Witness, peers: Sequence[str], host: str, port: int, ready: Callable[[], None]
) -> None:
    config = uvicorn.Config(
        WitnessServer(witness),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    watching = asyncio.ensure_future(_watch(witness, peers))
    try:
        await _Announced(config, ready).serve()
    finally:
        watching.cancel()


class _Announced(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


async def _watch(witness: Witness, peers: Sequence[str]) -> None:
    async with httpx2.AsyncClient(timeout=_PATIENCE_SECONDS) as client:
        while peers:
            for peer in peers:
                await compare_with(witness, client, peer)
            await asyncio.sleep(_PEERS_EVERY_SECONDS)


async def compare_with(witness: Witness, client: httpx2.AsyncClient, peer: str) -> list[str]:
    """Compare what a peer was shown of each log with what was cosigned here.

    Returns:
        the logs that have shown the two of them different histories; the evidence is on disk.
    """
    forked = []
    for origin in dict.fromkeys(key.name for key in witness.logs):
        keys = [key for key in witness.logs if key.name == origin]
        # A peer that is away, lies or follows other logs is no reason to do anything.
        with suppress(WitnessProblem, WillNotCosign):
            seen = await head_seen_by(client, peer, origin, keys)
            if seen is not None and witness.compare(seen[1]):
                _log.error("the log %s has signed two histories", origin)
                forked.append(origin)
    return forked
