"""Is there a live family consent to exactly this text, under the arrangement in force?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from assent.gate.facts import Arrangement, Consent, Facts
from assent.gate.roles import Role


@dataclass(frozen=True)
class FamilyAnswer:
    """What the family has said to the latest revision.

    Attributes:
        given: whether it amounts to a consent.
        reason: a code of `reasons`.
        yeses: the live yeses, one per person, ordered by their record.
        waiting_for: decision makers whose yes could still be given.
    """

    given: bool
    reason: str
    yeses: tuple[Consent, ...] = ()
    waiting_for: tuple[str, ...] = ()


def family_answer(facts: Facts, now: datetime) -> FamilyAnswer:
    """Judge the family's decisions on the latest revision.

    A live no or an unresolved question of any decision maker shuts the gate under every rule: the
    more restrictive wins, never a majority over a no.

    Args:
        facts: what is on record.
        now: the moment to judge at; a consent has lapsed from its `expires_at` on.
    """
    arrangement = facts.arrangement
    if arrangement is None or not arrangement.decision_makers:
        return FamilyAnswer(given=False, reason="no_arrangement")
    needed = yeses_needed(arrangement)
    if needed is None:
        return FamilyAnswer(given=False, reason="unclear_arrangement")
    words = last_words(facts)
    yeses = tuple(sorted((c for c in words if _live_yes(c, facts, now)), key=lambda c: c.seq))
    waiting = tuple(sorted(arrangement.decision_makers - {c.person for c in yeses}))
    decisions = {c.decision for c in words}
    if "no" in decisions:
        return FamilyAnswer(given=False, reason="family_no", yeses=yeses, waiting_for=waiting)
    if "question" in decisions:
        return FamilyAnswer(given=False, reason="family_question", yeses=yeses, waiting_for=waiting)
    if len(yeses) < needed:
        return FamilyAnswer(given=False, reason="family_waits", yeses=yeses, waiting_for=waiting)
    return FamilyAnswer(given=True, reason="met", yeses=yeses)


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


def last_words(facts: Facts) -> tuple[Consent, ...]:
    """Return the latest decision of each decision maker on the latest revision and its digest."""
    deciders = facts.arrangement.decision_makers if facts.arrangement else frozenset()
    return tuple(
        latest_by_person(
            c
            for c in facts.consents
            if c.person in deciders and c.revision == facts.revision and c.digest == facts.digest
        ).values()
    )


def latest_by_person(consents: Iterable[Consent]) -> dict[str, Consent]:
    """Return each person's latest record: a later decision supersedes an earlier one."""
    latest: dict[str, Consent] = {}
    for consent in sorted(consents, key=lambda c: c.seq):
        latest[consent.person] = consent
    return latest


def _live_yes(consent: Consent, facts: Facts, now: datetime) -> bool:
    return (
        consent.decision == "yes"
        and consent.withdrawn_at is None
        and now < consent.expires_at
        and facts.holds_role(consent.person, Role.DECISION_MAKER)
    )
