"""Memberships that end: by whom, at once, and never the last coordinator's."""

import pytest
from sqlalchemy import insert, select

from assent.cases.refusals import LastCoordinator
from assent.cases.service import end_membership, grant_membership, remove_organisation
from assent.database.session import Database, present
from assent.gate.roles import Role
from assent.ledger.store import read_case_records
from assent.people.caller import Caller
from assent.people.memberships import people_with_role, standing
from assent.people.models import Membership, OrganisationRole
from assent.refusal import Forbidden, NotFound
from tests.coalition import Coalition, a_coalition


@pytest.fixture
async def coalition(database: Database) -> Coalition:
    return await a_coalition(database)


async def membership_of(coalition: Coalition, who: Caller) -> Membership:
    async with coalition.database.session(job=True) as session:
        query = select(Membership).where(
            Membership.case_id == coalition.case_id, Membership.person_id == who.person_id
        )
        return (await session.scalars(query.order_by(Membership.granted_at.desc()).limit(1))).one()


async def make_admin(coalition: Coalition, who: Caller, organisation: str) -> None:
    async with coalition.database.session(job=True) as session:
        values = {
            "person_id": who.person_id,
            "organisation_id": coalition.organisations[organisation],
            "role": "organisation_admin",
            "granted_at": await present(session),
        }
        await session.execute(insert(OrganisationRole).values(**values))


async def ends(coalition: Coalition, by: Caller, membership: Membership) -> None:
    async with coalition.database.session(by.person_id) as session:
        await end_membership(session, by, membership.id)


async def removes(coalition: Coalition, by: Caller, organisation: str) -> int:
    async with coalition.database.session(by.person_id) as session:
        return await remove_organisation(session, by, coalition.case_id, organisation)


async def is_in(coalition: Coalition, who: Caller) -> bool:
    async with coalition.database.session(who.person_id) as session:
        return await standing(session, who, coalition.case_id) is not None


async def a_second_coordinator(coalition: Coalition) -> None:
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        who = coalition.lantern_drafter
        await grant_membership(
            session, coalition.coordinator, coalition.case_id, who.email, "coordinator", "lantern"
        )


async def test_nobody_an_officer_a_coordinator_ends_one(coalition: Coalition) -> None:
    membership = await membership_of(coalition, coalition.observer)
    for outsider, refusal in (
        (coalition.stranger, NotFound),
        (coalition.lantern_officer, Forbidden),
        (coalition.mother, Forbidden),
    ):
        with pytest.raises(refusal):
            await ends(coalition, outsider, membership)
    await ends(coalition, coalition.coordinator, membership)
    assert not await is_in(coalition, coalition.observer)
    async with coalition.database.session(job=True) as session:
        last = (await read_case_records(session, coalition.case_id))[-1].record
    assert (last["event"], last["body"]["membership"]) == ("membership_ended", str(membership.id))
    with pytest.raises(NotFound):
        await ends(coalition, coalition.coordinator, membership)


async def test_an_administrator_ends_those_of_the_own_organisation_only(
    coalition: Coalition,
) -> None:
    # The stranger administers Lantern here, without any part in the case.
    await make_admin(coalition, coalition.stranger, "lantern")
    await ends(coalition, coalition.stranger, await membership_of(coalition, coalition.observer))
    with pytest.raises(NotFound):
        await ends(coalition, coalition.stranger, await membership_of(coalition, coalition.drafter))
    with pytest.raises(NotFound):
        await ends(coalition, coalition.stranger, await membership_of(coalition, coalition.mother))


async def test_never_the_last_coordinator(coalition: Coalition) -> None:
    membership = await membership_of(coalition, coalition.coordinator)
    with pytest.raises(LastCoordinator):
        await ends(coalition, coalition.coordinator, membership)
    with pytest.raises(LastCoordinator):
        await removes(coalition, coalition.coordinator, "harbour")
    await a_second_coordinator(coalition)
    await ends(coalition, coalition.coordinator, membership)
    assert not await is_in(coalition, coalition.coordinator)
    async with coalition.database.session(job=True) as session:
        left = await people_with_role(session, coalition.case_id, Role.COORDINATOR)
    assert left == [coalition.lantern_drafter.person_id]


async def test_an_organisation_leaves_whole(coalition: Coalition) -> None:
    action_id = await coalition.ready()
    with pytest.raises(NotFound):
        await removes(coalition, coalition.stranger, "lantern")
    with pytest.raises(Forbidden):
        await removes(coalition, coalition.lantern_officer, "lantern")
    assert await removes(coalition, coalition.coordinator, "lantern") == 4
    for gone in (coalition.lantern_officer, coalition.lantern_drafter, coalition.reviewer):
        assert not await is_in(coalition, gone)
    # What they had cleared stops counting at once.
    assert await coalition.missing(action_id) == {
        "clearance:clearance_officer:lantern",
        "clearance:safety_reviewer",
    }
    assert await removes(coalition, coalition.coordinator, "lantern") == 0


async def test_a_coordinators_own_organisation_leaves_by_the_coordinators_hand(
    coalition: Coalition,
) -> None:
    await a_second_coordinator(coalition)
    assert await removes(coalition, coalition.coordinator, "harbour") == 3
    assert not await is_in(coalition, coalition.coordinator)
    assert not await is_in(coalition, coalition.drafter)
    assert await is_in(coalition, coalition.mother)


async def test_an_administrator_takes_the_own_organisation_out(coalition: Coalition) -> None:
    await make_admin(coalition, coalition.stranger, "lantern")
    assert await removes(coalition, coalition.stranger, "lantern") == 4
    with pytest.raises(NotFound):
        await removes(coalition, coalition.stranger, "harbour")


async def test_a_relatives_yes_stops_counting_with_the_role(coalition: Coalition) -> None:
    action_id = await coalition.ready()
    assert (await coalition.gate(action_id)).open
    await ends(coalition, coalition.coordinator, await membership_of(coalition, coalition.mother))
    assert "consent:family" in await coalition.missing(action_id)
