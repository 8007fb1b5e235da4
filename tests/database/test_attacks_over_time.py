"""What needs more than one transaction: older sight, and adding to what is already on record."""

from collections.abc import Iterator
from contextlib import contextmanager
from operator import methodcaller as do

import psycopg
import pytest
from psycopg import IsolationLevel, errors

from tests.conftest import Place
from tests.database.attacks import Step
from tests.database.rows import Rows

OLD_SIGHT = [IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE]
NO_FRESH_SIGHT = """
create or replace function assent.require_fresh_sight() returns void language plpgsql as $$ begin end $$
"""
NO_OWN_ENTRY = "alter table assent.publications disable trigger c_entry"


@contextmanager
def working_as_app(place: Place, rows: Rows | None = None) -> Iterator[Rows]:
    """A connection of the application's role; what is written is for the caller to commit."""
    with psycopg.connect(place.app_dsn) as connection:
        rows = rows or Rows(connection)
        before, rows.connection = rows.connection, connection
        rows.acting_for(None, job=True)
        try:
            yield rows
        finally:
            connection.rollback()
            rows.connection = before


@pytest.fixture
def rows(place: Place) -> Rows:
    """A committed case with everything on record."""
    with working_as_app(place) as rows:
        rows.open_case()
        rows.begin_action()
        rows.everybody_agrees()
        rows.commit()
    return rows


def withdraw(rows: Rows) -> None:
    rows.withdraw(rows.grounds["consent:family"]["consent_id"])


@contextmanager
def meanwhile(place: Place, rows: Rows, step: Step) -> Iterator[None]:
    """Somebody else takes a step and commits it."""
    with working_as_app(place, rows):
        step(rows)
        rows.commit()
    yield


def put_to_sleep(place: Place, *guards: str) -> None:
    with psycopg.connect(place.superuser_dsn) as superuser:
        for guard in guards:
            superuser.execute(guard)


def publish_with_old_sight(
    place: Place, rows: Rows, isolation: IsolationLevel, **other: int
) -> None:
    """Begin, look around, let the mother withdraw her yes, and publish on what was seen before."""
    with psycopg.connect(place.app_dsn) as connection:
        connection.isolation_level = isolation
        rows.connection = connection
        rows.acting_for(None, job=True)
        rows.now()
        with meanwhile(place, rows, withdraw):
            rows.publish(**other)
            connection.commit()


@pytest.mark.parametrize("isolation", OLD_SIGHT, ids=lambda level: level.name.lower())
def test_no_publication_on_what_was_seen_before_a_withdrawal(
    place: Place, rows: Rows, isolation: IsolationLevel
) -> None:
    with pytest.raises(errors.SerializationFailure, match="ledger_head"):
        publish_with_old_sight(place, rows, isolation)


@pytest.mark.parametrize(
    ("asleep", "constraint"),
    [(NO_FRESH_SIGHT, "recorded_in_ledger"), (NO_OWN_ENTRY, "read_committed")],
    ids=["no new entry", "no fresh sight"],
)
def test_nor_past_the_ledgers_head(place: Place, rows: Rows, asleep: str, constraint: str) -> None:
    put_to_sleep(place, asleep)
    with pytest.raises(errors.CheckViolation) as refusal:
        publish_with_old_sight(place, rows, IsolationLevel.REPEATABLE_READ, ledger_index=0)
    assert refusal.value.diag.constraint_name == constraint


def test_without_either_guard_it_would_go_out(place: Place, rows: Rows) -> None:
    put_to_sleep(place, NO_OWN_ENTRY, NO_FRESH_SIGHT)
    publish_with_old_sight(place, rows, IsolationLevel.REPEATABLE_READ, ledger_index=0)


@pytest.mark.parametrize(
    "step", [withdraw, do("decide", "mother", "no"), do("pause"), do("raise_concern"), do("write")]
)
@pytest.mark.parametrize("isolation", OLD_SIGHT, ids=lambda level: level.name.lower())
def test_what_stops_a_publication_is_not_recorded_blindly(
    place: Place, rows: Rows, step: Step, isolation: IsolationLevel
) -> None:
    with working_as_app(place, rows):
        rows.connection.rollback()
        rows.connection.isolation_level = isolation
        rows.acting_for(None, job=True)
        with pytest.raises(errors.CheckViolation) as refusal:
            step(rows)
    assert refusal.value.diag.constraint_name == "read_committed"


@pytest.fixture
def published(place: Place, rows: Rows) -> Rows:
    """The same, published."""
    with working_as_app(place, rows):
        rows.publish()
        rows.commit()
    return rows


LATE = {
    "another ground": (
        lambda r: r.insert(
            "publication_grounds", publication_id=r.publication, case_id=r.case, requirement="consent:family",
            person_id=r.people["brother"], consent_id=r.decide("brother"),
        ),
        "publication_grounds_with_publication",
    ),
    "another decision maker": (do("name_in_arrangement", "aunt"), "arrangement_people_with_arrangement"),
    "the same entry again": (
        lambda r: r.clear("other_reviewer", ledger_index=r.ask("select max(index) from assent.ledger_entries")),
        "recorded_in_ledger",
    ),
    "the same text again": (Rows.publish, "publications_once_key"),
}  # fmt: skip


@pytest.mark.parametrize(("step", "constraint"), LATE.values(), ids=LATE)
def test_nothing_is_added_later(place: Place, published: Rows, step: Step, constraint: str) -> None:
    with working_as_app(place, published), pytest.raises(errors.IntegrityError) as refusal:
        step(published)
    assert refusal.value.diag.constraint_name == constraint


def test_a_withdrawal_takes_back_what_went_out(place: Place, published: Rows) -> None:
    with working_as_app(place, published) as rows:
        delivery = rows.deliver()
        withdraw(rows)
        rows.commit()
        cause = "select cause from assent.retractions where publication_id = %s"
        assert rows.ask(cause, rows.publication) == "consent_withdrawn"
        assert (
            rows.ask("select state from assent.deliveries where id = %s", delivery) == "cancelled"
        )
        with pytest.raises(errors.InsufficientPrivilege):
            rows.connection.execute("delete from assent.retractions")


def test_a_no_takes_back_what_went_out(place: Place, published: Rows) -> None:
    with working_as_app(place, published) as rows:
        rows.decide("brother", "no")
        cause = "select cause from assent.retractions where publication_id = %s"
        assert rows.ask(cause, rows.publication) == "family_said_no"


def test_records_may_be_made_inside_savepoints(place: Place, rows: Rows) -> None:
    with working_as_app(place, rows):
        with rows.connection.transaction():
            rows.write_publication()
        with rows.connection.transaction():
            rows.write_grounds()
        rows.commit()
        assert rows.ask("select count(*) from assent.publications") == 1
