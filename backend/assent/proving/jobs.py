"""Jobs of proving, which run beside the queue: the log is signed whenever it has grown."""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy.exc import DBAPIError

from assent.database.session import Database
from assent.proving.checkpoints import sign_what_is_new
from assent.proving.signer import Signer, SignerRefuses, origin_of, signer_of
from assent.settings import Settings

log = logging.getLogger(__name__)
_EVERY_SECONDS = 0.4
_AFTER_TROUBLE_SECONDS = 15.0


async def keep_signing(database: Database, settings: Settings) -> None:
    """Sign within a second of each entry until cancelled, through times without a database."""
    signer, origin = signer_of(settings), origin_of(settings)
    rest = 0.0
    while True:
        await asyncio.sleep(rest)
        rest = await _sign_once(database, signer, origin)


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
