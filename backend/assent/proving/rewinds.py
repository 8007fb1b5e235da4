"""Noticing that the database was put back to an earlier state, and shutting the ledger then.

Two memories lie outside the database: what the signer signed last, beside its key, and what the
witnesses have seen. Only a head that a key of this log has signed counts: what a witness merely
claims shuts nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import httpx2
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.session import Database
from assent.ledger.notes import LogKey
from assent.ledger.witness.asking import WitnessUnreachable, head_seen_by
from assent.proving import witness_list
from assent.proving.checkpoints import log_keys
from assent.proving.nodes import root_at
from assent.proving.signer import Signer, SignerRefuses, origin_of, signer_of
from assent.proving.witness_list import WitnessAt
from assent.settings import Settings

log = logging.getLogger(__name__)
_PATIENCE_SECONDS = 4
_HOLD = text("select assent.hold_ledger(:why)")
_SIZE = text("select size from assent.ledger_head")


class Rewound(Exception):
    """More was signed than stands here, or something else: the log was put back, or rewritten."""


async def require_not_rewound(
    database: Database, settings: Settings, client: httpx2.AsyncClient | None = None
) -> None:
    """Compare the log that stands here with what was signed of it before, as signer and witnesses remember it.

    A witness that does not answer is passed over: it is asked again with the next checkpoint.

    Raises:
        Rewound: saying who remembers what.
    """
    signer = signer_of(settings)
    async with database.session(job=True) as session:
        await _as_the_signer_remembers(session, signer)
        known = await log_keys(session)
    origin = known[-1].origin if known else origin_of(settings, signer)
    keys = [LogKey(key.origin, key.public_key) for key in known]
    keys.append(LogKey(origin, signer.public))
    async with client or httpx2.AsyncClient(follow_redirects=False) as asking:
        seen = [
            witness_agrees(database, asking, witness, origin, keys)
            for witness in witness_list.current().witnesses
        ]
        await asyncio.gather(*seen)


async def witness_agrees(
    database: Database,
    client: httpx2.AsyncClient,
    witness: WitnessAt,
    origin: str,
    keys: Sequence[LogKey],
) -> bool:
    """Say whether the log that stands here has what a witness has seen; False: it shows nothing, or does not answer.

    Raises:
        Rewound: it has a head, signed by a key of this log, of a log that does not stand here.
    """
    name = witness.key.name
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            seen = await head_seen_by(client, witness.address, origin, keys)
    except (WitnessUnreachable, TimeoutError):
        log.warning("witness %s could not be asked what it has seen", name)
        return False
    if seen is None:
        return False
    async with database.session(job=True) as session:
        await _require_there(session, seen[0].size, seen[0].root, f"the witness {name}")
    return True


async def _as_the_signer_remembers(session: AsyncSession, signer: Signer) -> None:
    try:
        before = signer.before()
    except SignerRefuses as refusal:
        log.error("the ledger is not signed: %s", refusal)
        return
    if before is not None and before.size:
        await _require_there(session, before.size, before.root, "the signer's own memory")


async def _require_there(session: AsyncSession, size: int, root: bytes, who: str) -> None:
    stands = (await session.execute(_SIZE)).scalar_one()
    if size > stands:
        raise Rewound(f"{who} has {size} entries that were signed, and {stands} stand here")
    if await root_at(session, size) != root:
        raise Rewound(f"the first {size} entries are not those that {who} has seen signed")


async def shut(
    database: Database, why: str, what: str = "It was put back to an earlier state"
) -> None:
    """Say it loudly, and shut the ledger until an operator has decided: nothing is recorded, nothing is public."""
    log.critical(
        "THE LEDGER IS SHUT: %s. Nothing is recorded and nothing is public until `assent reopen`.",
        why,
    )
    async with database.session(job=True) as session:
        await session.execute(_HOLD, {"why": f"{what}: {why}."})


async def shut_if_rewound(database: Database, settings: Settings) -> None:
    """What is done at every start, before anything is answered."""
    try:
        await require_not_rewound(database, settings)
    except Rewound as rewound:
        await shut(database, str(rewound))
