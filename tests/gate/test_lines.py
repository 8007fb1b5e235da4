"""What a line of the gate's answer says: which it is, why, from whom something is missing, since when it stands."""

from __future__ import annotations

from datetime import timedelta

from assent.gate.evaluate import Missing, Requirement, evaluate
from assent.gate.facts import StandingAnswer, StandingConsent, Wish
from assent.gate.reasons import Reason
from assent.gate.roles import Role
from assent.gate.rules import load_gates
from assent.settings import ROOT
from tests.gate.worlds import NOW, open_world

GATES = load_gates((ROOT / "policies" / "gates.yaml").read_text(encoding="utf-8"), "gates.yaml")


def lines(**changes: object) -> dict[str, Requirement]:
    world = open_world(**changes)
    return {r.key: r for r in evaluate(GATES.rule(world.kind), world, NOW).requirements}


def test_the_detained_persons_no() -> None:
    assert "consent:detainee" not in lines()
    assert "consent:detainee" not in lines(wishes=(Wish("w", 9, "lifted"),))
    assert lines(wishes=(Wish("w", 9, "trusted"),))["consent:detainee"] == Requirement(
        "consent:detainee",
        met=False,
        why=Reason("detainee_no"),
        missing_from=(Missing(role=Role.COUNSEL),),
    )


def test_a_yes_given_in_advance_is_called_that_and_dated_from_when_it_was_given() -> None:
    given = NOW - timedelta(hours=3)
    in_advance = StandingConsent(
        "s",
        frozenset({"diplomatic_outreach"}),
        frozenset({"public"}),
        frozenset(),
        NOW - timedelta(hours=4),
        NOW + timedelta(days=1),
        (StandingAnswer(7, "mother", agrees=True, at=given),),
    )
    found = lines(kind="diplomatic_outreach", consents=(), standing=(in_advance,))
    assert (found["consent:family"].met, found["consent:family"].why) == (True, Reason("standing"))
    assert (found["consent:family"].at, found["consent:family"].by) == (given, ("mother",))
    assert lines()["consent:family"].why == Reason("met")
