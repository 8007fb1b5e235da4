"""Migrations: by the owner, once, one at a time, told, all or nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from psycopg import errors, sql
from sqlalchemy.exc import OperationalError, ProgrammingError

from assent.database.embedded import OWNER, EmbeddedPostgres
from assent.database.migrate import (
    MIGRATIONS,
    NotAtHead,
    alembic_config,
    current,
    head,
    migrate,
    require_head,
)
from tests.conftest import Place


@pytest.fixture
def empty(server: EmbeddedPostgres) -> Iterator[Place]:
    """A database nobody has migrated yet."""
    place = Place(server, "test_empty_" + str(os.getpid()))
    name = sql.Identifier(place.name)
    with psycopg.connect(server.superuser_dsn(), autocommit=True) as superuser:
        superuser.execute(sql.SQL("create database {} owner assent_owner").format(name))
        yield place
        superuser.execute(sql.SQL("drop database {} with (force)").format(name))


def test_from_nothing(empty: Place) -> None:
    told: list[str] = []
    assert current(empty.owner_url) is None
    migrate(empty.owner_url, told.append)
    assert current(empty.owner_url) == current(empty.app_url) == head()
    assert told[0].endswith("…")
    assert "0001_foundation: Tables, guards" in told[1]
    require_head(empty.app_url)
    told.clear()
    migrate(empty.owner_url, told.append)
    assert told == [], "there was nothing left to do, and nothing is said"


def test_several_at_once(empty: Place) -> None:
    program = "import sys; from assent.database.migrate import migrate; migrate(sys.argv[1])"
    begun = [subprocess.Popen([sys.executable, "-c", program, empty.owner_url]) for _ in range(2)]
    assert [process.wait() for process in begun] == [0, 0]
    assert current(empty.app_url) == head()


def test_not_as_the_application(empty: Place) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        migrate(empty.app_url)


def test_before_the_first_migration_the_application_does_not_start(empty: Place) -> None:
    with pytest.raises(NotAtHead, match="version none"):
        require_head(empty.app_url)


def test_nor_on_a_version_it_does_not_know(place: Place) -> None:
    with psycopg.connect(place.owner_dsn) as owner:
        owner.execute("update alembic_version set version_num = '9999_later'")
    with pytest.raises(NotAtHead, match="version 9999_later"):
        require_head(place.app_url)


def test_one_that_fails_leaves_nothing_behind(empty: Place) -> None:
    with psycopg.connect(empty.superuser_dsn) as superuser:
        superuser.execute("create schema jobs")  # in the way of the last step
    with pytest.raises(errors.DuplicateSchema):
        migrate(empty.owner_url)
    with psycopg.connect(empty.superuser_dsn) as superuser:
        question = "select count(*) from pg_namespace where nspname = 'assent'"
        assert superuser.execute(question).fetchone() == (0,)


def test_it_gives_up_on_a_lock_that_is_not_let_go(empty: Place) -> None:
    """Rather than hold up everybody else who queues behind it."""
    config = alembic_config(empty.owner_url)
    config.attributes["patience"] = 1
    with psycopg.connect(empty.owner_dsn) as other:
        other.execute("select pg_advisory_lock(hashtext('assent: migrations'))")
        with pytest.raises(OperationalError, match="lock timeout"):
            command.upgrade(config, "head")


def test_records_are_not_taken_back(place: Place) -> None:
    with pytest.raises(RuntimeError, match="backup"):
        command.downgrade(alembic_config(place.owner_url), "base")


def test_the_command_line_of_alembic_finds_no_address_to_run_on(place: Place) -> None:
    assert not list(Path(MIGRATIONS).glob("*.ini")), "migrations run through `assent migrate` alone"


def test_the_job_queue_is_usable_by_the_application(place: Place) -> None:
    with psycopg.connect(place.app_dsn, options="-csearch_path=assent,jobs,public") as app:
        app.execute(
            "select procrastinate_defer_jobs_v1(array[row('mail', 'say', 0, null, null, '{}', null)"
            "::procrastinate_job_to_defer_v1])"
        )
        row = app.execute("select task_name from jobs.procrastinate_jobs").fetchone()
        assert row == ("say",)
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute("drop table jobs.procrastinate_jobs")


def test_owner_is_no_superuser(place: Place) -> None:
    """So that what migrations do also works where nobody gives us one."""
    with psycopg.connect(place.owner_dsn) as owner:
        row = owner.execute(
            "select rolsuper, rolcreaterole, rolbypassrls from pg_roles where rolname = %s", [OWNER]
        ).fetchone()
    assert row == (False, False, False)
