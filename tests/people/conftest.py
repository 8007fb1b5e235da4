"""A served Assent, real providers and a real mail server, each for one test."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr
from sqlalchemy import insert

from assent.database.ids import new_id
from assent.database.session import Database, present
from assent.ledger import sealing
from assent.people.models import IdentityProvider, Organisation, Person
from assent.settings import ROOT, Settings
from assent.web.app import create_app

BASE = "http://localhost:8000"


def free_port() -> int:
    """Return a port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mailbox:
    """A real SMTP server that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[Message] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content))
        return "250 kept"

    async def to(self, address: str, count: int = 1) -> list[Message]:
        """Wait until so many mails for an address have arrived."""
        for _ in range(200):
            found = [m for m in self.mails if m["To"] == address]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"no mail; there are {len(self.mails)}")


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """The mail server and its port."""
    kept, port = Mailbox(), free_port()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield kept, port
    controller.stop()


class Site:
    """Assent, in this process, with its jobs running."""

    def __init__(self, app: Any, database: Database, mailbox: Mailbox) -> None:
        self.app, self.database, self.mailbox = app, database, mailbox

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[httpx2.AsyncClient]:
        """A browser of its own: cookies, no redirects followed unasked."""
        transport = httpx2.ASGITransport(self.app)
        headers = {
            "User-Agent": "Mozilla/5.0 (Android) Firefox/140.0",
            "Sec-Fetch-Site": "same-origin",
        }
        async with httpx2.AsyncClient(
            transport=transport, base_url=BASE, headers=headers
        ) as client:
            yield client

    async def organisation(self, slug: str, domain: str, issuer: str | None = None) -> UUID:
        """Enter an organisation, with a provider if an issuer is given."""
        async with self.database.session(job=True) as session:
            organisation_id, now = new_id(), await present(session)
            values = {
                "id": organisation_id, "slug": slug, "name": slug.title(), "country": "SE",
                "email_domains": [domain], "created_at": now,
            }  # fmt: skip
            await session.execute(insert(Organisation).values(**values))
            if issuer:
                sealed = sealing.current().seal("client-secret", b"a-test-secret-of-some-length")
                provider = {
                    "organisation_id": organisation_id, "issuer": issuer, "client_id": "assent",
                    "client_secret_sealed": sealed, "created_at": now,
                }  # fmt: skip
                await session.execute(insert(IdentityProvider).values(**provider))
        return organisation_id

    async def person(
        self, email: str, organisation: UUID | None = None, language: str = "en"
    ) -> UUID:
        """Enter (invite) a person."""
        async with self.database.session(job=True) as session:
            person_id = new_id()
            values = {
                "id": person_id, "email": email, "name": "Ada", "language": language,
                "organisation_id": organisation, "created_at": await present(session),
            }  # fmt: skip
            await session.execute(insert(Person).values(**values))
        return person_id


@pytest.fixture
async def site(
    place: Any, database: Database, mailbox: tuple[Mailbox, int], tmp_path: Path, monkeypatch: Any
) -> AsyncIterator[Site]:
    """Assent on a database of its own, with its mail going to the mailbox."""
    from assent.people import discovery, rates

    monkeypatch.setenv("ASSENT_INSTANCE_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    discovery._discovered.clear()
    rates._limiter.storage.reset()
    settings = Settings(
        data=tmp_path, base_url=BASE, database_app_url=place.app_url,
        smtp_url=SecretStr(f"smtp://127.0.0.1:{mailbox[1]}"), mail_from="Assent <assent@assent.example>",
    )  # fmt: skip
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield Site(app, database, mailbox[0])


@pytest.fixture
def provider() -> Iterator[Callable[[str], str]]:
    """Start real providers: `provider("harbour")` returns the issuer for that organisation's callback."""
    running: list[subprocess.Popen[str]] = []

    def start(organisation: str) -> str:
        port = free_port()
        callback = f"{BASE}/sign-in/with/{organisation}/callback"
        script = Path(__file__).with_name("provider.mjs")
        # The script's own folder has no node_modules; the front end's has.
        copy = ROOT / "frontend" / f".provider-{port}.mjs"
        shutil.copy(script, copy)
        command = [os.environ.get("NODE", "node"), str(copy), str(port), callback]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        running.append(process)
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if "ready" in line:
                    return f"http://localhost:{port}"
        finally:
            copy.unlink()
        raise AssertionError("the provider did not start")

    yield start
    for process in running:
        process.kill()
        process.wait()


async def through_provider(address: str, account: str) -> str:
    """Sign in at a provider as a person would, and return where it leads back to."""
    async with httpx2.AsyncClient(follow_redirects=False) as client:
        answer = await client.get(address)
        for _ in range(12):
            while answer.is_redirect:
                target = str(answer.next_request.url) if answer.next_request else ""
                if target.startswith(BASE):
                    return target.removeprefix(BASE)
                answer = await client.get(target)
            action = re.search(r'action="([^"]+)"', answer.text)
            assert action, answer.text[:500]
            form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text))
            fields = {**form, "login": account, "password": "x"} if "login" in answer.text else form
            answer = await client.post(str(answer.url.join(action[1])), data=fields)
    raise AssertionError("never came back")
