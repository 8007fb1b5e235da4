"""The command as an operator uses it: real processes, ended in every way."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from assent.settings import ROOT

ASSENT = str(ROOT / ".venv" / "bin" / "assent")
DEMO = str(ROOT / "demo" / "coalition.yaml")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [ASSENT, *arguments], capture_output=True, text=True, timeout=120, env=plain()
    )


def plain() -> dict[str, str]:
    """The environment without anybody's settings."""
    return {k: v for k, v in os.environ.items() if not k.startswith("ASSENT_")}


def a_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A running `assent serve`."""

    def __init__(self, data: Path, port: int, *more: str) -> None:
        command = [ASSENT, "serve", "--data", str(data), "--port", str(port), *more]
        self.address = f"http://127.0.0.1:{port}"
        self.log = (data.parent / f"log-{port}-{time.monotonic_ns()}").open("w+")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, text=True, env=plain()
        )

    def ready(self) -> None:
        """Wait for the line that says so."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line == f"Assent is ready at {self.address}\n", self.said()

    def get(self, path: str, token: str | None = None) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(self.address + path, headers=headers)  # noqa: S310 (our own)
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, answer.read()

    def ends(self, number: int = signal.SIGTERM, within: float = 10) -> int:
        """Send a signal; how it ended."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=within)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def said(self) -> str:
        self.log.flush()
        return Path(self.log.name).read_text()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[list[Served]]:
    """What a test serves; all of it has ended afterwards."""
    running: list[Served] = []
    yield running
    for one in running:
        one.ends(signal.SIGTERM, within=30)
        one.log.close()


def test_serving_importing_a_token_and_a_clean_end(tmp_path: Path, served: list[Served]) -> None:
    data, port = tmp_path / "data", a_port()
    served.append(first := Served(data, port))
    first.ready()
    assert first.get("/healthz")[0] == 200
    # The other commands work while it serves.
    made = run("import", DEMO, "--data", str(data))
    assert made.returncode == 0, made.stderr
    assert "case the-translator" in made.stderr
    token = run("token", "LENA@nordlicht.example", "--data", str(data))
    assert token.returncode == 0, token.stderr
    assert len(token.stdout.splitlines()) == 1
    status, body = first.get("/api/v1/me", token.stdout.strip())
    assert status == 200
    assert b"lena@nordlicht.example" in body
    assert (
        json.loads(first.get("/api/v1/cases", token.stdout.strip())[1])["items"][0]["slug"]
        == "the-translator"
    )
    link = run("link", "parvaneh@family.example", "--data", str(data))
    assert link.stdout.startswith(first.address + "/")
    assert first.get(link.stdout.strip().removeprefix(first.address))[0] == 200
    # What is refused is one line, without a traceback.
    for arguments, words in (
        (("token", "nobody@nowhere.example"), "nobody@nowhere.example"),
        (("import", DEMO), "line 3, organisations[0].slug"),
        (("import", str(tmp_path / "missing.yaml")), "missing.yaml"),
        (("serve", "--port", str(port)), f"Port {port} is in use"),
    ):
        refused = run(*arguments, "--data", str(data))
        assert refused.returncode == 1
        assert words in refused.stderr
        assert "Traceback" not in refused.stderr
        assert [line.startswith("Error: ") for line in refused.stderr.splitlines()][-2:].count(
            True
        ) == 1
    # A second one on the same folder shares the database; the first may end under it.
    served.append(second := Served(data, a_port()))
    second.ready()
    assert first.ends() in (0, -signal.SIGTERM)
    assert "Traceback" not in first.said()
    assert second.get("/api/v1/me", token.stdout.strip())[0] == 200


def test_killed_at_any_moment_it_starts_again(tmp_path: Path, served: list[Served]) -> None:
    data, port = tmp_path / "data", a_port()
    for moment in (0.4, 2.5):
        served.append(killed := Served(data, port))
        time.sleep(moment)
        killed.ends(signal.SIGKILL)
    served.append(again := Served(data, port, "--workers", "2"))
    again.ready()
    again.ends(signal.SIGKILL)
    served.append(last := Served(data, port))
    last.ready()
    assert last.get("/healthz")[0] == 200
