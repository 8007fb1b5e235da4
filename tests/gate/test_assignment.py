"""Nobody fills two places, and no place stays empty that a cleverer choice would fill."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from assent.gate.assignment import Slot, assign
from tests.gate.worlds import cleared

PEOPLE = "abcd"
able = st.lists(st.frozensets(st.sampled_from(PEOPLE), max_size=4), min_size=1, max_size=3)


def slots_of(candidates: list[frozenset[str]], places: list[int], order: str) -> list[Slot]:
    """Each person's clearances stand at the place in the record that `order` gives them."""
    return [
        Slot(f"s{n}", places[n % len(places)], tuple(cleared(p, order.index(p)) for p in people))
        for n, people in enumerate(candidates)
    ]


def most(slots: list[Slot]) -> int:
    """How many places the best of all choices fills, found by trying every one."""
    choices = [
        [*(c.person for c in slot.candidates), None] for slot in slots for _ in range(slot.places)
    ]
    return max(
        len(named)
        for pick in itertools.product(*choices)
        if len(named := [p for p in pick if p]) == len(set(named))
    )


@settings(max_examples=400, deadline=None)
@given(able, st.lists(st.integers(1, 2), min_size=1, max_size=3), st.permutations(PEOPLE))
def test_as_many_as_the_best_choice(
    candidates: list[frozenset[str]], places: list[int], order: list[str]
) -> None:
    slots = slots_of(candidates, places, "".join(order))
    chosen = assign(slots)
    people = [clearance.person for found in chosen.values() for clearance in found]
    assert len(people) == len(set(people)) == most(slots)
    for slot in slots:
        assert set(chosen[slot.key]) <= set(slot.candidates)
        assert len(chosen[slot.key]) <= slot.places
        assert [c.seq for c in chosen[slot.key]] == sorted(c.seq for c in chosen[slot.key])


def test_whoever_was_counted_first_makes_room() -> None:
    officer = Slot("officer", 1, (cleared("a", 1), cleared("b", 2)))
    reviewer = Slot("reviewer", 1, (cleared("a", 1),))
    lead = Slot("lead", 1, (cleared("b", 2), cleared("c", 3)))
    chosen = {key: [c.person for c in found] for key, found in assign([officer, reviewer]).items()}
    assert chosen == {"officer": ["b"], "reviewer": ["a"]}
    chain = assign([officer, lead, reviewer])
    assert {key: [c.person for c in found] for key, found in chain.items()} == {
        "officer": ["b"],
        "reviewer": ["a"],
        "lead": ["c"],
    }
