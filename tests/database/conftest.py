"""A database in which everything has happened, for tests that walk all tables and roll back."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import psycopg
import pytest

from tests.conftest import Place
from tests.database.everything import fill_every_table
from tests.database.rows import Rows
from tests.database.sanctions import load_a_list


@dataclass(frozen=True)
class Filled:
    """Three cases, each with a row in every table and people of its own, by the label of its action."""

    place: Place
    cases: dict[str, Rows]


@pytest.fixture(scope="session")
def filled(copied: Callable[[], AbstractContextManager[Place]]) -> Iterator[Filled]:
    """Committed once for all tests of a worker."""
    with copied() as place, psycopg.connect(place.app_dsn) as connection:
        load_a_list(place.owner_dsn)
        cases = {label: Rows(connection) for label in ("case", "family", "organisation")}
        for label, rows in cases.items():
            fill_every_table(rows, label)
        connection.commit()
        carry_out_erasures(place)
        yield Filled(place, cases)


def carry_out_erasures(place: Place) -> None:
    """As if: the eraser alone writes that it did, and would leave nothing else of a case."""
    with psycopg.connect(place.superuser_dsn) as superuser:
        superuser.execute("alter table assent.erasure_ends disable trigger user")
        superuser.execute(
            "insert into assent.erasure_ends select id, case_id, now(), ledger_index from assent.erasures"
        )
        for trigger in ("c_entry", "erasure_ends_keep", "erasure_ends_keep_all"):
            superuser.execute(f"alter table assent.erasure_ends enable always trigger {trigger}")
