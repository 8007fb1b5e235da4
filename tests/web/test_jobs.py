"""The server runs jobs itself; neither a database that was away nor a worker that died loses one."""

import asyncio
import os
from pathlib import Path

import psycopg
from fastapi import FastAPI
from psycopg import sql
from sqlalchemy import text

from assent.consents.asking import request_consent
from assent.database.session import Database
from assent.notify.jobs import take_up_abandoned
from tests.coalition import Coalition, a_coalition
from tests.conftest import Place
from tests.web.visitors import served, settings_of

_WAITING = text("select status::text from jobs.procrastinate_jobs order by id")


async def _statuses(database: Database) -> list[str]:
    async with database.session(job=True) as session:
        return list(await session.scalars(_WAITING))


async def _asks(coalition: Coalition) -> None:
    """A text is written and the family asked, each time with the same mails."""
    action = await coalition.a_statement(audience=["The embassy"])
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        assert len(await request_consent(session, coalition.coordinator, action)) == 2


async def _done(database: Database, folder: Path) -> int:
    """How many mails there are once every job is done."""
    async with asyncio.timeout(60):
        while await _statuses(database):  # noqa: ASYNC110 (the queue is in the database)
            await asyncio.sleep(0.05)
    return len(os.listdir(folder))


async def _away(place: Place, *, seconds: float) -> None:
    """No connection holds, and none can be made."""
    name = sql.Identifier(place.name)
    async with await psycopg.AsyncConnection.connect(
        place.server.superuser_dsn(), autocommit=True
    ) as superuser:
        await superuser.execute(sql.SQL("alter database {} allow_connections false").format(name))
        ended = await superuser.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
            [place.name],
        )
        assert ended.rowcount > 0
        await asyncio.sleep(seconds)
        await superuser.execute(sql.SQL("alter database {} allow_connections true").format(name))


async def test_jobs_go_on_after_the_database_was_away(place: Place, tmp_path: Path) -> None:
    settings = settings_of(place, tmp_path).model_copy(update={"run_jobs": True})
    async with served(settings) as app:
        database: Database = app.state.database
        coalition = await a_coalition(database)
        await _asks(coalition)
        before = await _done(database, tmp_path / "mail")
        assert before >= 2
        await _away(place, seconds=3)
        await _asks(coalition)
        assert await _done(database, tmp_path / "mail") == 2 * before


async def test_a_job_left_behind_by_its_worker_is_run_again(
    app: FastAPI, coalition: Coalition, place: Place
) -> None:
    await _asks(coalition)
    with psycopg.connect(place.owner_dsn) as owner:
        owner.execute("set search_path = jobs")
        owner.execute("update jobs.procrastinate_jobs set status = 'doing', worker_id = null")
    assert set(await _statuses(coalition.database)) == {"doing"}
    await take_up_abandoned(timestamp=0)
    assert set(await _statuses(coalition.database)) == {"todo"}
