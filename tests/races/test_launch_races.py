"""Launches against withdrawals at the same moment: all of it, or nothing; and nothing without the family's yes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from assent.cases.pauses import pause_case, resume_case
from assent.database.session import Database
from assent.publishing.launch_models import LaunchOutcome
from assent.publishing.refusals import LaunchShut
from tests.coalition import Coalition, a_coalition
from tests.publishing.launches import agrees, out, planned, ready, released
from tests.races.test_races import LONG, attempt, no_publication_without_consent


async def _race(
    coalition: Coalition, rounds: int, stop: Any, *, reducible: bool = False
) -> set[str]:
    """Release and stop at once; returns how rounds ended."""
    ended: set[str] = set()
    for number in range(rounds):
        made = [await ready(coalition) for _ in range(2 + number % 2)]
        actions = [action for action, _ in made]
        launch = await planned(coalition, *actions)
        if reducible:
            await agrees(coalition, coalition.mother, launch)
        works = [attempt(released(coalition, launch)), attempt(stop(made[number % len(made)]))]
        results = await asyncio.gather(*(works if number % 2 else reversed(works)))
        [outcome] = [r for r in results if isinstance(r, LaunchOutcome | LaunchShut)]
        await no_publication_without_consent(coalition.database)
        now = await out(coalition, *actions)
        if isinstance(outcome, LaunchShut):
            assert not any(now)
            ended.add("shut")
        else:
            # What was withdrawn afterwards is taken back; the rest went out together.
            assert sum(now) >= len(now) - 1
            ended.add(outcome.outcome)
    return ended


@pytest.mark.parametrize("rounds", [5, pytest.param(150, marks=LONG)])
async def test_a_withdrawal_at_any_point(database: Database, rounds: int) -> None:
    coalition = await a_coalition(database)

    async def withdraw(made: Any) -> None:
        await coalition.withdraws(coalition.mother, made[1])

    ended = await _race(coalition, rounds, withdraw)
    assert ended <= {"shut", "released"}


@pytest.mark.parametrize("rounds", [3, pytest.param(100, marks=LONG)])
async def test_a_withdrawal_where_the_rest_may_go(database: Database, rounds: int) -> None:
    coalition = await a_coalition(database)

    async def withdraw(made: Any) -> None:
        await coalition.withdraws(coalition.mother, made[1])

    assert await _race(coalition, rounds, withdraw, reducible=True) <= {"reduced", "released"}


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_a_pause_at_any_point(database: Database) -> None:
    coalition = await a_coalition(database)
    mother = coalition.mother

    async def pause(_: Any) -> None:
        async with database.session(mother.person_id) as session:
            await pause_case(session, mother, coalition.case_id)

    for _ in range(40):
        assert await _race(coalition, 1, pause) <= {"shut", "released"}
        async with database.session(mother.person_id) as session:
            await resume_case(session, mother, coalition.case_id)


@pytest.mark.parametrize("rounds", [2, pytest.param(40, marks=LONG)])
async def test_two_launches_of_the_same_actions_in_both_orders(
    database: Database, rounds: int
) -> None:
    """Locks are taken in one order, whatever order the launches were planned in."""
    coalition = await a_coalition(database)
    for _ in range(rounds):
        actions = [(await ready(coalition))[0] for _ in range(2)]
        one = await planned(coalition, *actions)
        other = await planned(coalition, *reversed(actions))
        results = await asyncio.gather(released(coalition, one), released(coalition, other))
        assert [r.outcome for r in results] == ["released", "released"]
        assert all(await out(coalition, *actions))
