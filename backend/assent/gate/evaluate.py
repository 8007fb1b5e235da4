"""The gate: `evaluate(rule, facts, now)` says what is met, by whom, and what is missing, from whom.

The one evaluation in the whole program. Pure: everything it knows comes in as arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from assent.gate.assignment import Slot, assign
from assent.gate.conditions import KindOfCondition, Standing
from assent.gate.consent import FamilyAnswer, family_answer
from assent.gate.facts import Clearance, Facts
from assent.gate.reasons import Reason
from assent.gate.roles import Role
from assent.gate.rules import ClearanceSlot, GateRule
from assent.gate.witnesses import seen_by, witnesses_needed


@dataclass(frozen=True)
class Missing:
    """From whom something is missing: a role, an organisation, a person, or a mix of them."""

    role: Role | None = None
    organisation: str | None = None
    person: str | None = None


@dataclass(frozen=True)
class Requirement:
    """One line of the gate.

    Attributes:
        key: what it is about: `clearance:…`, `consent:…`, `pause`, `concern:…`, `hold:…`, `release:…`.
        by: people who met it.
        at: when it was met last.
        missing_from: who could meet it, while it is not met.
    """

    key: str
    met: bool
    why: Reason
    by: tuple[str, ...] = ()
    at: datetime | None = None
    missing_from: tuple[Missing, ...] = ()


@dataclass(frozen=True)
class Ground:
    """Which record meets which requirement."""

    requirement_key: str
    record: Literal["clearance", "consent", "standing_consent"]
    record_id: str
    person: str


@dataclass(frozen=True)
class GateStatus:
    """The gate's whole answer for the latest revision."""

    revision: str | None
    digest: str | None
    requirements: tuple[Requirement, ...]
    grounds: tuple[Ground, ...]

    @property
    def open(self) -> bool:
        """Whether everything is met: it may go out now."""
        return all(r.met for r in self.requirements)

    @property
    def open_but_for_time(self) -> bool:
        """Whether only the earliest release time is still ahead."""
        return {r.key for r in self.requirements if not r.met} == {"release:not_before"}


def evaluate(rule: GateRule, facts: Facts, now: datetime) -> GateStatus:
    """Judge one action's latest revision.

    Args:
        rule: the gate of its kind.
        facts: what is on record.
        now: the moment to judge at.

    Returns:
        Every requirement in a stable order; the result does not depend on the order of records.
    """
    family = family_answer(rule, facts, now)
    demands = _demands(rule, facts)
    # A relative whose yes counts does not clear as well: one person, one requirement.
    relatives = frozenset(c.person for c in family.yeses).union(_in_advance(family))
    slots = tuple(d.slot(facts, relatives) for d in demands)
    chosen = assign(slots)
    requirements = [] if facts.revision else [_no_revision()]
    grounds: list[Ground] = []
    for demand, slot in zip(demands, slots, strict=True):
        picked = chosen[slot.key]
        requirements.append(demand.requirement(facts, slot, picked))
        grounds += [Ground(demand.key, "clearance", c.id, c.person) for c in picked]
    requirements.append(_consent(facts, family))
    if family.given:
        grounds += _family_grounds(family)
    requirements += [_condition(line) for line in family.conditions]
    requirements += _detainee(facts)
    requirements += [
        _pause(facts),
        _concern(facts),
        _hold(facts),
        _time(facts, family, now),
        *_witnessed(facts, _rests_on(chosen, family), now),
        _release(rule, facts),
    ]
    return GateStatus(facts.revision, facts.digest, tuple(requirements), tuple(grounds))


@dataclass(frozen=True)
class _Demand:
    """One clearance the rule asks for: of an organisation's officers, or of anybody with the role."""

    role: Role
    organisation: str | None
    count: int
    not_author: bool

    @property
    def key(self) -> str:
        tail = f":{self.organisation}" if self.organisation else ""
        return f"clearance:{self.role.value}{tail}"

    def entitled(self, person: str, facts: Facts) -> bool:
        barred = self.not_author and person in facts.writers
        return not barred and facts.holds_role(person, self.role, self.organisation)

    def words(self, facts: Facts) -> tuple[Clearance, ...]:
        """Each entitled person's latest word on this text, ordered by record."""
        latest: dict[str, Clearance] = {}
        for c in sorted(facts.clearances, key=lambda c: c.seq):
            on_this = (
                c.revision == facts.revision and c.digest == facts.digest and c.role == self.role
            )
            if (
                on_this
                and self.organisation in (None, c.organisation)
                and self.entitled(c.person, facts)
            ):
                latest[c.person] = c
        return tuple(sorted(latest.values(), key=lambda c: c.seq))

    def voice(self, facts: Facts) -> str | None:
        """What the latest word says: for an organisation its officers' last, else any refusal."""
        words = self.words(facts)
        if not words:
            return None
        if self.organisation:
            return words[-1].decision
        return "cleared" if all(c.decision == "cleared" for c in words) else "refused"

    def slot(self, facts: Facts, barred: frozenset[str]) -> Slot:
        """The places to fill and the clearances that could fill them."""
        open_to = self.words(facts) if self.voice(facts) == "cleared" else ()
        usable = tuple(c for c in open_to if c.decision == "cleared" and c.person not in barred)
        return Slot(self.key, self.count, usable)

    def requirement(self, facts: Facts, slot: Slot, picked: tuple[Clearance, ...]) -> Requirement:
        by = tuple(c.person for c in picked)
        at = max((c.at for c in picked), default=None)
        if len(picked) >= self.count:
            return Requirement(self.key, met=True, why=Reason("met"), by=by, at=at)
        missing = (Missing(role=self.role, organisation=self.organisation),)
        why = Reason(self._why_not(facts, slot, picked), self._params())
        return Requirement(self.key, met=False, why=why, by=by, at=at, missing_from=missing)

    def _params(self) -> dict[str, str]:
        return {"organisation": self.organisation} if self.organisation else {}

    def _why_not(self, facts: Facts, slot: Slot, picked: tuple[Clearance, ...]) -> str:
        voice = self.voice(facts)
        if voice == "recused":
            return "recused"
        if voice == "refused":
            return "refused" if self.organisation else "review_refused"
        if len(slot.candidates) > len(picked):
            return "same_person"
        if not any(self.entitled(m.person, facts) for m in facts.members):
            return "nobody_can" if self.organisation else "nobody_reviews"
        if voice == "cleared" and not slot.candidates:
            return "same_person"
        return "not_cleared" if self.organisation else "not_reviewed"


def _demands(rule: GateRule, facts: Facts) -> tuple[_Demand, ...]:
    """Spell the rule out for this action; two demands on the same voice are one, the stricter."""
    demands: dict[tuple[Role, str | None], _Demand] = {}
    for slot in rule.clearance:
        for organisation in _organisations(slot, facts):
            key = (slot.role, organisation)
            before = demands.get(key)
            demands[key] = _Demand(
                role=slot.role,
                organisation=organisation,
                count=max(slot.count, before.count if before else 1),
                not_author=slot.not_author or bool(before and before.not_author),
            )
    return tuple(demands.values())


def _organisations(slot: ClearanceSlot, facts: Facts) -> Iterable[str | None]:
    if slot.source == "each_cosigner":
        return facts.cosigners
    if slot.source == "lead_organisation":
        return (facts.lead_organisation or "?",)
    return (None,)


def _no_revision() -> Requirement:
    missing = (Missing(role=Role.DRAFTER),)
    return Requirement(
        "revision:content", met=False, why=Reason("no_revision"), missing_from=missing
    )


def _in_advance(family: FamilyAnswer) -> tuple[str, ...]:
    """Whose yes was given in advance, where the consent rests on that."""
    return tuple(word.person for word in family.standing.yeses) if family.standing else ()


def _family_grounds(family: FamilyAnswer) -> list[Ground]:
    key, standing = "consent:family", family.standing
    if standing is None:
        return [Ground(key, "consent", c.id, c.person) for c in family.yeses]
    return [Ground(key, "standing_consent", standing.id, word.person) for word in standing.yeses]


def _consent(facts: Facts, family: FamilyAnswer) -> Requirement:
    by = tuple(c.person for c in family.yeses)
    at = max((c.at for c in family.yeses), default=None)
    if family.given and facts.revision:
        why = Reason("standing" if family.standing else "met")
        if family.standing:
            by = _in_advance(family)
            at = max(word.at for word in family.standing.yeses)
        return Requirement("consent:family", met=True, why=why, by=by, at=at)
    missing = tuple(Missing(role=Role.DECISION_MAKER, person=p) for p in family.waiting_for)
    return Requirement(
        "consent:family",
        met=False,
        why=Reason(family.reason),
        by=by,
        at=at,
        missing_from=missing or (Missing(role=Role.DECISION_MAKER),),
    )


def _condition(line: KindOfCondition) -> Requirement:
    """A condition of the family: a text that breaks it is rewritten, a promise is a coordinator's."""
    key = f"consent:condition:{line.kind}"
    params = {"values": ", ".join(line.values)} if line.values else {}
    if line.standing is Standing.KEPT:
        return Requirement(key, met=True, why=Reason("condition_kept"))
    if line.standing is Standing.WAITS:
        missing = (Missing(role=Role.COORDINATOR),)
        return Requirement(key, met=False, why=Reason("condition_waits"), missing_from=missing)
    why = Reason(f"condition_{line.kind}", params)
    return Requirement(key, met=False, why=why, missing_from=(Missing(role=Role.DRAFTER),))


def _detainee(facts: Facts) -> Iterable[Requirement]:
    """The detained person's own no, where the way it came can be trusted, binds above the family's yes."""
    if any(wish.trust == "trusted" for wish in facts.wishes):
        missing = (Missing(role=Role.COUNSEL),)
        why = Reason("detainee_no")
        yield Requirement("consent:detainee", met=False, why=why, missing_from=missing)


def _pause(facts: Facts) -> Requirement:
    if not facts.pauses:
        return Requirement("pause", met=True, why=Reason("not_paused"))
    missing = (Missing(role=Role.COORDINATOR), Missing(role=Role.DECISION_MAKER))
    return Requirement("pause", met=False, why=Reason("paused"), missing_from=missing)


def _concern(facts: Facts) -> Requirement:
    if not facts.concerns:
        return Requirement("concern:open", met=True, why=Reason("no_concern"))
    missing = (Missing(role=Role.COORDINATOR),)
    return Requirement("concern:open", met=False, why=Reason("concern_open"), missing_from=missing)


def _hold(facts: Facts) -> Requirement:
    if not facts.holds:
        return Requirement("hold:open", met=True, why=Reason("no_hold"))
    missing = (Missing(role=Role.SAFETY_REVIEWER),)
    return Requirement("hold:open", met=False, why=Reason("hold_open"), missing_from=missing)


def _time(facts: Facts, family: FamilyAnswer, now: datetime) -> Requirement:
    key = "release:not_before"
    moments = (facts.not_before, family.not_before)
    earliest = max((moment for moment in moments if moment is not None), default=None)
    if earliest is None or earliest <= now:
        return Requirement(key, met=True, why=Reason("time_free"), at=earliest)
    moment = earliest.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Requirement(key, met=False, why=Reason("too_early", {"not_before": moment}))


def _rests_on(chosen: Mapping[str, tuple[Clearance, ...]], family: FamilyAnswer) -> Iterable[int]:
    """Where in the ledger what counts so far is recorded."""
    yield from (c.seq for picked in chosen.values() for c in picked)
    yield from (word.seq for word in (family.standing or family).yeses)


def _witnessed(facts: Facts, rests_on: Iterable[int], now: datetime) -> Iterable[Requirement]:
    """Where a case wants that, enough witnesses have seen all of it: nobody can take it out of the ledger any more."""
    key, needed = "release:witnessed", witnesses_needed(facts, now)
    if needed == 0:
        return
    if all(seq < seen_by(facts, needed) for seq in rests_on):
        yield Requirement(key, met=True, why=Reason("witnessed"))
    else:
        why = Reason("not_witnessed", {"count": str(needed)})
        yield Requirement(key, met=False, why=why)


def _release(rule: GateRule, facts: Facts) -> Requirement:
    key, role = f"release:{rule.release_role.value}", rule.release_role
    holders = tuple(sorted({m.person for m in facts.members if m.role == role}))
    missing = (Missing(role=role),)
    if not holders:
        return Requirement(key, met=False, why=Reason("nobody_releases"), missing_from=missing)
    if facts.releaser is not None and facts.releaser not in holders:
        return Requirement(key, met=False, why=Reason("not_the_releaser"), missing_from=missing)
    return Requirement(key, met=True, why=Reason("somebody_releases"), by=holders)
