"""Opening what was restored, once an operator has decided: erasures are replayed, open letters become questions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.session import present
from assent.erasure.carrying_out import LIST
from assent.ledger.events import EventKind
from assent.ledger.store import append

_OPEN_LETTERS = text(
    "select id from assent.deliveries where state in ('pending', 'claimed') order by id"
)
_CLAIM = text(
    "update assent.deliveries set state = 'claimed', changed_at = assent.present() where id = :id and state = 'pending'"
)
_UNKNOWN = text(
    "update assent.deliveries set state = 'unknown', changed_at = assent.present() where id = :id"
)


class Replayed(NamedTuple):
    """What was erased again: a case, or what it kept of one person.

    Attributes:
        entries: how many records went.
    """

    case_id: UUID
    person_id: UUID | None
    entries: int


def replay_erasures(eraser_dsn: str, data: Path, tell: Callable[[str], None]) -> list[Replayed]:
    """Destroy again what the list says was erased, as far as the backup brought it back.

    Args:
        eraser_dsn: psycopg's address of the eraser's role; the door is open while the ledger is held.
        data: the data folder with the list.
    """
    replayed: list[Replayed] = []
    path = data / LIST
    if not path.exists():
        return replayed
    with psycopg.connect(eraser_dsn) as eraser:
        for line in path.read_text(encoding="utf-8").splitlines():
            erased = json.loads(line)
            case, person = UUID(erased["case"]), erased.get("person")
            whose = UUID(person) if person else None
            done = eraser.execute("select assent.erase_again(%s, %s)", [case, whose]).fetchone()
            if done is not None and done[0] is not None:
                replayed.append(Replayed(case, whose, done[0]))
                tell("An erasure was replayed.")
    return replayed


def is_held(owner_dsn: str) -> bool:
    """Say whether nothing can be recorded at present."""
    with psycopg.connect(owner_dsn) as owner:
        held = owner.execute("select held <> '' from assent.ledger_head").fetchone()
    return held == (True,)


def let_go(owner_dsn: str) -> bool:
    """Let the ledger be written again; returns whether it was held."""
    with psycopg.connect(owner_dsn) as owner:
        done = owner.execute("update assent.ledger_head set held = '' where held <> ''")
        return done.rowcount == 1


async def record_reopening(session: AsyncSession, replayed: list[Replayed]) -> int:
    """Record that a backup was restored and what was erased again; letters that may have left ask a person.

    Returns:
        how many letters nobody knows about now.
    """
    now = await present(session)
    await append(
        session, event=EventKind.RESTORED, actor=None, case_id=None, at=now, body={"erased_again": len(replayed)}
    )  # fmt: skip
    for one in replayed:
        body = {"case": str(one.case_id), "again": True, "entries": one.entries}
        if one.person_id is not None:
            body["person"] = str(one.person_id)
        await append(session, event=EventKind.ERASED, actor=None, case_id=None, at=now, body=body)
    letters = list(await session.scalars(_OPEN_LETTERS))
    for letter in letters:
        await session.execute(_CLAIM, {"id": letter})
        await session.execute(_UNKNOWN, {"id": letter})
    return len(letters)
