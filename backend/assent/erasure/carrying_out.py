"""Carrying erasures out: the eraser's role, through the one door, each recorded in the transaction that destroys.

What was erased is also noted in a list beside the database, so that a backup from before can be
made to forget it again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import errors, sql
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.session import Database, present
from assent.ledger.events import EventKind
from assent.ledger.store import append, as_utc

LIST = "erased.jsonl"
_DUE = text(
    "select e.id, e.case_id, e.person_id, e.by_family from assent.erasures e where assent.erasure_due(e)"
    " order by e.due_at"
)
_PREPARE = text("select assent.prepare_erasure(:id)")
_ERASE = text("select assent.erase(:id, :index)")


@dataclass(frozen=True)
class Erased:
    """What was destroyed: ids alone are left to say so.

    Attributes:
        person_id: whose own data it was; None for a whole case.
    """

    erasure_id: UUID
    case_id: UUID
    person_id: UUID | None
    at: datetime

    def as_line(self) -> str:
        """Return its line of the list."""
        values = {"erasure": str(self.erasure_id), "case": str(self.case_id), "at": as_utc(self.at)}
        if self.person_id is not None:
            values["person"] = str(self.person_id)
        return json.dumps(values) + "\n"


async def carry_out_due(eraser_url: str, data: Path) -> list[Erased]:
    """Destroy whatever is due, one transaction each.

    Args:
        eraser_url: of the eraser's role.
        data: the data folder, where the list of what was erased is kept.
    """
    database, done = Database(eraser_url, pool=1), list[Erased]()
    try:
        async with database.session(job=True) as session:
            due = (await session.execute(_DUE)).all()
        for row in due:
            async with database.session(job=True) as session:
                erased = await _carry_out(session, row.id, row.case_id, row.person_id)
            note_down(data, [erased])
            done.append(erased)
    finally:
        await database.close()
    return done


async def _carry_out(
    session: AsyncSession, erasure_id: UUID, case_id: UUID, person_id: UUID | None
) -> Erased:
    entries = (await session.execute(_PREPARE, {"id": erasure_id})).scalar_one()
    now = await present(session)
    body = {"erasure": str(erasure_id), "case": str(case_id), "entries": entries}
    if person_id is not None:
        body["person"] = str(person_id)
    index = await append(
        session, event=EventKind.ERASED, actor=None, case_id=None, at=now, body=body
    )
    await session.execute(_ERASE, {"id": erasure_id, "index": index})
    return Erased(erasure_id, case_id, person_id, now)


def note_down(data: Path, erased: Iterable[Erased]) -> None:
    """Add to the list of what was erased, lastingly."""
    with (data / LIST).open("a", encoding="utf-8") as file:
        file.writelines(one.as_line() for one in erased)
        file.flush()
        os.fsync(file.fileno())


def sweep(owner_dsn: str) -> bool:
    """Rewrite the tables, so that nothing of what was removed is left in their files.

    Args:
        owner_dsn: psycopg's address of the role that owns the tables.

    Returns:
        False where a table was in use for too long: it is swept another time.
    """
    swept = True
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        connection.execute("set lock_timeout = '20s'")
        tables = connection.execute(
            "select tablename from pg_tables where schemaname = 'assent' order by 1"
        ).fetchall()
        for (table,) in tables:
            try:
                connection.execute(
                    sql.SQL("vacuum (full, analyze) assent.{}").format(sql.Identifier(table))
                )
            except errors.LockNotAvailable:
                swept = False
    return swept
