"""Whoever asks: a person's browser, a person's program, or nobody at all."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2
from fastapi import FastAPI

from assent.database.session import Database
from assent.people import sessions
from assent.people.caller import Caller
from assent.people.tokens import make_token
from assent.settings import Settings
from assent.web.app import create_app
from tests.conftest import INSTANCE_KEY, Place

BASE_URL = "http://127.0.0.1:8000"


def settings_of(place: Place, data: Path) -> Settings:
    """Settings for a test's own database; jobs are not run unless a test does."""
    return Settings.model_validate(
        {
            "data": data,
            "base_url": BASE_URL,
            "database_app_url": place.app_url,
            "database_pool": 4,
            "instance_key": base64.b64encode(INSTANCE_KEY).decode(),
            "run_jobs": False,
            "undo_seconds": 0,
        }
    )


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[FastAPI]:
    """The application between its start and its end."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


class Visitors:
    """Makes clients for a running application."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.database: Database = app.state.database
        self._stack = AsyncExitStack()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Visitors]:
        """Clients are closed at the end."""
        async with self._stack:
            yield self

    async def nobody(self) -> httpx2.AsyncClient:
        """A browser in which nobody is signed in."""
        client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app), base_url=BASE_URL, timeout=20
        )
        return await self._stack.enter_async_context(client)

    async def browser(self, who: Caller) -> httpx2.AsyncClient:
        """A browser in which somebody is signed in."""
        client = await self.nobody()
        async with self.database.session(who.person_id) as session:
            token = await sessions.begin(
                session, who.person_id, "link", "Firefox/140.0 Linux", self.app.state.settings
            )
        client.cookies.set(sessions.cookie_name(self.app.state.settings), token)
        return client

    async def program(self, who: Caller) -> httpx2.AsyncClient:
        """A program with somebody's token, at the API."""
        client = await self.nobody()
        async with self.database.session(who.person_id) as session:
            token = await make_token(session, who.person_id, "a test")
        client.headers["Authorization"] = f"Bearer {token}"
        client.base_url = httpx2.URL(f"{BASE_URL}/api/v1/")
        return client
