"""A pause: by the family, a coordinator or a safety reviewer, in one step; lifted by its own side."""

import pytest

from assent.cases.pauses import standing_pauses
from assent.cases.refusals import AlreadyPaused, CoalitionsPause, FamilysPause, NotPaused
from assent.cases.service import grant_membership, pause_case, resume_case
from assent.database.session import Database
from assent.ledger.store import read_case_records
from assent.people.caller import Caller
from assent.refusal import Forbidden, NotFound
from tests.coalition import Coalition, a_coalition


@pytest.fixture
async def coalition(database: Database) -> Coalition:
    return await a_coalition(database)


async def pauses(coalition: Coalition, by: Caller, reason: str = "") -> bool:
    async with coalition.database.session(by.person_id) as session:
        return (await pause_case(session, by, coalition.case_id, reason)).by_family


async def resumes(coalition: Coalition, by: Caller) -> None:
    async with coalition.database.session(by.person_id) as session:
        await resume_case(session, by, coalition.case_id)


async def standing(coalition: Coalition) -> list[bool]:
    async with coalition.database.session(job=True) as session:
        return [pause.by_family for pause in await standing_pauses(session, coalition.case_id)]


async def test_who_may_pause(coalition: Coalition) -> None:
    with pytest.raises(NotFound):
        await pauses(coalition, coalition.stranger)
    for member in (
        coalition.drafter,
        coalition.observer,
        coalition.aunt,
        coalition.lantern_officer,
    ):
        with pytest.raises(Forbidden):
            await pauses(coalition, member)
    assert await pauses(coalition, coalition.mother) is True
    assert await pauses(coalition, coalition.reviewer, "  A transfer is under way.  ") is False
    assert await standing(coalition) == [True, False]


async def test_a_pause_shuts_every_gate_and_its_end_opens_them(coalition: Coalition) -> None:
    action_id = await coalition.ready()
    await pauses(coalition, coalition.mother)
    assert await coalition.missing(action_id) == {"pause"}
    await resumes(coalition, coalition.brother)
    assert (await coalition.gate(action_id)).open
    async with coalition.database.session(job=True) as session:
        events = [r.record["event"] for r in await read_case_records(session, coalition.case_id)]
    assert events[-2:] == ["paused", "resumed"]


async def test_each_side_lifts_its_own(coalition: Coalition) -> None:
    await pauses(coalition, coalition.mother)
    with pytest.raises(FamilysPause):
        await resumes(coalition, coalition.coordinator)
    await pauses(coalition, coalition.coordinator)
    await resumes(coalition, coalition.coordinator)
    assert await standing(coalition) == [True]
    await resumes(coalition, coalition.mother)
    assert await standing(coalition) == []
    await pauses(coalition, coalition.reviewer)
    with pytest.raises(CoalitionsPause):
        await resumes(coalition, coalition.mother)
    with pytest.raises(Forbidden):
        await resumes(coalition, coalition.reviewer)
    with pytest.raises(NotFound):
        await resumes(coalition, coalition.stranger)
    await resumes(coalition, coalition.coordinator)
    with pytest.raises(NotPaused):
        await resumes(coalition, coalition.coordinator)


async def test_a_coordinator_who_is_also_an_informed_relative_does_not_lift_the_familys_pause(
    coalition: Coalition,
) -> None:
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        await grant_membership(
            session, coalition.coordinator, coalition.case_id, coalition.coordinator.email,
            "informed_relative", None,
        )  # fmt: skip
    await pauses(coalition, coalition.mother)
    with pytest.raises(FamilysPause):
        await resumes(coalition, coalition.coordinator)
    assert await pauses(coalition, coalition.coordinator) is False


async def test_one_pause_a_side_is_enough(coalition: Coalition) -> None:
    await pauses(coalition, coalition.mother)
    with pytest.raises(AlreadyPaused):
        await pauses(coalition, coalition.brother)
    assert await standing(coalition) == [True]
