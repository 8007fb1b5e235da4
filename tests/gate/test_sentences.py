"""The gate in sentences: one world that is open, and what shuts it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assent.gate.evaluate import evaluate
from assent.gate.facts import Arrangement, Concern, Facts, Hold, Member, Pause
from assent.gate.reasons import SENTENCES
from assent.gate.roles import Role
from assent.gate.rules import load_gates
from assent.gate.state import ActionState, action_state
from assent.settings import ROOT
from tests.gate.worlds import D1, NOW, R1, cleared, open_world, said

GATES = load_gates((ROOT / "policies" / "gates.yaml").read_text(encoding="utf-8"), "gates.yaml")
RULE = GATES.rule("public_statement")


def missing(world: Facts) -> dict[str, str]:
    return {r.key: r.why.code for r in evaluate(RULE, world, NOW).requirements if not r.met}


def test_with_everything_on_record_it_is_open() -> None:
    status = evaluate(RULE, open_world(), NOW)
    assert status.open
    assert not status.open_but_for_time
    assert [r.key for r in status.requirements] == [
        "clearance:clearance_officer:harbour",
        "clearance:clearance_officer:lantern",
        "clearance:safety_reviewer",
        "consent:family",
        "pause",
        "concern:open",
        "hold:open",
        "release:not_before",
        "release:coordinator",
    ]
    met = {r.key: (r.by, r.at) for r in status.requirements}
    assert met["clearance:clearance_officer:harbour"] == (("ada",), NOW)
    assert met["consent:family"] == (("mother",), NOW)
    assert met["release:coordinator"][0] == ("eva",)
    assert {(g.record, g.record_id, g.person) for g in status.grounds} == {
        ("clearance", "c1", "ada"),
        ("clearance", "c2", "ben"),
        ("clearance", "c3", "cyn"),
        ("consent", "y4", "mother"),
    }


def test_without_a_text_there_is_nothing_to_open() -> None:
    status = evaluate(RULE, open_world(revision=None, digest=None), NOW)
    assert status.requirements[0].key == "revision:content"
    assert status.requirements[0].missing_from[0].role == Role.DRAFTER
    assert not status.open
    assert "consent:family" in {r.key for r in status.requirements if not r.met}


SHUT: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("no arrangement", {"arrangement": None}, {"consent:family": "no_arrangement"}),
    (
        "an empty one",
        {"arrangement": Arrangement(1, "all", frozenset())},
        {"consent:family": "no_arrangement"},
    ),
    (
        "one of two",
        {"arrangement": Arrangement(1, "one", frozenset({"mother", "brother"}))},
        {"consent:family": "unclear_arrangement"},
    ),
    (
        "quorum of none",
        {"arrangement": Arrangement(1, "quorum", frozenset({"mother"}), 0)},
        {"consent:family": "unclear_arrangement"},
    ),
    (
        "quorum of too many",
        {"arrangement": Arrangement(1, "quorum", frozenset({"mother"}), 2)},
        {"consent:family": "unclear_arrangement"},
    ),
    (
        "quorum unsaid",
        {"arrangement": Arrangement(1, "quorum", frozenset({"mother"}))},
        {"consent:family": "unclear_arrangement"},
    ),
    (
        "all of two, one silent",
        {"arrangement": Arrangement(1, "all", frozenset({"mother", "brother"}))},
        {"consent:family": "family_waits"},
    ),
    ("silence", {"consents": ()}, {"consent:family": "family_waits"}),
    (
        "a withdrawn yes",
        {"consents": (said("mother", 4, withdrawn=NOW),)},
        {"consent:family": "family_withdrew"},
    ),
    (
        "a lapsed yes",
        {"consents": (said("mother", 4, expires=NOW),)},
        {"consent:family": "family_waits"},
    ),
    (
        "a yes to another text",
        {"consents": (said("mother", 4, digest=D1),)},
        {"consent:family": "family_waits"},
    ),
    (
        "a yes to the same words, earlier",
        {"consents": (said("mother", 4, revision=R1),)},
        {"consent:family": "family_waits"},
    ),
    ("a stranger's yes", {"consents": (said("uncle", 4),)}, {"consent:family": "family_waits"}),
    (
        "a brother's no against the mother's yes",
        {"consents": (said("mother", 4), said("brother", 5, "no"))},
        {"consent:family": "family_no"},
    ),
    (
        "a question",
        {"consents": (said("mother", 4), said("brother", 5, "question"))},
        {"consent:family": "family_question"},
    ),
    (
        "her own later no",
        {"consents": (said("mother", 4), said("mother", 5, "no"))},
        {"consent:family": "family_no"},
    ),
    ("a pause", {"pauses": (Pause("p", NOW),)}, {"pause": "paused"}),
    ("a concern", {"concerns": (Concern("k", "uncle", NOW),)}, {"concern:open": "concern_open"}),
    ("a hold", {"holds": (Hold("h", "cyn", NOW),)}, {"hold:open": "hold_open"}),
    ("the time", {"not_before": NOW + timedelta(seconds=1)}, {"release:not_before": "too_early"}),
    ("somebody else's hand", {"releaser": "ada"}, {"release:coordinator": "not_the_releaser"}),
    (
        "the writer as officer",
        {"writers": frozenset({"ada"})},
        {"clearance:clearance_officer:harbour": "nobody_can"},
    ),
    (
        "a refusal",
        {"clearances": (cleared("ada", 1, decision="refused"), *open_world().clearances[1:])},
        {"clearance:clearance_officer:harbour": "refused"},
    ),
    (
        "stepping aside",
        {"clearances": (cleared("ada", 1, decision="recused"), *open_world().clearances[1:])},
        {"clearance:clearance_officer:harbour": "recused"},
    ),
    (
        "a second reviewer's refusal",
        {
            "members": (*open_world().members, Member("fay", Role.SAFETY_REVIEWER, "harbour")),
            "clearances": (
                *open_world().clearances,
                cleared("fay", 9, role=Role.SAFETY_REVIEWER, decision="refused"),
            ),
        },
        {"clearance:safety_reviewer": "review_refused"},
    ),
    (
        "no clearances",
        {"clearances": open_world().clearances[1:]},
        {"clearance:clearance_officer:harbour": "not_cleared"},
    ),
    (
        "no review",
        {"clearances": open_world().clearances[:2]},
        {"clearance:safety_reviewer": "not_reviewed"},
    ),
    (
        "nobody to review",
        {"members": tuple(m for m in open_world().members if m.role != Role.SAFETY_REVIEWER)},
        {"clearance:safety_reviewer": "nobody_reviews"},
    ),
    (
        "nobody to release",
        {"members": tuple(m for m in open_world().members if m.role != Role.COORDINATOR)},
        {"release:coordinator": "nobody_releases"},
    ),
    (
        "a role that has ended",
        {"members": tuple(m for m in open_world().members if m.person != "ben")},
        {"clearance:clearance_officer:lantern": "nobody_can"},
    ),
    (
        "a relative who left",
        {"members": tuple(m for m in open_world().members if m.person != "mother")},
        {"consent:family": "family_waits"},
    ),
]


@pytest.mark.parametrize(
    ("changes", "codes"), [case[1:] for case in SHUT], ids=[case[0] for case in SHUT]
)
def test_it_is_shut_by(changes: dict[str, Any], codes: dict[str, str]) -> None:
    assert missing(open_world(**changes)) == codes


def test_a_no_of_somebody_still_named_counts_even_after_their_membership_ended() -> None:
    members = tuple(m for m in open_world().members if m.person != "brother")
    world = open_world(members=members, consents=(said("mother", 4), said("brother", 5, "no")))
    assert missing(world) == {"consent:family": "family_no"}


def test_an_officer_may_turn_a_no_into_a_yes() -> None:
    clearances = (
        cleared("ada", 1, decision="refused"),
        cleared("ada", 8),
        *open_world().clearances[1:],
    )
    assert missing(open_world(clearances=clearances)) == {}


def test_an_organisation_speaks_with_its_latest_word() -> None:
    members = (*open_world().members, Member("gil", Role.CLEARANCE_OFFICER, "harbour"))
    clearances = (*open_world().clearances, cleared("gil", 9, decision="refused"))
    assert missing(open_world(members=members, clearances=clearances)) == {
        "clearance:clearance_officer:harbour": "refused"
    }


def test_one_person_cannot_be_officer_and_reviewer_at_once() -> None:
    members = (
        Member("ada", Role.CLEARANCE_OFFICER, "harbour"),
        Member("ada", Role.SAFETY_REVIEWER, "harbour"),
        *open_world().members[1:2],
        *open_world().members[3:],
    )
    clearances = (
        cleared("ada", 1),
        cleared("ben", 2, organisation="lantern"),
        cleared("ada", 3, role=Role.SAFETY_REVIEWER),
    )
    codes = missing(open_world(members=members, clearances=clearances))
    assert list(codes.values()) == ["same_person"]


def test_a_second_officer_frees_the_first_to_review() -> None:
    members = (
        Member("ada", Role.SAFETY_REVIEWER, "harbour"),
        Member("hal", Role.CLEARANCE_OFFICER, "harbour"),
        *(m for m in open_world().members if m.person != "cyn"),
    )
    clearances = (
        cleared("hal", 5),
        cleared("ada", 1),
        cleared("ben", 2, organisation="lantern"),
        cleared("ada", 3, role=Role.SAFETY_REVIEWER),
    )
    assert missing(open_world(members=members, clearances=clearances)) == {}


def test_a_relative_whose_yes_counts_does_not_clear_as_well() -> None:
    members = (*open_world().members, Member("mother", Role.CLEARANCE_OFFICER, "harbour"))
    clearances = (cleared("mother", 1), *open_world().clearances[1:])
    assert missing(open_world(members=members, clearances=clearances)) == {
        "clearance:clearance_officer:harbour": "same_person"
    }


def test_only_the_time_is_missing() -> None:
    status = evaluate(RULE, open_world(not_before=NOW + timedelta(hours=1)), NOW)
    assert status.open_but_for_time
    assert not status.open


def test_every_reason_has_a_sentence_and_its_parameters_fit() -> None:
    for _, changes, codes in SHUT:
        for requirement in evaluate(RULE, open_world(**changes), NOW).requirements:
            assert SENTENCES[requirement.why.code].format(**requirement.why.params)
        assert set(codes.values()) <= SENTENCES.keys()


def test_the_state_is_derived() -> None:
    open_, shut = evaluate(RULE, open_world(), NOW), evaluate(RULE, open_world(consents=()), NOW)
    later = evaluate(RULE, open_world(not_before=NOW + timedelta(hours=1)), NOW)
    for status, has, released, retracted, state in [
        (shut, False, False, False, ActionState.DRAFTING),
        (shut, True, False, False, ActionState.GATED),
        (later, True, False, False, ActionState.SCHEDULED),
        (open_, True, False, False, ActionState.OPEN),
        (open_, True, True, False, ActionState.RELEASED),
        (open_, True, True, True, ActionState.RETRACTED),
    ]:
        assert (
            action_state(has_revision=has, status=status, released=released, retracted=retracted)
            == state
        )
