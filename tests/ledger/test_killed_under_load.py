"""The database is killed while entries are written: tree and rows agree, and nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path

import psycopg
import pytest

from assent.database.embedded import EmbeddedPostgres
from assent.database.migrate import migrate
from assent.database.roles import DATABASE
from tests.conftest import Place
from tests.ledger.test_tree_in_the_database import APPEND, an_entry, entries_in, root_of

WRITERS = 3


def writes(dsn: str, acknowledged: list[bytes]) -> None:
    """Append one entry after another, until the database is gone."""
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            while True:
                entry = an_entry()
                connection.execute(APPEND, [entry])
                acknowledged.append(entry)
    except psycopg.OperationalError:
        return


def connected(dsn: str, seconds: float = 20) -> psycopg.Connection[tuple[object, ...]]:
    """Connect as soon as the database is back."""
    until = time.monotonic() + seconds
    while True:
        try:
            return psycopg.connect(dsn, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def kill_under_load(data: Path, rounds: int) -> None:
    """Kill the database as often as said, and look at the ledger each time."""
    seed = random.randrange(10**6)
    chance, acknowledged = random.Random(seed), list[bytes]()
    with EmbeddedPostgres(data) as postgres:
        place = Place(postgres, DATABASE)
        migrate(place.owner_url)
        for round_ in range(rounds):
            threads = [
                threading.Thread(target=writes, args=(place.app_dsn, acknowledged))
                for _ in range(WRITERS)
            ]
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(0.05, 0.4))
            postmaster = postgres.postmaster
            assert postmaster is not None
            os.kill(postmaster, signal.SIGKILL)
            for thread in threads:
                thread.join()
            with connected(place.owner_dsn) as connection:
                entries = entries_in(connection)
                head = connection.execute(
                    "select size, assent.ledger_root(size) from assent.ledger_head"
                ).fetchone()
            assert head == (len(entries), root_of(entries)), f"round {round_}, seed {seed}"
            assert set(acknowledged) <= set(entries), f"round {round_}, seed {seed}"
    assert len(acknowledged) > rounds


def test_tree_and_rows_agree_whenever_the_database_is_killed(tmp_path: Path) -> None:
    kill_under_load(tmp_path, rounds=6)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("quarter", range(4))
def test_tree_and_rows_agree_after_two_hundred_kills(tmp_path: Path, quarter: int) -> None:
    kill_under_load(tmp_path, rounds=50)
