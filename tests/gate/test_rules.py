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
        "wrongful_detention_assessment",
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
    assert book.rule("letter").family_consent.channel == "link"
    stronger = load_gates(GOOD.replace("90", "90, channel: passkey"), "x").rule("letter")
    assert stronger.as_json()["family_consent"] == {
        "standing": "allowed", "max_days": 90, "channel": "passkey",
    }  # fmt: skip
    never = load_gates(GOOD.replace("allowed, max_days: 90", "never, channel: attested"), "x")
    assert never.rule("letter").family_consent.channel == "attested"
    assert load_gates("# a word\n" + GOOD, "other.yaml").digest == book.digest
    assert load_gates(GOOD.replace("count: 2", "count: 1"), "x").digest != book.digest


WRONG = [
    ("", 1, "file", "it is empty: declare at least one kind of action"),
    ("- a\n", 1, "file", "expected keys and values here"),
    ("{}", 1, "file", "declare at least one kind of action"),
    (GOOD.replace("  family_consent: { standing: allowed, max_days: 90 }\n", ""),
     2, "letter", "family_consent is missing: without the family's consent it is no gate"),
    (GOOD.replace("letter", "Letter"), 2, "Letter", "a kind is named in lower case letters, digits and _"),
    (GOOD + GOOD, 7, "file.letter", "this key stands here twice"),
    (GOOD.replace("  release: { role: coordinator }\n", ""), 2, "letter", "release is missing"),
    (GOOD.replace("release:", "relaese:"),
     6, "letter.relaese", "unknown key; known are: clearance, family_consent, release"),
    (GOOD.replace("role: coordinator", "role: organisation_admin"),
     6, "letter.release.role", "unknown role here; known are: coordinator"),
    (GOOD.replace("role: safety_reviewer", "role: drafter"),
     4, "letter.clearance[1].role", "unknown role here; known are: clearance_officer, safety_reviewer"),
    (GOOD.replace("lead_organisation", "everybody"),
     3, "letter.clearance[0].from", "unknown; known are: each_cosigner, lead_organisation"),
    (GOOD.replace("from: lead_organisation, ", ""),
     3, "letter.clearance[0]", "from is missing: a clearance officer speaks for an organisation"),
    (GOOD.replace("count: 2", "count: 0"), 4, "letter.clearance[1].count", "a whole number from 1 to 9"),
    (GOOD.replace("count: 2", "count: ten"), 4, "letter.clearance[1].count", "a whole number from 1 to 9"),
    (GOOD.replace("count: 2", "count: [2]"), 4, "letter.clearance[1].count", "expected a single word here"),
    (GOOD.replace("lead_organisation,", "lead_organisation, count: 2,"),
     3, "letter.clearance[0].count", "an organisation has one voice: leave count out"),
    (GOOD.replace("not_author: true", "not_author: yes please"),
     3, "letter.clearance[0].not_author", "true or false"),
    (GOOD.replace("safety_reviewer, count: 2", "clearance_officer, from: lead_organisation"),
     4, "letter.clearance", "this clearance stands here twice; use count for several people"),
    (GOOD.replace("standing: allowed", "standing: always"),
     5, "letter.family_consent.standing", "unknown; known are: never, allowed"),
    (GOOD.replace("standing: allowed", "standing: never"),
     5, "letter.family_consent.max_days", "only with standing: allowed"),
    (GOOD.replace(", max_days: 90", ""), 5, "letter.family_consent", "max_days is missing: a standing consent ends"),
    (GOOD.replace("90", "366"), 5, "letter.family_consent.max_days", "a whole number from 1 to 365"),
    (GOOD.replace("{ standing: allowed, max_days: 90 }", "{}"), 5, "letter.family_consent", "standing is missing"),
    (GOOD.replace("{ role: coordinator }", "coordinator"), 6, "letter.release", "expected keys and values here"),
    (GOOD.replace("{ role: safety_reviewer, count: 2 }", "safety_reviewer"),
     4, "letter.clearance[1]", "expected keys and values here"),
    ("letter:\n  clearance: []\n  family_consent: { standing: never }\n  release: { role: coordinator }\n",
     2, "letter.clearance", "list at least one clearance"),
    (GOOD.replace("lead_organisation", "each_cosigner").replace("    - { role: safety_reviewer, count: 2 }\n", ""),
     3, "letter.clearance", "a text without co-signers would need no clearance: "
     "add one from lead_organisation, or a safety_reviewer"),
    ("letter:\n  clearance:\n    - { role: clearance_officer, from: each_cosigner }\n"
     "    - { role: safety_reviewer, from: each_cosigner }\n"
     "  family_consent: { standing: never }\n  release: { role: coordinator }\n",
     3, "letter.clearance", "a text without co-signers would need no clearance: "
     "add one from lead_organisation, or a safety_reviewer"),
    ("letter: &a\n  x: 1\nother: *a\n", 1, "file", "write it out: no anchors, aliases or tags"),
    ("letter: !!python/object:os.system {}\n", 1, "file", "write it out: no anchors, aliases or tags"),
    ("letter:\n  - [\n", 3, "file", "expected the node content, but found '<stream end>'"),
    ("? [a]\n: b\n", 1, "file", "a key is a plain word"),
    ("letter: {" * 3000, 1, "file", "it is nested too deeply"),
    ("#" * 1_100_000, 1, "file", "it is longer than 1 MB"),
    (GOOD.replace("role: safety_reviewer, ", ""), 4, "letter.clearance[1]", "role is missing"),
    (GOOD.replace("release: { role: coordinator }", "release: {}"), 6, "letter.release", "role is missing"),
    (GOOD.replace("release: { role: coordinator }", "release: { role: [coordinator] }"),
     6, "letter.release.role", "expected a single word here"),
    (GOOD.replace("lead_organisation", "[lead_organisation]"),
     3, "letter.clearance[0].from", "expected a single word here"),
    (GOOD.replace("not_author: true", "not_author: [true]"),
     3, "letter.clearance[0].not_author", "expected a single word here"),
    (GOOD.replace("standing: allowed", "standing: [allowed]"),
     5, "letter.family_consent.standing", "expected a single word here"),
    (GOOD.replace("count: 2", "count: 10"), 4, "letter.clearance[1].count", "a whole number from 1 to 9"),
    (GOOD.replace("count: 2", "count: 00002"), 4, "letter.clearance[1].count", "a whole number from 1 to 9"),
    (GOOD.replace("count: 2", "number: 2"),
     4, "letter.clearance[1].number", "unknown key; known are: role, from, count, not_author"),
    (GOOD.replace("max_days", "days"),
     5, "letter.family_consent.days", "unknown key; known are: standing, max_days, channel"),
    (GOOD.replace("max_days: 90", "max_days: 90, channel: rumour"),
     5, "letter.family_consent.channel", "unknown; known are: link, attested, passkey"),
    (GOOD.replace("{ standing: allowed, max_days: 90 }", "never"),
     5, "letter.family_consent", "expected keys and values here"),
    (GOOD.replace("letter", "letter box"), 2, "letter box", "a kind is named in lower case letters, digits and _"),
    (GOOD.replace("letter", "l\u00e9tter"), 2, "létter", "a kind is named in lower case letters, digits and _"),
    (GOOD.replace("role: coordinator", "role: coordinator, when: now"),
     6, "letter.release.when", "unknown key; known are: role"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "field", "reason"), WRONG)
def test_what_is_no_gate_is_refused_with_its_place(
    text: str, line: int, field: str, reason: str
) -> None:
    with pytest.raises(GateFileError) as caught:
        load_gates(text, "policies/gates.yaml")
    error = caught.value
    assert (error.file, error.line, error.field, error.reason) == (
        "policies/gates.yaml", line, field, reason,
    )  # fmt: skip
    assert str(error) == f"policies/gates.yaml, line {line}: {field}: {reason}"


def test_what_fits_just_so() -> None:
    longest = GOOD + "#" * (1024 * 1024 - len(GOOD))
    assert load_gates(longest, "x") == load_gates(GOOD, "x")
    with pytest.raises(GateFileError, match="longer than 1 MB"):
        load_gates(longest + "#", "x")
    for old, new in (("count: 2", "count: 9"), ("90", "365"), ("true", "false"), ("letter", "a_2")):
        load_gates(GOOD.replace(old, new), "x")


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
        refused = error
    else:
        assert all(rule.clearance and rule.family_consent for rule in book.kinds.values())
        return
    assert refused.line >= 1
