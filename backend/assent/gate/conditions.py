"""What a relative's yes depends on, and whether a text keeps to it.

A condition is `broken` where the text contradicts it, `waits` where no machine can tell and a
coordinator has to promise it, `kept` otherwise. What cannot be told is never taken for kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from assent.gate.facts import Condition, ConditionKind, Consent, Facts

KIND_ORDER: tuple[ConditionKind, ...] = (
    "no_name",
    "no_photograph",
    "not_before",
    "not_in_language",
    "not_in_country",
    "only_organisations",
    "other",
)
# Files that cannot be a photograph of anybody. A scan or a film may be one.
WITHOUT_PICTURE = frozenset({"document", "audio"})


class Standing(StrEnum):
    """How a text stands to a condition."""

    KEPT = "kept"
    WAITS = "waits"
    BROKEN = "broken"


@dataclass(frozen=True)
class KindOfCondition:
    """All conditions of one kind that the family's yeses carry, taken together.

    Attributes:
        standing: the worst of them.
        values: what they name, such as languages, in order; empty for what is said in free words.
    """

    kind: ConditionKind
    standing: Standing
    values: tuple[str, ...]


def conditions_of(words: Iterable[Consent], facts: Facts) -> tuple[KindOfCondition, ...]:
    """Judge the conditions of these decisions, one line for each kind, in a fixed order.

    `not_before` is left out: it is a time to wait for, see `earliest`.
    """
    found: dict[str, list[tuple[Condition, Standing]]] = {}
    for consent in words:
        for condition in consent.conditions:
            standing = standing_of(condition, consent, facts)
            found.setdefault(condition.kind, []).append((condition, standing))
    return tuple(
        KindOfCondition(kind, _worst(s for _, s in found[kind]), _values(c for c, _ in found[kind]))
        for kind in KIND_ORDER
        if kind in found and kind != "not_before"
    )


def standing_of(condition: Condition, consent: Consent, facts: Facts) -> Standing:
    """Judge one condition of a yes against the text."""
    promised = Standing.KEPT if consent.acknowledged_at is not None else Standing.WAITS
    match condition.kind:
        case "no_name":
            return Standing.BROKEN if consent.person in facts.named else promised
        case "no_photograph":
            pictured = any(kind not in WITHOUT_PICTURE for kind in facts.attachments)
            return Standing.BROKEN if pictured else Standing.KEPT
        case "not_in_language":
            spoken = any(_same_language(tag, condition.values) for tag in facts.languages)
            return Standing.BROKEN if spoken else Standing.KEPT
        case "not_in_country":
            from_there = not set(condition.values).isdisjoint(facts.countries)
            return Standing.BROKEN if facts.public or from_there else promised
        case "only_organisations":
            return Standing.KEPT if facts.signers <= set(condition.values) else Standing.BROKEN
        case "not_before":
            return Standing.KEPT
        case _:
            return promised


def earliest(words: Iterable[Consent]) -> datetime | None:
    """Return the latest of the moments before which these decisions do not want the text out."""
    moments = (c.moment for consent in words for c in consent.conditions if c.moment is not None)
    return max(moments, default=None)


def _same_language(tag: str, unwanted: tuple[str, ...]) -> bool:
    """Whether a tag is one of these, or a variety of one: fa-AF is fa."""
    return any(tag == one or tag.startswith(f"{one}-") for one in unwanted)


def _worst(standings: Iterable[Standing]) -> Standing:
    found = set(standings)
    for standing in (Standing.BROKEN, Standing.WAITS):
        if standing in found:
            return standing
    return Standing.KEPT


def _values(conditions: Iterable[Condition]) -> tuple[str, ...]:
    return tuple(sorted({v for c in conditions if c.kind != "other" for v in c.values}))
