"""Attacks on launches with raw SQL: together or not at all, and reduced only if the family agreed."""

from dataclasses import replace
from datetime import timedelta
from operator import methodcaller as do
from uuid import UUID

import pytest
from psycopg import errors

from tests.conftest import Place
from tests.database.attacks import (
    Attack,
    Step,
    assert_refused,
    assert_succeeds_with_its_guard_asleep,
)
from tests.database.conftest import Filled
from tests.database.rows import Rows, as_app


def plan_two(rows: Rows) -> None:
    """A launch of the action that could go out and of another that could not."""
    ready, grounds = (rows.action, rows.revision, rows.digest, rows.number), rows.grounds
    rows.begin_action()
    other: UUID = rows.action
    rows.action, rows.revision, rows.digest, rows.number = ready
    rows.grounds = grounds
    rows.plan_launch(rows.action, other)


def attack(name: str, *steps: Step, guard: tuple[str, str], constraint: str) -> Attack:
    return Attack(name, steps, guard, constraint)


OUTCOME = ("launch_outcomes", "b_guard")
ATTACKS = [
    attack("call it released while a part is not out", plan_two, Rows.publish, do("end_launch", "released"),
           guard=OUTCOME, constraint="launch_outcomes_all_out"),
    attack("call it released while nothing is out", do("plan_launch"), do("end_launch", "released"),
           guard=OUTCOME, constraint="launch_outcomes_all_out"),
    attack("call it released after it was taken back", do("plan_launch"), Rows.publish, do("retract"),
           do("end_launch", "released"), guard=OUTCOME, constraint="launch_outcomes_all_out"),
    attack("reduce it unasked", plan_two, Rows.publish, do("end_launch", "reduced"),
           guard=OUTCOME, constraint="launch_outcomes_reduced_agreed"),
    attack("reduce it over a no", plan_two, do("answer_launch"), do("answer_launch", "brother", False), Rows.publish,
           do("end_launch", "reduced"), guard=OUTCOME, constraint="launch_outcomes_reduced_agreed"),
    attack("reduce it after the yes was taken back", plan_two, do("answer_launch"),
           do("answer_launch", "mother", False), Rows.publish, do("end_launch", "reduced"),
           guard=OUTCOME, constraint="launch_outcomes_reduced_agreed"),
    attack("reduce it at a moment the family was not asked about", plan_two,
           do("set_moment", 2, ahead=timedelta(days=1)), do("answer_launch"), Rows.publish,
           do("end_launch", "reduced", 2),
           guard=OUTCOME, constraint="launch_outcomes_reduced_agreed"),
    attack("reduce it to nothing", plan_two, do("answer_launch"), do("end_launch", "reduced"),
           guard=OUTCOME, constraint="launch_outcomes_reduced_agreed"),
    attack("move it after its end", do("plan_launch"), do("end_launch", "cancelled"), do("set_moment", 2),
           guard=("launch_moments", "b_guard"), constraint="launch_moments_before_the_end"),
    attack("end it twice", do("plan_launch"), do("set_moment", 2), do("end_launch", "cancelled"),
           do("end_launch", "held", 2), guard=OUTCOME, constraint="launch_outcomes_before_the_end"),
    attack("leave a moment out", do("plan_launch"), do("set_moment", 3),
           guard=("launch_moments", "b_guard"), constraint="launch_moments_number_next"),
    attack("agree in the family's place", do("plan_launch"), do("answer_launch", "coordinator"),
           guard=("launch_answers", "b_guard"), constraint="launch_answers_decision_maker"),
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_refused(shared_place: Place, attack: Attack) -> None:
    assert_refused(shared_place, attack)


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_was_the_guard_that_held(shared_place: Place, attack: Attack) -> None:
    assert_succeeds_with_its_guard_asleep(shared_place, attack)


def test_nothing_is_added_to_a_launch_that_others_have_seen(filled: Filled) -> None:
    with as_app(filled.place.app_dsn) as connection:
        rows = replace(filled.cases["case"], connection=connection)
        rows.acting_for(None, job=True)
        rows.begin_action()
        with pytest.raises(errors.CheckViolation) as refusal:
            rows.insert(
                "launch_actions", launch_id=rows.launch, case_id=rows.case, action_id=rows.action
            )
    assert refusal.value.diag.constraint_name == "launch_actions_with_launch"
