"""Sessions: one transaction each, on behalf of one person, seen by row-level security."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, SessionTransaction

# Functions of the job queue refer to each other without naming their schema.
_OPTIONS = (
    "-csearch_path=assent,jobs,public -cstatement_timeout=30s -clock_timeout=10s"
    " -cidle_in_transaction_session_timeout=60s -ctimezone=UTC"
    # The guards read behind locks, and refuse older snapshots.
    r" -cdefault_transaction_isolation=read\ committed"
)
_SCOPE = text(
    "select set_config('assent.person', :person, true), set_config('assent.job', :job, true)"
)
_JOB = text("select set_config('assent.job', :job, true)")


class Database:
    """The application's connections to PostgreSQL, as the role assent_app."""

    def __init__(self, url: str, *, pool: int = 8) -> None:
        self.url = url
        self.engine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=pool,
            pool_timeout=10,
            pool_pre_ping=True,
            hide_parameters=True,  # what people write does not belong in logs, of errors neither
            connect_args={"options": _OPTIONS, "connect_timeout": 10, "application_name": "assent"},
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(
        self, person: UUID | None = None, *, job: bool = False
    ) -> AsyncIterator[AsyncSession]:
        """Give a session in a transaction; it commits on a clean exit and rolls back on an error.

        Args:
            person: on whose behalf; row-level security shows what they may see.
            job: True for background jobs and operator commands, which act for no person.
        """
        async with self._sessions.begin() as session:
            session.sync_session.info.update(person=person, job=job)
            yield session

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


@event.listens_for(Session, "after_begin")
def _set_scope(session: Session, _: SessionTransaction, connection: Connection) -> None:
    """Settings of a transaction end with it, so each begins by saying for whom it runs."""
    if "job" not in session.info:
        return
    person = session.info["person"]
    values = {"person": str(person or ""), "job": "on" if session.info["job"] else ""}
    connection.execute(_SCOPE, values)


async def act_for(session: AsyncSession, person: UUID) -> None:
    """Go on, in the transaction that found out who is asking, on behalf of that person."""
    session.sync_session.info["person"] = person
    job = "on" if session.sync_session.info["job"] else ""
    await session.execute(_SCOPE, {"person": str(person), "job": job})


@asynccontextmanager
async def acting_as_job(session: AsyncSession) -> AsyncIterator[None]:
    """Let a narrow step pass row-level security that no membership can allow yet.

    For instance creating a case, which precedes any membership in it; permission is checked before.
    """
    info = session.sync_session.info
    if info.get("job", False):
        yield
        return
    await session.execute(_JOB, {"job": "on"})
    info["job"] = True
    lost = False
    try:
        yield
    except DBAPIError:
        lost = True  # nothing more can be said in this transaction, and its settings end with it
        raise
    finally:
        info["job"] = False
        if not lost:
            await session.execute(_JOB, {"job": ""})


async def present(session: AsyncSession) -> datetime:
    """Return the program's one clock: it never runs behind the last ledger entry."""
    now: datetime = (await session.execute(text("select assent.present()"))).scalar_one()
    return now


async def lock_case(session: AsyncSession, case_id: UUID) -> None:
    """Lock a case until the transaction ends. The order is always case, action, ledger head."""
    await session.execute(text("select assent.lock_case(:id)"), {"id": case_id})


async def lock_action(session: AsyncSession, action_id: UUID) -> None:
    """Lock an action until the transaction ends; after its case, if that is locked too."""
    await session.execute(text("select assent.lock_action(:id)"), {"id": action_id})
