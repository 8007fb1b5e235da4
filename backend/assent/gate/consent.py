"""Is there a live family consent to exactly this text, under the arrangement in force?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from assent.gate.conditions import KindOfCondition, conditions_of, earliest
from assent.gate.facts import YESES, Arrangement, Consent, Facts
from assent.gate.roles import Role


@dataclass(frozen=True)
class FamilyAnswer:
    """What the family has said to the latest revision.

    Attributes:
        given: whether it amounts to a consent.
        reason: a code of `reasons`.
        yeses: the live yeses, one per person, ordered by their record.
        waiting_for: decision makers whose yes could still be given.
        conditions: what yeses depend on, and how the text stands to it.
        not_before: the family's own earliest release: its conditions, and its time to sleep over a yes.
    """

    given: bool
    reason: str
    yeses: tuple[Consent, ...] = ()
    waiting_for: tuple[str, ...] = ()
    conditions: tuple[KindOfCondition, ...] = ()
    not_before: datetime | None = None


def family_answer(facts: Facts, now: datetime) -> FamilyAnswer:
    """Judge the family's decisions on the latest revision.

    A no, a yes taken back or an unresolved question of any decision maker shuts the gate under every
    rule, and what any of their yeses depends on has to be kept, even of one that has lapsed: the more
    restrictive wins, never a majority over a no.

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
    reason = _reason(words, yeses, needed)
    return FamilyAnswer(
        given=reason == "met",
        reason=reason,
        yeses=yeses,
        waiting_for=() if reason == "met" else waiting,
        conditions=conditions_of(words, facts),
        not_before=_not_before(arrangement, words, yeses, needed),
    )


def _reason(words: tuple[Consent, ...], yeses: tuple[Consent, ...], needed: int) -> str:
    decisions = {c.decision for c in words}
    if "no" in decisions:
        return "family_no"
    if any(c.withdrawn_at is not None for c in words):
        return "family_withdrew"
    if "question" in decisions:
        return "family_question"
    return "met" if len(yeses) >= needed else "family_waits"


def _not_before(
    arrangement: Arrangement, words: tuple[Consent, ...], yeses: tuple[Consent, ...], needed: int
) -> datetime | None:
    """The latest of: what a condition asks to wait for, and the family's yes with its cooling-off."""
    moments = [earliest(words)]
    if arrangement.cooling_off and len(yeses) >= needed:
        moments.append(yeses[needed - 1].at + arrangement.cooling_off)
    return max((moment for moment in moments if moment is not None), default=None)


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
        consent.decision in YESES
        and consent.withdrawn_at is None
        and now < consent.expires_at
        and facts.holds_role(consent.person, Role.DECISION_MAKER)
    )
