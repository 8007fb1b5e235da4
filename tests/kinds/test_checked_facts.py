"""Everything the policies say of law and practice has a source and a day, or says that it is from memory."""

from __future__ import annotations

from datetime import date, timedelta

from assent.checked_facts import READ_AGAIN_AFTER, known_facts, laws_that_ran_out
from assent.doctor import _facts
from assent.settings import ROOT

POLICIES = ROOT / "policies"
WRITTEN = date(2026, 11, 25)


def test_every_fact_has_a_source_and_a_day_or_says_what_of_it_is_from_memory() -> None:
    facts = list(known_facts(POLICIES))
    assert len(facts) > 50
    for fact in facts:
        assert fact.unchecked or (fact.source and fact.read_on), fact
        assert fact.read_on is None or fact.read_on >= date(2026, 11, 1), fact
        assert len(fact.source) > 10 or fact.read_on is None, fact


def test_what_nobody_could_check_is_marked_and_little() -> None:
    """What is known from memory alone; whoever reads it on a public page takes it off this list."""
    memory = {(fact.about, fact.unchecked[:40]) for fact in known_facts(POLICIES) if fact.unchecked}
    assert {about for about, _ in memory} == {
        "jurisdictions.yaml, us_global_magnitsky",
        "jurisdictions.yaml, eu",
        "jurisdictions.yaml, canada",
        "jurisdictions.yaml, australia",
        "forms/dossiers, us_global_magnitsky",
        "forms/dossiers, canada",
        "forms, un_submission working_group",
        "forms, un_submission individual_complaint",
        "procedures.yaml, un_submission working_group",
        "procedures.yaml, un_submission urgent_appeal",
        "procedures.yaml, un_submission individual_complaint",
        "procedures.yaml, wrongful_detention_assessment levinson",
    }
    assert len(memory) <= 14


def test_the_doctor_says_when_law_ran_out_and_when_to_read_again() -> None:
    assert _facts(POLICIES, WRITTEN).mend == ""
    assert "from memory" in _facts(POLICIES, WRITTEN).found
    assert laws_that_ran_out(POLICIES, date(2026, 12, 8)) == []
    assert "the law behind eu ran out" in _facts(POLICIES, date(2026, 12, 9)).mend
    later = WRITTEN + READ_AGAIN_AFTER + timedelta(days=2)
    assert "ran out" in _facts(POLICIES, later).mend
