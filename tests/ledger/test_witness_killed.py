"""A witness killed at any moment never cosigns two histories: a real process, really killed, again and again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assent.ledger.checkpoints import parse_checkpoint
from assent.ledger.cosignatures import WitnessKey
from assent.ledger.notes import LogSigner
from assent.ledger.witness.asking import WitnessProblem, ask_witness
from assent.ledger.witness.key_file import load_secret
from tests.ledger.proven import Log

LOGS_A_ROUND = 3
LONGEST = 3
ROUNDS = 20
PROGRAM = """
import sys
from pathlib import Path
from assent.ledger.cosignatures import parse_key
from assent.ledger.witness.serving import WitnessSetup, serve_witness
folder, port, *keys = sys.argv[1:]
setup = WitnessSetup(Path(folder, "memory"), Path(folder, "key"), tuple(map(parse_key, keys)), "w.example")
serve_witness(setup, "127.0.0.1", int(port), lambda signer: print("ready", flush=True))
"""


class TwoFaced:
    """A log whose host shows two histories of it, from the first entry on."""

    def __init__(self, number: int) -> None:
        signer = LogSigner(f"log.example/{number}", Ed25519PrivateKey.generate())
        self.faces = [Log(signer=signer).filled(LONGEST) for _ in range(2)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, logs: list[TwoFaced]) -> tuple[subprocess.Popen[bytes], str]:
    """Start the witness; returns it and its address, another one each time: a port may be taken meanwhile."""
    keys, port = [str(log.faces[0].signer.key) for log in logs], free_port()
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), str(port), *keys],
            stdout=subprocess.PIPE,
            stderr=said,
        )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n", (folder / "said").read_text()
    return process, f"http://127.0.0.1:{port}"


class Host:
    """Asks for cosignatures of both histories at once and notes which it was given."""

    def __init__(self, address: str, key: WitnessKey) -> None:
        self.address = address
        self.key = key
        # origin -> the faces that were cosigned
        self.cosigned: defaultdict[str, set[int]] = defaultdict(set)
        self.kill_after = -1
        self.killed = asyncio.Event()

    async def ask_for_everything(self, logs: list[TwoFaced]) -> None:
        async with httpx2.AsyncClient(timeout=20) as client:
            asked = [self._climb(client, log, face) for log in logs for face in (0, 1)]
            random.shuffle(asked)
            await asyncio.gather(*asked)

    async def _climb(self, client: httpx2.AsyncClient, log: TwoFaced, face: int) -> None:
        shown = log.faces[face]

        async def prove(old: int, new: int) -> list[bytes]:
            return shown.consistency(old, new)

        for size in range(1, LONGEST + 1):
            note = shown.checkpoint(size, cosigned=False)
            try:
                await ask_witness(client, self.address, self.key, note, prove)
                self.cosigned[parse_checkpoint(note.text).origin].add(face)
            except WitnessProblem:
                pass
            self.kill_after -= 1
            if self.kill_after == 0:
                self.killed.set()


def kill_again_and_again(folder: Path, rounds: int) -> None:
    every = [TwoFaced(number) for number in range(rounds * LOGS_A_ROUND)]
    process, address = start(folder, every)
    host = Host(address, load_secret(folder / "key").key)
    fresh: list[TwoFaced] = []
    for number in range(rounds + 1):
        try:
            # What was half-way when it was killed, again; and new logs, so that there is a race to kill in.
            logs = fresh + every[number * LOGS_A_ROUND : (number + 1) * LOGS_A_ROUND]
            asyncio.run(asked_and_killed(host, logs, process, last=number == rounds))
        finally:
            process.kill()
            process.wait()
        assert all(len(faces) == 1 for faces in host.cosigned.values()), host.cosigned
        if number < rounds:
            fresh = every[number * LOGS_A_ROUND : (number + 1) * LOGS_A_ROUND]
            process, host.address = start(folder, every)
    assert len(host.cosigned) >= rounds


async def asked_and_killed(
    host: Host, logs: list[TwoFaced], process: subprocess.Popen[bytes], *, last: bool
) -> None:
    """Kill after so many answers, not after some time: a busy machine must not decide what is tried."""
    host.killed, host.kill_after = (
        asyncio.Event(),
        -1 if last else random.randint(1, 2 * LOGS_A_ROUND),
    )
    asking = asyncio.ensure_future(host.ask_for_everything(logs))
    if not last:
        await host.killed.wait()
        # While others are being asked: somewhere between two answers.
        await asyncio.sleep(random.uniform(0, 0.005))
        process.send_signal(signal.SIGKILL)
    await asking


@pytest.mark.timeout(900)
def test_killed_twenty_times_it_never_cosigns_two_histories(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, ROUNDS)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("quarter", range(4))
def test_killed_two_hundred_times_it_never_cosigns_two_histories(
    tmp_path: Path, quarter: int
) -> None:
    kill_again_and_again(tmp_path, 50)


def test_the_command_makes_its_key_answers_and_ends_when_told(tmp_path: Path) -> None:
    log, port = Log().filled(3), free_port()
    command = [
        str(Path(sys.executable).parent / "assent"), "witness", "--port", str(port),
        "--state", str(tmp_path / "memory"), "--key", str(tmp_path / "key"),
    ]  # fmt: skip
    refused = subprocess.run([*command, "--log", log.keys[1]], capture_output=True, text=True)
    assert refused.returncode == 1
    assert "one of the keys is a witness's" in refused.stderr
    process = subprocess.Popen(
        [*command, "--name", "w.example", "--log", str(log.signer.key)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == f"The witness is ready at http://127.0.0.1:{port}\n"
        assert str(load_secret(tmp_path / "key").key) in process.stdout.readline()
        assert "0 entries seen" in httpx2.get(f"http://127.0.0.1:{port}/").text
    finally:
        process.terminate()
    assert process.wait(60) in (0, -signal.SIGTERM)
