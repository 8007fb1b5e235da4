"""The tree in the database: RFC 6962's over the entries, whatever way they come in, and never ahead of them."""

import hashlib
import os
from collections.abc import Sequence

import psycopg
import pytest
from psycopg import errors

from tests.conftest import Place
from tests.database.rows import as_app

APPEND = "insert into assent.ledger_entries (entry) values (%s)"


def an_entry() -> bytes:
    return b"assent/leaf/v1\n" + os.urandom(32)


def root_of(entries: Sequence[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, to the letter."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    split = 1 << (len(entries) - 1).bit_length() - 1
    left, right = root_of(entries[:split]), root_of(entries[split:])
    return hashlib.sha256(b"\1" + left + right).digest()


def entries_in(connection: psycopg.Connection[tuple[object, ...]]) -> list[bytes]:
    rows = connection.execute("select entry from assent.ledger_entries order by index").fetchall()
    return [bytes(row[0]) for row in rows]  # type: ignore[call-overload]


def test_every_root_is_that_of_the_standard(shared_place: Place) -> None:
    with as_app(shared_place.app_dsn) as connection:
        for _ in range(150):
            connection.execute(APPEND, [an_entry()])
        entries = entries_in(connection)
        for size in range(len(entries) + 1):
            root = connection.execute("select assent.ledger_root(%s)", [size]).fetchone()
            assert root == (root_of(entries[:size]),)


def test_many_in_one_statement_and_by_copy(shared_place: Place) -> None:
    with as_app(shared_place.app_dsn) as connection:
        connection.execute(
            "insert into assent.ledger_entries (entry)"
            " select convert_to(E'assent/leaf/v1\\n', 'UTF8') || sha256(n::text::bytea) from generate_series(1, 40) n"
        )
        with (
            connection.cursor() as cursor,
            cursor.copy("copy assent.ledger_entries (entry) from stdin") as rows,
        ):
            for _ in range(40):
                rows.write_row([an_entry()])
        entries = entries_in(connection)
        root = connection.execute(
            "select assent.ledger_root(size) from assent.ledger_head"
        ).fetchone()
        assert root == (root_of(entries),)


def test_what_was_rolled_back_is_in_no_tree(shared_place: Place) -> None:
    with as_app(shared_place.app_dsn) as connection:
        for number in range(30):
            with connection.transaction(force_rollback=number % 3 == 0):
                connection.execute(APPEND, [an_entry()])
        entries = entries_in(connection)
        head = connection.execute("select size, assent.ledger_root(size) from assent.ledger_head")
        assert head.fetchone() == (len(entries), root_of(entries))


@pytest.mark.parametrize(
    "statement",
    [
        "insert into assent.ledger_nodes (level, index, hash) values (40, 0, sha256(''))",
        "select assent.grow_tree(7, '')",
        "update assent.ledger_nodes set hash = sha256('')",
        "delete from assent.ledger_nodes",
    ],
)
def test_the_application_writes_no_hash_itself(shared_place: Place, statement: str) -> None:
    with as_app(shared_place.app_dsn) as connection:
        connection.execute(APPEND, [an_entry()])
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement)
