"""Not now: a relative who wants to decide later is not reminded for a day, and then told once that something waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.queries import latest_revision, require_latest, visible_action
from assent.consents.queries import last_word
from assent.consents.refusals import NotDecisionMaker
from assent.database.session import acting_as_job, present
from assent.facts import read_action_facts
from assent.gate.arrangement import heard
from assent.notify.jobs import defer
from assent.people.caller import Caller
from assent.people.memberships import require

A_DAY = timedelta(days=1)
_PUT_OFF = text("""
    select scheduled_at from jobs.procrastinate_jobs where task_name = 'consents.tell_again' and status = 'todo'
      and args ->> 'person_id' = :person and args ->> 'revision_id' = :revision order by scheduled_at limit 1
""")


async def put_off(session: AsyncSession, caller: Caller, action_id: UUID) -> datetime:
    """Remind nobody of this text for a day; returns when its reader is told again. Nothing is recorded.

    Putting it off again changes nothing.

    Raises:
        NotFound, Forbidden, NotDecisionMaker: not somebody who decides on it.
        NothingToDecide: there is no text.
    """
    action = await visible_action(session, action_id)
    await require(session, caller, action.case_id, Permission.CONSENT_DECIDE)
    facts = await read_action_facts(session, action_id)
    if str(caller.person_id) not in heard(facts.facts, facts.now):
        raise NotDecisionMaker
    revision = require_latest(await latest_revision(session, action_id), facts.facts.digest or "")
    before = await put_off_until(session, caller.person_id, revision.id)
    if before is not None:
        return before
    moment = await present(session) + A_DAY
    await defer(
        session,
        "consents.tell_again",
        at=moment,
        person_id=str(caller.person_id),
        action_id=str(action_id),
        revision_id=str(revision.id),
    )
    return moment


async def put_off_until(
    session: AsyncSession, person_id: UUID, revision_id: UUID
) -> datetime | None:
    """Return until when somebody is not to be reminded of a text; None: they may be."""
    values = {"person": str(person_id), "revision": str(revision_id)}
    found: datetime | None = (await session.execute(_PUT_OFF, values)).scalar_one_or_none()
    return found


async def still_waits(
    session: AsyncSession, person_id: UUID, action_id: UUID, revision_id: UUID
) -> bool:
    """Whether a text that somebody put off still waits for their word."""
    async with acting_as_job(session):
        facts = await read_action_facts(session, action_id)
        if facts.facts.revision != str(revision_id) or facts.publication is not None:
            return False
        return (
            str(person_id) in heard(facts.facts, facts.now)
            and await last_word(session, revision_id, person_id) is None
        )
