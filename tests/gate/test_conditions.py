"""What a yes depends on: each kind kept, broken by the text, or waiting for somebody's promise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assent.gate.evaluate import GateStatus, Requirement, evaluate
from assent.gate.facts import Arrangement, Condition, Facts
from assent.gate.reasons import SENTENCES
from assent.gate.roles import Role
from assent.gate.rules import load_gates
from assent.settings import ROOT
from tests.gate.worlds import NOW, open_world, said

RULE = load_gates(
    (ROOT / "policies" / "gates.yaml").read_text(encoding="utf-8"), "gates.yaml"
).rule("public_statement")
QUIET: dict[str, Any] = {"public": False, "languages": ("en",), "countries": frozenset({"SE"})}


def world(*conditions: Condition, promised: bool = False, **changes: Any) -> Facts:
    """A world that would be open, but for these conditions of the mother's."""
    yes = said(
        "mother", 4, "yes_with_conditions", only_if=conditions, acknowledged=NOW if promised else None
    )  # fmt: skip
    return open_world(**(QUIET | {"consents": (yes,)} | changes))


def judged(facts: Facts) -> GateStatus:
    return evaluate(RULE, facts, NOW)


def line(facts: Facts) -> Requirement:
    (found,) = [r for r in judged(facts).requirements if r.key.startswith("consent:condition:")]
    assert judged(facts).open == found.met, "the condition alone decides"
    return found


KEPT = [
    (Condition("no_name"), {"promised": True}),
    (Condition("no_photograph"), {}),
    (Condition("no_photograph"), {"attachments": ("document", "audio")}),
    (Condition("not_in_language", ("fa",)), {}),
    (Condition("not_in_language", ("fa",)), {"languages": ("fab",)}),
    (Condition("not_in_country", ("IR",)), {"promised": True}),
    (Condition("only_organisations", ("harbour", "lantern", "third")), {}),
    (Condition("other"), {"promised": True}),
]
WAITING = [Condition("no_name"), Condition("not_in_country", ("IR",)), Condition("other")]
BROKEN = [
    (Condition("no_name"), {"promised": True, "named": frozenset({"mother"})}),
    (Condition("no_photograph"), {"attachments": ("document", "photograph")}),
    (Condition("no_photograph"), {"attachments": ("",), "promised": True}),
    (Condition("not_in_language", ("fa",)), {"languages": ("en", "fa-AF"), "promised": True}),
    (Condition("not_in_country", ("IR",)), {"public": True, "promised": True}),
    (
        Condition("not_in_country", ("SE",)),
        {"promised": True},
    ),
    (Condition("only_organisations", ("harbour",)), {"promised": True}),
    (Condition("only_organisations", ("lantern",)), {"cosigners": ("lantern",)}),
]


@pytest.mark.parametrize(("condition", "changes"), KEPT)
def test_kept(condition: Condition, changes: dict[str, Any]) -> None:
    kept = line(world(condition, **changes))
    assert kept.met
    assert kept.why.code == "condition_kept"


@pytest.mark.parametrize("condition", WAITING, ids=lambda c: c.kind)
def test_what_no_machine_can_tell_waits_for_a_coordinators_promise(condition: Condition) -> None:
    waits = line(world(condition))
    assert not waits.met
    assert waits.why.code == "condition_waits"
    assert [missing.role for missing in waits.missing_from] == [Role.COORDINATOR]


@pytest.mark.parametrize(("condition", "changes"), BROKEN)
def test_what_the_text_breaks_is_its_writers_to_change(
    condition: Condition, changes: dict[str, Any]
) -> None:
    facts = world(condition, **changes)
    if changes.get("cosigners") == ("lantern",):
        facts = world(condition, **changes, clearances=open_world().clearances)
    broken = line(facts)
    assert not broken.met
    assert broken.why.code == f"condition_{condition.kind}"
    assert [missing.role for missing in broken.missing_from] == [Role.DRAFTER]
    said_so = SENTENCES[broken.why.code].format(**broken.why.params)
    assert all(value in said_so for value in condition.values)


def test_one_line_for_each_kind_says_the_worst_and_names_everything() -> None:
    facts = world(
        Condition("not_in_language", ("ru",)),
        Condition("not_in_language", ("fa",)),
        Condition("other"),
        languages=("en", "fa"),
    )
    lines = {r.key: r for r in judged(facts).requirements if r.key.startswith("consent:condition")}
    assert list(lines) == ["consent:condition:not_in_language", "consent:condition:other"]
    language = lines["consent:condition:not_in_language"]
    assert language.why.params == {"values": "fa, ru"}
    assert not language.met
    mixed = world(
        Condition("not_in_country", ("IR",)), Condition("not_in_country", ("SE",))
    )  # one waits, one is broken
    assert line(mixed).why.code == "condition_not_in_country"


def test_a_condition_binds_even_where_that_yes_was_not_needed() -> None:
    brother = said("brother", 5, "yes_with_conditions", only_if=(Condition("other"),))
    facts = open_world(**QUIET, consents=(said("mother", 4), brother))
    assert not judged(facts).open
    assert line(facts).why.code == "condition_waits"


def test_a_condition_does_not_lapse_with_its_yes() -> None:
    brother = said("brother", 5, "yes_with_conditions", only_if=(Condition("other"),), expires=NOW)
    assert not judged(open_world(**QUIET, consents=(said("mother", 4), brother))).open


def test_a_yes_without_conditions_replaces_them() -> None:
    first = said("mother", 4, "yes_with_conditions", only_if=(Condition("other"),))
    assert judged(open_world(**QUIET, consents=(first, said("mother", 5)))).open


def test_not_before_is_a_time_to_wait_for() -> None:
    ahead = world(Condition("not_before", moment=NOW + timedelta(hours=1)))
    status = judged(ahead)
    assert status.open_but_for_time
    assert not any(r.key.startswith("consent:condition") for r in status.requirements)
    assert evaluate(RULE, ahead, NOW + timedelta(hours=1)).open
    assert judged(world(Condition("not_before", moment=NOW))).open


def test_the_later_of_the_texts_own_time_and_the_familys_counts() -> None:
    condition = Condition("not_before", moment=NOW + timedelta(hours=1))
    facts = world(condition, not_before=NOW + timedelta(hours=2))
    assert not evaluate(RULE, facts, NOW + timedelta(hours=1)).open
    assert evaluate(RULE, facts, NOW + timedelta(hours=2)).open


@pytest.mark.parametrize(
    ("rule", "waits_for"), [("any", "mother"), ("all", "brother")], ids=["any", "all"]
)
def test_the_family_sleeps_over_the_yes_that_was_enough(rule: Any, waits_for: str) -> None:
    arrangement = Arrangement(
        1, rule, frozenset({"mother", "brother"}), cooling_off=timedelta(hours=12)
    )
    mother, brother = said("mother", 4), said("brother", 5)
    late = {"mother": mother, "brother": brother}[waits_for]
    other = brother if late is mother else mother
    object.__setattr__(other, "at", NOW - timedelta(days=3))
    facts = open_world(consents=(mother, brother), arrangement=arrangement)
    assert evaluate(RULE, facts, NOW).open_but_for_time
    assert not evaluate(RULE, facts, NOW + timedelta(hours=11, minutes=59)).open
    assert evaluate(RULE, facts, NOW + timedelta(hours=12)).open


def test_a_yes_taken_back_shuts_the_gate_whatever_others_say() -> None:
    facts = open_world(consents=(said("mother", 4), said("brother", 5, withdrawn=NOW)))
    status = judged(facts)
    assert not status.open
    assert {r.why.code for r in status.requirements if not r.met} == {"family_withdrew"}
    again = open_world(
        consents=(said("mother", 4), said("brother", 5, withdrawn=NOW), said("brother", 6))
    )
    assert judged(again).open
