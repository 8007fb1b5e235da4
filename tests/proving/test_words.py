"""The record of a case has words for every kind of decision; none is left as something else."""

from __future__ import annotations

from assent.ledger.events import EventKind
from assent.proving.words import EVENTS, OF_NO_CASE, OTHER, event_words


def test_every_kind_of_entry_has_its_own_words_or_is_of_no_case() -> None:
    assert set(EventKind) - set(EVENTS) == OF_NO_CASE, "say in words.py what people read for it"
    assert set(EVENTS) <= set(EventKind)
    assert len(set(EVENTS.values())) == len(EVENTS)
    assert OTHER not in EVENTS.values()
    assert {event_words(kind) for kind in OF_NO_CASE} == {OTHER}
