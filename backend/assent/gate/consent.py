"""Is there a live family consent to exactly this text, under the arrangement in force?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from assent.gate.arrangement import deciders, heard, still_asked, yeses_needed
from assent.gate.channels import speaks, strong_enough
from assent.gate.conditions import KindOfCondition, conditions_of, earliest
from assent.gate.facts import YESES, Consent, Facts
from assent.gate.roles import Role
from assent.gate.rules import GateRule
from assent.gate.standing import StandingYes, standing_yeses


@dataclass(frozen=True)
class FamilyAnswer:
    """What the family has said to the latest revision.

    Attributes:
        given: whether it amounts to a consent.
        reason: a code of `reasons`.
        yeses: the live yeses to this very text, one per person, ordered by their record.
        standing: the standing consent it rests on, where it rests on one.
        waiting_for: decision makers, or those who stand in, whose yes could still be given.
        conditions: what yeses depend on, and how the text stands to it.
        not_before: the family's own earliest release: its conditions, and its time to sleep over a yes.
    """

    given: bool
    reason: str
    yeses: tuple[Consent, ...] = ()
    standing: StandingYes | None = None
    waiting_for: tuple[str, ...] = ()
    conditions: tuple[KindOfCondition, ...] = ()
    not_before: datetime | None = None


def family_answer(rule: GateRule, facts: Facts, now: datetime) -> FamilyAnswer:
    """Judge the family's decisions on the latest revision.

    A no, a yes taken back, an unresolved question or a contested record of any decision maker shuts
    the gate under every rule, and what any of their yeses depends on has to be kept, and the time it
    asks for given, even of one that has lapsed: the more restrictive wins, never a majority over a no.
    A standing consent stands in for yeses that nobody gave to this very text, never for a word against
    it, nor where a gate asks for a stronger way of giving it.

    Args:
        rule: the gate of the kind: whether it takes a standing consent, and how strong a yes has to be given.
        facts: what is on record.
        now: the moment to judge at; a consent has lapsed from its `expires_at` on.
    """
    arrangement = facts.arrangement
    if arrangement is None or not arrangement.decision_makers:
        return FamilyAnswer(given=False, reason="no_arrangement")
    needed = yeses_needed(arrangement)
    if needed is None:
        return FamilyAnswer(given=False, reason="unclear_arrangement")
    words = last_words(facts, now)
    said = sorted((c for c in words if _stands(c, facts, now)), key=lambda c: c.seq)
    fresh = tuple(c for c in said if not still_asked(facts, c.seq))
    least = rule.family_consent.channel
    yeses = tuple(c for c in fresh if strong_enough(c, least))
    covering = standing_yeses(rule, facts, now) if least == "link" else ()
    standing = _first_enough(tuple(s for s in covering if not s.delayed), needed)
    agreed_at = _agreed_at(yeses, standing, needed)
    by_standing = standing is not None and standing.yeses[needed - 1].at == agreed_at
    reason = _shut_by(words)
    if reason is None and agreed_at is None:
        later = _first_enough(covering, needed) is not None
        reason = "family_time" if later else _not_agreed(len(said), len(fresh), needed)
    if reason is None:
        reason = "family_time" if any(_waits(c, now) for c in words) else "met"
    waiting = tuple(sorted(deciders(facts, now) - {c.person for c in yeses}))
    moments = [earliest(words)]
    if arrangement.cooling_off and agreed_at is not None:
        moments.append(agreed_at + arrangement.cooling_off)
    return FamilyAnswer(
        given=reason == "met",
        reason=reason,
        yeses=yeses,
        standing=standing if by_standing else None,
        waiting_for=() if reason in ("met", "family_time") else waiting,
        conditions=conditions_of(words, facts),
        not_before=max((moment for moment in moments if moment is not None), default=None),
    )


def _first_enough(found: tuple[StandingYes, ...], needed: int) -> StandingYes | None:
    """The standing consent that had enough yeses first; None if none has enough."""
    enough = [s for s in found if len(s.yeses) >= needed]
    return min(
        enough, key=lambda s: (s.yeses[needed - 1].at, s.yeses[needed - 1].seq), default=None
    )


def _agreed_at(
    yeses: tuple[Consent, ...], standing: StandingYes | None, needed: int
) -> datetime | None:
    """When the family had agreed: to this text or in advance, whichever came first."""
    moments = [yeses[needed - 1].at] if len(yeses) >= needed else []
    if standing is not None:
        moments.append(standing.yeses[needed - 1].at)
    return min(moments, default=None)


def _shut_by(words: tuple[Consent, ...]) -> str | None:
    """What any of these words shuts the gate by, under every rule."""
    if any(c.contested_at is not None for c in words):
        return "family_contests"
    decisions = {c.decision for c in words}
    if "no" in decisions:
        return "family_no"
    if any(c.withdrawn_at is not None for c in words):
        return "family_withdrew"
    return "family_question" if "question" in decisions else None


def _not_agreed(said: int, fresh: int, needed: int) -> str:
    """Why there are not enough yeses: given in too weak a way, before something happened, or not at all."""
    if fresh >= needed:
        return "family_channel"
    return "family_asked_again" if said >= needed else "family_waits"


def _waits(consent: Consent, now: datetime) -> bool:
    """Whether a yes does not count yet: it can still be undone, or whoever gave it wants more time."""
    return consent.counts_from is not None and now < consent.counts_from


def last_words(facts: Facts, now: datetime) -> tuple[Consent, ...]:
    """Return the latest decision of each who decides on the latest revision and its digest."""
    counted = heard(facts, now)
    return tuple(
        latest_by_person(
            c
            for c in facts.consents
            if c.person in counted
            and c.revision == facts.revision
            and c.digest == facts.digest
            and speaks(c)
        ).values()
    )


def latest_by_person(consents: Iterable[Consent]) -> dict[str, Consent]:
    """Return each person's latest record: a later decision supersedes an earlier one."""
    latest: dict[str, Consent] = {}
    for consent in sorted(consents, key=lambda c: c.seq):
        latest[consent.person] = consent
    return latest


def _stands(consent: Consent, facts: Facts, now: datetime) -> bool:
    """Whether it is a yes that its giver has not taken back and that has not lapsed."""
    return (
        consent.decision in YESES
        and consent.withdrawn_at is None
        and now < consent.expires_at
        and facts.holds_role(consent.person, Role.DECISION_MAKER)
    )
