"""A database's clock that can be turned: what an operator, a battery or a forged time server does to it."""

from __future__ import annotations

from datetime import timedelta

import psycopg
from psycopg import sql

from tests.conftest import Place

# Every way our own and the job queue's SQL asks for the time; the real ones are kept under another name.
_CLOCKS = {"clock_timestamp": "volatile", "now": "stable"}


class Clock:
    """The clock of one test's database, as its superuser turns it.

    PostgreSQL's functions themselves are replaced, in this database alone: whatever asks it for the
    time is told the turned one. The clock of the machine, which Python reads, is left as it is.
    Make it before anything else connects: PostgreSQL remembers where it found its own functions.
    """

    def __init__(self, place: Place) -> None:
        self._dsn = place.superuser_dsn
        with psycopg.connect(self._dsn) as superuser:
            for name in _CLOCKS:
                superuser.execute(
                    sql.SQL("alter function pg_catalog.{}() rename to {}").format(
                        sql.Identifier(name), sql.Identifier(f"real_{name}")
                    )
                )
        self.turn(timedelta(0))

    def turn(self, by: timedelta) -> None:
        """Have it show the real time and so much more; less than nothing turns it back."""
        with psycopg.connect(self._dsn) as superuser:
            for name, volatility in _CLOCKS.items():
                superuser.execute(
                    sql.SQL(
                        "create or replace function pg_catalog.{}() returns timestamptz language sql {}"
                        " as $$ select pg_catalog.{}() + {}::interval $$"
                    ).format(
                        sql.Identifier(name), sql.SQL(volatility),
                        sql.Identifier(f"real_{name}"), sql.Literal(f"{by.total_seconds()} seconds"),
                    )
                )  # fmt: skip
