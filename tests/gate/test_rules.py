"""gates.yaml: what is no gate is refused, with file, line and reason."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assent.gate.roles import Role
from assent.gate.rules import GateFileError, load_gates
from assent.settings import ROOT

GOOD = """\
letter:
  clearance:
    - { role: clearance_officer, from: lead_organisation, not_author: true }
    - { role: safety_reviewer, count: 2 }
  family_consent: { standing: allowed, max_days: 90 }
  release: { role: coordinator }
"""


def test_the_gates_we_ship_are_gates() -> None:
    book = load_gates((ROOT / "policies" / "gates.yaml").read_text(encoding="utf-8"), "gates.yaml")
    assert set(book.kinds) == {
        "public_statement",
        "sanctions_request",
        "diplomatic_outreach",
        "un_submission",
    }
    assert book.rule("public_statement").as_json()["family_consent"] == {"standing": "never"}
    for rule in book.kinds.values():
        assert all(slot.not_author for slot in rule.clearance)
    with pytest.raises(KeyError):
        book.rule("leak")


def test_a_gate_in_its_normal_form() -> None:
    book = load_gates(GOOD, "gates.yaml")
    assert book.rule("letter").as_json() == {
        "kind": "letter",
        "clearance": [
            {
                "role": "clearance_officer",
                "from": "lead_organisation",
                "count": 1,
                "not_author": True,
            },
            {"role": "safety_reviewer", "count": 2, "not_author": False},
        ],
        "family_consent": {"standing": "allowed", "max_days": 90},
        "release": {"role": "coordinator"},
    }
    assert book.rule("letter").release_role is Role.COORDINATOR
    assert load_gates("# a word\n" + GOOD, "other.yaml").digest == book.digest
    assert load_gates(GOOD.replace("count: 2", "count: 1"), "x").digest != book.digest


WRONG = [
    ("", 1, "empty"),
    ("- a\n", 1, "keys and values"),
    ("{}", 1, "at least one kind"),
    (GOOD.replace("  family_consent: { standing: allowed, max_days: 90 }\n", ""), 2,
     "without the family's consent it is no gate"),
    (GOOD.replace("letter", "Letter"), 2, "lower case"),
    (GOOD + GOOD, 7, "twice"),
    (GOOD.replace("  release: { role: coordinator }\n", ""), 2, "release is missing"),
    (GOOD.replace("release:", "relaese:"), 6, "unknown key"),
    (GOOD.replace("role: coordinator", "role: organisation_admin"), 6, "unknown role"),
    (GOOD.replace("role: safety_reviewer", "role: drafter"), 4, "unknown role"),
    (GOOD.replace("lead_organisation", "everybody"), 3, "unknown; known are"),
    (GOOD.replace("from: lead_organisation, ", ""), 3, "from is missing"),
    (GOOD.replace("count: 2", "count: 0"), 4, "whole number"),
    (GOOD.replace("count: 2", "count: ten"), 4, "whole number"),
    (GOOD.replace("count: 2", "count: [2]"), 4, "single word"),
    (GOOD.replace("lead_organisation,", "lead_organisation, count: 2,"), 3, "one voice"),
    (GOOD.replace("not_author: true", "not_author: yes please"), 3, "true or false"),
    (GOOD.replace("safety_reviewer, count: 2", "clearance_officer, from: lead_organisation"), 4, "twice"),
    (GOOD.replace("standing: allowed", "standing: always"), 5, "never, allowed"),
    (GOOD.replace("standing: allowed", "standing: never"), 5, "only with"),
    (GOOD.replace(", max_days: 90", ""), 5, "max_days is missing"),
    (GOOD.replace("90", "366"), 5, "1 to 365"),
    (GOOD.replace("{ standing: allowed, max_days: 90 }", "{}"), 5, "standing is missing"),
    (GOOD.replace("{ role: coordinator }", "coordinator"), 6, "keys and values"),
    (GOOD.replace("{ role: safety_reviewer, count: 2 }", "safety_reviewer"), 4, "keys and values"),
    ("letter:\n  clearance: []\n  family_consent: { standing: never }\n  release: { role: coordinator }\n", 2,
     "at least one clearance"),
    ("letter: &a\n  x: 1\nother: *a\n", 1, "no anchors"),
    ("letter: !!python/object:os.system {}\n", 1, "no anchors, aliases or tags"),
    ("letter:\n  - [\n", 3, ""),
    ("? [a]\n: b\n", 1, "plain word"),
    ("letter: {" * 3000, 1, ""),
    ("#" * 1_100_000, 1, "longer than"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "reason"), WRONG)
def test_what_is_no_gate_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(GateFileError) as caught:
        load_gates(text, "policies/gates.yaml")
    error = caught.value
    assert reason in error.reason
    if len(text) < 2000:
        assert error.line == line
    assert str(error).startswith(f"policies/gates.yaml, line {error.line}: {error.field}: ")


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_is_still_a_gate(data: st.DataObject) -> None:
    text = list(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(text) - 1))
        text[position] = data.draw(st.characters() | st.sampled_from(list(":{}[]-&*!#\n \t")))
    try:
        book = load_gates("".join(text), "gates.yaml")
    except GateFileError as error:
        refused_at = error.line
    else:
        refused_at = 1
        assert all(rule.clearance and rule.family_consent for rule in book.kinds.values())
    assert refused_at >= 1
