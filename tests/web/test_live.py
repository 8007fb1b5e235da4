"""Live pages, through a real server: what is decided shows within a second, to whoever may see it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select, text

from assent.cases.members import end_membership
from assent.database.session import Database
from assent.people import sessions
from assent.people.caller import Caller
from assent.people.models import Membership
from assent.web import stream
from assent.web.app import create_app
from assent.web.live import MOST_STREAMS, Listener
from tests.coalition import Coalition, a_coalition
from tests.conftest import Place
from tests.web.visitors import settings_of


class Served:
    """The application behind a real server, on a port of its own."""

    def __init__(self, app: FastAPI, address: str) -> None:
        self.app, self.address = app, address
        self.database: Database = app.state.database
        self.listener: Listener = app.state.listener

    @asynccontextmanager
    async def browser(self, who: Caller) -> AsyncIterator[httpx2.AsyncClient]:
        async with self.database.session(who.person_id) as session:
            token = await sessions.begin(
                session, who.person_id, "link", "", self.app.state.settings
            )
        cookies = {sessions.cookie_name(self.app.state.settings): token}
        async with httpx2.AsyncClient(base_url=self.address, cookies=cookies, timeout=30) as client:
            yield client

    @asynccontextmanager
    async def page(
        self, who: Caller, query: str = "", case: str = "teacher"
    ) -> AsyncIterator["Page"]:
        """An open page: its stream has begun."""
        path = f"/cases/{case}/stream{query}"
        async with self.browser(who) as client, client.stream("GET", path) as response:
            assert response.status_code == 200, await response.aread()
            page = Page(client, response)
            await page.next_block()
            yield page


class Page:
    """What a page hears."""

    def __init__(self, client: httpx2.AsyncClient, response: httpx2.Response) -> None:
        self.client, self.response = client, response
        self._chunks = response.aiter_text()
        self._rest = ""

    async def next_block(self) -> str:
        """The next event or comment; "" at the end of the stream."""
        while "\n\n" not in self._rest:
            try:
                self._rest += await anext(self._chunks)
            except StopAsyncIteration:
                return ""
        block, _, self._rest = self._rest.partition("\n\n")
        return block

    async def hears_change(self, within: float = 1.0) -> str:
        async with asyncio.timeout(within):
            while "event: changed" not in (block := await self.next_block()):
                assert block, "the stream ended"
        return block

    async def hears_nothing(self, during: float = 0.4) -> None:
        with pytest.raises(TimeoutError):
            await self.hears_change(during)

    async def ends(self, within: float = 1.0) -> None:
        async with asyncio.timeout(within):
            while await self.next_block():
                pass


@pytest.fixture
async def live(place: Place, tmp_path: Path) -> AsyncIterator[Served]:
    app = create_app(settings_of(place, tmp_path))
    config = uvicorn.Config(
        app, port=0, log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    for _ in range(500):
        if server.started:
            break
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    await asyncio.wait_for(app.state.listener.listening.wait(), 5)
    yield Served(app, f"http://127.0.0.1:{port}")
    server.should_exit = True
    await running


@pytest.fixture
async def family(live: Served) -> Coalition:
    return await a_coalition(live.database)


async def test_what_the_mother_decides_reaches_the_coordinators_page_within_a_second(
    live: Served, family: Coalition
) -> None:
    action = await family.a_statement()
    async with live.page(family.coordinator) as page:
        began = time.monotonic()
        await family.says(family.mother, action, "yes")
        block = await page.hears_change()
        assert time.monotonic() - began < 1
    assert block.splitlines()[1:] == ["event: changed", "data: changed"]
    assert page.response.headers["content-type"].startswith("text/event-stream")
    assert page.response.headers["cache-control"] == "no-store"


async def test_another_case_is_not_heard(live: Served, family: Coalition) -> None:
    other = await a_coalition(live.database, slug="journalist")
    async with live.page(family.coordinator) as page:
        await other.a_statement()
        await page.hears_nothing()


async def test_what_came_between_drawing_and_listening_is_said_at_once(
    live: Served, family: Coalition
) -> None:
    async with live.database.session(family.coordinator.person_id) as session:
        drawn = await stream.latest_record(session, family.case_id)
    await family.a_statement()
    async with live.page(family.coordinator, f"?since={drawn}") as page:
        await page.hears_change()
    async with live.page(family.coordinator, f"?since={drawn + 100}") as page:
        await page.hears_nothing()


async def test_a_stream_ends_with_the_membership(live: Served, family: Coalition) -> None:
    async with live.page(family.observer) as page, live.page(family.coordinator) as other:
        await _ends_membership(live, family, family.observer)
        await page.ends()
        await other.hears_change()
        again = await page.client.get("/cases/teacher/stream")
    assert again.status_code == 404


async def test_a_stream_ends_with_the_session(live: Served, family: Coalition) -> None:
    async with live.page(family.mother) as page:
        async with live.database.session(family.mother.person_id) as session:
            await sessions.end_all_of(session, family.mother.person_id)
        await page.ends()
        again = await page.client.get(
            "/cases/teacher/stream", headers={"Accept": "text/event-stream"}
        )
    assert again.status_code == 401


async def test_rights_are_asked_again_even_where_nothing_is_said(
    live: Served, family: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.2)
    async with live.page(family.mother) as page:
        assert await page.next_block() == ": here"
        async with live.database.session(job=True) as session:
            await session.execute(
                text("update people set removed_at = now() where id = :id"),
                {"id": family.mother.person_id},
            )
        await page.ends()


async def test_nobody_and_strangers_hear_nothing(live: Served, family: Coalition) -> None:
    events = {"Accept": "text/event-stream"}
    async with httpx2.AsyncClient(base_url=live.address) as nobody:
        assert (await nobody.get("/cases/teacher/stream", headers=events)).status_code == 401
    async with live.browser(family.stranger) as stranger:
        assert (await stranger.get("/cases/teacher/stream", headers=events)).status_code == 404


async def test_listening_goes_on_after_the_database_was_away(
    live: Served, family: Coalition, place: Place
) -> None:
    async with live.page(family.coordinator) as page:
        async with await psycopg.AsyncConnection.connect(
            place.superuser_dsn, autocommit=True
        ) as superuser:
            ended = await superuser.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'assent-live' and datname = %s",
                [place.name],
            )
            assert ended.rowcount == 1
        await page.hears_change(5)  # what was said meanwhile may have been missed
        await family.a_statement()
        await page.hears_change(5)


async def test_streams_end_when_the_server_stops(live: Served, family: Coalition) -> None:
    async with live.page(family.mother) as page:
        live.listener.end_streams()
        await page.ends()


async def test_a_stream_ends_while_nobody_can_say_who_may_read(
    live: Served, family: Coalition
) -> None:
    async with live.page(family.mother) as page:
        live.app.state.database = Database(
            "postgresql+psycopg://nobody@/none?host=/nowhere", pool=1
        )
        await family.a_statement()
        await page.ends()
        await live.app.state.database.close()
        live.app.state.database = live.database


async def test_open_pages_are_bounded_and_given_back(live: Served, family: Coalition) -> None:
    async with live.browser(family.coordinator) as client:
        opened = []
        for _ in range(MOST_STREAMS):
            context = client.stream("GET", "/cases/teacher/stream")
            opened.append((context, await context.__aenter__()))
        refused = await client.get("/cases/teacher/stream")
        assert refused.status_code == 429
        assert "retry-after" in refused.headers
        async with live.page(family.mother):
            assert live.listener.open_streams == MOST_STREAMS + 1
        for context, _ in opened:
            await context.__aexit__(None, None, None)
        for _ in range(50):
            if live.listener.open_streams == 0:
                break
            await asyncio.sleep(0.05)
        assert live.listener.open_streams == 0
        async with live.page(family.coordinator):
            pass


async def _ends_membership(live: Served, family: Coalition, who: Caller) -> None:
    async with live.database.session(family.coordinator.person_id) as session:
        query = select(Membership.id).where(
            Membership.person_id == who.person_id, Membership.ended_at.is_(None)
        )
        await end_membership(session, family.coordinator, (await session.scalars(query)).one())
