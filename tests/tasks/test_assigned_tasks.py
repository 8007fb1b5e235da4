"""Tasks people give each other: by coordinators, to those who see what they are about."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assent.actions.service import create_action
from assent.database.session import Database
from assent.people.caller import Caller
from assent.refusal import Forbidden, Invalid, NotFound
from assent.tasks.models import Task
from assent.tasks.queries import case_tasks, my_tasks
from assent.tasks.refusals import (
    ActionUnseen,
    DueInThePast,
    FollowsTheGate,
    NobodyAssigned,
    NotYourTask,
    TaskClosed,
)
from assent.tasks.service import assign_task, change_task, close_task
from tests.coalition import Coalition, a_coalition

TODAY = datetime.now(UTC).date()


@pytest.fixture
async def coalition(database: Database) -> Coalition:
    return await a_coalition(database)


async def assigns(coalition: Coalition, by: Caller, **more: Any) -> Task:
    if not more.get("assignee") and not more.get("organisation"):
        more["organisation"] = "lantern"
    async with coalition.database.session(by.person_id) as session:
        return await assign_task(session, by, coalition.case_id, "Call the lawyer", **more)


async def closes(coalition: Coalition, by: Caller, task: Task) -> Task:
    async with coalition.database.session(by.person_id) as session:
        return await close_task(session, by, task.id)


async def titles(coalition: Coalition, who: Caller) -> list[str]:
    async with coalition.database.session(who.person_id) as session:
        return [task.title for task in await my_tasks(session, who) if task.kind == "assigned"]


async def test_nobody_a_drafter_a_coordinator_assigns(coalition: Coalition) -> None:
    with pytest.raises(NotFound):
        await assigns(coalition, coalition.stranger)
    with pytest.raises(Forbidden):
        await assigns(coalition, coalition.drafter)
    task = await assigns(coalition, coalition.coordinator, due_on=TODAY)
    assert (task.organisation_id, task.due_on) == (coalition.organisations["lantern"], TODAY)
    assert await titles(coalition, coalition.observer) == ["Call the lawyer"]
    assert await titles(coalition, coalition.drafter) == []


async def test_what_does_not_fit_is_refused(coalition: Coalition) -> None:
    hidden = await coalition.an_action("diplomatic_outreach", "organisation")
    with pytest.raises(Invalid):  # a drafter would lose sight of it
        await coalition.an_action("diplomatic_outreach", "family")
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        action = await create_action(
            session,
            coalition.coordinator,
            coalition.case_id,
            "diplomatic_outreach",
            "A letter",
            "family",
        )
    family = action.id
    for more, refusal in (
        ({"assignee": coalition.stranger.email}, NobodyAssigned),
        ({"organisation": "outside"}, NobodyAssigned),
        ({"assignee": coalition.drafter.email, "organisation": "lantern"}, NobodyAssigned),
        ({"assignee": coalition.mother.email, "action_id": hidden}, ActionUnseen),
        ({"organisation": "lantern", "action_id": family}, ActionUnseen),
        ({"due_on": TODAY - timedelta(days=1)}, DueInThePast),
        ({"action_id": coalition.case_id}, NotFound),
    ):
        with pytest.raises(refusal):
            await assigns(coalition, coalition.coordinator, **more)
    seen = await assigns(
        coalition, coalition.coordinator, assignee=coalition.mother.email, action_id=family
    )
    assert seen.action_id == family


async def test_it_is_closed_by_whom_it_waits_for_or_by_a_coordinator(coalition: Coalition) -> None:
    task = await assigns(coalition, coalition.coordinator, assignee=coalition.observer.email)
    with pytest.raises(NotFound):
        await closes(coalition, coalition.stranger, task)
    with pytest.raises(NotYourTask):
        await closes(coalition, coalition.lantern_officer, task)
    closed = await closes(coalition, coalition.observer, task)
    assert closed.closed_by == coalition.observer.person_id
    with pytest.raises(TaskClosed):
        await closes(coalition, coalition.coordinator, task)
    other = await assigns(coalition, coalition.coordinator)
    await closes(coalition, coalition.coordinator, other)


async def test_a_gates_task_is_not_closed_by_hand(coalition: Coalition) -> None:
    await coalition.a_statement()
    async with coalition.database.session(coalition.reviewer.person_id) as session:
        (line,) = await my_tasks(session, coalition.reviewer)
        with pytest.raises(FollowsTheGate):
            await close_task(session, coalition.reviewer, line.id)


async def test_it_is_changed_by_a_coordinator(coalition: Coalition) -> None:
    task = await assigns(coalition, coalition.coordinator)
    new: dict[str, Any] = {
        "title": "Write {to} the lawyer", "assignee": coalition.mother.email, "organisation": None, "due_on": None,
    }  # fmt: skip
    async with coalition.database.session(coalition.drafter.person_id) as session:
        with pytest.raises(Forbidden):
            await change_task(session, coalition.drafter, task.id, **new)
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        await change_task(session, coalition.coordinator, task.id, **new)
        (line,) = await case_tasks(session, coalition.coordinator, coalition.case_id)
    sentence, params = line.sentence
    assert sentence.format(**params) == "Write {to} the lawyer"
    assert await titles(coalition, coalition.mother) == ["Write {to} the lawyer"]
    assert await titles(coalition, coalition.observer) == []


async def test_a_writer_is_not_asked_to_clear_the_own_text(coalition: Coalition) -> None:
    action_id = await coalition.a_statement()
    async with coalition.database.session(coalition.harbour_officer.person_id) as session:
        before = await my_tasks(session, coalition.harbour_officer)
    assert [task.action_id for task in before] == [action_id]
    async with coalition.database.session(coalition.mother.person_id) as session:
        assert await my_tasks(session, coalition.mother) == []
