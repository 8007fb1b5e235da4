"""Jobs of proving, which run beside the queue: the log is signed whenever it has grown, and witnesses are asked."""

from __future__ import annotations

import asyncio
import logging

import httpx2
from sqlalchemy.exc import DBAPIError

from assent.database.session import Database
from assent.proving import witness_list
from assent.proving.checkpoints import sign_what_is_new
from assent.proving.examining import AnotherLooks, examine
from assent.proving.rewinds import Rewound, shut
from assent.proving.signer import Signer, SignerRefuses, origin_of, signer_of
from assent.proving.witnessing import ask_all, enrol
from assent.settings import Settings

log = logging.getLogger(__name__)
_EVERY_SECONDS = 0.4
_AFTER_TROUBLE_SECONDS = 15.0
_WITNESS_SECONDS = 1.0
_EXAMINED_EVERY_SECONDS = 24 * 3600


async def keep_signing(database: Database, settings: Settings) -> None:
    """Sign within a second of each entry until cancelled, through times without a database."""
    signer = signer_of(settings)
    origin = origin_of(settings, signer)
    async with asyncio.TaskGroup() as group:
        group.create_task(_keep_signing(database, signer, origin))
        group.create_task(_keep_examining(database, signer))
        if witness_list.current().witnesses:
            group.create_task(_keep_asking(database))


async def _keep_signing(database: Database, signer: Signer, origin: str) -> None:
    rest = 0.0
    while True:
        await asyncio.sleep(rest)
        rest = await _sign_once(database, signer, origin)


async def _keep_examining(database: Database, signer: Signer) -> None:
    """Look through everything at once, and every day after."""
    while True:
        try:
            await examine_and_shut(database, signer)
        except AnotherLooks:
            pass
        except (DBAPIError, OSError, SignerRefuses) as error:
            log.warning("looking through the ledger was interrupted (%s)", type(error).__name__)
            await asyncio.sleep(_AFTER_TROUBLE_SECONDS)
            continue
        await asyncio.sleep(_EXAMINED_EVERY_SECONDS)


async def examine_and_shut(database: Database, signer: Signer) -> None:
    """Look through the whole ledger; what was changed behind its back shuts it.

    Raises:
        AnotherLooks: another process does.
        SignerRefuses: the signer's memory cannot be read.
    """
    found = await examine(database, signer.before())
    if found.faults:
        await shut(database, "; ".join(found.faults), "It was changed behind the program's back")


async def _sign_once(database: Database, signer: Signer, origin: str) -> float:
    """Sign what is new; returns how long to rest."""
    try:
        await sign_what_is_new(database, signer, origin)
    except SignerRefuses as refusal:
        log.error("the ledger is not signed: %s", refusal)
        return _AFTER_TROUBLE_SECONDS
    except (DBAPIError, OSError) as error:
        log.warning("signing the ledger was interrupted (%s)", type(error).__name__)
        return _AFTER_TROUBLE_SECONDS / 10
    return _EVERY_SECONDS


async def _keep_asking(database: Database) -> None:
    """Ask the witnesses that are behind, more slowly while they do not answer."""
    witnesses = witness_list.current()
    enrolled, rest = False, _WITNESS_SECONDS
    async with httpx2.AsyncClient(follow_redirects=False) as client:
        while True:
            await asyncio.sleep(rest)
            rest = _AFTER_TROUBLE_SECONDS
            try:
                if not enrolled:
                    async with database.session(job=True) as session:
                        await enrol(session, witnesses)
                    enrolled = True
                if await ask_all(database, witnesses.witnesses, client):
                    rest = _WITNESS_SECONDS
            except Rewound as rewound:
                await shut(database, str(rewound))
            except (DBAPIError, OSError, KeyError) as error:
                log.warning("asking the witnesses was interrupted (%s)", type(error).__name__)
