"""Letting a launch go: all of it in one transaction, or nothing of it, and saying why.

Locks: the case, then its actions in the order of their ids, then the ledger's head.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.models import Action
from assent.actions.queries import visible_action
from assent.database.ids import new_id
from assent.database.session import lock_action, lock_case, present
from assent.facts import read_facts
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.ledger.store import append, as_utc
from assent.notify.jobs import defer
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import people_with_role, require
from assent.people.models import Person
from assent.publishing.launch_models import Launch, LaunchOutcome
from assent.publishing.launch_queries import (
    ENDS,
    current_moment,
    is_reducible,
    kept_by_sources,
    outcomes_of,
    part_of,
    statuses_of,
)
from assent.publishing.launch_rule import going_out
from assent.publishing.launches import all_actions, set_moment, visible_launch
from assent.publishing.refusals import LaunchOver, LaunchShut
from assent.publishing.service import release_locked
from assent.publishing.zones import same_time_later
from assent.refusal import Refusal
from assent.tasks.launch_tasks import close_launch_tasks, open_launch_tasks

_JUDGE_NOW = text("set constraints assent.publications_gate_open immediate")
_JUDGE_AT_COMMIT = text("set constraints assent.publications_gate_open deferred")
_TOLD = (Role.COORDINATOR, Role.CLEARANCE_OFFICER, Role.SAFETY_REVIEWER, Role.DECISION_MAKER)


async def release_launch(session: AsyncSession, caller: Caller, launch_id: UUID) -> LaunchOutcome:
    """Let a launch go now, by hand: everything of it, or nothing.

    A launch that is out already answers with what became of it.

    Raises:
        NotFound, Forbidden: not somebody who releases here.
        LaunchShut: something of it may not go out; nothing did.
        LaunchOver: it was called off.
    """
    launch = await visible_launch(session, launch_id)
    await require(session, caller, launch.case_id, Permission.ACTION_RELEASE)
    await lock_case(session, launch.case_id)
    for outcome in await outcomes_of(session, launch_id):
        if outcome.outcome == "cancelled":
            raise LaunchOver
        if outcome.outcome in ENDS:
            return outcome
    return await _let_go(session, caller, launch)


async def call_off_launch(session: AsyncSession, caller: Caller, launch_id: UUID) -> LaunchOutcome:
    """Call a launch off. Its actions stay, and can go out by themselves or in another.

    Raises:
        NotFound, Forbidden: not somebody who releases here.
        LaunchOver: it is out, or was called off.
    """
    launch = await visible_launch(session, launch_id)
    await require(session, caller, launch.case_id, Permission.ACTION_RELEASE)
    await lock_case(session, launch.case_id)
    if any(outcome.outcome in ENDS for outcome in await outcomes_of(session, launch_id)):
        raise LaunchOver
    return await _end(session, caller, launch, "cancelled", {}, None)


async def release_at_its_moment(
    session: AsyncSession, launch_id: UUID, number: int
) -> LaunchOutcome | None:
    """What the job does when a moment has come; None where there is nothing to do.

    Everything goes out in the name of whoever set the moment, by the role they hold now. If it may not, or the moment
    is too long past, that is recorded, everybody is told, and another moment is proposed.

    Args:
        session: a job's session.
        number: of the moment the job waited for; if another was set since, its own job sees to it.
    """
    launch = await session.get_one(Launch, launch_id)
    await lock_case(session, launch.case_id)
    moment, now = await current_moment(session, launch_id), await present(session)
    done = [
        o for o in await outcomes_of(session, launch_id) if o.outcome in ENDS or o.moment == number
    ]
    if done or moment.number != number:
        return None
    if now < moment.at:  # this clock runs ahead of the database's, which is the one that counts
        ids = {"launch_id": str(launch_id), "moment": str(number)}
        await defer(session, "publishing.release_launch", at=moment.at, **ids)
        return None
    setter = await _setter(session, moment.set_by)
    proposed = same_time_later(moment.at, moment.zone, now)
    if now > moment.at + timedelta(minutes=launch.late_minutes):
        return await _end(session, None, launch, "missed", {}, proposed)
    try:
        async with session.begin_nested():
            return await _let_go(session, setter, launch)
    except LaunchShut as shut:
        missing = {str(action): keys for action, keys in shut.missing.items() if keys}
        return await _end(session, None, launch, "held", missing, proposed)
    except (Refusal, DBAPIError) as refused:
        reasons = {"launch": [getattr(refused, "type", "database")]}
        return await _end(session, None, launch, "held", reasons, proposed)


async def _let_go(session: AsyncSession, caller: Caller, launch: Launch) -> LaunchOutcome:
    """Publish everything of a launch whose case is locked, or raise before anything is written."""
    actions = await all_actions(session, launch.id)
    for action_id in actions:
        await lock_action(session, action_id)
    facts = await read_facts(session, actions)
    statuses = statuses_of(facts, caller.person_id)
    against = await kept_by_sources(session, facts)
    parts = [
        part_of(facts[action_id], statuses.get(action_id), against=action_id in against)
        for action_id in actions
    ]
    going = going_out(
        parts, reducible=await is_reducible(session, launch.id, await present(session))
    )
    missing = {part.action: list(part.missing) for part in parts}
    if going is None:
        raise LaunchShut(statuses, missing)
    for action_id in going:
        action = await visible_action(session, action_id)
        digest = facts[action_id].facts.digest or ""
        await release_locked(session, caller, action, digest, f"launch:{launch.id}")
    # The database's own judgement is asked for here, where a no can still be told.
    await session.execute(_JUDGE_NOW)
    await session.execute(_JUDGE_AT_COMMIT)
    shut = {str(action): keys for action, keys in missing.items() if keys}
    outcome = "reduced" if shut else "released"
    return await _end(session, caller, launch, outcome, shut, None)


async def _end(
    session: AsyncSession,
    caller: Caller | None,
    launch: Launch,
    outcome: str,
    reasons: dict[str, list[str]],
    proposed: datetime | None,
) -> LaunchOutcome:
    moment, now = await current_moment(session, launch.id), await present(session)
    if caller is not None and any(
        o.moment == moment.number for o in await outcomes_of(session, launch.id)
    ):
        # It was held or missed at that moment: what somebody does now has a moment of its own.
        moment = await set_moment(
            session, caller, launch, now, moment.zone, number=moment.number + 1
        )
    outcome_id = new_id()
    body: dict[str, Any] = {
        "launch": str(launch.id),
        "moment": moment.number,
        "outcome": outcome,
        "reasons": reasons,
    }
    if proposed is not None:
        body["proposed"] = as_utc(proposed)
    index = await append(
        session,
        event=EventKind.LAUNCH_ENDED,
        actor=caller,
        case_id=launch.case_id,
        at=now,
        body=body,
    )
    values = {
        "id": outcome_id,
        "launch_id": launch.id,
        "case_id": launch.case_id,
        "moment": moment.number,
        "outcome": outcome,
        "reasons": reasons,
        "proposed_at": proposed,
        "recorded_by": caller.person_id if caller else None,
        "recorded_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(LaunchOutcome).values(**values))
    if outcome in ENDS:
        await close_launch_tasks(session, caller, launch.case_id, launch.id)
    else:
        parts = await _leads(session, [UUID(a) for a in reasons if a != "launch"])
        await open_launch_tasks(session, launch.case_id, launch.id, parts)
    told: set[UUID] = set()
    for role in _TOLD:
        told.update(await people_with_role(session, launch.case_id, role))
    for person_id in sorted(told):
        await enqueue_mail(session, person_id, MailKind.SOMETHING_CHANGED, f"/launches/{launch.id}")
    return await session.get_one(LaunchOutcome, outcome_id)


async def _leads(session: AsyncSession, actions: list[UUID]) -> dict[UUID, UUID]:
    """Which organisation leads each of these actions."""
    query = select(Action.id, Action.organisation_id).where(Action.id.in_(actions))
    return {row[0]: row[1] for row in await session.execute(query)}


async def _setter(session: AsyncSession, person_id: UUID) -> Caller:
    """Whoever set the moment, in whose name the launch goes out."""
    person = (await session.scalars(select(Person).where(Person.id == person_id))).one()
    return Caller(
        person_id=person.id,
        name=person.name,
        email=person.email,
        organisation_id=person.organisation_id,
        language=person.language,
        credential="launch",
        via="session",
    )
