"""What the benchmarks stand on: a migrated database, policies, and a coalition with ready statements."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from assent import access, gates
from assent.database.migrate import migrate
from assent.database.session import Database
from assent.ledger import sealing
from assent.people import marks
from assent.settings import ROOT
from tests.coalition import Coalition, a_coalition


@dataclass(frozen=True)
class Ground:
    """A database with a coalition in it."""

    database: Database
    coalition: Coalition

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """Collect the statements the application sends meanwhile."""
        sent: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
            sent.append(statement)

        engine = self.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(engine, "before_cursor_execute", note)


@asynccontextmanager
async def a_ground(owner_url: str, app_url: str) -> AsyncIterator[Ground]:
    """Migrate, load policies and make a coalition."""
    sealing.set_current(sealing.InstanceKey(os.urandom(32)))
    access.set_current(access.load_access(ROOT / "policies"))
    marks.set_undo(timedelta(0))  # a yes is released on at once
    migrate(owner_url)
    book = gates.read_gates(ROOT / "policies")
    engine = create_async_engine(owner_url)
    async with AsyncSession(engine) as session, session.begin():
        await gates.load_gate_book(session, book)
        await gates.bring_into_force(session, book)
    await engine.dispose()
    database = Database(app_url)
    try:
        yield Ground(database, await a_coalition(database))
    finally:
        await database.close()
