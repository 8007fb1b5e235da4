"""After filing the clock runs: each step settles its deadline and opens those that follow."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from assent.access import PolicyFileError
from assent.actions.kinds.declared import Forms, load_forms
from assent.actions.kinds.procedures import Due, load_procedures
from assent.actions.models import Action
from assent.actions.refusals import NoProcedure, StepAhead, UnknownStep
from assent.actions.steps import record_step, step_lines
from assent.database.session import Database
from assent.refusal import Forbidden, NotFound
from assent.settings import ROOT
from assent.tasks.models import Task
from tests.coalition import Coalition, a_coalition
from tests.kinds.forms import ANSWERS, QUESTIONNAIRE

POLICIES = ROOT / "policies"


def test_every_procedure_we_ship_belongs_to_a_form() -> None:
    procedures = load_procedures(POLICIES, load_forms(POLICIES))
    assert {p.form for p in procedures.procedures} >= {"working_group", "urgent_appeal"}
    group = procedures.of("un_submission", {"form": QUESTIONNAIRE})
    assert group
    replied = group.step("replied")
    assert replied
    assert replied.due
    assert (replied.due.days, replied.due.after) == (60, "transmitted")
    assert procedures.of("un_submission", {"form": {}}) is None
    assert procedures.of("public_statement", None) is None


@pytest.mark.parametrize(
    ("wrong", "instead", "said"),
    [
        ("name: filed,", "name: begun,", "the first step is filed"),
        ("after: filed", "after: opinion", "does not come before it"),
        ("task: Ask", "tsk: Ask", "tsk"),
        ("form: working_group", "form: unheard_of", "no form unheard_of"),
        ("name: transmitted,", "name: filed,", "twice"),
    ],
)
def test_a_mistake_stops_the_start(tmp_path: Path, wrong: str, instead: str, said: str) -> None:
    text = (POLICIES / "procedures.yaml").read_text(encoding="utf-8")
    (tmp_path / "procedures.yaml").write_text(text.replace(wrong, instead, 1), encoding="utf-8")
    with pytest.raises(PolicyFileError, match=said):
        load_procedures(tmp_path, load_forms(POLICIES))


def test_a_procedure_for_no_form_stops_the_start() -> None:
    with pytest.raises(PolicyFileError, match="has no form"):
        load_procedures(POLICIES, Forms({}))


def test_months_are_those_of_the_calendar() -> None:
    assert Due(after="a", months=6).on(date(2026, 8, 31)) == date(2027, 2, 28)
    assert Due(after="a", days=60).on(date(2026, 11, 25)) == date(2027, 1, 24)
    assert Due(after="a", months=1, days=1).on(date(2026, 12, 31)) == date(2027, 2, 1)


async def deadlines(database: Database, action_id: Any) -> dict[str, tuple[date | None, bool]]:
    """Each deadline's key, with its day and whether it is open."""
    async with database.session(job=True) as session:
        query = select(Task).where(Task.action_id == action_id, Task.kind == "deadline")
        return {
            str(t.gate_key): (t.due_on, t.closed_at is None) for t in await session.scalars(query)
        }


async def a_filing(database: Database) -> tuple[Coalition, Any]:
    coalition = await a_coalition(database)
    action = await coalition.ready(
        kind="un_submission", form=QUESTIONNAIRE, answers=ANSWERS, audience=["Working Group"]
    )
    return coalition, action


async def test_the_clock_runs_from_the_filing_to_the_follow_up(database: Database) -> None:
    coalition, action_id = await a_filing(database)
    drafter = coalition.drafter
    async with database.session(drafter.person_id) as session:
        with pytest.raises(NoProcedure):
            await record_step(session, drafter, action_id, "transmitted", date(2026, 1, 1))
        assert await step_lines(session, await session.get_one(Action, action_id)) == []
    await coalition.publishes(action_id)
    async with database.session(drafter.person_id) as session:
        lines = await step_lines(session, await session.get_one(Action, action_id))
        filed = lines[0].happened_on
        assert filed
    assert set(await deadlines(database, action_id)) == {"step:transmitted"}

    async with database.session(drafter.person_id) as session:
        await record_step(session, drafter, action_id, "transmitted", date(2026, 1, 1))
    found = await deadlines(database, action_id)
    assert found["step:replied"] == (date(2026, 3, 2), True)
    assert not found["step:transmitted"][1]

    # Recorded on a wrong day: the later record counts, and the deadline moves with it.
    async with database.session(drafter.person_id) as session:
        await record_step(session, drafter, action_id, "transmitted", date(2026, 1, 11))
    assert (await deadlines(database, action_id))["step:replied"] == (date(2026, 3, 12), True)

    for step, day in (
        ("replied", date(2026, 3, 1)),
        ("commented", date(2026, 3, 10)),
        ("opinion", date(2026, 5, 1)),
    ):
        async with database.session(drafter.person_id) as session:
            await record_step(session, drafter, action_id, step, day)
    found = await deadlines(database, action_id)
    assert {key for key, (_, is_open) in found.items() if is_open} == {"step:followed_up"}
    assert found["step:followed_up"][0] == date(2026, 11, 1)


async def test_only_who_records_what_happens_records_a_step(database: Database) -> None:
    coalition, action_id = await a_filing(database)
    await coalition.publishes(action_id)
    for who, refusal in (
        (coalition.stranger, NotFound),
        (coalition.observer, Forbidden),
        (coalition.mother, Forbidden),
    ):
        async with database.session(who.person_id) as session:
            with pytest.raises(refusal):
                await record_step(session, who, action_id, "transmitted", date(2026, 1, 1))
    async with database.session(coalition.drafter.person_id) as session:
        with pytest.raises(UnknownStep):
            await record_step(session, coalition.drafter, action_id, "gone", date(2026, 1, 1))
        with pytest.raises(StepAhead):
            await record_step(session, coalition.drafter, action_id, "replied", date(2200, 1, 1))


async def test_without_a_form_there_is_no_clock(database: Database) -> None:
    coalition = await a_coalition(database)
    action_id = await coalition.ready(kind="un_submission", audience=["Working Group"])
    await coalition.publishes(action_id)
    assert await deadlines(database, action_id) == {}
