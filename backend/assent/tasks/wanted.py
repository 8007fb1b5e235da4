"""Which tasks an action's gate calls for: pure, from what is on record to what is to be done.

Only what somebody can do becomes a task. A relative who has said no, or has taken a yes back, is
not asked again: only a new text asks anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assent.facts import ActionFacts
from assent.gate.consent import latest_by_person
from assent.gate.evaluate import GateStatus, Requirement
from assent.gate.facts import YESES, Facts
from assent.gate.roles import Role
from assent.gate.state import ActionState


@dataclass(frozen=True)
class Wanted:
    """A task that should be open: for a person, or for whoever holds a role (of an organisation).

    Attributes:
        gate_key: what it is about; its title is made from this.
        organisation: slug.
        assignee: a person's id.
    """

    gate_key: str
    role: str | None = None
    organisation: str | None = None
    assignee: str | None = None


@dataclass(frozen=True)
class Circumstances:
    """What else decides whom a gate's task is for.

    Attributes:
        visibility: the action's label.
        asked: decision makers who were asked about the latest text.
        answered: consents (questions) that a coordinator has answered.
        to_attest: decisions taken down about the latest text, each with who is asked to attest it.
        raised: `concern` and `hold`, where one raised on this very action is open.
    """

    visibility: str
    asked: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    raised: frozenset[str] = frozenset()
    to_attest: frozenset[tuple[str, str]] = frozenset()


def wanted_tasks(action: ActionFacts, around: Circumstances) -> frozenset[Wanted]:
    """Return every task that should be open for this action now."""
    status = action.status()
    state = action.state(status)
    tasks = set(_objections(around))
    if state in (ActionState.RELEASED, ActionState.RETRACTED):
        return frozenset(tasks)
    tasks |= {
        Wanted(f"consent:attest:{taken}", assignee=attester) for taken, attester in around.to_attest
    }
    lead = action.facts.lead_organisation
    if state is ActionState.DRAFTING:
        return frozenset(tasks | {Wanted("revision:content", Role.DRAFTER, lead)})
    if state is ActionState.OPEN:
        release = next(r for r in status.requirements if r.key.startswith("release:") and r.by)
        return frozenset(tasks | {Wanted("release:ready", release.key.partition(":")[2])})
    for requirement in status.requirements:
        if requirement.key.startswith("clearance:") and not requirement.met:
            tasks.add(_clearance(requirement, lead))
        elif requirement.key == "consent:family" and not requirement.met:
            tasks.update(_consent(requirement, action.facts, status, around))
        elif requirement.key == "consent:detainee" and not requirement.met:
            tasks.add(Wanted("consent:detainee", Role.COORDINATOR))
        elif requirement.key.startswith("consent:condition:") and not requirement.met:
            tasks.add(_condition(requirement, lead))
    return frozenset(tasks)


def _objections(around: Circumstances) -> Iterator[Wanted]:
    if "concern" in around.raised:
        yield Wanted("concern:open", Role.COORDINATOR)
    if "hold" in around.raised:
        yield Wanted("hold:open", Role.SAFETY_REVIEWER)


def _clearance(requirement: Requirement, lead: str | None) -> Wanted:
    """From whom a clearance is wanted next: its officers, its writers, or somebody yet to invite."""
    match requirement.why.code:
        case "refused" | "review_refused" | "recused":
            return Wanted("revision:refused", Role.DRAFTER, lead)
        case "nobody_can" | "nobody_reviews":
            subject = requirement.key.partition(":")[2]
            return Wanted(f"membership:{subject}", Role.COORDINATOR)
    (missing,) = requirement.missing_from
    return Wanted(requirement.key, missing.role, missing.organisation)


def _condition(requirement: Requirement, lead: str | None) -> Wanted:
    """What no machine can tell is a coordinator's to promise; what the text breaks is its writers'."""
    if requirement.why.code == "condition_waits":
        return Wanted("consent:promise", Role.COORDINATOR)
    return Wanted("revision:condition", Role.DRAFTER, lead)


def _consent(
    requirement: Requirement, facts: Facts, status: GateStatus, around: Circumstances
) -> Iterator[Wanted]:
    if requirement.why.code in ("no_arrangement", "unclear_arrangement"):
        yield Wanted("consent:arrangement", Role.COORDINATOR)
        return
    if requirement.why.code == "family_no":
        yield Wanted("consent:no", Role.COORDINATOR)  # one no is enough: nobody else is asked
        return
    if requirement.why.code == "family_withdrew":
        yield Wanted("consent:withdrawn", Role.COORDINATOR)
        return
    for missing in requirement.missing_from:
        person = missing.person
        if (
            person
            and _may_be_asked(person, facts, status, around)
            and _undecided(person, facts, around)
        ):
            yield Wanted("consent:family", assignee=person)


def _may_be_asked(person: str, facts: Facts, status: GateStatus, around: Circumstances) -> bool:
    """Whether the text waits for this relative: asked about it, or nothing but the family is missing.

    Nobody is asked to weigh a text that its own writers and reviewers are not done with.
    """
    if around.visibility == "organisation" or not facts.holds_role(person, Role.DECISION_MAKER):
        return False
    cleared = all(r.met for r in status.requirements if r.key.startswith("clearance:"))
    return person in around.asked or cleared


def _undecided(person: str, facts: Facts, around: Circumstances) -> bool:
    """Whether the relative has yet to speak: nothing said, a yes that lapsed, a question answered."""
    on_this = (
        c for c in facts.consents if c.digest == facts.digest and c.revision == facts.revision
    )
    word = latest_by_person(on_this).get(person)
    if word is None:
        return True
    if word.decision == "question":
        return word.id in around.answered
    return word.decision in YESES and word.withdrawn_at is None
