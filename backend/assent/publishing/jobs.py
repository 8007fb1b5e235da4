"""Jobs of publishing: handing over what went out, after the commit that let it go."""

from __future__ import annotations

import logging
from uuid import UUID

from assent.contacts.recipients import mail_address
from assent.notify.jobs import app, database, settings
from assent.notify.mail import NotSent, send_message
from assent.publishing.deliveries import claim, give_up_on_abandoned, settle
from assent.publishing.launching import release_at_its_moment
from assent.publishing.models import Delivery

log = logging.getLogger(__name__)


@app.task(name="publishing.deliver", queue="deliveries")
async def deliver(delivery_id: str) -> None:
    """Hand one delivery over: claim and commit, then a single attempt, then say how it ended.

    Never retried by itself; a second run finds it claimed and does nothing.
    """
    key = UUID(delivery_id)
    async with database().session(job=True) as session:
        delivery = await session.get(Delivery, key)
        to = mail_address(delivery.recipient) if delivery else None
        letter = await claim(session, key, settings().mail_from, to) if to else None
    if letter is None:
        return
    try:
        await send_message(letter.message)
        ended = "sent"
    except NotSent:
        ended = "not_sent"
    except Exception as error:
        log.error("delivery %s ended without an answer (%s)", delivery_id, type(error).__name__)
        ended = "unknown"
    async with database().session(job=True) as session:
        await settle(session, key, ended)


@app.task(name="publishing.release_launch", queue="deliveries")
async def release(launch_id: str, moment: str) -> None:
    """When its moment has come, a launch goes out as a whole or is held; run again, it does nothing twice."""
    async with database().session(job=True) as session:
        outcome = await release_at_its_moment(session, UUID(launch_id), int(moment))
    if outcome is not None:
        log.info("launch %s at its moment %s: %s", launch_id, moment, outcome.outcome)


@app.periodic(cron="* * * * *")
@app.task(name="publishing.give_up", queueing_lock="publishing.give_up", pass_context=False)
async def give_up(timestamp: int) -> None:
    """Once a minute: whatever a dead worker left claimed becomes unknown, and asks a person."""
    async with database().session(job=True) as session:
        if given_up := await give_up_on_abandoned(session):
            log.warning("%d deliveries ended without an answer", given_up)
