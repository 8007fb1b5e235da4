"""How public the effort is: who decides it, what becomes of it, and that it opens and shuts nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from assent.cases.postures import posture_of, postures_of, set_posture, staff_of
from assent.cases.refusals import NobodyAnswers, ReviewTooFar
from assent.database.session import Database
from assent.exporting.importable import importable
from assent.ledger.store import read_case_records
from assent.people.caller import Caller
from assent.refusal import Forbidden, Invalid, NotFound
from assent.tasks.models import Task
from tests.coalition import Coalition, a_coalition

SOON = datetime.now(UTC).date() + timedelta(days=60)


@pytest.fixture
async def coalition(database: Database) -> Coalition:
    return await a_coalition(database)


async def decides(coalition: Coalition, by: Caller, posture: str = "quiet", **changes: Any) -> int:
    given: dict[str, Any] = {
        "reason": "The appeal is heard in May.",
        "owner": coalition.drafter.email,
        "review_on": SOON,
    } | changes
    async with coalition.database.session(by.person_id) as session:
        made = await set_posture(session, by, coalition.case_id, posture, **given)
        return made.version


async def test_who_decides_it(coalition: Coalition) -> None:
    with pytest.raises(NotFound):
        await decides(coalition, coalition.stranger)
    for name in ("drafter", "observer", "aunt", "lantern_officer", "reviewer"):
        with pytest.raises(Forbidden):
            await decides(coalition, coalition.people[name])
    assert await decides(coalition, coalition.coordinator) == 1
    assert await decides(coalition, coalition.mother, "public") == 2


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"posture": "loud"}, Invalid, "posture"),
        ({"reason": " "}, Invalid, "reason"),
        ({"owner": "mother.teacher@family.example"}, NobodyAnswers, "owner"),
        ({"owner": "stranger.teacher@outside.example"}, NobodyAnswers, "owner"),
        ({"owner": ""}, NobodyAnswers, "owner"),
        ({"review_on": date(2020, 1, 1)}, ReviewTooFar, "review_on"),
        ({"review_on": SOON + timedelta(days=400)}, ReviewTooFar, "review_on"),
    ],
)
async def test_what_does_not_fit_is_refused_by_its_field(
    coalition: Coalition, changes: dict[str, Any], refusal: type[Invalid], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        await decides(coalition, coalition.coordinator, **changes)
    assert refused.value.field == field


async def test_the_latest_holds_and_all_stay_on_record(coalition: Coalition) -> None:
    await decides(coalition, coalition.coordinator, "quiet")
    await decides(coalition, coalition.mother, "public", reason="We have waited long enough.")
    async with coalition.database.session(coalition.observer.person_id) as session:
        assert await posture_of(session, coalition.case_id) == "public"
        versions = await postures_of(session, coalition.case_id)
        records = await read_case_records(session, coalition.case_id)
    assert [(v.version, v.posture, v.by_family) for v in versions] == [
        (2, "public", True),
        (1, "quiet", False),
    ]
    said = [r.record["body"] for r in records if r.record["event"] == "posture_set"]
    assert [body["posture"] for body in said] == ["quiet", "public"]
    assert said[1]["reason"] == "We have waited long enough."
    async with coalition.database.session(coalition.stranger.person_id) as session:
        assert await postures_of(session, coalition.case_id) == []
        assert await staff_of(session, coalition.case_id) == []


async def test_its_review_is_its_owners_task_and_the_next_look_settles_it(
    coalition: Coalition,
) -> None:
    await decides(coalition, coalition.coordinator)
    later = SOON + timedelta(days=30)
    await decides(
        coalition, coalition.mother, owner=coalition.reviewer.email.upper(), review_on=later
    )
    async with coalition.database.session(job=True) as session:
        query = select(Task).where(Task.kind == "posture").order_by(Task.id)
        first, second = list(await session.scalars(query))
        waiting = text("select count(*) from jobs.procrastinate_jobs")
        assert (await session.scalars(waiting)).one() > 0
    assert (first.assignee_id, first.due_on) == (coalition.drafter.person_id, SOON)
    assert first.closed_by == coalition.mother.person_id
    assert (second.assignee_id, second.due_on, second.closed_at) == (
        coalition.reviewer.person_id,
        later,
        None,
    )


async def test_it_opens_and_shuts_no_gate(coalition: Coalition) -> None:
    ready, waits = await coalition.ready(), await coalition.a_statement()
    before = (await coalition.gate(ready), await coalition.gate(waits))
    for posture in ("quiet", "public", "mixed"):
        await decides(coalition, coalition.coordinator, posture)
        now = (await coalition.gate(ready), await coalition.gate(waits))
        assert [s.open for s in now] == [s.open for s in before] == [True, False]
    await coalition.publishes(ready)


async def test_two_who_decide_at_once_come_one_after_the_other(coalition: Coalition) -> None:
    by = [coalition.coordinator, coalition.mother, coalition.brother, coalition.coordinator]
    made = await asyncio.gather(*(decides(coalition, who) for who in by))
    assert sorted(made) == [1, 2, 3, 4]
    async with coalition.database.session(job=True) as session:
        query = select(Task).where(Task.kind == "posture", Task.closed_at.is_(None))
        assert len(list(await session.scalars(query))) == 1


async def test_an_export_tells_every_version(coalition: Coalition) -> None:
    await decides(coalition, coalition.coordinator)
    async with coalition.database.session(job=True) as session:
        written = await importable(session, coalition.case_id)
    assert "posture: mixed" in written  # as it was opened
    assert "reason: The appeal is heard in May." in written
    assert f"review_on: {SOON.isoformat()}" in written
