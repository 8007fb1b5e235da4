"""What is on record, as the gate sees it: frozen, without a database, a clock or a framework.

Ids are text, organisations are slugs. `seq` orders records: clocks can be set back, it cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from assent.gate.roles import Role

ClearanceDecision = Literal["cleared", "refused", "recused"]
ConsentDecision = Literal["yes", "question", "no"]
ArrangementRule = Literal["one", "any", "all", "quorum"]


@dataclass(frozen=True)
class Member:
    """A membership in force now; `organisation` is None for the family."""

    person: str
    role: Role
    organisation: str | None = None


@dataclass(frozen=True)
class Clearance:
    """A recorded yes or no of an officer or reviewer to one revision."""

    id: str
    seq: int
    person: str
    role: Role
    organisation: str | None
    revision: str
    digest: str
    decision: ClearanceDecision
    at: datetime


@dataclass(frozen=True)
class Consent:
    """A relative's recorded decision on one revision."""

    id: str
    seq: int
    person: str
    revision: str
    digest: str
    decision: ConsentDecision
    at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True)
class Arrangement:
    """Who speaks for the family, and how many yeses it takes."""

    version: int
    rule: ArrangementRule
    decision_makers: frozenset[str]
    quorum: int | None = None


@dataclass(frozen=True)
class Pause:
    """A stop on the case that stands."""

    id: str
    at: datetime


@dataclass(frozen=True)
class Concern:
    """A relative's concern that nobody has answered yet."""

    id: str
    person: str
    at: datetime


@dataclass(frozen=True)
class Hold:
    """A safety reviewer's hold that nobody has lifted yet."""

    id: str
    person: str
    at: datetime


@dataclass(frozen=True)
class Facts:
    """Everything the gate of one action asks about.

    Attributes:
        revision: id of the latest revision; None before the first.
        digest: its content digest, 64 hex digits.
        lead_organisation: the organisation whose drafter began the action.
        cosigners: organisations the text names as signing.
        writers: everybody who wrote any part of any revision of the action.
        members: memberships in force now.
        not_before: earliest release in the content.
        releaser: who is about to release it; None when only asking.
    """

    kind: str
    revision: str | None
    digest: str | None
    lead_organisation: str | None = None
    cosigners: tuple[str, ...] = ()
    writers: frozenset[str] = frozenset()
    members: tuple[Member, ...] = ()
    clearances: tuple[Clearance, ...] = ()
    consents: tuple[Consent, ...] = ()
    arrangement: Arrangement | None = None
    pauses: tuple[Pause, ...] = ()
    concerns: tuple[Concern, ...] = ()
    holds: tuple[Hold, ...] = ()
    not_before: datetime | None = None
    releaser: str | None = None

    def holds_role(self, person: str, role: Role, organisation: str | None = None) -> bool:
        """Whether a person holds a role now (for an organisation, if one is named)."""
        return any(
            m.person == person and m.role == role and organisation in (None, m.organisation)
            for m in self.members
        )
