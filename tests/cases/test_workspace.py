"""The reads of a case: what each member sees of it, and in how few statements."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from assent import gates
from assent.cases.queries import action_lines, members, my_cases, workspace
from assent.cases.service import pause_case
from assent.database.session import Database
from assent.gate.rules import GateBook
from assent.gate.state import ActionState
from assent.people.caller import Caller
from assent.tasks.gate_tasks import refresh
from assent.tasks.queries import open_tasks
from tests.cases.test_leaving import ends, membership_of
from tests.coalition import Coalition, a_coalition


@pytest.fixture
async def coalition(database: Database) -> Coalition:
    return await a_coalition(database)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements sent while the block lasts."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_twenty_actions_take_as_many_statements_as_one(coalition: Coalition) -> None:
    await coalition.a_statement()
    for _ in range(19):
        await coalition.an_action()
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        await session.connection()
        with counted(coalition.database) as sent:
            found = await workspace(session, coalition.coordinator, coalition.case_id)
    assert len(found.actions) == 20
    assert len(sent) == 6


async def test_mine_and_others(coalition: Coalition) -> None:
    await coalition.a_statement()
    async with coalition.database.session(coalition.harbour_officer.person_id) as session:
        found = await workspace(session, coalition.harbour_officer, coalition.case_id)
    assert [task.gate_key for task in found.mine] == ["clearance:clearance_officer:harbour"]
    assert [task.gate_key for task in found.others] == [
        "clearance:clearance_officer:lantern",
        "clearance:safety_reviewer",
    ]


async def test_an_action_shows_its_gate_at_a_glance(coalition: Coalition) -> None:
    begun = await coalition.an_action()
    out = await coalition.ready()
    async with coalition.database.session(coalition.mother.person_id) as session:
        lines = {line.id: line for line in await action_lines(session, coalition.case_id)}
    assert (lines[begun].state, lines[begun].number) == (ActionState.DRAFTING, None)
    assert (lines[out].state, lines[out].number) == (ActionState.OPEN, 1)
    status = lines[out].status
    assert status is not None
    assert status.open


async def test_a_kind_without_a_gate_is_listed_and_goes_nowhere(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    action_id = await coalition.ready()
    now = gates.current()
    left = {kind: rule for kind, rule in now.book.kinds.items() if kind != "public_statement"}
    monkeypatch.setattr(gates, "_current", gates.GatesInForce(GateBook(left), now.version))
    async with coalition.database.session(coalition.drafter.person_id) as session:
        (line,) = await action_lines(session, coalition.case_id)
        await refresh(session, [action_id])
        waiting = await open_tasks(session, coalition.drafter, coalition.case_id)
    assert (line.status, line.state) == (None, ActionState.GATED)
    assert waiting == []


async def names(coalition: Coalition, reader: Caller) -> list[str | None]:
    async with coalition.database.session(reader.person_id) as session:
        return [m.name for m in await members(session, coalition.case_id) if m.organisation is None]


async def test_relatives_are_named_to_family_and_coordinators_only(coalition: Coalition) -> None:
    everybody = ["Mother", "Brother", "Uncle", "Aunt"]
    for reader in (coalition.mother, coalition.aunt, coalition.coordinator):
        assert await names(coalition, reader) == everybody
    for reader in (coalition.drafter, coalition.reviewer, coalition.observer):
        assert await names(coalition, reader) == [None] * 4
    assert await names(coalition, coalition.stranger) == []


async def test_who_paused_for_the_family_is_told_to_family_and_coordinators_only(
    coalition: Coalition,
) -> None:
    async with coalition.database.session(coalition.mother.person_id) as session:
        await pause_case(session, coalition.mother, coalition.case_id, "He is ill.")
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        known = await workspace(session, coalition.coordinator, coalition.case_id)
    async with coalition.database.session(coalition.drafter.person_id) as session:
        unknown = await workspace(session, coalition.drafter, coalition.case_id)
    assert (known.stands.pauses[0].set_by, unknown.stands.pauses[0].set_by) == ("Mother", None)
    assert known.stands.arrangement is not None
    assert unknown.stands.arrangement is not None
    assert {name for _, name in known.stands.arrangement.decision_makers} == {"Mother", "Brother"}
    assert {name for _, name in unknown.stands.arrangement.decision_makers} == {None}


async def test_my_cases_are_those_i_am_in(coalition: Coalition) -> None:
    other = await a_coalition(coalition.database, slug="nurse")
    async with coalition.database.session(coalition.mother.person_id) as session:
        mine = await my_cases(session, coalition.mother)
        assert [(case.slug, case.roles, case.paused) for case in mine] == [
            ("teacher", ["decision_maker"], False)
        ]
        nothing = await workspace(session, coalition.mother, other.case_id)
    assert (
        nothing.members,
        nothing.actions,
        nothing.stands.pauses,
        nothing.stands.arrangement,
    ) == (
        (),
        (),
        (),
        None,
    )
    async with coalition.database.session(coalition.stranger.person_id) as session:
        assert await my_cases(session, coalition.stranger) == []


async def test_an_ended_membership_shows_nothing_any_more(coalition: Coalition) -> None:
    await ends(coalition, coalition.coordinator, await membership_of(coalition, coalition.observer))
    async with coalition.database.session(coalition.observer.person_id) as session:
        assert await my_cases(session, coalition.observer) == []
        assert await members(session, coalition.case_id) == []
