"""What the gate says besides open or shut, to the letter: who, when, from whom it is missing, until when."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from assent.gate.channels import Strength
from assent.gate.conditions import Standing, conditions_of, standing_of
from assent.gate.consent import family_answer, last_words
from assent.gate.evaluate import Ground, Missing, Requirement, evaluate
from assent.gate.facts import (
    Arrangement,
    Concern,
    Condition,
    Facts,
    Hold,
    Member,
    Pause,
    StandingAnswer,
    StandingConsent,
    Wish,
)
from assent.gate.reasons import Reason
from assent.gate.roles import Role
from assent.gate.rules import ClearanceSlot, FamilyConsent, GateRule, load_gates
from assent.settings import ROOT
from tests.gate.worlds import D1, D2, NOW, R1, R2, cleared, open_world, said

GATES = load_gates((ROOT / "policies" / "gates.yaml").read_text(encoding="utf-8"), "gates.yaml")
RULE = GATES.rule("public_statement")
EARLIER = NOW - timedelta(days=1)
OFFICER, REVIEWER = Role.CLEARANCE_OFFICER, Role.SAFETY_REVIEWER
FAMILY = Role.DECISION_MAKER
STANDING = open_world()


def rule_of(*clearance: ClearanceSlot) -> GateRule:
    return GateRule("public_statement", clearance, FamilyConsent("never"), Role.COORDINATOR)


def line(key: str, facts: Facts, rule: GateRule = RULE) -> Requirement:
    (found,) = [r for r in evaluate(rule, facts, NOW).requirements if r.key == key]
    return found


def lacks(key: str, code: str, *missing: Missing, **params: str) -> Requirement:
    return Requirement(key, met=False, why=Reason(code, params), missing_from=missing)


LACKING: list[tuple[dict[str, Any], Requirement]] = [
    ({"revision": None, "digest": None},
     lacks("revision:content", "no_revision", Missing(Role.DRAFTER))),
    ({"clearances": ()},
     lacks("clearance:clearance_officer:lantern", "not_cleared", Missing(OFFICER, "lantern"), organisation="lantern")),
    ({"clearances": ()},
     lacks("clearance:safety_reviewer", "not_reviewed", Missing(REVIEWER))),
    ({"clearances": (cleared("cyn", 3, role=REVIEWER, decision="recused"),)},
     lacks("clearance:safety_reviewer", "review_refused", Missing(REVIEWER))),
    ({"clearances": (cleared("ada", 1, role=REVIEWER), cleared("cyn", 2))},
     lacks("clearance:safety_reviewer", "not_reviewed", Missing(REVIEWER))),
    ({"lead_organisation": None, "cosigners": ()},
     lacks("clearance:clearance_officer:?", "nobody_can", Missing(OFFICER, "?"), organisation="?")),
    ({"consents": ()},
     lacks("consent:family", "family_waits", Missing(FAMILY, person="brother"), Missing(FAMILY, person="mother"))),
    ({"wishes": (Wish("w", 9, "trusted"),)},
     lacks("consent:detainee", "detainee_no", Missing(Role.COUNSEL))),
    ({"arrangement": None},
     lacks("consent:family", "no_arrangement", Missing(FAMILY))),
    ({"arrangement": Arrangement(1, "one", frozenset({"mother", "brother"}))},
     lacks("consent:family", "unclear_arrangement", Missing(FAMILY))),
    ({"pauses": (Pause("p", NOW),)},
     lacks("pause", "paused", Missing(Role.COORDINATOR), Missing(FAMILY))),
    ({"concerns": (Concern("k", "uncle", NOW),)},
     lacks("concern:open", "concern_open", Missing(Role.COORDINATOR))),
    ({"holds": (Hold("h", "cyn", NOW),)},
     lacks("hold:open", "hold_open", Missing(REVIEWER))),
    ({"not_before": datetime(2026, 11, 25, 1, 30, 59, tzinfo=timezone(timedelta(hours=3, minutes=30)))},
     lacks("release:not_before", "too_early", not_before="2026-11-24T22:00:59Z")),
    ({"members": tuple(m for m in STANDING.members if m.person != "eva")},
     lacks("release:coordinator", "nobody_releases", Missing(Role.COORDINATOR))),
    ({"releaser": "ada"},
     lacks("release:coordinator", "not_the_releaser", Missing(Role.COORDINATOR))),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "says"), LACKING, ids=lambda value: getattr(value, "key", ""))
def test_what_is_missing_from_whom(changes: dict[str, Any], says: Requirement) -> None:
    found = line(says.key, open_world(**changes))
    assert found == says
    assert found.met is False, "an answer is yes or no, in JSON too"


def test_of_the_detained_person_nothing_is_said_unless_a_no_of_theirs_stands() -> None:
    for wishes in ((), (Wish("w", 9, "lifted"),)):
        answer = evaluate(RULE, open_world(wishes=wishes), NOW)
        assert all(r.key != "consent:detainee" for r in answer.requirements)


def test_half_of_it_says_who_and_when_and_asks_for_the_rest() -> None:
    two_reviewers = rule_of(ClearanceSlot(REVIEWER, None, 2, not_author=True))
    assert line("clearance:safety_reviewer", STANDING, two_reviewers) == Requirement(
        "clearance:safety_reviewer",
        met=False,
        why=Reason("not_reviewed"),
        by=("cyn",),
        at=NOW,
        missing_from=(Missing(REVIEWER),),
    )
    everybody = Arrangement(1, "all", frozenset({"mother", "brother"}))
    facts = open_world(arrangement=everybody, consents=(said("mother", 4, at=EARLIER),))
    assert line("consent:family", facts) == Requirement(
        "consent:family",
        met=False,
        why=Reason("family_waits"),
        by=("mother",),
        at=EARLIER,
        missing_from=(Missing(FAMILY, person="brother"),),
    )


def test_what_is_met_says_by_whom_and_when_last() -> None:
    arrangement = Arrangement(1, "all", frozenset({"mother", "brother"}))
    facts = open_world(
        arrangement=arrangement, consents=(said("brother", 5), said("mother", 4, at=EARLIER))
    )
    met = Reason("met")
    assert line("consent:family", facts) == Requirement(
        "consent:family", met=True, why=met, by=("mother", "brother"), at=NOW
    )
    assert line("release:not_before", open_world(not_before=EARLIER)) == Requirement(
        "release:not_before", met=True, why=Reason("time_free"), at=EARLIER
    )
    assert line("release:not_before", open_world()).at is None


def test_the_answer_names_its_text_and_each_record_it_rests_on() -> None:
    status = evaluate(RULE, STANDING, NOW)
    assert (status.revision, status.digest) == (R2, D2)
    assert status.grounds == (
        Ground("clearance:clearance_officer:harbour", "clearance", "c1", "ada"),
        Ground("clearance:clearance_officer:lantern", "clearance", "c2", "ben"),
        Ground("clearance:safety_reviewer", "clearance", "c3", "cyn"),
        Ground("consent:family", "consent", "y4", "mother"),
    )


def test_a_time_is_said_in_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tehran")
    time.tzset()
    try:
        ahead = line("release:not_before", open_world(not_before=datetime(2027, 1, 2, tzinfo=UTC)))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert ahead.why.params == {"not_before": "2027-01-02T00:00:00Z"}


@pytest.mark.parametrize("stricter_first", [True, False])
def test_two_demands_on_one_voice_are_one_and_the_stricter(stricter_first: bool) -> None:
    strict = ClearanceSlot(OFFICER, "lead_organisation", 2, not_author=True)
    mild = ClearanceSlot(OFFICER, "each_cosigner", 1, not_author=False)
    rule = rule_of(strict, mild) if stricter_first else rule_of(mild, strict)
    officers = (*STANDING.members, Member("gil", OFFICER, "harbour"))
    both = (*STANDING.clearances, cleared("gil", 6))
    key = "clearance:clearance_officer:harbour"
    for writers, clearances, by in [
        ((), both, ("ada", "gil")),
        ((), STANDING.clearances, ("ada",)),
        (("gil",), both, ("ada",)),
    ]:
        facts = open_world(members=officers, clearances=clearances, writers=frozenset(writers))
        found = line(key, facts, rule)
        assert (found.by, found.met) == (by, len(by) == 2)


def test_a_clearance_counts_for_its_own_text_and_role_alone() -> None:
    for other in (
        cleared("cyn", 3, role=REVIEWER, revision=R1),
        cleared("cyn", 3, role=REVIEWER, digest=D1),
        cleared("cyn", 3, role=OFFICER),
    ):
        found = line("clearance:safety_reviewer", open_world(clearances=(other,)))
        assert (found.why.code, found.by) == ("not_reviewed", ())


def test_an_answer_of_the_family_is_yes_or_no() -> None:
    worlds: list[tuple[dict[str, Any], bool, tuple[str, ...]]] = [
        ({}, True, ()),
        ({"consents": ()}, False, ("brother", "mother")),
        ({"arrangement": None}, False, ()),
        ({"arrangement": Arrangement(1, "quorum", frozenset({"mother"}), 2)}, False, ()),
        ({"consents": (said("mother", 4), said("brother", 5, "no"))}, False, ("brother",)),
    ]
    for changes, given, waiting in worlds:
        answer = family_answer(RULE, open_world(**changes), NOW)
        assert answer.given is given
        assert answer.waiting_for == waiting


def test_a_yes_that_waits_names_nobody_it_waits_for() -> None:
    waits = said("mother", 4, counts_from=NOW + timedelta(seconds=1))
    answer = family_answer(RULE, open_world(consents=(waits,)), NOW)
    assert (answer.given, answer.reason, answer.waiting_for) == (False, "family_time", ())
    assert family_answer(RULE, open_world(consents=(waits,)), NOW + timedelta(seconds=1)).given
    line_ = line("consent:family", open_world(consents=(waits,)))
    assert line_.missing_from == (Missing(Role.DECISION_MAKER),)


def test_what_was_agreed_to_in_advance_waits_like_a_yes() -> None:
    soon = NOW + timedelta(seconds=1)
    allowing = dataclasses.replace(RULE, family_consent=FamilyConsent("allowed", 90))
    plain = StandingAnswer(1, "mother", agrees=True, at=NOW - timedelta(hours=1))
    late = StandingAnswer(2, "brother", agrees=True, at=NOW, counts_from=soon)
    for answers, given, reason in (
        ((plain,), True, "met"),
        ((late,), False, "family_time"),
        ((plain, late), False, "family_time"),
        ((), False, "family_waits"),
    ):
        scope = StandingConsent(
            "s", frozenset({"public_statement"}), frozenset({"public"}), frozenset({"en", "fa"}),
            NOW - timedelta(days=1), NOW + timedelta(days=1), answers,
        )  # fmt: skip
        world = open_world(consents=(), standing=(scope,), languages=("en", "fa"))
        answer = family_answer(allowing, world, NOW)
        assert (answer.given, answer.reason) == (given, reason)
        if given:  # it is called that, and dated from when it was given
            assert line("consent:family", world, allowing) == Requirement(
                "consent:family", met=True, why=Reason("standing"), by=("mother",), at=plain.at
            )
        assert family_answer(allowing, world, soon).given is bool(answers)


def asking(least: Strength) -> GateRule:
    """The same gate, where a yes has to be given at least this strongly."""
    return dataclasses.replace(RULE, family_consent=FamilyConsent("never", channel=least))


def test_a_yes_counts_if_it_was_given_strongly_enough() -> None:
    ways: list[tuple[str, Strength, str]] = [
        ("link", "link", "met"), ("session", "attested", "family_channel"), ("token", "passkey", "family_channel"),
        ("attested", "link", "met"), ("letter", "attested", "met"), ("attested", "passkey", "family_channel"),
        ("passkey", "attested", "met"), ("passkey", "passkey", "met"),
    ]  # fmt: skip
    for channel, least, reason in ways:
        yes = said("mother", 4, channel=channel, attested=NOW)
        answer = family_answer(asking(least), open_world(consents=(yes,)), NOW)
        assert (answer.reason, answer.given) == (reason, reason == "met"), (channel, least)
        assert answer.waiting_for == (() if reason == "met" else ("brother", "mother"))


def test_what_staff_took_down_is_a_word_once_attested_or_contested() -> None:
    own = said("mother", 4, "no")
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "family_no"), ({"attested": NOW}, "met"), ({"contested": NOW}, "family_contests"),
        ({"attested": NOW, "contested": NOW}, "family_contests"),
    ]  # fmt: skip
    for more, reason in cases:
        taken = said("mother", 5, channel="letter", **more)
        assert family_answer(RULE, open_world(consents=(own, taken)), NOW).reason == reason
    stop = said("mother", 5, "no", channel="attested")
    assert (
        family_answer(RULE, open_world(consents=(said("mother", 4), stop)), NOW).reason
        == "family_no"
    )
    later = said("mother", 6)
    contested = said("mother", 5, channel="attested", contested=NOW)
    assert family_answer(RULE, open_world(consents=(contested, later)), NOW).given


def test_one_voice_is_one_yes() -> None:
    alone = Arrangement(1, "one", frozenset({"mother"}))
    assert evaluate(RULE, open_world(arrangement=alone), NOW).open
    assert last_words(open_world(arrangement=None), NOW) == (), (
        "nobody speaks without an arrangement"
    )


def test_a_relatives_own_words_are_no_part_of_the_answer() -> None:
    yes = said("mother", 4, "yes_with_conditions", only_if=(Condition("other", ("my words",)),))
    (judged,) = conditions_of([yes], open_world(consents=(yes,)))
    assert (judged.kind, judged.values) == ("other", ())
    assert line("consent:condition:other", open_world(consents=(yes,))).why.params == {}


def test_only_what_a_condition_names_stands_beside_it() -> None:
    yes = said("mother", 4, "yes_with_conditions", only_if=(Condition("no_photograph"),))
    facts = open_world(consents=(yes,), attachments=("photograph",))
    assert line("consent:condition:no_photograph", facts) == lacks(
        "consent:condition:no_photograph", "condition_no_photograph", Missing(Role.DRAFTER)
    )


def test_the_signers_may_be_everybody_who_may_act() -> None:
    yes = said("mother", 4, "yes_with_conditions")
    named = Condition("only_organisations", ("harbour", "lantern"))
    assert standing_of(named, yes, open_world(cosigners=("lantern",))) is Standing.KEPT
    assert standing_of(named, yes, open_world(lead_organisation=None)) is Standing.KEPT


def test_a_day_to_wait_for_is_no_promise_to_make() -> None:
    yes = said("mother", 4, "yes_with_conditions")
    assert standing_of(Condition("not_before", moment=NOW), yes, open_world()) is Standing.KEPT
