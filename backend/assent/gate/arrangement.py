"""Who decides for the family on a text, how many of them it takes, and since when their word has to be."""

from __future__ import annotations

from datetime import datetime

from assent.gate.channels import speaks
from assent.gate.facts import Arrangement, Facts
from assent.gate.roles import Role

# The person being free, advocacy stops until whoever decides has said so again.
ALWAYS_ASKS_AGAIN = "release"


def yeses_needed(arrangement: Arrangement) -> int | None:
    """Return how many decision makers have to say yes; None if the arrangement cannot be met."""
    deciders = len(arrangement.decision_makers)
    needed = {
        "one": 1 if deciders == 1 else None,
        "any": 1,
        "all": deciders,
        "quorum": arrangement.quorum,
    }[arrangement.rule]
    return needed if needed is not None and 1 <= needed <= deciders else None


def stand_ins(facts: Facts, now: datetime) -> dict[str, str]:
    """Return which alternate decides on the latest revision in whose place.

    Somebody is stood in for once the time that the family has set has passed since they were recorded
    as out of reach, and only where they have said nothing to this text themselves. Alternates follow
    in the family's order, whoever was out of reach first being stood in for first.
    """
    arrangement = facts.arrangement
    if arrangement is None or arrangement.stand_in_after is None:
        return {}
    after = arrangement.stand_in_after
    unreached = {absence.person for absence in facts.absences}
    spoken = {c.person for c in facts.consents if c.revision == facts.revision and speaks(c)}
    away = [
        absence.person
        for absence in sorted(facts.absences, key=lambda a: a.seq)
        if absence.person in arrangement.decision_makers
        and absence.person not in spoken
        and absence.at + after <= now
    ]
    there = [
        person
        for person in arrangement.alternates
        if person not in unreached and facts.holds_role(person, Role.DECISION_MAKER)
    ]
    return dict(zip(away, there, strict=False))


def deciders(facts: Facts, now: datetime) -> frozenset[str]:
    """Return whose yes is waited for on the latest revision: alternates in the place of those away."""
    if facts.arrangement is None:
        return frozenset()
    in_place_of = stand_ins(facts, now)
    return frozenset(in_place_of.get(p, p) for p in facts.arrangement.decision_makers)


def heard(facts: Facts, now: datetime) -> frozenset[str]:
    """Return whose word on the latest revision counts: everybody who decides, and whoever stands in."""
    named = facts.arrangement.decision_makers if facts.arrangement else frozenset()
    return named | deciders(facts, now)


def still_asked(facts: Facts, seq: int) -> bool:
    """Whether the family is asked again since this record of its word: then it does not count.

    What asks again is the last event of a kind the family has chosen, or the release of the person; or word of
    the detained person against it that came by a way that cannot be trusted, or that takes back such a no.
    """
    chosen = facts.arrangement.asks_again if facts.arrangement else frozenset()
    events = (e.seq for e in facts.events if e.kind in chosen or e.kind == ALWAYS_ASKS_AGAIN)
    doubtful = (wish.seq for wish in facts.wishes if wish.trust != "trusted")
    return any(asked >= seq for asked in (*events, *doubtful))
