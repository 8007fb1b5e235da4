"""Looking at all that stands here: every entry against what was signed, every record against its entry, and
every decision's row against its record.

Whoever has the database's superuser can change any of them. Then one of the three contradicts
another, or what was signed, and is found here; the quick look at each start (`rewinds`) sees roots alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.session import Database
from assent.ledger import sealing
from assent.ledger.checkpoints import opened
from assent.ledger.events import EventKind
from assent.ledger.notes import NoteProblem
from assent.ledger.records import RecordProblem, canonical_record, entry_of
from assent.ledger.store import as_utc, open_record
from assent.ledger.store_models import LedgerHead
from assent.ledger.tree import Growth, root_of_leaves
from assent.proving.checkpoints import latest_head
from assent.proving.kept_rows import EVENTS, KEPT, OUT_AGAIN, KeptIn
from assent.proving.nodes import root_at
from assent.proving.signer import SignedBefore

_GROUP = 256
_ENTRIES_AT_ONCE = 16 * _GROUP
_MOST_FAULTS = 20
_ENTRIES = text(
    "select index as place, sha256('\\x00'::bytea || entry) as leaf from assent.ledger_entries"
    " where index >= :first and index < :end order by index"
)
_STORED = text(
    "select index as place, hash from assent.ledger_nodes where level = :level and index >= :first and index < :end"
)
_RECORDS = text(
    "select r.index as place, r.case_id, r.action_id, r.key_id, r.sealed, r.at, k.wrapped, e.entry"
    " from assent.ledger_records r join assent.data_keys k on k.id = r.key_id"
    " join assent.ledger_entries e on e.index = r.index"
    " where r.index > :after and r.index < :size order by r.index limit 200"
)
_THESE = text(
    "select r.index as place, r.sealed, r.key_id, k.wrapped, e.entry from assent.ledger_records r"
    " join assent.data_keys k on k.id = r.key_id join assent.ledger_entries e on e.index = r.index"
    " where r.index = any (cast(:places as bigint[]))"
)
_ALONE = text("select pg_try_advisory_xact_lock(hashtext('assent.examining'))")


class AnotherLooks(Exception):
    """Another process looks through the ledger at this moment."""


@dataclass
class Examined:
    """What was found.

    Attributes:
        entries, records: how many were looked at.
        faults: a sentence each; ids and places only, no content.
    """

    entries: int = 0
    records: int = 0
    faults: list[str] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    erased: int = 0

    def fault(self, sentence: str) -> None:
        """Note a fault; after many more of them tell nothing new."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(sentence)


async def examine(database: Database, before: SignedBefore | None) -> Examined:
    """Look at everything, as it stands at one moment.

    Args:
        before: what the signer remembers, read before this is called.

    Raises:
        AnotherLooks: another process does.
    """
    found = Examined()
    async with _one_moment(database) as session:
        await _entries(session, found, before)
        if not found.faults:
            await _records(session, found)
        if not found.faults:
            for kept in KEPT:
                await _rows(session, found, kept)
            for place in await session.scalars(OUT_AGAIN, {"size": found.entries}):
                found.fault(f"what went out with entry {place} was taken back, and is out again")
    return found


@asynccontextmanager
async def _one_moment(database: Database) -> AsyncIterator[AsyncSession]:
    """A transaction that sees nothing of what is done meanwhile."""
    async with database.session(job=True) as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        if not (await session.execute(_ALONE)).scalar_one():
            raise AnotherLooks
        yield session


async def _entries(session: AsyncSession, found: Examined, before: SignedBefore | None) -> None:
    size = (await session.scalars(select(LedgerHead.size))).one()
    head = await latest_head(session)
    signed: dict[int, bytes] = {}
    if head is not None:
        signed[head.size] = head.root
        try:
            if (noted := opened(str(head.note), head.key)[0]).root != head.root:
                found.fault(f"the checkpoint of {head.size} entries is kept beside another root")
            signed[noted.size] = noted.root
        except NoteProblem as problem:
            found.fault(f"the checkpoint of {head.size} entries does not hold: {problem}")
    if before is not None and before.size:
        signed[before.size] = before.root
    if max(signed, default=0) > size:
        found.fault(f"{max(signed)} entries were signed, and {size} are said to stand here")
    growth, cuts = Growth(), sorted({*signed, size})
    for first, end in _spans(size, cuts):
        rows = (await session.execute(_ENTRIES, {"first": first, "end": end})).all()
        there = [row.place for row in rows]
        if there != list(range(first, end)):
            missing = next(at for at in range(first, end) if at not in set(there))
            found.fault(f"entry {missing} is not there")
            return
        leaves = [bytes(row.leaf) for row in rows]
        await asyncio.to_thread(growth.add, leaves)
        if end in signed and growth.root() != signed[end]:
            found.fault(
                f"the first {end} entries are not those that were signed{await _where(session, end)}"
            )
            return
    if await root_at(session, size) != growth.root():
        found.fault(f"the tree's hashes are not those of its entries{await _where(session, size)}")
    found.entries = size
    beyond = await session.scalar(
        text("select count(*) from assent.ledger_entries where index >= :size"), {"size": size}
    )
    if beyond:
        found.fault(f"{beyond} entries lie beyond the end of the log")


def _spans(size: int, cuts: list[int]) -> Iterator[tuple[int, int]]:
    """Pieces from the first entry to the last, none of them across a cut."""
    first = 0
    for cut in cuts:
        while first < min(cut, size):
            end = min(first + _ENTRIES_AT_ONCE, cut, size)
            yield first, end
            first = end


async def _where(session: AsyncSession, size: int) -> str:
    """Say about where: the first group of entries that the stored hashes contradict."""
    for first in range(0, size - size % _GROUP, _ENTRIES_AT_ONCE):
        end = min(first + _ENTRIES_AT_ONCE, size - size % _GROUP)
        leaves = [
            bytes(row.leaf) for row in await session.execute(_ENTRIES, {"first": first, "end": end})
        ]
        span = {"level": 8, "first": first // _GROUP, "end": end // _GROUP}
        stored = {row.place: bytes(row.hash) for row in await session.execute(_STORED, span)}
        for at in range(0, len(leaves), _GROUP):
            group = (first + at) // _GROUP
            if stored.get(group) != root_of_leaves(leaves[at : at + _GROUP]):
                return f"; among those from {group * _GROUP} to {(group + 1) * _GROUP - 1}"
    return ""


async def _records(session: AsyncSession, found: Examined) -> None:
    keys: dict[UUID, sealing.DataKey] = {}
    after = -1
    while rows := (await session.execute(_RECORDS, {"after": after, "size": found.entries})).all():
        for row in rows:
            _record(found, keys, row)
        after = rows[-1].place
    # What has no record was erased, and each erasure's own record says how many went.
    without = found.entries - found.records
    if without != found.erased:
        found.fault(f"{without} entries have no record, and erasures took {found.erased}")


def _record(found: Examined, keys: dict[UUID, sealing.DataKey], row: Any) -> None:
    found.records += 1
    try:
        secret, record = open_record(_key(keys, row), bytes(row.entry), bytes(row.sealed))
    except (sealing.SealBroken, RecordProblem):
        found.fault(f"the record of entry {row.place} does not open: it was changed or moved")
        return
    if entry_of(canonical_record(record), secret) != bytes(row.entry):
        found.fault(f"the record of entry {row.place} is not what the entry commits to")
        return
    about = (record.get("case"), record.get("action"), record["at"])
    if about != (_text(row.case_id), _text(row.action_id), as_utc(row.at)):
        found.fault(f"the record of entry {row.place} was put to another case, action or time")
    found.events[record["event"]] += 1
    if record["event"] == EventKind.ERASED:
        found.erased += record["body"].get("entries", 0)


async def _rows(session: AsyncSession, found: Examined, kept: KeptIn) -> None:
    """Each row says what its record says, and no record lost its row."""
    keys: dict[UUID, sealing.DataKey] = {}
    after, seen, last = -1, 0, -1
    while rows := (
        await session.execute(kept.page(), {"after": after, "size": found.entries})
    ).all():
        places = [row.place for row in rows]
        known = {
            r.place: open_record(_key(keys, r), bytes(r.entry), bytes(r.sealed))[1]
            for r in await session.execute(_THESE, {"places": places})
        }
        for row in rows:
            # Without a record: it was erased, and the row stays for what others rest on it.
            if (record := known.get(row.place)) is None:
                continue
            seen, last = seen + (row.place != last), row.place
            if EVENTS.get(record["event"]) is not kept:
                found.fault(
                    f"a row of {kept.table} rests on entry {row.place}, which says something else"
                )
            elif column := kept.contradiction(row.said, record):
                found.fault(
                    f"the row of {kept.table} for entry {row.place} says something else than its record: {column}"
                )
        after = rows[-1].place
    recorded = sum(found.events[event] for event in kept.events)
    if recorded > seen:
        found.fault(f"{recorded - seen} records have lost their row in {kept.table}")


def _key(keys: dict[UUID, sealing.DataKey], row: Any) -> sealing.DataKey:
    if row.key_id not in keys:
        keys[row.key_id] = sealing.current().unwrap(row.key_id, bytes(row.wrapped))
    return keys[row.key_id]


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
