"""The path as a stranger would script it: the commands, HTTP, and nothing of ours imported.

Written from the description of the interfaces alone, against `assent serve` in a process of its own.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ASSENT = Path(sys.executable).with_name("assent")
FILE = Path(__file__).with_name("stranger.yaml")


class Answer:
    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Instance:
    """A running `assent serve`, and tokens of its people."""

    def __init__(self, address: str, data: Path) -> None:
        self.address, self.data = address, data
        self._tokens: dict[str, str] = {}

    def token(self, who: str) -> str:
        if who not in self._tokens:
            self._tokens[who] = run("token", who, "--data", str(self.data)).strip()
        return self._tokens[who]

    def call(
        self, who: str | None, method: str, path: str, body: Any = None, **headers: str
    ) -> Answer:
        request = urllib.request.Request(f"{self.address}{path}", method=method)  # noqa: S310
        if who is not None:
            request.add_header("Authorization", f"Bearer {self.token(who)}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())


def run(*arguments: str) -> str:
    done = subprocess.run(
        [ASSENT, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ASSENT_")}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    data = tmp_path_factory.mktemp("stranger")
    run("import", str(FILE), "--data", str(data))
    with served(data) as (instance, _):
        yield instance


@contextmanager
def served(data: Path) -> Iterator[tuple[Instance, subprocess.Popen[str]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [ASSENT, "serve", "--data", str(data), "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment(),
    )  # fmt: skip
    try:
        assert server.stdout is not None
        ready = server.stdout.readline()
        assert ready == f"Assent is ready at http://127.0.0.1:{port}\n"
        yield Instance(f"http://127.0.0.1:{port}", data), server
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0


KATE, PIET, CARL = "kate@north-star.example", "piet@north-star.example", "carl@north-star.example"
DORA, SELMA, MARYAM = "dora@open-door.example", "selma@open-door.example", "maryam@family.example"


def test_from_a_draft_to_a_statement_that_anybody_reads_and_back(instance: Instance) -> None:
    call = instance.call
    assert call(None, "GET", "/api/v1/me").status == 401
    me = call(MARYAM, "GET", "/api/v1/me").json
    assert (me["email"], me["memberships"][0]["role"]) == (MARYAM, "decision_maker")
    assert call(KATE, "GET", "/api/v1/cases").json["items"][0]["slug"] == "a-lawyer"

    begun = call(
        PIET, "POST", "/api/v1/cases/a-lawyer/actions",
        {"kind": "public_statement", "title": "One year on", "visibility": "case"},
    )  # fmt: skip
    assert begun.status == 201
    action = begun.json
    assert action["kind"] == "public_statement"
    assert action["state"] == "drafting"
    here = f"/api/v1/actions/{action['id']}"

    text = {
        "languages": {
            "en": {
                "title": "Free Ava Rahimi",
                "body": "A year ago today a lawyer was taken from her office.",
            },
            "fa": {
                "title": "آوا رحیمی را آزاد کنید",
                "body": "یک سال پیش وکیلی را از دفترش بردند.",
            },
        },
        "form": {},
        "cosigners": ["north-star", "open-door"],
        "audience": "public",
    }
    revision = call(PIET, "POST", f"{here}/revisions", {"content": text})
    assert revision.status == 201
    assert revision.json["number"] == 1
    digest = revision.json["digest"]
    assert re.fullmatch("[0-9a-f]{64}", digest)

    gate = call(KATE, "GET", f"{here}/gate").json
    assert (gate["open"], gate["digest"]) == (False, digest)
    assert all(
        {"key", "met", "by", "at", "missing_from", "why"} <= set(r) for r in gate["requirements"]
    )

    early = call(KATE, "POST", f"{here}/publication", {"digest": digest}, Idempotency_Key="k1")
    assert early.status == 409
    assert early.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "requirements"} <= set(early.json)

    for who, role in [
        (CARL, "clearance_officer"),
        (DORA, "clearance_officer"),
        (SELMA, "safety_reviewer"),
    ]:
        body = {"digest": digest, "role": role, "decision": "cleared", "note": ""}
        assert call(who, "POST", f"{here}/clearances", body).status == 201
    assert call(KATE, "GET", here).json["state"] == "gated"

    yes = {
        "digest": digest,
        "decision": "yes",
        "conditions": [],
        "language": "fa",
        "expires_at": None,
    }
    consent = call(MARYAM, "POST", f"{here}/consents", yes)
    assert consent.status == 201
    assert call(KATE, "GET", f"{here}/gate").json["open"] is True
    assert call(KATE, "GET", here).json["state"] == "open"

    out = call(KATE, "POST", f"{here}/publication", {"digest": digest}, Idempotency_Key="k1")
    assert out.status == 201
    assert {"id", "url", "published_at"} <= set(out.json)
    assert (
        call(KATE, "POST", f"{here}/publication", {"digest": digest}, Idempotency_Key="k1").json
        == out.json
    )
    path = out.json["url"].removeprefix(instance.address)
    page = call(None, "GET", f"{path}?lang=en")
    assert page.status == 200
    assert "Free Ava Rahimi" in page.body.decode()
    assert digest in page.body.decode()
    assert "آوا رحیمی" in call(None, "GET", f"{path}?lang=fa").body.decode()
    assert "Free Ava Rahimi" in call(None, "GET", "/feed.atom").body.decode()

    began = time.monotonic()
    assert (
        call(MARYAM, "POST", f"/api/v1/consents/{consent.json['id']}/withdrawal", {}).status == 201
    )
    gone = call(None, "GET", path)
    assert time.monotonic() - began < 1
    assert gone.status == 410
    assert "lawyer" not in gone.body.decode()
    assert "Free Ava Rahimi" not in call(None, "GET", "/feed.atom").body.decode()
    assert call(KATE, "GET", here).json["state"] == "retracted"
    entries = call(KATE, "GET", "/api/v1/cases/a-lawyer/ledger").json["items"]
    assert {"published", "consent_withdrawn"} <= {entry["event"] for entry in entries}


def test_a_case_is_paused_and_taken_up_again(instance: Instance) -> None:
    pause = "/api/v1/cases/a-lawyer/pause"
    assert instance.call(MARYAM, "POST", pause, {"reason": "Wait"}).status == 201
    assert instance.call(KATE, "DELETE", pause).status == 403
    assert instance.call(MARYAM, "DELETE", pause).status == 204


def test_what_is_there_for_machines(instance: Instance) -> None:
    assert instance.call(None, "GET", "/healthz").status == 200
    assert instance.call(None, "GET", "/readyz").status == 200
    docs = instance.call(None, "GET", "/api/docs").body.decode()
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', docs)
    assert instance.call(None, "GET", "/api/openapi.json").json["openapi"].startswith("3.")


def test_a_page_that_stays_open_keeps_nobody_from_stopping(tmp_path: Path) -> None:
    run("import", str(FILE), "--data", str(tmp_path))
    with served(tmp_path) as (instance, server):
        link = run("link", MARYAM, "--data", str(tmp_path)).strip().rpartition("/")[2]
        host = instance.address.removeprefix("http://")
        browser = http.client.HTTPConnection(host, timeout=20)
        browser.request("POST", f"/link/{link}", headers={"Sec-Fetch-Site": "same-origin"})
        answer = browser.getresponse()
        cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
        answer.read()
        page = http.client.HTTPConnection(host, timeout=20)
        page.request("GET", "/cases/a-lawyer/stream", headers={"Cookie": cookie})
        stream = page.getresponse()
        assert stream.status == 200
        assert stream.readline() == b"retry: 2000\n"
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        stream.read()
        assert time.monotonic() - began < 2.5  # before the server loses its patience
