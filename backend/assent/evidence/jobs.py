"""Jobs of the evidence room."""

from __future__ import annotations

import logging

from assent.evidence.uploads import forget_abandoned
from assent.notify.jobs import app, database

log = logging.getLogger(__name__)


@app.periodic(cron="17 * * * *")
@app.task(
    name="evidence.forget_abandoned", queueing_lock="evidence.forget_abandoned", pass_context=False
)
async def forget(timestamp: int) -> None:
    """Once an hour: what nobody has gone on sending for days is forgotten."""
    async with database().session(job=True) as session:
        if forgotten := await forget_abandoned(session):
            log.info("%d unfinished uploads were forgotten", forgotten)
