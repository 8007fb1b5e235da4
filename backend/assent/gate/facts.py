"""What is on record, as the gate sees it: frozen, without a database, a clock or a framework.

Ids are text, organisations are slugs. `seq` orders records: clocks can be set back, it cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from assent.gate.roles import Role

ClearanceDecision = Literal["cleared", "refused", "recused"]
ConsentDecision = Literal["yes", "yes_with_conditions", "question", "no"]
# How a decision was given: on a page, on one reached by a link from a mail, by the relative's own program, signed on
# their own device, or taken down by staff: on the phone or face to face (attested), or from a letter.
Channel = Literal["session", "link", "token", "passkey", "attested", "letter"]
RECORDED: frozenset[Channel] = frozenset({"attested", "letter"})
YESES: frozenset[ConsentDecision] = frozenset({"yes", "yes_with_conditions"})
ConditionKind = Literal[
    "no_name",
    "no_photograph",
    "not_before",
    "not_in_language",
    "not_in_country",
    "only_organisations",
    "other",
]
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
class Condition:
    """Something a relative's yes depends on.

    Attributes:
        values: language tags, ISO 3166-1 codes or organisations' slugs; what is meant in free words
            is not the gate's to read.
        moment: of `not_before`.
    """

    kind: ConditionKind
    values: tuple[str, ...] = ()
    moment: datetime | None = None


@dataclass(frozen=True)
class Consent:
    """A relative's recorded decision on one revision.

    Attributes:
        conditions: of a yes with conditions.
        acknowledged_at: when a coordinator promised to keep to what no machine can check.
        channel: how it was given.
        counts_from: when a yes begins to count; None: as soon as it is given.
        attested_at: when somebody of another organisation said that what staff took down was said.
        contested_at: when the relative said that it is not their word: taken down wrongly, or given by somebody else.
    """

    id: str
    seq: int
    person: str
    revision: str
    digest: str
    decision: ConsentDecision
    at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None = None
    conditions: tuple[Condition, ...] = ()
    acknowledged_at: datetime | None = None
    channel: Channel = "session"
    counts_from: datetime | None = None
    attested_at: datetime | None = None
    contested_at: datetime | None = None


@dataclass(frozen=True)
class Arrangement:
    """Who speaks for the family, and how many yeses it takes.

    Attributes:
        cooling_off: how long the family wants to sleep over its yes before anything goes out.
        alternates: who stands in, in this order.
        stand_in_after: how long somebody has to be out of reach before; None: nobody stands in.
        asks_again: kinds of event after which only what is said anew counts.
        shows_votes: whether relatives see what the others have said.
    """

    version: int
    rule: ArrangementRule
    decision_makers: frozenset[str]
    quorum: int | None = None
    cooling_off: timedelta = timedelta(0)
    alternates: tuple[str, ...] = ()
    stand_in_after: timedelta | None = None
    asks_again: frozenset[str] = frozenset()
    shows_votes: bool = False


@dataclass(frozen=True)
class Absence:
    """A record that somebody cannot be reached, which nobody has ended."""

    person: str
    seq: int
    at: datetime


@dataclass(frozen=True)
class Event:
    """The latest event of a kind."""

    kind: str
    seq: int


@dataclass(frozen=True)
class Wish:
    """A no of the detained person that is about this text, as far as it is known; or word that has lifted one.

    Attributes:
        trust: how far the way it came can be trusted; `lifted`: it stands in the place of such a no.
    """

    id: str
    seq: int
    trust: Literal["trusted", "uncertain", "imposed", "lifted"]


@dataclass(frozen=True)
class StandingAnswer:
    """What a decision maker said to a standing consent.

    Attributes:
        counts_from: when a yes begins to count; None: as soon as it is given.
    """

    seq: int
    person: str
    agrees: bool
    at: datetime
    counts_from: datetime | None = None


@dataclass(frozen=True)
class StandingConsent:
    """What the family agrees to in advance, where nobody has ended it.

    Attributes:
        kinds, audiences, languages: all of a text has to be within them.
        broken: something it excludes stands in the text.
        waits: it counts only once something has happened, and two organisations have not said so yet.
    """

    id: str
    kinds: frozenset[str]
    audiences: frozenset[str]
    languages: frozenset[str]
    at: datetime
    expires_at: datetime
    answers: tuple[StandingAnswer, ...] = ()
    broken: bool = False
    waits: bool = False


@dataclass(frozen=True)
class WitnessDemand:
    """How many witnesses a case wants to have seen what a release rests on, each of its words on it.

    Attributes:
        needed: how many; 0: none.
        at: from when on.
    """

    seq: int
    needed: int
    at: datetime


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
        languages: tags of the languages the text exists in.
        attachments: what each attached file is said to be, or by its bytes is; empty where nobody has said.
        public: whether anybody at all may read it.
        countries: ISO 3166-1 codes of the lead organisation and of those that sign.
        named: relatives whose full name stands in the text.
        releaser: who is about to release it; None when only asking.
        audience: `public`, or the recipients.
        absences: who cannot be reached.
        events: what happened last in the case, of each kind.
        wishes: what the detained person does not want, where it is about this text.
        standing: what the family agreed to in advance.
        witness_demands: whether witnesses have to have seen what it rests on.
        witnessed: how many entries of the ledger one witness has seen, how many two have, and so on.
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
    languages: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    public: bool = True
    countries: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    releaser: str | None = None
    audience: tuple[str, ...] = ("public",)
    absences: tuple[Absence, ...] = ()
    events: tuple[Event, ...] = ()
    wishes: tuple[Wish, ...] = ()
    standing: tuple[StandingConsent, ...] = ()
    witness_demands: tuple[WitnessDemand, ...] = ()
    witnessed: tuple[int, ...] = ()

    @property
    def signers(self) -> frozenset[str]:
        """Slugs of the organisations that act: the lead and all whose name the text bears."""
        lead = {self.lead_organisation} if self.lead_organisation else set()
        return frozenset(lead.union(self.cosigners))

    def holds_role(self, person: str, role: Role, organisation: str | None = None) -> bool:
        """Whether a person holds a role now (for an organisation, if one is named)."""
        return any(
            m.person == person and m.role == role and organisation in (None, m.organisation)
            for m in self.members
        )
