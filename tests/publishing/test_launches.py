"""Launches: all of it goes out in one transaction, or nothing does, and everybody is told why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from assent.cases.pauses import pause_case
from assent.database.session import Database, present
from assent.people.caller import Caller
from assent.publishing.launch_models import Launch
from assent.publishing.launch_rule import Part, going_out
from assent.publishing.launches import Plan, move_launch, plan_launch
from assent.publishing.launching import call_off_launch, release_at_its_moment
from assent.publishing.refusals import (
    AnsweredAlready,
    LaunchOver,
    LaunchShut,
    UnfitLaunch,
    UnfitMoment,
)
from assent.publishing.zones import moment_in, same_time_later, zones_of
from assent.refusal import Forbidden
from assent.tasks.queries import my_tasks
from tests.coalition import Coalition, a_coalition
from tests.conftest import Place
from tests.publishing.launches import (
    SUPERUSERS,
    agrees,
    board,
    bring_to,
    its_moment_comes,
    moments_of_release,
    out,
    pauses,
    planned,
    ready,
    released,
)

SOON = timedelta(hours=1)


@pytest.fixture
async def coalition(database: Database, place: Place) -> Coalition:
    """Two organisations and a family around one case."""
    SUPERUSERS[database.url] = place.superuser_dsn
    return await a_coalition(database)


parts = st.lists(
    st.builds(
        Part, st.uuids(), st.booleans(), st.sampled_from([(), (), ("consent:family",), ("pause",)])
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda part: part.action,
)


@given(parts, st.booleans())
def test_all_of_it_or_nothing_unless_the_family_agreed(of: list[Part], reducible: bool) -> None:
    going = going_out(of, reducible=reducible)
    shut = {p.action for p in of if not p.out and p.missing}
    waiting = {p.action for p in of if not p.out}
    if not shut:
        assert going is not None
        assert set(going) == waiting
    elif not reducible:
        assert going is None
    else:
        assert set(going or ()) == waiting - shut
        assert going is None or going
    assert going is None or list(going) == sorted(going)


async def test_everything_goes_out_in_one_transaction(coalition: Coalition) -> None:
    first, _ = await ready(coalition)
    second, _ = await ready(coalition, kind="un_submission", audience=["The Working Group"])
    third, _ = await ready(coalition, kind="diplomatic_outreach", audience=["envoy@state.example"])
    launch = await planned(coalition, first, second, third)
    seen = await board(coalition, launch)
    assert [line.part.ready for line in seen.lines] == [True, True, True]
    assert {(g.recipient, g.channel) for line in seen.lines for g in line.goes} == {
        ("public", "page"), ("The Working Group", "by_hand"), ("envoy@state.example", "mail"),
    }  # fmt: skip
    outcome = await released(coalition, launch)
    assert outcome.outcome == "released"
    assert await out(coalition, first, second, third) == [True, True, True]
    assert len(await moments_of_release(coalition, first, second, third)) == 1
    assert (await released(coalition, launch)).id == outcome.id
    assert (await board(coalition, launch)).state == "released"


async def test_one_shut_gate_holds_all(coalition: Coalition) -> None:
    first, consent = await ready(coalition)
    second, _ = await ready(coalition)
    launch = await planned(coalition, first, second)
    await coalition.withdraws(coalition.mother, consent)
    with pytest.raises(LaunchShut) as shut:
        await released(coalition, launch)
    assert shut.value.extra["actions"] == [{"action": str(first), "missing": ["consent:family"]}]
    assert await out(coalition, first, second) == [False, False]
    held = await its_moment_comes(coalition, launch)
    assert held is not None
    assert (held.outcome, held.reasons) == ("held", {str(first): ["consent:family"]})
    assert held.proposed_at is not None
    assert held.proposed_at > held.recorded_at
    assert await out(coalition, first, second) == [False, False]
    async with coalition.database.session(job=True) as session:
        told = set(
            await session.scalars(
                text(
                    "select args->>'person_id' from jobs.procrastinate_jobs where args->>'path' = :path"
                ),
                {"path": f"/launches/{launch.id}"},
            )
        )
    concerned = ("coordinator", "mother", "brother", "lantern_officer")
    assert {str(coalition.people[who].person_id) for who in concerned} <= told
    assert await its_moment_comes(coalition, launch) is None, "run again, it does nothing"
    assert await waits_for(coalition, coalition.coordinator, launch) == [
        "A launch did not go out: see why, and set another moment",
        "A launch did not go out because this was not ready: see what is missing",
    ]
    assert len(await waits_for(coalition, coalition.harbour_officer, launch)) == 1
    assert await waits_for(coalition, coalition.mother, launch) == []
    await coalition.says(coalition.mother, first, "yes")
    assert (await released(coalition, launch)).outcome == "released"
    assert await waits_for(coalition, coalition.coordinator, launch) == []


async def waits_for(coalition: Coalition, who: Caller, launch: Launch) -> list[str]:
    """What a launch asks of somebody."""
    async with coalition.database.session(who.person_id) as session:
        tasks = await my_tasks(session, who)
    return [t.sentence[0] for t in tasks if (t.gate_key or "").endswith(str(launch.id))]


async def test_at_its_moment_by_itself_and_never_before(coalition: Coalition) -> None:
    action, _ = await ready(coalition)
    launch = await planned(coalition, action)
    assert await its_moment_comes(coalition, launch, late=timedelta(hours=-1)) is None
    assert await out(coalition, action) == [False]
    outcome = await its_moment_comes(coalition, launch, late=timedelta(minutes=59))
    assert outcome is not None
    assert (outcome.outcome, outcome.recorded_by) == ("released", coalition.coordinator.person_id)
    assert await out(coalition, action) == [True]


async def test_too_late_is_not_at_all(coalition: Coalition) -> None:
    """The worker was down at the moment: the launch says how late it may be."""
    action, _ = await ready(coalition)
    launch = await planned(coalition, action, late_minutes=5)
    outcome = await its_moment_comes(coalition, launch, late=timedelta(minutes=6))
    assert outcome is not None
    assert outcome.outcome == "missed"
    assert outcome.proposed_at is not None
    assert await out(coalition, action) == [False]
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        at = await present(session) + SOON
        moment = await move_launch(session, coalition.coordinator, launch.id, at)
    assert moment.number == 2
    assert (await board(coalition, launch)).state == "planned"
    again = await its_moment_comes(coalition, launch, number=2)
    assert again is not None
    assert again.outcome == "released"


async def test_a_moment_that_was_moved_lets_nothing_go(coalition: Coalition) -> None:
    action, _ = await ready(coalition)
    launch = await planned(coalition, action)
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        at = await present(session) + 2 * SOON
        await move_launch(session, coalition.coordinator, launch.id, at)
    assert await its_moment_comes(coalition, launch, number=1) is None
    assert await out(coalition, action) == [False]


async def test_one_second_before_an_embargo(coalition: Coalition) -> None:
    async with coalition.database.session(job=True) as session:
        embargo = await present(session) + timedelta(seconds=3600)
    action, _ = await ready(coalition, not_before=embargo.isoformat())
    other, _ = await ready(coalition)
    launch = await planned(coalition, action, other)
    with pytest.raises(LaunchShut) as shut:
        await released(coalition, launch)
    assert shut.value.missing[action] == ["release:not_before"]
    assert await out(coalition, action, other) == [False, False]


async def test_a_reduced_launch_if_the_family_agreed_beforehand(coalition: Coalition) -> None:
    first, consent = await ready(coalition)
    second, _ = await ready(coalition)
    launch = await planned(coalition, first, second)
    await agrees(coalition, coalition.mother, launch)
    with pytest.raises(AnsweredAlready):
        await agrees(coalition, coalition.mother, launch)
    assert (await board(coalition, launch)).reducible
    await coalition.withdraws(coalition.mother, consent)
    outcome = await its_moment_comes(coalition, launch)
    assert outcome is not None
    assert (outcome.outcome, outcome.reasons) == ("reduced", {str(first): ["consent:family"]})
    assert await out(coalition, first, second) == [False, True]


@pytest.mark.parametrize(
    ("moved_by", "holds"),
    [
        (timedelta(minutes=40), True),
        (timedelta(minutes=-40), True),
        (timedelta(minutes=70), False),
        (timedelta(days=1), False),
    ],
)
async def test_a_yes_to_the_rest_is_to_a_moment_and_is_asked_again_when_that_moves(
    coalition: Coalition, moved_by: timedelta, holds: bool
) -> None:
    first, consent = await ready(coalition)
    second, _ = await ready(coalition)
    launch = await planned(coalition, first, second)
    await agrees(coalition, coalition.mother, launch)
    await coalition.withdraws(coalition.mother, consent)
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        at = await present(session) + timedelta(hours=1) + moved_by
        await move_launch(session, coalition.coordinator, launch.id, at, "Europe/Berlin")
    assert (await board(coalition, launch)).reducible is holds
    await bring_to(coalition, launch, number=2)
    async with coalition.database.session(job=True) as session:
        outcome = await release_at_its_moment(session, launch.id, 2)
    assert outcome is not None
    assert outcome.outcome == ("reduced" if holds else "held")
    assert await out(coalition, first, second) == [False, holds]
    if not holds:
        await agrees(coalition, coalition.mother, launch)  # said again, it is new
        assert (await board(coalition, launch)).reducible


async def test_a_no_stands_whatever_the_moment(coalition: Coalition) -> None:
    first, consent = await ready(coalition)
    launch = await planned(coalition, first, (await ready(coalition))[0])
    await agrees(coalition, coalition.brother, launch, False)
    await coalition.withdraws(coalition.mother, consent)
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        at = await present(session) + timedelta(days=3)
        await move_launch(session, coalition.coordinator, launch.id, at, "UTC")
    await agrees(coalition, coalition.mother, launch)
    assert not (await board(coalition, launch)).reducible


@pytest.mark.parametrize("point", ["before it", "planned", "agreed", "held", "out"])
async def test_a_withdrawal_at_each_point(coalition: Coalition, point: str) -> None:
    """What was taken back is never out; the rest is only where the family agreed to that."""
    first, consent = await ready(coalition)
    second, _ = await ready(coalition)

    async def reaches(here: str) -> None:
        if here == point:
            await coalition.withdraws(coalition.mother, consent)

    await reaches("before it")
    launch = await planned(coalition, first, second)
    await reaches("planned")
    if point in ("agreed", "out"):
        await agrees(coalition, coalition.mother, launch)
    await reaches("agreed")
    if point == "held":
        await pauses(coalition, coalition.brother)
        held = await its_moment_comes(coalition, launch)
        assert held is not None
        assert held.outcome == "held"
    await reaches("held")
    if point == "agreed":
        assert (await released(coalition, launch)).outcome == "reduced"
    elif point == "out":
        assert (await released(coalition, launch)).outcome == "released"
    else:
        with pytest.raises(LaunchShut):
            await released(coalition, launch)
    await reaches("out")
    assert await out(coalition, first, second) == [False, point in ("agreed", "out")]


async def test_a_no_of_anybody_who_decides_keeps_it_whole(coalition: Coalition) -> None:
    first, consent = await ready(coalition)
    second, _ = await ready(coalition)
    launch = await planned(coalition, first, second)
    await agrees(coalition, coalition.mother, launch)
    await agrees(coalition, coalition.brother, launch, False)
    await coalition.withdraws(coalition.mother, consent)
    with pytest.raises(LaunchShut):
        await released(coalition, launch)
    with pytest.raises(Forbidden):
        await agrees(coalition, coalition.coordinator, launch)
    with pytest.raises(Forbidden):
        await agrees(coalition, coalition.aunt, launch)
    with pytest.raises(Forbidden):
        await agrees(coalition, coalition.uncle, launch)


async def test_all_who_decide_have_to_agree_where_all_decide(database: Database) -> None:
    coalition = await a_coalition(database, "all", "mother", "brother")
    launch = await planned(coalition, await coalition.a_statement())
    await agrees(coalition, coalition.mother, launch)
    assert not (await board(coalition, launch)).reducible
    await agrees(coalition, coalition.brother, launch)
    assert (await board(coalition, launch)).reducible


async def test_a_pause_holds_even_a_reduced_launch(coalition: Coalition) -> None:
    first, _ = await ready(coalition)
    launch = await planned(coalition, first, await coalition.a_statement())
    await agrees(coalition, coalition.mother, launch)
    async with coalition.database.session(coalition.mother.person_id) as session:
        await pause_case(session, coalition.mother, coalition.case_id)
    outcome = await its_moment_comes(coalition, launch)
    assert outcome is not None
    assert outcome.outcome == "held"
    assert await out(coalition, first) == [False]


async def test_whoever_set_the_moment_must_still_be_a_coordinator(coalition: Coalition) -> None:
    action, _ = await ready(coalition)
    launch = await planned(coalition, action)
    with psycopg.connect(SUPERUSERS[coalition.database.url]) as superuser:
        superuser.execute("alter table assent.memberships disable trigger user")
        superuser.execute(
            "update assent.memberships set ended_at = now(), end_ledger_index = 0"
            " where role = 'coordinator'"
        )
    outcome = await its_moment_comes(coalition, launch)
    assert outcome is not None
    assert outcome.outcome == "held"
    assert [key for keys in outcome.reasons.values() for key in keys] == ["release:coordinator"]


async def test_what_is_out_already_goes_out_once_and_what_was_taken_back_holds(
    coalition: Coalition,
) -> None:
    first, consent = await ready(coalition)
    second, _ = await ready(coalition)
    launch = await planned(coalition, first, second)
    await coalition.publishes(first)
    await coalition.withdraws(coalition.mother, consent)
    with pytest.raises(LaunchShut) as shut:
        await released(coalition, launch)
    assert shut.value.missing[first] == ["retracted"]
    third, _ = await ready(coalition)
    another = await planned(coalition, second, third)
    await coalition.publishes(third)
    assert (await released(coalition, another)).outcome == "released"
    assert await out(coalition, second, third) == [True, True]


async def test_called_off_is_over(coalition: Coalition) -> None:
    action, _ = await ready(coalition)
    launch = await planned(coalition, action)
    who = coalition.coordinator
    async with coalition.database.session(who.person_id) as session:
        await call_off_launch(session, who, launch.id)
    assert await its_moment_comes(coalition, launch) is None
    with pytest.raises(LaunchOver):
        await released(coalition, launch)
    with pytest.raises(LaunchOver):
        await agrees(coalition, coalition.mother, launch)
    assert await out(coalition, action) == [False]


async def test_who_may_plan_what(coalition: Coalition) -> None:
    action = await coalition.a_statement()
    ours = await coalition.an_action(visibility="organisation")
    who = coalition.coordinator
    at = datetime(2030, 1, 1, tzinfo=UTC)

    async def plan(*actions: UUID, by: object = None, **more: object) -> None:
        caller = by or who
        async with coalition.database.session(caller.person_id) as session:  # type: ignore[attr-defined]
            wanted = Plan("Together", at, actions, **more)  # type: ignore[arg-type]
            await plan_launch(session, caller, coalition.case_id, wanted)  # type: ignore[arg-type]

    for wrong in ([], [action, action], [uuid4()], [action] * 61):
        with pytest.raises(UnfitLaunch):
            await plan(*wrong)
    with pytest.raises(UnfitLaunch):
        await plan(action, late_minutes=0)
    with pytest.raises(UnfitMoment):
        await plan(action, zone="Europe/Atlantis")
    with pytest.raises(Forbidden):
        await plan(action, by=coalition.drafter)
    await plan(action, ours)


def test_a_time_that_clocks_leave_out_or_show_twice_is_no_moment() -> None:
    with pytest.raises(UnfitMoment, match="leave this time out"):
        moment_in("Europe/Berlin", "2027-03-28T02:30")
    with pytest.raises(UnfitMoment, match="show this time twice"):
        moment_in("Europe/Berlin", "2027-10-31T02:30")
    for wrong in ("", "tomorrow", "2027-13-01T00:00"):
        with pytest.raises(UnfitMoment):
            moment_in("Europe/Berlin", wrong)
    assert moment_in("Europe/Berlin", "2027-03-28T03:30") == datetime(
        2027, 3, 28, 1, 30, tzinfo=UTC
    )
    assert moment_in("Europe/Berlin", "2027-03-28T01:30") == datetime(
        2027, 3, 28, 0, 30, tzinfo=UTC
    )


def test_the_proposed_moment_keeps_the_time_of_day_over_a_change_of_clocks() -> None:
    before = moment_in("Europe/Berlin", "2027-03-27T09:00")
    proposed = same_time_later(before, "Europe/Berlin", before + timedelta(minutes=1))
    assert proposed == moment_in("Europe/Berlin", "2027-03-28T09:00")
    assert proposed - before == timedelta(hours=23)


def test_countries_have_their_clocks() -> None:
    assert zones_of("SE") == ("Europe/Stockholm",)
    assert len(zones_of("US")) == 2
    assert zones_of("ZZ") == ()
