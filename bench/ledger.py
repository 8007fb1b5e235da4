"""The ledger: an append against a bare INSERT of the same bytes, eight writers, a proof, a checkpoint's delay.

Append and INSERT take turns, each in a transaction of its own on the same durable database.
The writers are measured twice: eight connections of pgbench, which shows what the ledger takes, and
eight tasks of one process through the application's sessions, which shows what Python takes.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text

from assent.database.migrate import libpq
from assent.database.session import Database, present
from assent.keeping.programs import program
from assent.ledger.events import EventKind
from assent.ledger.records import ENTRY_PREFIX
from assent.ledger.store import APPEND, append
from assent.proving.checkpoints import sign_what_is_new
from assent.proving.nodes import prove_inclusion
from assent.proving.signer import Secret, Signer
from assent.settings import Settings
from bench.ground import Ground

MILLION = 1_000_000
_ROUNDS, _WARMING = 300, 20
_SEALED = 420
_WRITERS, _EACH = 8, 150
_TURNS, _TURN_SECONDS = 3, 4
_PROOFS = 300
_CHECKPOINTS = 10
_PAUSE_SECONDS = 0.4  # the signer's own, between two looks
_BARE = text(
    "insert into bare (entry, sealed, case_id, at) values (:entry, :sealed, :case_id, :at)"
)


async def measure_ledger(ground: Ground, owner_dsn: str, folder: Path) -> dict[str, float]:
    """Measure on the ground's database; it has a million entries in its ledger afterwards.

    Args:
        owner_dsn: psycopg's address of a role that may put triggers to sleep.
        folder: for the signer's memory.
    """
    _make_bare(owner_dsn)
    case = ground.coalition.case_id
    ours: list[float] = []
    by_hand: list[float] = []
    for number in range(_ROUNDS + _WARMING):
        appended = await _timed(lambda: _append(ground.database, case))
        inserted = await _timed(lambda: _insert(ground.database, case))
        if number >= _WARMING:
            ours.append(appended)
            by_hand.append(inserted)
    in_database = await _in_the_database(ground, owner_dsn, folder)
    rate = await _eight_writers(ground.database, case)
    bare_rate = await _eight_writers(ground.database, case, bare=True)
    signer = Signer(Secret(Ed25519PrivateKey.generate()), folder)
    delay = await _checkpoint_delay(ground.database, case, signer)
    _grow_to(owner_dsn, MILLION)
    proof, round_trip = await _proof_ms(ground.database)
    return {
        "ours_ms": statistics.median(ours) * 1000,
        "by_hand_ms": statistics.median(by_hand) * 1000,
        "ratio": statistics.median(ours) / statistics.median(by_hand),
        "aim": 2,
        "statements": 1,
        **in_database,
        "appends_a_second_in_one_process": rate,
        "bare_inserts_a_second_in_one_process": bare_rate,
        "proof_ms": proof,
        "round_trip_ms": round_trip,
        "checkpoint_delay_ms": delay * 1000,
    }


def _make_bare(owner_dsn: str) -> None:
    with psycopg.connect(owner_dsn) as owner:
        owner.execute(
            "create table if not exists public.bare (id bigserial primary key, entry bytea not null,"
            " sealed bytea not null, case_id uuid not null, at timestamptz not null)"
        )
        owner.execute(
            "grant insert on public.bare to assent_app; grant usage on sequence public.bare_id_seq to assent_app"
        )


async def _timed(work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def _append(database: Database, case: UUID) -> None:
    async with database.session(job=True) as session:
        now, body = await present(session), {"note": "x" * 200}
        await append(session, event=EventKind.PAUSED, actor=None, case_id=case, at=now, body=body)


async def _insert(database: Database, case: UUID) -> None:
    """As many bytes as an append writes: its entry, and what lies sealed beside it."""
    async with database.session(job=True) as session:
        now = await present(session)
        values = {
            "entry": os.urandom(47),
            "sealed": os.urandom(_SEALED),
            "case_id": case,
            "at": now,
        }
        await session.execute(_BARE, values)


async def _in_the_database(ground: Ground, owner_dsn: str, folder: Path) -> dict[str, float]:
    """Appends a second by eight connections, bare inserts too, and how long the disk takes to keep a page."""
    case = ground.coalition.case_id
    with psycopg.connect(owner_dsn) as owner:
        found = owner.execute("select id from assent.data_keys where case_id = %s", [case])
        [(key,)] = found.fetchall()
    values = {
        "entry": r"\x" + (ENTRY_PREFIX + os.urandom(32)).hex(),
        "sealed": r"\x" + os.urandom(_SEALED).hex(),
        "case_id": str(case),
        "key_id": str(key),
    }
    statements = {
        "append": APPEND.text.replace(":action_id", "null").replace(":at", "assent.present()"),
        "bare": _BARE.text.replace(":at", "assent.present()"),
    }
    scripts = {name: folder / f"{name}.sql" for name in statements}
    for name, statement in statements.items():
        scripts[name].write_text(statement + ";\n", encoding="utf-8")
    rates: dict[str, list[float]] = {name: [] for name in statements}
    for _ in range(_TURNS):
        for name, script in scripts.items():
            rates[name].append(await _pgbench(ground.database.url, script, values))
    return {
        "appends_a_second": statistics.median(rates["append"]),
        "bare_inserts_a_second": statistics.median(rates["bare"]),
        "disk_ms": _disk_ms(folder),
    }


async def _pgbench(url: str, script: Path, values: dict[str, str]) -> float:
    """Transactions a second: each is one statement, acknowledged when it is on the disk."""
    dsn = conninfo_to_dict(libpq(url))
    command = [
        str(program(Settings.load(data=script.parent), "pgbench")), "--no-vacuum", "--protocol=prepared",
        f"--client={_WRITERS}", "--jobs=2", f"--time={_TURN_SECONDS}", f"--file={script}",
        f"--host={dsn['host']}", f"--username={dsn['user']}",
        *(f"--define={name}={value}" for name, value in values.items()), str(dsn["dbname"]),
    ]  # fmt: skip
    options = {"PGOPTIONS": "-cassent.job=on -csearch_path=assent,public"}
    running = await asyncio.create_subprocess_exec(
        *command, env=os.environ | options, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await running.communicate()
    found = re.search(rb"tps = ([0-9.]+)", said)
    if running.returncode or found is None:
        raise RuntimeError("pgbench did not run to its end")
    return float(found[1])


def _disk_ms(folder: Path) -> float:
    """The median time until a page of 8 kB is on the disk."""
    times = []
    with (folder / "page").open("wb", buffering=0) as file:
        for _ in range(_ROUNDS):
            file.seek(0)
            file.write(bytes(8192))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


async def _eight_writers(database: Database, case: UUID, *, bare: bool = False) -> float:
    """Appends a second through the application's sessions, or bare inserts, each committed by itself."""

    async def write() -> None:
        for _ in range(_EACH):
            await (_insert(database, case) if bare else _append(database, case))

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(_WRITERS):
            group.create_task(write())
    return _WRITERS * _EACH / (time.perf_counter() - began)


async def _checkpoint_delay(database: Database, case: UUID, signer: Signer) -> float:
    """The longest time from an append to the checkpoint over it, by the loop that `serve` runs."""

    async def sign() -> None:
        while True:
            await sign_what_is_new(database, signer, "bench.example/ledger")
            await asyncio.sleep(_PAUSE_SECONDS)

    task, delays = asyncio.create_task(sign()), []
    await asyncio.sleep(1)
    for _ in range(_CHECKPOINTS):
        await _append(database, case)
        began = time.perf_counter()
        while not await _is_signed(database):  # noqa: ASYNC110 (another process could have signed)
            await asyncio.sleep(0.01)
        delays.append(time.perf_counter() - began)
        await asyncio.sleep(0.05)
    task.cancel()
    return max(delays)


async def _is_signed(database: Database) -> bool:
    query = text(
        "select max(c.size) = max(h.size) from assent.ledger_checkpoints c, assent.ledger_head h"
    )
    async with database.session(job=True) as session:
        return bool((await session.execute(query)).scalar_one())


def _grow_to(owner_dsn: str, size: int) -> None:
    """Fill the log with entries and the tree's nodes as the trigger would have made them; guards sleep meanwhile."""
    with psycopg.connect(owner_dsn) as owner:
        for table in ("ledger_entries", "ledger_nodes"):
            owner.execute(f"alter table assent.{table} disable trigger user")
        there = [
            bytes(row[0])
            for row in owner.execute("select entry from assent.ledger_entries order by index")
        ]
        entries = there + [ENTRY_PREFIX + os.urandom(32) for _ in range(size - len(there))]
        _copy(owner, "ledger_entries (index, entry)", enumerate(entries[len(there) :], len(there)))
        known = {
            (r[0], r[1]) for r in owner.execute("select level, index from assent.ledger_nodes")
        }
        hashes = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
        for level in range(1, size.bit_length()):
            hashes = [
                hashlib.sha256(b"\x01" + hashes[at] + hashes[at + 1]).digest()
                for at in range(0, len(hashes) - 1, 2)
            ]
            _copy(
                owner,
                "ledger_nodes (level, index, hash)",
                ((level, at, node) for at, node in enumerate(hashes) if (level, at) not in known),
            )
        owner.execute("update assent.ledger_head set size = %s", [size])
        for table in ("ledger_entries", "ledger_nodes"):
            owner.execute(f"alter table assent.{table} enable trigger user")
        owner.commit()
        owner.autocommit = True
        owner.execute("vacuum analyze assent.ledger_entries")
        owner.execute("vacuum analyze assent.ledger_nodes")


def _copy(
    owner: psycopg.Connection[tuple[object, ...]], into: str, rows: Iterable[tuple[object, ...]]
) -> None:
    with owner.cursor() as cursor, cursor.copy(f"copy assent.{into} from stdin".encode()) as copy:
        for row in rows:
            copy.write_row(row)


async def _proof_ms(database: Database) -> tuple[float, float]:
    """The median time to make one inclusion proof from stored hashes, and of a question that asks for nothing."""
    times, idle = [], []
    async with database.session(job=True) as session:
        for number in range(_PROOFS):
            began = time.perf_counter()
            path = await prove_inclusion(session, number * (MILLION // _PROOFS), MILLION)
            times.append(time.perf_counter() - began)
            assert len(path) > 10
            began = time.perf_counter()
            await session.execute(text("select 1"))
            idle.append(time.perf_counter() - began)
    return statistics.median(times) * 1000, statistics.median(idle) * 1000
