"""Launches: actions of different organisations and countries that go out at one moment, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.models import Action
from assent.database.ids import new_id
from assent.database.session import acting_as_job, lock_case, present
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.ledger.store import append, as_utc
from assent.notify.jobs import defer
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import people_with_role, require
from assent.publishing.launch_models import Launch, LaunchAction, LaunchAnswer, LaunchMoment
from assent.publishing.launch_queries import (
    current_moment,
    is_over,
    is_reducible,
    own_answer,
)
from assent.publishing.refusals import (
    AnsweredAlready,
    FamilyAnswers,
    LaunchOver,
    UnfitLaunch,
    UnfitMoment,
)
from assent.publishing.zones import zone_named
from assent.refusal import N_, NotFound
from assent.tasks.launch_tasks import close_launch_tasks
from assent.wording import clean_line

_DECIDES = text("select assent.decides(:case_id, :person_id)")
MOST_ACTIONS = 60
MOST_LATE_MINUTES = 7 * 24 * 60


@dataclass(frozen=True)
class Plan:
    """A launch as a coordinator plans it.

    Attributes:
        at: its moment; one that has passed means that somebody lets it go by hand.
        zone: the time zone it was chosen in.
        late_minutes: how late it may still go out if nothing was running at its moment.
    """

    title: str
    at: datetime
    actions: tuple[UUID, ...]
    zone: str = "UTC"
    late_minutes: int = 60


async def plan_launch(session: AsyncSession, caller: Caller, case_id: UUID, plan: Plan) -> Launch:
    """Set up actions to go out together at a moment.

    Raises:
        NotFound, Forbidden: not somebody who releases here.
        UnfitLaunch, UnfitMoment, Invalid: unfit input.
    """
    await require(session, caller, case_id, Permission.ACTION_RELEASE)
    title = clean_line(plan.title, field="title")
    await _check_actions(session, case_id, plan.actions)
    if not 1 <= plan.late_minutes <= MOST_LATE_MINUTES:
        raise UnfitLaunch(N_("It may be late by a minute up to a week."), field="late_minutes")
    zone_named(plan.zone)
    launch_id, now = new_id(), await present(session)
    body: dict[str, Any] = {
        "launch": str(launch_id),
        "actions": sorted(str(a) for a in plan.actions),
        "late_minutes": plan.late_minutes,
    }
    index = await append(
        session,
        event=EventKind.LAUNCH_PLANNED,
        actor=caller,
        case_id=case_id,
        at=now,
        body=body,
    )
    values = {
        "id": launch_id,
        "case_id": case_id,
        "title": title,
        "late_minutes": plan.late_minutes,
        "created_by": caller.person_id,
        "created_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Launch).values(**values))
    rows = [
        {"launch_id": launch_id, "case_id": case_id, "action_id": a} for a in sorted(plan.actions)
    ]
    await session.execute(insert(LaunchAction), rows)
    launch = await session.get_one(Launch, launch_id)
    await set_moment(session, caller, launch, plan.at, plan.zone, number=1)
    return launch


async def move_launch(
    session: AsyncSession, caller: Caller, launch_id: UUID, at: datetime, zone: str = "UTC"
) -> LaunchMoment:
    """Set another moment, earlier or later; whoever sets it lets it go.

    The family's agreement that the rest may go out was to a moment: where it does not hold for this one, they
    are told that they are asked again.

    Raises:
        NotFound, Forbidden: not somebody who releases here.
        LaunchOver: it is out, or was called off.
        UnfitMoment: it has passed.
    """
    launch = await visible_launch(session, launch_id)
    await require(session, caller, launch.case_id, Permission.ACTION_RELEASE)
    await lock_case(session, launch.case_id)
    if await is_over(session, launch_id):
        raise LaunchOver
    if at <= await present(session):
        raise UnfitMoment(N_("It has passed."), field="at")
    zone_named(zone)
    before = await current_moment(session, launch_id)
    await close_launch_tasks(session, caller, launch.case_id, launch_id)
    if await is_reducible(session, launch_id, before.at) and not await is_reducible(
        session, launch_id, at
    ):
        for person_id in await people_with_role(session, launch.case_id, Role.DECISION_MAKER):
            path = f"/launches/{launch_id}"
            await enqueue_mail(session, person_id, MailKind.SOMETHING_WAITS, path)
    return await set_moment(session, caller, launch, at, zone, number=before.number + 1)


async def answer_reduction(
    session: AsyncSession, caller: Caller, launch_id: UUID, *, agrees: bool
) -> LaunchAnswer:
    """Say, for the family, whether the rest may go out if something of a launch may not.

    Raises:
        NotFound, Forbidden, FamilyAnswers: not somebody who decides for the family.
        LaunchOver: it is out, or was called off.
        AnsweredAlready: the latest word of this person is the same.
    """
    launch = await visible_launch(session, launch_id)
    await require(session, caller, launch.case_id, Permission.CONSENT_DECIDE)
    await lock_case(session, launch.case_id)
    if await is_over(session, launch_id):
        raise LaunchOver
    who = {"case_id": launch.case_id, "person_id": caller.person_id}
    if not (await session.execute(_DECIDES, who)).scalar_one():
        raise FamilyAnswers
    moment = await current_moment(session, launch_id)
    if await own_answer(session, launch_id, moment.at) is agrees:
        raise AnsweredAlready
    answer_id, now = new_id(), await present(session)
    index = await append(
        session,
        event=EventKind.LAUNCH_ANSWERED,
        actor=caller,
        case_id=launch.case_id,
        at=now,
        body={"launch": str(launch_id), "agrees": agrees},
    )
    values = {
        "id": answer_id,
        "launch_id": launch_id,
        "case_id": launch.case_id,
        "person_id": caller.person_id,
        "agrees": agrees,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(LaunchAnswer).values(**values))
    return await session.get_one(LaunchAnswer, answer_id)


async def visible_launch(session: AsyncSession, launch_id: UUID) -> Launch:
    """Return a launch of a case the session's person takes part in.

    Raises:
        NotFound: there is none for them.
    """
    launch = await session.get(Launch, launch_id)
    if launch is None:
        raise NotFound
    return launch


async def set_moment(
    session: AsyncSession, caller: Caller, launch: Launch, at: datetime, zone: str, *, number: int
) -> LaunchMoment:
    """Write a moment down, and have a job wait for it where it lies ahead. The case is locked, or the launch new."""
    now = await present(session)
    index = await append(
        session,
        event=EventKind.LAUNCH_MOVED,
        actor=caller,
        case_id=launch.case_id,
        at=now,
        body={"launch": str(launch.id), "moment": number, "at": as_utc(at)},
    )
    values = {
        "launch_id": launch.id,
        "case_id": launch.case_id,
        "number": number,
        "at": at.astimezone(UTC),
        "zone": zone,
        "set_by": caller.person_id,
        "set_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(LaunchMoment).values(**values))
    if at > now:
        await defer(
            session,
            "publishing.release_launch",
            at=at,
            launch_id=str(launch.id),
            moment=str(number),
        )
    return await session.get_one(LaunchMoment, (launch.id, number))


async def _check_actions(session: AsyncSession, case_id: UUID, actions: Sequence[UUID]) -> None:
    if not 1 <= len(actions) <= MOST_ACTIONS:
        raise UnfitLaunch(
            N_("Name the actions that go out together, at most {most}."),
            field="actions",
            most=MOST_ACTIONS,
        )
    if len(set(actions)) != len(actions):
        raise UnfitLaunch(N_("An action is named twice."), field="actions")
    query = select(Action.id).where(Action.case_id == case_id, Action.id.in_(actions))
    if set(await session.scalars(query)) != set(actions):
        raise UnfitLaunch(N_("There is no such action here that you may see."), field="actions")


async def all_actions(session: AsyncSession, launch_id: UUID) -> list[UUID]:
    """Return everything of a launch in the order of locks, also what the caller may no longer see."""
    async with acting_as_job(session):
        query = select(LaunchAction.action_id).where(LaunchAction.launch_id == launch_id)
        return sorted(await session.scalars(query))
