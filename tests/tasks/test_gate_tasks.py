"""Tasks of the gate: opened for what is missing, for whoever can act next, closed when it is there."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from assent.actions.concerns import answer_concern, raise_concern, raise_hold
from assent.actions.service import share_action
from assent.cases.service import grant_membership, pause_case
from assent.consents.asking import answer_question, request_consent
from assent.database.session import Database
from assent.gate.roles import Role
from assent.people.caller import Caller
from assent.publishing.service import retract
from assent.tasks import gate_tasks
from tests.cases.test_leaving import ends, membership_of
from tests.coalition import Coalition, a_coalition

_OPEN = text("""
    select coalesce(t.gate_key, t.kind) as key, coalesce(p.name, t.role) as who, o.slug as organisation
    from assent.tasks t left join assent.people p on p.id = t.assignee_id
    left join assent.organisations o on o.id = t.organisation_id
    where t.closed_at is null and t.action_id = :action_id
""")
CLEARANCES = {
    ("clearance:clearance_officer:harbour", "clearance_officer", "harbour"),
    ("clearance:clearance_officer:lantern", "clearance_officer", "lantern"),
    ("clearance:safety_reviewer", "safety_reviewer", None),
}
READY = {("release:ready", "coordinator", None)}


@pytest.fixture
async def coalition(database: Database) -> Coalition:
    return await a_coalition(database)


async def waiting(coalition: Coalition, action_id: object) -> set[tuple[str, str, str | None]]:
    """What waits: for which requirement, for whom, of which organisation."""
    async with coalition.database.session(job=True) as session:
        return {tuple(row) for row in await session.execute(_OPEN, {"action_id": action_id})}


def family(*names: str) -> set[tuple[str, str, str | None]]:
    return {("consent:family", name, None) for name in names}


async def test_from_an_empty_action_to_a_release(coalition: Coalition) -> None:
    action_id = await coalition.an_action()
    assert await waiting(coalition, action_id) == {("revision:content", "drafter", "harbour")}
    await coalition.writes(action_id)
    assert await waiting(coalition, action_id) == CLEARANCES
    await coalition.clears(coalition.harbour_officer, action_id)
    assert len(await waiting(coalition, action_id)) == 2
    await coalition.clears(coalition.lantern_officer, action_id)
    await coalition.clears(coalition.reviewer, action_id, Role.SAFETY_REVIEWER)
    assert await waiting(coalition, action_id) == family("Mother", "Brother")
    await coalition.says(coalition.mother, action_id, "yes")
    assert await waiting(coalition, action_id) == READY
    await coalition.publishes(action_id)
    assert await waiting(coalition, action_id) == set()


async def test_a_new_text_asks_everybody_again(coalition: Coalition) -> None:
    action_id = await coalition.ready()
    await coalition.writes(action_id, form={"note": "one more sentence"})
    assert await waiting(coalition, action_id) == CLEARANCES


async def test_the_family_is_asked_when_asked_about_it(coalition: Coalition) -> None:
    action_id = await coalition.a_statement(audience=["The embassy"])
    assert not family("Mother") & await waiting(coalition, action_id)
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        await request_consent(session, coalition.coordinator, action_id)
    assert await waiting(coalition, action_id) == CLEARANCES | family("Mother", "Brother")


async def test_nobody_is_asked_about_what_they_cannot_see(coalition: Coalition) -> None:
    action_id = await coalition.an_action("diplomatic_outreach", "organisation")
    await coalition.writes(action_id, cosigners=[], audience=["the envoy"])
    await coalition.clears(coalition.harbour_officer, action_id)
    assert await waiting(coalition, action_id) == set()
    async with coalition.database.session(coalition.drafter.person_id) as session:
        await share_action(session, coalition.drafter, action_id, "case")
    assert await waiting(coalition, action_id) == family("Mother", "Brother")


async def test_one_no_and_nobody_is_pressed(coalition: Coalition) -> None:
    action_id = await coalition.a_statement()
    await coalition.everybody_clears(action_id)
    await coalition.says(coalition.mother, action_id, "no")
    assert await waiting(coalition, action_id) == {("consent:no", "coordinator", None)}
    await coalition.says(coalition.mother, action_id, "yes")
    assert await waiting(coalition, action_id) == READY


async def test_a_yes_taken_back_is_not_asked_for_again(coalition: Coalition) -> None:
    action_id = await coalition.a_statement()
    await coalition.everybody_clears(action_id)
    consent = await coalition.says(coalition.mother, action_id, "yes")
    await coalition.withdraws(coalition.mother, consent.id)
    talk = ("consent:withdrawn", "coordinator", None)
    assert await waiting(coalition, action_id) == {talk}


async def test_a_question_goes_to_the_coordinator_and_back(coalition: Coalition) -> None:
    action_id = await coalition.a_statement()
    await coalition.everybody_clears(action_id)
    consent = await coalition.says(coalition.mother, action_id, "question")
    assert await waiting(coalition, action_id) == family("Brother") | {
        ("question", "coordinator", None)
    }
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        await answer_question(session, coalition.coordinator, consent.id, "No, they will not.")
    assert await waiting(coalition, action_id) == family("Brother", "Mother")


async def test_a_refusal_goes_back_to_the_writers(coalition: Coalition) -> None:
    action_id = await coalition.a_statement()
    await coalition.clears(coalition.lantern_officer, action_id, decision="refused")
    lantern = ("clearance:clearance_officer:lantern", "clearance_officer", "lantern")
    revise = ("revision:refused", "drafter", "harbour")
    assert await waiting(coalition, action_id) == CLEARANCES - {lantern} | {revise}
    await coalition.clears(coalition.reviewer, action_id, Role.SAFETY_REVIEWER, "refused")
    await coalition.clears(coalition.harbour_officer, action_id, decision="recused")
    assert await waiting(coalition, action_id) == {revise}
    await coalition.writes(action_id, form={"note": "without the name of the school"})
    assert await waiting(coalition, action_id) == CLEARANCES


async def test_where_nobody_can_clear_a_coordinator_invites_somebody(coalition: Coalition) -> None:
    action_id = await coalition.a_statement()
    await ends(coalition, coalition.coordinator, await membership_of(coalition, coalition.reviewer))
    await ends(
        coalition, coalition.coordinator, await membership_of(coalition, coalition.lantern_officer)
    )
    assert await waiting(coalition, action_id) == {
        ("clearance:clearance_officer:harbour", "clearance_officer", "harbour"),
        ("membership:clearance_officer:lantern", "coordinator", None),
        ("membership:safety_reviewer", "coordinator", None),
    }
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        await grant_membership(
            session, coalition.coordinator, coalition.case_id, "second@lantern.example",
            "clearance_officer", "lantern",
        )  # fmt: skip
    assert ("clearance:clearance_officer:lantern", "clearance_officer", "lantern") in await waiting(
        coalition, action_id
    )


async def test_without_an_arrangement_a_coordinator_records_one(database: Database) -> None:
    coalition = await a_coalition(database, "one", "mother")
    action_id = await coalition.a_statement()
    await coalition.arranges("one", "mother", "brother")  # recorded, and nobody could ever meet it
    await gate_refresh(coalition, action_id)
    assert ("consent:arrangement", "coordinator", None) in await waiting(coalition, action_id)


async def gate_refresh(coalition: Coalition, action_id: object, by: Caller | None = None) -> None:
    person = by.person_id if by else None
    async with coalition.database.session(person, job=by is None) as session:
        await gate_tasks.refresh(session, [action_id])  # type: ignore[list-item]


async def test_objections_wait_on_the_action_they_were_raised_on(coalition: Coalition) -> None:
    raised_on, other = await coalition.ready(), await coalition.ready()
    async with coalition.database.session(coalition.aunt.person_id) as session:
        concern = await raise_concern(session, coalition.aunt, raised_on, "He is being moved.")
    async with coalition.database.session(coalition.reviewer.person_id) as session:
        hold = await raise_hold(session, coalition.reviewer, raised_on, "The witness is at risk.")
    assert await waiting(coalition, raised_on) == {
        ("concern:open", "coordinator", None),
        ("hold:open", "safety_reviewer", None),
    }
    assert await waiting(coalition, other) == set()
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        await answer_concern(
            session, coalition.coordinator, concern.id, "We wait until he has arrived."
        )
    async with coalition.database.session(coalition.reviewer.person_id) as session:
        await answer_concern(session, coalition.reviewer, hold.id, "She is safe now.")
    assert await waiting(coalition, raised_on) == await waiting(coalition, other) == READY


async def test_a_pause_is_nobodys_task(coalition: Coalition) -> None:
    action_id = await coalition.ready()
    async with coalition.database.session(coalition.mother.person_id) as session:
        await pause_case(session, coalition.mother, coalition.case_id)
    assert await waiting(coalition, action_id) == set()


async def test_a_retraction_has_a_task_of_its_own(coalition: Coalition) -> None:
    action_id = await coalition.ready()
    published = await coalition.publishes(action_id)
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        await retract(session, coalition.coordinator, published.publication.id)
    assert await waiting(coalition, action_id) == {("retraction", "coordinator", None)}


async def test_refreshing_again_changes_nothing(coalition: Coalition) -> None:
    action_id = await coalition.a_statement()
    before = await waiting(coalition, action_id)
    await gate_refresh(coalition, action_id)
    await asyncio.gather(*(gate_refresh(coalition, action_id) for _ in range(8)))
    assert await waiting(coalition, action_id) == before
    query = text("select count(*) from assent.tasks where action_id = :id and kind = 'gate'")
    async with coalition.database.session(job=True) as session:
        # One for the text that was to be written, then one for each clearance: none opened twice.
        assert (await session.execute(query, {"id": action_id})).scalar_one() == 4


async def test_clearing_at_once_leaves_no_task_behind(coalition: Coalition) -> None:
    for _ in range(10):
        action_id = await coalition.a_statement()
        await asyncio.gather(
            coalition.clears(coalition.harbour_officer, action_id),
            coalition.clears(coalition.lantern_officer, action_id),
            coalition.clears(coalition.reviewer, action_id, Role.SAFETY_REVIEWER),
        )
        assert await waiting(coalition, action_id) == family("Mother", "Brother")


async def test_time_opens_a_release_and_shuts_it_again(
    coalition: Coalition, owner_dsn: str
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=8)  # a busy machine takes its time until here
    action_id = await coalition.ready(not_before=soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert await waiting(coalition, action_id) == set()
    await asyncio.sleep(max(0.1, (soon - datetime.now(UTC)).total_seconds() + 0.1))
    await follow_time(coalition)
    assert await waiting(coalition, action_id) == READY
    # The consent lapses as it would after its days.
    end = datetime.now(UTC) + timedelta(seconds=5)
    await coalition.says(coalition.mother, action_id, "yes", expires_at=end)
    assert await waiting(coalition, action_id) == READY
    await asyncio.sleep(5.1)
    await follow_time(coalition)
    assert await waiting(coalition, action_id) == family("Mother", "Brother")


async def follow_time(coalition: Coalition) -> None:
    async with coalition.database.session(job=True) as session:
        await gate_tasks.follow_time(session)


async def test_those_for_whom_it_waits_are_told_once(coalition: Coalition) -> None:
    action_id = await coalition.a_statement()
    query = text(
        "select args ->> 'person_id' as person, args ->> 'path' as path from jobs.procrastinate_jobs"
        " where task_name = 'notify.mail' and args ->> 'kind' = 'something_waits'"
    )
    async with coalition.database.session(job=True) as session:
        rows = (await session.execute(query)).all()
    told = {
        name: row.path
        for row in rows
        for name, caller in coalition.people.items()
        if row.person == str(caller.person_id)
    }
    path = f"/actions/{action_id}"
    assert len(rows) == 3
    assert told == {"harbour_officer": path, "lantern_officer": path, "reviewer": path}
