"""A case may want witnesses to have seen what a release rests on: how many, how far, and from when less is enough."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assent.gate.evaluate import GateStatus, evaluate
from assent.gate.facts import StandingAnswer, StandingConsent, WitnessDemand
from assent.gate.reasons import SENTENCES
from assent.gate.rules import load_gates
from assent.gate.witnesses import seen_by
from assent.settings import ROOT
from tests.gate.worlds import NOW, cleared, open_world

GATES = load_gates((ROOT / "policies" / "gates.yaml").read_text(encoding="utf-8"), "gates.yaml")
KEY = "release:witnessed"
LATE_CLEARANCE = (*open_world().clearances[1:], cleared("ada", 7))
IN_ADVANCE = StandingConsent(
    "s",
    frozenset({"diplomatic_outreach"}),
    frozenset({"public"}),
    frozenset(),
    NOW,
    NOW + timedelta(days=1),
    (StandingAnswer(7, "mother", agrees=True, at=NOW),),
)
ON_THAT = {"kind": "diplomatic_outreach", "consents": (), "standing": (IN_ADVANCE,)}


def demanded(needed: int, seq: int = 0, hours_ago: float = 0) -> WitnessDemand:
    return WitnessDemand(seq, needed, NOW - timedelta(hours=hours_ago))


def judged(**changes: Any) -> GateStatus:
    world = open_world(**changes)
    return evaluate(GATES.rule(world.kind), world, NOW)


def test_nobody_asks_unless_the_case_does() -> None:
    assert all(r.key != KEY for r in judged(witness_demands=(demanded(0),)).requirements)


SEEN: list[tuple[str, dict[str, Any], tuple[int, ...], bool]] = [
    ("by nobody", {}, (), False),
    ("up to the family's yes, not with it", {}, (9, 4), False),
    ("with the family's yes", {}, (9, 5), True),
    ("by one of two", {}, (9,), False),
    ("but for a clearance", {"clearances": LATE_CLEARANCE}, (9, 7), False),
    ("with that clearance", {"clearances": LATE_CLEARANCE}, (9, 8), True),
    ("but for what was agreed to in advance", ON_THAT, (9, 7), False),
    ("with what was agreed to in advance", ON_THAT, (9, 8), True),
]


@pytest.mark.parametrize(
    ("changes", "witnessed", "met"), [case[1:] for case in SEEN], ids=[case[0] for case in SEEN]
)
def test_seen_by_two(changes: dict[str, Any], witnessed: tuple[int, ...], met: bool) -> None:
    status = judged(witness_demands=(demanded(2),), witnessed=witnessed, **changes)
    line = next(r for r in status.requirements if r.key == KEY)
    assert (line.met, status.open) == (met, met)
    assert line.why.code == ("witnessed" if met else "not_witnessed")
    assert SENTENCES[line.why.code].format(**line.why.params)
    if not met:
        assert line.why.params == {"count": "2"}
        assert line.missing_from == ()


def test_too_few_witnesses_have_seen_nothing_not_even_the_first_entry() -> None:
    assert seen_by(open_world(witnessed=(9,)), 2) == 0


def test_before_anything_is_on_record_it_is_not_what_is_missing() -> None:
    status = judged(witness_demands=(demanded(1),), witnessed=(0,), consents=(), clearances=())
    assert next(r for r in status.requirements if r.key == KEY).met


DEMANDS: list[tuple[str, tuple[WitnessDemand, ...], bool]] = [
    ("more, since a moment ago", (demanded(1, hours_ago=99), demanded(2, 1)), False),
    ("less, since a moment ago", (demanded(2, hours_ago=99), demanded(1, 1)), False),
    ("less, for nearly a day", (demanded(2, hours_ago=99), demanded(1, 1, 23.9)), False),
    ("less, for a day", (demanded(2, hours_ago=99), demanded(1, 1, 24)), True),
    ("none, for a day", (demanded(2, hours_ago=99), demanded(0, 1, 24)), True),
    ("more and back within a day", (demanded(1), demanded(2, 1), demanded(1, 2)), False),
    ("read in another order", (demanded(1, 1, 24), demanded(2, 0, 99)), True),
]


@pytest.mark.parametrize(
    ("demands", "enough"), [case[1:] for case in DEMANDS], ids=[case[0] for case in DEMANDS]
)
def test_one_witness_is_enough_where_the_case_asks_for(
    demands: tuple[WitnessDemand, ...], enough: bool
) -> None:
    assert judged(witness_demands=demands, witnessed=(9,)).open == enough
