"""Launches in the domain's words, for the tests of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from sqlalchemy import text

from assent.cases.pauses import pause_case
from assent.database.session import present
from assent.people.caller import Caller
from assent.publishing.launch_models import Launch, LaunchOutcome
from assent.publishing.launch_queries import Board, board_of
from assent.publishing.launches import Plan, answer_reduction, plan_launch, visible_launch
from assent.publishing.launching import release_at_its_moment, release_launch
from tests.coalition import Coalition

# The superuser's address of each database under test, by the application's.
SUPERUSERS: dict[str, str] = {}


async def ready(coalition: Coalition, **changes: object) -> tuple[UUID, UUID]:
    """An action that may go out, and the mother's yes to it."""
    action = await coalition.a_statement(**changes)
    await coalition.everybody_clears(action)
    return action, (await coalition.says(coalition.mother, action, "yes")).id


async def planned(
    coalition: Coalition,
    *actions: UUID,
    ahead: timedelta = timedelta(hours=1),
    late_minutes: int = 60,
) -> Launch:
    """A launch of these actions at a moment from now."""
    who = coalition.coordinator
    async with coalition.database.session(who.person_id) as session:
        at = await present(session) + ahead
        plan = Plan("Together", at, actions, "Europe/Berlin", late_minutes)
        return await plan_launch(session, who, coalition.case_id, plan)


async def released(coalition: Coalition, launch: Launch, by: Caller | None = None) -> LaunchOutcome:
    """Somebody lets it go by hand."""
    who = by or coalition.coordinator
    async with coalition.database.session(who.person_id) as session:
        return await release_launch(session, who, launch.id)


async def its_moment_comes(
    coalition: Coalition, launch: Launch, *, late: timedelta = timedelta(seconds=1), number: int = 1
) -> LaunchOutcome | None:
    """What the job does once the moment has come: the row is set back in time, as only a superuser can."""
    await set_back(coalition, launch, late)
    async with coalition.database.session(job=True) as session:
        return await release_at_its_moment(session, launch.id, number)


async def set_back(coalition: Coalition, launch: Launch, late: timedelta) -> None:
    """Have the launch's moments lie this far in the past."""
    with psycopg.connect(SUPERUSERS[coalition.database.url]) as superuser:
        superuser.execute("alter table assent.launch_moments disable trigger user")
        superuser.execute(
            "update assent.launch_moments set at = now() - %s where launch_id = %s",
            [late, launch.id],
        )
        superuser.execute("alter table assent.launch_moments enable trigger user")


async def bring_to(coalition: Coalition, launch: Launch, *, number: int) -> None:
    """Have one of a launch's moments be now, and the others as far from it as they were."""
    with psycopg.connect(SUPERUSERS[coalition.database.url]) as superuser:
        superuser.execute("alter table assent.launch_moments disable trigger user")
        superuser.execute(
            "update assent.launch_moments set at = at - ((select at from assent.launch_moments"
            " where launch_id = %s and number = %s) - now()) where launch_id = %s",
            [launch.id, number, launch.id],
        )
        superuser.execute("alter table assent.launch_moments enable trigger user")


async def pauses(coalition: Coalition, who: Caller) -> None:
    """A relative stops everything."""
    async with coalition.database.session(who.person_id) as session:
        await pause_case(session, who, coalition.case_id)


async def agrees(coalition: Coalition, who: Caller, launch: Launch, says: bool = True) -> None:
    """A relative says whether the rest may go out without what may not."""
    async with coalition.database.session(who.person_id) as session:
        await answer_reduction(session, who, launch.id, agrees=says)


async def board(coalition: Coalition, launch: Launch, who: Caller | None = None) -> Board:
    """The readiness board as somebody sees it."""
    reader = who or coalition.coordinator
    async with coalition.database.session(reader.person_id) as session:
        return await board_of(session, await visible_launch(session, launch.id))


async def out(coalition: Coalition, *actions: UUID) -> list[bool]:
    """Which of these are out now."""
    found = []
    for action in actions:
        publication = (await coalition.facts(action)).publication
        found.append(publication is not None and publication.retracted_at is None)
    return found


async def moments_of_release(coalition: Coalition, *actions: UUID) -> set[datetime]:
    """The transactions in which these went out, by their time of beginning."""
    question = text(
        "select distinct xmin::text from assent.publications where action_id = any (:ids)"
    )
    async with coalition.database.session(job=True) as session:
        return set(await session.scalars(question, {"ids": list(actions)}))
