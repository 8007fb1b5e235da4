"""Live pages: what is committed in a case reaches the pages that show it within a moment.

One connection per process listens; the ids it hears are handed to the open streams of that case.
Nothing of the content travels: a stream only says `changed`, and the page asks again for what it
shows, as whoever it is then.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import psycopg

from assent.database.migrate import libpq
from assent.refusal import N_, Refusal

log = logging.getLogger(__name__)

MOST_STREAMS = 12  # of one person in one process: more open pages than anybody reads
_CASES, _SESSIONS = "assent_case", "assent_session"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # seconds
_STILL_THERE = 20.0  # seconds


class TooManyStreams(Refusal):
    """Somebody has more pages open than one person reads."""

    type = "too-many-streams"
    status = 429
    title = N_("Too many of your pages listen for changes at once.")
    advice = N_("Close some of them. This page still works; reload it to see what is new.")


class Listener:
    """Hears what changes in the database and wakes the streams that wait for it."""

    def __init__(self, url: str) -> None:
        self._dsn = libpq(url)
        self._waiting: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._streams: Counter[UUID] = Counter()
        self._task: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()
        self.ending = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen until the context ends, through restarts of the database."""
        self._task = asyncio.create_task(self._listen_always())
        try:
            yield
        finally:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @asynccontextmanager
    async def stream(self, person: UUID, keys: tuple[UUID, ...]) -> AsyncIterator[asyncio.Event]:
        """Give an event that is set whenever something changes under one of the keys.

        Args:
            person: whose stream it is; each may hold a limited number.
            keys: ids of cases and sessions.

        Raises:
            TooManyStreams
        """
        if self._streams[person] >= MOST_STREAMS:
            raise TooManyStreams
        changed = asyncio.Event()
        self._streams[person] += 1
        for key in keys:
            self._waiting[key].add(changed)
        try:
            yield changed
        finally:
            self._streams[person] -= 1
            if not self._streams[person]:
                del self._streams[person]
            for key in keys:
                self._waiting[key].discard(changed)
                if not self._waiting[key]:
                    del self._waiting[key]

    @property
    def open_streams(self) -> int:
        """How many streams are open in this process."""
        return self._streams.total()

    def end_streams(self) -> None:
        """Have every stream end now: the server stops, and would wait for them."""
        self.ending = True
        self._wake_all()

    async def _listen_always(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._listen()
            except psycopg.Error as error:
                log.warning("the connection for live pages was lost (%s)", type(error).__name__)
            if self.listening.is_set():
                pause = _FIRST_PAUSE
            self.listening.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _listen(self) -> None:
        options = {"autocommit": True, "application_name": "assent-live", "connect_timeout": 10}
        async with await psycopg.AsyncConnection.connect(self._dsn, **options) as connection:  # type: ignore[arg-type]
            for channel in (_CASES, _SESSIONS):
                await connection.execute(f"listen {channel}")
            self.listening.set()
            self._wake_all()  # whatever was said while nobody listened
            while True:
                async for said in connection.notifies(timeout=_STILL_THERE):
                    self._wake(said.payload)
                await connection.execute("select 1")  # a silent network is told from a quiet one

    def _wake(self, payload: str) -> None:
        try:
            key = UUID(payload)
        except ValueError:
            return
        for changed in self._waiting.get(key, ()):
            changed.set()

    def _wake_all(self) -> None:
        for waiting in self._waiting.values():
            for changed in waiting:
                changed.set()
