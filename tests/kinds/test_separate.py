"""What is asked apart is answered apart: a yes to filing is no yes to naming."""

from __future__ import annotations

import pytest

from assent.actions.kinds.declared import SeparateQuestion
from assent.consents.asking import acknowledge_conditions
from assent.consents.refusals import AnswerMissing, UnknownAnswer
from assent.consents.separate import all_noes, answers_with, checked_answers, with_noes
from assent.database.session import Database
from tests.coalition import a_coalition
from tests.kinds.forms import ANSWERS as ALL
from tests.kinds.forms import QUESTIONNAIRE

ASKED = (
    SeparateQuestion(name="naming", ask="May he be named?", otherwise="He is not named."),
    SeparateQuestion(name="known", ask="May it be known?", otherwise="Nobody is told."),
)


def test_a_yes_answers_each_question_and_a_no_needs_none() -> None:
    assert checked_answers(ASKED, "yes", {"naming": "no", "known": "yes"}) == {
        "naming": "no", "known": "yes",
    }  # fmt: skip
    assert checked_answers(ASKED, "no", {}) == {}
    assert checked_answers(ASKED, "question", {"naming": "yes"}) == {}
    assert checked_answers((), "yes", {}) == {}
    for missing in ({}, {"naming": "yes"}, {"naming": "yes", "known": ""}):
        with pytest.raises(AnswerMissing):
            checked_answers(ASKED, "yes", missing)
    for wrong in ({"naming": "perhaps"}, {"photograph": "yes"}):
        with pytest.raises(UnknownAnswer):
            checked_answers(ASKED, "yes", wrong)


def test_a_no_becomes_a_condition() -> None:
    decision, conditions = with_noes(ASKED, "yes", [], {"naming": "no", "known": "yes"})
    assert (decision, conditions) == (
        "yes_with_conditions", [{"kind": "other", "value": "He is not named."}],
    )  # fmt: skip
    assert with_noes(ASKED, "yes", [], {"naming": "yes", "known": "yes"}) == ("yes", [])


async def test_a_no_to_naming_shuts_the_gate_until_it_is_promised(database: Database) -> None:
    coalition = await a_coalition(database)
    action_id = await coalition.a_statement(
        kind="un_submission", form=QUESTIONNAIRE, audience=["Working Group"]
    )
    await coalition.everybody_clears(action_id)
    with pytest.raises(AnswerMissing) as refused:
        await coalition.says(coalition.mother, action_id, "yes")
    assert refused.value.field == "answers.naming"

    consent = await coalition.says(
        coalition.mother, action_id, "yes", answers=ALL | {"known": "no"}
    )
    assert consent.decision == "yes_with_conditions"
    assert await coalition.missing(action_id) == {"consent:condition:other"}
    async with database.session(coalition.coordinator.person_id) as session:
        assert await answers_with(session, consent) == ALL | {"known": "no"}
        await acknowledge_conditions(session, coalition.coordinator, consent.id)
    assert (await coalition.gate(action_id)).open

    # The same word with other answers is another word.
    again = await coalition.says(coalition.mother, action_id, "yes", answers=ALL)
    assert again.id != consent.id
    assert again.decision == "yes"
    same = await coalition.says(coalition.mother, action_id, "yes", answers=ALL)
    assert same.id == again.id
    async with database.session(coalition.observer.person_id) as session:
        assert await answers_with(session, again) == {}


def test_what_is_taken_down_for_somebody_answers_none_of_it() -> None:
    decision, conditions = all_noes(ASKED, "yes", [])
    assert decision == "yes_with_conditions"
    assert [c["value"] for c in conditions] == ["He is not named.", "Nobody is told."]
    assert all_noes((), "yes", []) == ("yes", [])
