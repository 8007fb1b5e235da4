"""Asking the witnesses: after each checkpoint, again until they have seen it, and what they answered is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import httpx2
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.session import Database, present
from assent.ledger.events import EventKind
from assent.ledger.notes import LogKey, SignatureLine
from assent.ledger.store import append
from assent.ledger.store_models import LedgerWitness
from assent.ledger.witness.asking import WitnessIsAhead, WitnessProblem, ask_witness
from assent.proving.checkpoints import SignedHead, latest_head, log_keys
from assent.proving.nodes import prove_consistency
from assent.proving.rewinds import Rewound, witness_agrees
from assent.proving.witness_list import WitnessAt, WitnessList

log = logging.getLogger(__name__)
_PATIENCE_SECONDS = 10
_ENROL = text(
    "insert into assent.ledger_witnesses (name, key) values (:name, :key)"
    " on conflict (name) do update set key = excluded.key, size = 0, problem = ''"
)
_KEEP = text(
    "insert into assent.ledger_cosignatures (size, witness, line, at)"
    " values (:size, :witness, :line, assent.present()) on conflict do nothing"
)
_ANSWERED = text(
    "update assent.ledger_witnesses set size = greatest(size, :size), asked_at = assent.present(),"
    " answered_at = assent.present(), problem = '' where name = :name"
)
_FAILED = text(
    "update assent.ledger_witnesses set asked_at = assent.present(), problem = :problem where name = :name"
)


async def enrol(session: AsyncSession, witnesses: WitnessList) -> None:
    """Record, once each, whose cosignatures count for this log: a witness's key is a decision too."""
    known = {row.name: row.key for row in await session.scalars(select(LedgerWitness))}
    for witness in witnesses.witnesses:
        name, key = witness.key.name, str(witness.key)
        if known.get(name) == key:
            continue
        body = {"witness": name, "key": key}
        if name in known:
            body["before"] = known[name]
        await append(
            session,
            event=EventKind.WITNESS_ENROLLED,
            actor=None,
            case_id=None,
            at=await present(session),
            body=body,
        )
        await session.execute(_ENROL, {"name": name, "key": key})


async def ask_all(
    database: Database, witnesses: Sequence[WitnessAt], client: httpx2.AsyncClient
) -> bool:
    """Ask every witness that has not seen the newest checkpoint; returns whether all have now.

    Raises:
        Rewound: one of them has a signed head of a log that does not stand here.
    """
    async with database.session(job=True) as session:
        head = await latest_head(session)
        keys = [LogKey(key.origin, key.public_key) for key in await log_keys(session)]
        seen = {row.name: row.size for row in await session.scalars(select(LedgerWitness))}
    if head is None:
        return True
    behind = [w for w in witnesses if w.key.name not in head.witnesses and w.key.name in seen]
    asked = [_ask(database, client, w, head, keys, believed=seen[w.key.name]) for w in behind]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    if ahead := [answer for answer in answers if isinstance(answer, Rewound)]:
        raise ahead[0]
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return all(answers)


async def _ask(
    database: Database,
    client: httpx2.AsyncClient,
    witness: WitnessAt,
    head: SignedHead,
    keys: Sequence[LogKey],
    *,
    believed: int,
) -> bool:
    """Ask one witness, and keep what it says."""

    async def prove(old: int, new: int) -> list[bytes]:
        async with database.session(job=True) as session:
            return await prove_consistency(session, old, new)

    note = (
        head.note
        if not head.witnesses
        else type(head.note)(head.note.text, head.note.signatures[:1])
    )
    name = witness.key.name
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            line = await ask_witness(
                client, witness.address, witness.key, note, prove, believed=min(believed, head.size)
            )
    except WitnessIsAhead as problem:
        # Its word alone is no proof. It may be true and harmless, too: another process was faster.
        await _note_failure(database, name, str(problem))
        await witness_agrees(database, client, witness, head.key.name, keys)
        return False
    except (WitnessProblem, TimeoutError) as problem:
        await _note_failure(database, name, str(problem) or "it does not answer in time")
        return False
    await _keep(database, name, head.size, line)
    return True


async def _keep(database: Database, name: str, size: int, line: SignatureLine) -> None:
    async with database.session(job=True) as session:
        await session.execute(_KEEP, {"size": size, "witness": name, "line": str(line).strip("\n")})
        await session.execute(_ANSWERED, {"size": size, "name": name})


async def _note_failure(database: Database, name: str, problem: str) -> None:
    log.warning("witness %s did not cosign", name)
    async with database.session(job=True) as session:
        await session.execute(_FAILED, {"name": name, "problem": problem[:300]})
