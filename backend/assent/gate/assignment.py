"""Separation of duties: no person meets two requirements of one gate.

Who meets which is a matching between places and people, found by augmenting paths, so that a
gate is never shut merely because the wrong one of two possible people was counted first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assent.gate.facts import Clearance


@dataclass(frozen=True)
class Slot:
    """A requirement with places to fill.

    Attributes:
        places: how many different people it takes.
        candidates: clearances that could fill a place, at most one per person.
    """

    key: str
    places: int
    candidates: tuple[Clearance, ...]


def assign(slots: Sequence[Slot]) -> Mapping[str, tuple[Clearance, ...]]:
    """Fill as many places as possible with different people.

    Returns:
        For each slot's key the clearances chosen; the same for any order of records.
    """
    places = [(slot, number) for slot in slots for number in range(slot.places)]
    filled: dict[str, tuple[int, Clearance]] = {}
    for place in range(len(places)):
        _fill(place, places, filled, set())
    chosen: dict[str, list[Clearance]] = {slot.key: [] for slot in slots}
    for place, clearance in filled.values():
        chosen[places[place][0].key].append(clearance)
    return {key: tuple(sorted(found, key=lambda c: c.seq)) for key, found in chosen.items()}


def _fill(
    place: int,
    places: Sequence[tuple[Slot, int]],
    filled: dict[str, tuple[int, Clearance]],
    tried: set[str],
) -> bool:
    for clearance in sorted(places[place][0].candidates, key=lambda c: c.seq):
        if clearance.person in tried:
            continue
        tried.add(clearance.person)
        holder = filled.get(clearance.person)
        if holder is None or _fill(holder[0], places, filled, tried):
            filled[clearance.person] = (place, clearance)
            return True
    return False
