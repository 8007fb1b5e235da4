"""What the family agreed to in advance: does a standing consent cover exactly this text, now?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from assent.gate.arrangement import still_asked
from assent.gate.facts import Facts, StandingAnswer, StandingConsent
from assent.gate.roles import Role
from assent.gate.rules import GateRule


@dataclass(frozen=True)
class StandingYes:
    """A standing consent that covers the latest revision, and whose yeses to it count.

    Attributes:
        delayed: a yes to it does not count yet: it can still be undone, or whoever gave it wants more time.
    """

    id: str
    yeses: tuple[StandingAnswer, ...]
    delayed: bool = False


def standing_yeses(rule: GateRule, facts: Facts, now: datetime) -> tuple[StandingYes, ...]:
    """Return every standing consent that covers the latest revision, each with its live yeses."""
    covering = (s for s in facts.standing if covers(s, rule, facts, now))
    return tuple(StandingYes(s.id, _yeses(s, facts), _delayed(s, facts, now)) for s in covering)


def covers(standing: StandingConsent, rule: GateRule, facts: Facts, now: datetime) -> bool:
    """Whether the whole of the text is within the scope, and the scope within the gate in force.

    A no of any decision maker to it shuts it, like a no to a text.
    """
    allowed = rule.family_consent
    if allowed.standing != "allowed" or allowed.max_days is None:
        return False
    ends = min(standing.expires_at, standing.at + timedelta(days=allowed.max_days))
    return (
        now < ends
        and facts.kind in standing.kinds
        and bool(facts.audience)
        and standing.audiences.issuperset(facts.audience)
        and standing.languages.issuperset(facts.languages)
        and not standing.broken
        and not standing.waits
        and all(word.agrees for word in _last_words(standing, facts))
    )


def _delayed(standing: StandingConsent, facts: Facts, now: datetime) -> bool:
    words = _last_words(standing, facts)
    return any(word.counts_from is not None and now < word.counts_from for word in words)


def _last_words(standing: StandingConsent, facts: Facts) -> tuple[StandingAnswer, ...]:
    """What each decision maker said last to it: who decides no longer is not heard any more."""
    named = facts.arrangement.decision_makers if facts.arrangement else frozenset()
    latest: dict[str, StandingAnswer] = {}
    for answer in sorted(standing.answers, key=lambda a: a.seq):
        if answer.person in named:
            latest[answer.person] = answer
    return tuple(latest.values())


def _yeses(standing: StandingConsent, facts: Facts) -> tuple[StandingAnswer, ...]:
    words = (
        word
        for word in _last_words(standing, facts)
        if not still_asked(facts, word.seq) and facts.holds_role(word.person, Role.DECISION_MAKER)
    )
    return tuple(sorted(words, key=lambda word: word.seq))
