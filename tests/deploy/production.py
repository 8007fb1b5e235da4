"""The production path outside containers: a PostgreSQL of its own, reached by password over the network,
and docker-compose.yml's own commands and environment, read from the file so that they cannot drift."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import yaml
from aiosmtpd.controller import Controller

from assent.database.keeper.account import Account, Programs, choose_account, find_programs
from assent.database.keeper.folder import Folder
from assent.database.keeper.refusals import CannotStart
from assent.settings import ROOT

ASSENT = str(Path(sys.executable).with_name("assent"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
_PATIENCE_SECONDS = 120


def free_port() -> int:
    """Return a port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(happens: Callable[[], Any], what: str) -> Any:
    """Wait until something is so, and return it."""
    for _ in range(_PATIENCE_SECONDS * 10):
        if found := happens():
            return found
        time.sleep(0.1)
    raise AssertionError(f"never: {what}")


class Mailbox:
    """A real SMTP server that keeps what it gets; it stands still in the middle of the one with subject `stall`."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.stall, self.stalled, self.go_on = "", threading.Event(), threading.Event()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content))
        if self.stall and self.mails[-1]["Subject"] == self.stall:
            self.stalled.set()
            await asyncio.to_thread(self.go_on.wait)
        return "250 kept"

    def to(self, address: str) -> list[Message]:
        """The mails for an address."""
        return [mail for mail in self.mails if mail["To"] == address]


@dataclass
class Stack:
    """A production database, its secrets, and the services of docker-compose.yml as processes."""

    folder: Path
    database_port: int
    http_port: int
    mailbox: Mailbox
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def owner_dsn(self) -> str:
        """psycopg's address as the owner, who is a superuser here as in the container."""
        return (self.folder / "secrets" / "database_url").read_text()

    def environment(self, service: str) -> dict[str, str]:
        """A service's environment as the file says, with our places for the containers'."""
        plain = {k: v for k, v in os.environ.items() if not k.startswith("ASSENT_")}
        for name, value in COMPOSE["services"][service]["environment"].items():
            plain[name] = self._here(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value))
        return plain

    def command(self, service: str) -> list[str]:
        """A service's command as the file says."""
        words = [self._here(word) for word in COMPOSE["services"][service]["command"]]
        if "--port" in words:
            words[words.index("--port") + 1] = str(self.http_port)
            words[words.index("--host") + 1] = "127.0.0.1"
        return [ASSENT, *words]

    def _here(self, value: str) -> str:
        value = value.replace("/run/secrets/", f"{self.folder}/secrets/")
        return (
            f"{self.folder}/data{value.removeprefix('/data')}"
            if value.startswith("/data")
            else value
        )

    def run(self, *words: str, service: str = "serve") -> str:
        """Run a command to its end, in a service's environment."""
        done = subprocess.run(
            [ASSENT, *words], env=self.environment(service), capture_output=True, text=True,
            timeout=_PATIENCE_SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, service: str) -> subprocess.Popen[bytes]:
        """Start a service as its own process."""
        log = (self.folder / f"{service}.log").open("ab")
        self.running[service] = subprocess.Popen(
            self.command(service), env=self.environment(service), stdout=log, stderr=log
        )
        log.close()
        return self.running[service]

    def stop(self, service: str) -> int:
        """End a service as Docker does, and return how it ended."""
        process = self.running.pop(service)
        process.terminate()
        return process.wait(30)

    def said(self, service: str) -> str:
        """What a service has written."""
        return (self.folder / f"{service}.log").read_text(encoding="utf-8", errors="replace")

    def call(self, method: str, path: str, token: str = "", body: Any = None) -> tuple[int, Any]:
        """Ask the served application, as Caddy passes it on."""
        address = f"http://127.0.0.1:{self.http_port}{path}"
        request = urllib.request.Request(address, method=method)
        request.add_header("Host", "localhost")
        request.add_header("X-Forwarded-Proto", "https")
        request.add_header("Idempotency-Key", "once")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (our own)
                read = answer.read()
                return answer.status, json.loads(read) if read[:1] in b"{[" and read else read
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def is_ready(self) -> bool:
        """What Docker's health check asks."""
        try:
            return self.call("GET", "/readyz")[0] == 200
        except OSError:
            return False


def programs(folder: Path) -> tuple[Programs, Account]:
    """PostgreSQL's programs: the system's where they are new enough, else those of the wheel."""
    account = choose_account(Folder(folder), None)
    for place in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        try:
            return find_programs(place, account), account
        except CannotStart:
            continue
    return find_programs(None, account), account


@contextmanager
def database(folder: Path, password: str, **settings: str) -> Iterator[int]:
    """A PostgreSQL as the container's: its superuser is assent_owner, everybody comes by password."""
    found, account = programs(folder)
    password_file = folder / "password"
    password_file.write_text(password)
    cluster = folder / "cluster"
    cluster.mkdir(mode=0o700)
    if account.dropped:
        for path in (folder, password_file, cluster):
            os.chown(path, account.uid, account.gid)
    made = subprocess.run(
        [
            found.path("initdb"), "-D", str(cluster), "-U", "assent_owner", "--pwfile", str(password_file),
            "-A", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync",
        ],
        capture_output=True, text=True, check=False, **account.start_options(),
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    port = free_port()
    words = [
        found.path("postgres"),
        "-D",
        str(cluster),
        "-p",
        str(port),
        "-h",
        "127.0.0.1",
        "-k",
        "",
        "-F",
    ]
    for name, value in settings.items():
        words += ["-c", f"{name}={value}"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(words, stdout=log, stderr=log, **account.start_options())
    dsn = f"postgresql://assent_owner:{password}@127.0.0.1:{port}/postgres"

    def answers() -> bool:
        assert server.poll() is None, (folder / "log").read_text()
        try:
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute("create database assent")
        except psycopg.OperationalError:
            return False
        return True

    try:
        until(answers, "PostgreSQL answers")
        yield port
    finally:
        server.send_signal(2)  # fast: sessions are ended, nothing is waited for
        server.wait(30)


@contextmanager
def production(folder: Path, **postgres: str) -> Iterator[Stack]:
    """Secrets as `make-secrets` makes them, the database, a mail server; services are started by the test."""
    script = folder / "make-secrets"
    shutil.copy(ROOT / "deploy" / "make-secrets", script)
    subprocess.run(["bash", str(script)], check=True, capture_output=True)
    secrets = folder / "secrets"
    (folder / "data").mkdir()
    mailbox, mail_port = Mailbox(), free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=mail_port)
    controller.start()
    password = (secrets / "database_owner_password").read_text()
    try:
        # PostgreSQL does not run as root, and its account does not get into the folders of our tests.
        with (
            TemporaryDirectory(prefix="assent-production-") as place,
            database(Path(place), password, **postgres) as port,
        ):
            for name in ("database_url", "database_app_url", "database_eraser_url"):
                secret = secrets / name
                secret.write_text(
                    secret.read_text().replace("@database:5432", f"@127.0.0.1:{port}")
                )
            (secrets / "smtp_url").write_text(f"smtp://127.0.0.1:{mail_port}")
            stack = Stack(folder, port, free_port(), mailbox)
            try:
                yield stack
            finally:
                for process in stack.running.values():
                    process.kill()
                    process.wait()
    finally:
        mailbox.go_on.set()
        controller.stop()
