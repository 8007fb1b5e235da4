"""Sessions: for whom they act, how they end, and what they outlive."""

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.embedded import EmbeddedPostgres
from assent.database.session import (
    Database,
    act_for,
    acting_as_job,
    lock_action,
    lock_case,
    present,
)
from assent.refusal import Conflict
from tests.conftest import Place
from tests.database.conftest import Filled

SCOPE = text("select assent.person(), assent.is_job()")
NEW_ORGANISATION = text(
    "insert into assent.organisations (id, slug, name, country, created_at)"
    " values (:id, :slug, 'Harbour', 'SE', assent.present())"
)


async def scope(session: AsyncSession) -> tuple[UUID | None, bool]:
    row = (await session.execute(SCOPE)).one()
    return row[0], row[1]


async def organisations(session: AsyncSession) -> int:
    count: int = (
        await session.execute(text("select count(*) from assent.organisations"))
    ).scalar_one()
    return count


async def test_a_session_acts_for_one_person_and_the_next_for_nobody(shared_place: Place) -> None:
    """On the same connection: a setting that outlived its transaction would be the leak of all leaks."""
    one = Database(shared_place.app_url, pool=1)
    person = uuid4()
    async with one.session(person) as session:
        first = (await session.execute(text("select pg_backend_pid()"))).scalar_one()
        assert await scope(session) == (person, False)
    async with one.session() as session:
        assert (await session.execute(text("select pg_backend_pid()"))).scalar_one() == first
        assert await scope(session) == (None, False)
    async with one.session(job=True) as session:
        assert await scope(session) == (None, True)
    await one.close()


async def test_it_commits_when_left_in_peace_and_not_otherwise(database: Database) -> None:
    async with database.session(job=True) as session:
        await session.execute(NEW_ORGANISATION, {"id": uuid4(), "slug": "harbour"})
    with pytest.raises(Conflict):
        await refused_after_writing(database)
    async with database.session(job=True) as session:
        assert await organisations(session) == 1


async def refused_after_writing(database: Database) -> None:
    async with database.session(job=True) as session:
        await session.execute(NEW_ORGANISATION, {"id": uuid4(), "slug": "lantern"})
        raise Conflict


async def test_it_goes_on_for_whoever_turns_out_to_ask(shared_place: Place) -> None:
    one, person = Database(shared_place.app_url), uuid4()
    async with one.session() as session:
        await act_for(session, person)
        assert await scope(session) == (person, False)
    await one.close()


async def test_a_step_as_a_job_ends_with_the_step(
    session: AsyncSession, shared_place: Place
) -> None:
    one, person = Database(shared_place.app_url), uuid4()
    async with one.session(person) as session:
        async with acting_as_job(session):
            async with acting_as_job(session):
                assert await scope(session) == (person, True)
            assert await scope(session) == (person, True), "not with a step inside it"
        assert await scope(session) == (person, False)
        with pytest.raises(Conflict):
            async with acting_as_job(session):
                raise Conflict
        assert await scope(session) == (person, False), "nor goes on after a refusal"
    with pytest.raises(IntegrityError, match="country"):
        await failing_as_a_job(one, person)
    await one.close()


async def failing_as_a_job(database: Database, person: UUID) -> None:
    bad = "insert into assent.organisations values (gen_random_uuid(), 'x', 'X', 'Oz', '{}', now())"
    async with database.session(person) as session, acting_as_job(session):
        await session.execute(text(bad))


async def test_parameters_stay_out_of_error_texts(shared_place: Place) -> None:
    one = Database(shared_place.app_url)
    async with one.session() as session:
        with pytest.raises(DBAPIError) as error:
            await session.execute(text("select 1 / length(:said) - length(:said)"), {"said": ""})
        await session.rollback()
    assert "parameters hidden" in str(error.value)
    await one.close()


async def test_nothing_runs_for_ever(shared_place: Place) -> None:
    one = Database(shared_place.app_url)
    async with one.session() as session:
        settings = {
            name: (await session.execute(text(f"show {name}"))).scalar_one()
            for name in (
                "statement_timeout",
                "lock_timeout",
                "idle_in_transaction_session_timeout",
                "search_path",
                "default_transaction_isolation",
                "timezone",
            )
        }
    assert settings == {
        "statement_timeout": "30s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "1min",
        "search_path": "assent,jobs,public",
        "default_transaction_isolation": "read committed",
        "timezone": "UTC",
    }
    await one.close()


@pytest.mark.parametrize("what", ["case", "action"])
async def test_a_lock_makes_the_next_one_wait(filled: Filled, what: str) -> None:
    one, rows = Database(filled.place.app_url), filled.cases["case"]
    lock, key = {"case": (lock_case, rows.case), "action": (lock_action, rows.action)}[what]
    async with one.session(job=True) as first, one.session(job=True) as second:
        await lock(first, key)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(
                asyncio.shield(waiting := asyncio.ensure_future(lock(second, key))), 0.3
            )
        await first.rollback()
        await asyncio.wait_for(waiting, 5)
    await one.close()


async def test_the_clock_never_runs_behind_the_ledger(place: Place, database: Database) -> None:
    with psycopg.connect(
        place.owner_dsn
    ) as owner:  # as if the machine's clock had been set back by a day
        owner.execute(
            "update assent.ledger_head set last_at = clock_timestamp() + interval '1 day'"
        )
    async with database.session(job=True) as session:
        now = (await session.execute(text("select clock_timestamp()"))).scalar_one()
        assert await present(session) - now > timedelta(hours=23)


async def test_a_restarted_database_is_survived(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "data", durable=False) as postgres:
        one = Database(postgres.url(), pool=2)
        async with one.session() as first, one.session() as second:
            for session in (first, second):
                await session.execute(text("select 1"))
        first_server = postgres.postmaster
        assert first_server is not None
        os.kill(first_server, signal.SIGKILL)
        for _ in range(200):
            if postgres.postmaster not in (None, first_server):
                break
            await asyncio.sleep(0.05)
        async with one.session() as session:
            assert (await session.execute(text("select 1"))).scalar_one() == 1
        await one.close()
