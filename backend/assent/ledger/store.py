"""The ledger in the database: the only file of this room that knows it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.ids import new_id
from assent.ledger import sealing
from assent.ledger.events import EventKind
from assent.ledger.records import SECRET_BYTES, canonical_record, entry_of, parse_record

_OPENED_AT_ONCE = 500
# Data keys never change, so an opened one may be kept for the life of the process.
_opened: dict[tuple[int, UUID | None], sealing.DataKey] = {}

_KEY = text("select id, wrapped from assent.data_keys where case_id is not distinct from :case_id")
_NEW_KEY = text(
    "insert into assent.data_keys (id, case_id, wrapped, created_at)"
    " values (:id, :case_id, :wrapped, assent.present()) on conflict (case_id) do nothing"
)
# One statement: others wait for the head from here to the commit, and a way to and fro would be part of it.
APPEND = text(
    "with made as (insert into assent.ledger_entries (entry) values (:entry) returning index),"
    " kept as (insert into assent.ledger_records (index, case_id, action_id, key_id, version, sealed, at)"
    " select index, cast(:case_id as uuid), cast(:action_id as uuid), cast(:key_id as uuid), 1,"
    " cast(:sealed as bytea), cast(:at as timestamptz) from made)"
    " select index from made"
)
_FIELDS = (
    "select r.index as position, r.case_id, r.action_id, r.key_id, r.sealed, r.at, e.entry"
    " from assent.ledger_records r join assent.ledger_entries e on e.index = r.index"
)
_READ = text(
    f"{_FIELDS} where r.case_id = :case_id and r.index > :after"
    " order by r.index limit cast(:limit as bigint)"
)
_READ_LATEST = text(
    f"{_FIELDS} where r.case_id = :case_id and r.index < :before order by r.index desc limit :limit"
)
_NEWEST = text("select max(index) from assent.ledger_records where case_id = :case_id")
_READ_ONE = text(f"{_FIELDS} where r.index = :index and r.case_id is not distinct from :case_id")


class Actor(Protocol):
    """Who a record names, and by which session or token they were known."""

    @property
    def person_id(self) -> UUID: ...
    @property
    def credential(self) -> str: ...


@dataclass(frozen=True)
class StoredRecord:
    """One opened record with its place in the log.

    Attributes:
        index: position in the log, from 0, without gaps.
        at: when it was recorded.
        record: the canonical record as JSON values.
    """

    index: int
    at: datetime
    action_id: UUID | None
    record: dict[str, Any]


def as_utc(moment: datetime) -> str:
    """Return RFC 3339 in UTC with microseconds, the one form of a time in a record."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def append(
    session: AsyncSession,
    *,
    event: EventKind,
    actor: Actor | None,
    case_id: UUID | None,
    action_id: UUID | None = None,
    at: datetime,
    body: Mapping[str, Any],
) -> int:
    """Append one record in the caller's transaction and return its index.

    The head row stays locked until that transaction ends, so call it late, after the locks of
    case and action: the order is always case, action, head.

    Args:
        actor: who decided; None for the instance itself (start, import).
        at: the time of the decision, from `assent.present()`.
        body: what was decided, of the ledger's strict profile (no null, no floats).
    """
    record: dict[str, Any] = {"v": 1, "event": event.value, "at": as_utc(at), "body": dict(body)}
    if case_id is not None:
        record["case"] = str(case_id)
    if action_id is not None:
        record["action"] = str(action_id)
    if actor is not None:
        record["actor"] = {"person": str(actor.person_id), "credential": actor.credential}
    canonical = canonical_record(record)
    key = await _key_of(session, case_id)
    secret = os.urandom(SECRET_BYTES)
    entry = entry_of(canonical, secret)
    values = {
        "entry": entry,
        "case_id": case_id,
        "action_id": action_id,
        "key_id": key.id,
        "sealed": sealing.seal(key.secret, secret + canonical, _place(entry)),
        "at": at,
    }
    return int((await session.execute(APPEND, values)).scalar_one())


async def create_case_key(session: AsyncSession, case_id: UUID | None) -> None:
    """Make the data key of a new case (None: the instance's own), wrapped by the instance key."""
    key, wrapped = sealing.current().new_data_key(new_id())
    await session.execute(_NEW_KEY, {"id": key.id, "case_id": case_id, "wrapped": wrapped})


async def case_data_key(session: AsyncSession, case_id: UUID) -> sealing.DataKey:
    """Return a case's data key, opened, for what else is sealed under it, such as files.

    Raises:
        LookupError: the session may not use it, or it was destroyed.
    """
    return await _key_of(session, case_id)


async def read_case_records(
    session: AsyncSession, case_id: UUID, *, after: int = -1, limit: int = 100
) -> list[StoredRecord]:
    """Return the case's records the session may see, oldest first, opened.

    Args:
        after: only records with a higher index.
        limit: at most so many.
    """
    values = {"case_id": case_id, "after": after, "limit": limit}
    return await _opened_rows(session, case_id, (await session.execute(_READ, values)).all())


async def read_latest_case_records(
    session: AsyncSession, case_id: UUID, *, before: int | None = None, limit: int = 100
) -> list[StoredRecord]:
    """Return the case's records the session may see, newest first, opened.

    Args:
        before: only records with a lower index.
        limit: at most so many.
    """
    values = {"case_id": case_id, "before": 2**63 - 1 if before is None else before, "limit": limit}
    return await _opened_rows(session, case_id, (await session.execute(_READ_LATEST, values)).all())


async def _opened_rows(
    session: AsyncSession, case_id: UUID, rows: Sequence[Row[Any]]
) -> list[StoredRecord]:
    key = await _key_of(session, case_id) if rows else None
    return [
        StoredRecord(
            r.position, r.at, r.action_id, open_record(key, bytes(r.entry), bytes(r.sealed))[1]
        )
        for r in rows
        if key is not None
    ]


async def read_opening(
    session: AsyncSession, case_id: UUID | None, index: int
) -> tuple[bytes, dict[str, Any]] | None:
    """Return the secret r and the record behind one entry of a case; None if it is another's, or was erased."""
    row = (await session.execute(_READ_ONE, {"case_id": case_id, "index": index})).one_or_none()
    if row is None:
        return None
    return open_record(await _key_of(session, case_id), bytes(row.entry), bytes(row.sealed))


async def newest_case_index(session: AsyncSession, case_id: UUID) -> int | None:
    """Return the place of the newest record of a case."""
    newest: int | None = (await session.execute(_NEWEST, {"case_id": case_id})).scalar_one()
    return newest


async def case_openings(
    session: AsyncSession, case_id: UUID
) -> AsyncIterator[tuple[int, bytes, dict[str, Any]]]:
    """Yield place, secret r and record of every entry of a case that can still be opened, oldest first."""
    after = -1
    while True:
        values = {"case_id": case_id, "after": after, "limit": _OPENED_AT_ONCE}
        rows = (await session.execute(_READ, values)).all()
        if not rows:
            return
        key = await _key_of(session, case_id)
        for row in rows:
            yield row.position, *open_record(key, bytes(row.entry), bytes(row.sealed))
        after = rows[-1].position


def open_record(key: sealing.DataKey, entry: bytes, sealed: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return the secret r and the record behind an entry.

    Raises:
        sealing.SealBroken: if the bytes were changed, moved or sealed by another key.
    """
    plain = sealing.unseal(key.secret, sealed, _place(entry))
    return plain[:SECRET_BYTES], parse_record(plain[SECRET_BYTES:])


def _place(entry: bytes) -> str:
    """What a record is sealed to: its entry, which stands at one place of the log only."""
    return f"ledger_records/{entry.hex()}/sealed/v1"


async def _key_of(session: AsyncSession, case_id: UUID | None) -> sealing.DataKey:
    cache_key = (id(sealing.current()), case_id)
    if (opened := _opened.get(cache_key)) is not None:
        return opened
    row = (await session.execute(_KEY, {"case_id": case_id})).one_or_none()
    if row is None and case_id is None:
        await create_case_key(session, None)
        row = (await session.execute(_KEY, {"case_id": None})).one()
    if row is None:
        raise LookupError("the case has no data key that this session may use")
    opened = sealing.current().unwrap(row.id, bytes(row.wrapped))
    # Only committed keys may be remembered: a rolled-back case would leave a key nobody else has.
    if case_id is not None and await _is_committed(session, row.id):
        _opened[cache_key] = opened
    return opened


async def _is_committed(session: AsyncSession, key_id: UUID) -> bool:
    committed = text(
        "select xmin::text <> (pg_current_xact_id()::xid)::text from assent.data_keys where id = :id"
    )
    return bool((await session.execute(committed, {"id": key_id})).scalar_one())
