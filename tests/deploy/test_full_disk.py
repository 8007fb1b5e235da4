"""A disk that fills up while people work: said plainly, nothing acknowledged is lost, and work goes on after."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assent.settings import ROOT

ASSENT = str(Path(sys.executable).with_name("assent"))
COORDINATOR = "lena@nordlicht.example"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for little; only root can make one."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=220m,mode=755", "assent-small-disk", str(place)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        pytest.skip(f"this machine lets nobody mount a small disk here: {made.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ASSENT_")}


def run(*words: str) -> str:
    done = subprocess.run(
        [ASSENT, *words],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def read(said: bytes) -> Any:
    return json.loads(said) if said[:1] == b"{" else said


def call(address: str, token: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and answer; a server that is not there counts as 503."""
    request = urllib.request.Request(f"{address}{path}", method=method)  # noqa: S310 (our own)
    request.add_header("Authorization", f"Bearer {token}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 (our own)
            return answer.status, read(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, read(error.read())
    except OSError:
        return 503, {}


def fill(place: Path) -> Path:
    """Take all the room there is left."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return filler


@pytest.mark.timeout(400)
def test_nothing_acknowledged_is_lost_and_work_goes_on(small_disk: Path) -> None:
    data = small_disk / "data"
    run("import", str(ROOT / "demo" / "coalition.yaml"), "--data", str(data))
    token = run("token", COORDINATOR, "--data", str(data)).strip()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [ASSENT, "serve", "--data", str(data), "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment(),
    )  # fmt: skip
    address, tasks = f"http://127.0.0.1:{port}", "/api/v1/cases/the-translator/tasks"
    acknowledged, refused = [], []
    try:
        assert server.stdout is not None
        assert "ready" in server.stdout.readline()
        filler = fill(small_disk)
        for number in range(3000):
            title = f"Number {number} " + "x" * 250
            wanted = {"title": title, "assignee": COORDINATOR}
            status, answer = call(address, token, "POST", tasks, wanted)
            if status == 201:
                acknowledged.append(answer["id"])
                continue
            refused.append((status, answer))
            if len(refused) == 3:
                break
        assert len(refused) == 3, "the disk never filled up"
        assert {status for status, _ in refused} == {503}, refused
        filler.unlink()
        for _ in range(900):
            if call(address, token, "GET", "/readyz")[0] == 200:
                break
            time.sleep(0.1)
        wanted = {"title": "There is room again", "assignee": COORDINATOR}
        assert call(address, token, "POST", tasks, wanted)[0] == 201
        there: set[str] = set()
        cursor: str | None = ""
        while cursor is not None:
            status, part = call(address, token, "GET", f"{tasks}?limit=200{cursor}")
            assert status == 200
            there |= {task["id"] for task in part["items"]}
            cursor = f"&cursor={part['next']}" if part["next"] else None
        assert set(acknowledged) <= there
    finally:
        server.terminate()
        server.wait(60)
