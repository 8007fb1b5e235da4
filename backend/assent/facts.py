"""The gate's facts, read from the database: where actions, consents and publishing meet.

One statement reads everything `gate.evaluate` asks about, whoever looks: a viewer who may not
see a relative's no must not see an open gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent import gates
from assent.gate.evaluate import GateStatus, evaluate
from assent.gate.facts import (
    Absence,
    Arrangement,
    Clearance,
    Concern,
    Condition,
    Consent,
    Event,
    Facts,
    Hold,
    Member,
    Pause,
    StandingAnswer,
    StandingConsent,
    Wish,
    WitnessDemand,
)
from assent.gate.roles import Role
from assent.gate.state import ActionState, action_state

_FACTS = text("select action_id, facts from assent.gate_facts(:ids)")
_RETRACTED = text(
    "select publication_id, action_id from assent.retractions where ledger_index = :index"
)


@dataclass(frozen=True)
class PublicationFact:
    """The action's latest publication.

    Attributes:
        retracted_at: when it was taken back, or None.
    """

    id: UUID
    revision: str
    at: datetime
    retracted_at: datetime | None


@dataclass(frozen=True)
class ActionFacts:
    """Everything on record that the gate of one action asks about, as of `now`.

    Attributes:
        number: the latest revision's number, or None before the first.
        gate_version: which loaded gates file the database holds in force.
    """

    action_id: UUID
    case_id: UUID
    facts: Facts
    now: datetime
    number: int | None
    gate_version: int
    publication: PublicationFact | None

    def as_shown_to(self, person: UUID) -> ActionFacts:
        """Return the facts as a person's own screen shows them: their own yes counts there from the start.

        Whoever looks over their shoulder must not learn that it waits, and why. For showing alone:
        nothing is released on these facts.
        """
        shown = tuple(
            replace(c, counts_from=None) if c.person == str(person) else c
            for c in self.facts.consents
        )
        in_advance = tuple(
            replace(
                s,
                answers=tuple(
                    replace(a, counts_from=None) if a.person == str(person) else a
                    for a in s.answers
                ),
            )
            for s in self.facts.standing
        )
        return replace(self, facts=replace(self.facts, consents=shown, standing=in_advance))

    def status(self, *, releaser: UUID | None = None) -> GateStatus:
        """Evaluate the gate in force.

        Args:
            releaser: who is about to release it; None when only asking.

        Raises:
            assent.gates.GatesOutOfDate: this process has read another gates file.
        """
        rule = gates.current().rule(self.facts.kind, version=self.gate_version)
        facts = replace(self.facts, releaser=str(releaser)) if releaser else self.facts
        return evaluate(rule, facts, self.now)

    def state(self, status: GateStatus) -> ActionState:
        """Derive the action's state from what is on record."""
        released = self.publication is not None and self.publication.revision == self.facts.revision
        retracted = self.publication is not None and self.publication.retracted_at is not None
        return action_state(
            has_revision=self.facts.revision is not None,
            status=status,
            released=released,
            retracted=retracted and released,
        )


async def read_facts(session: AsyncSession, action_ids: Sequence[UUID]) -> dict[UUID, ActionFacts]:
    """Read the facts of several actions in one statement.

    Args:
        action_ids: actions the caller was already allowed to see.
    """
    rows = await session.execute(_FACTS, {"ids": list(action_ids)})
    return {row.action_id: _action_facts(row.action_id, row.facts) for row in rows}


async def read_shown_facts(
    session: AsyncSession, action_ids: Sequence[UUID]
) -> dict[UUID, ActionFacts]:
    """Read the facts of several actions as the session's person's own screen shows them; see `as_shown_to`."""
    person: UUID | None = session.sync_session.info.get("person")
    found = await read_facts(session, action_ids) if action_ids else {}
    return found if person is None else {a: f.as_shown_to(person) for a, f in found.items()}


async def read_action_facts(session: AsyncSession, action_id: UUID) -> ActionFacts:
    """Read one action's facts.

    Raises:
        KeyError: if there is no such action.
    """
    return (await read_facts(session, [action_id]))[action_id]


async def retractions_caused_by(session: AsyncSession, ledger_index: int) -> list[UUID]:
    """Return the publications taken back by the decision recorded at this index."""
    return [r.publication_id for r in await session.execute(_RETRACTED, {"index": ledger_index})]


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _action_facts(action_id: UUID, raw: dict[str, Any]) -> ActionFacts:
    facts = Facts(
        kind=raw["kind"],
        revision=raw["revision"],
        digest=raw["digest"],
        lead_organisation=raw["lead"],
        cosigners=tuple(raw["cosigners"] or ()),
        writers=frozenset(raw["writers"]),
        members=tuple(
            Member(m["person"], Role(m["role"]), m["organisation"]) for m in raw["members"]
        ),
        clearances=tuple(_clearance(c) for c in raw["clearances"]),
        consents=tuple(_consent(c) for c in raw["consents"]),
        arrangement=_arrangement(raw["arrangement"]),
        pauses=tuple(Pause(p["id"], _moment(p["at"])) for p in raw["pauses"]),
        concerns=tuple(
            Concern(c["id"], c["person"], _moment(c["at"]))
            for c in raw["concerns"]
            if c["kind"] == "concern"
        ),
        holds=tuple(
            Hold(c["id"], c["person"], _moment(c["at"]))
            for c in raw["concerns"]
            if c["kind"] == "hold"
        ),
        not_before=_time(raw["not_before"]),
        languages=tuple(raw["languages"]),
        attachments=tuple(raw["attachments"]),
        public=raw["public"],
        countries=frozenset(raw["countries"]),
        named=frozenset(raw["named"]),
        audience=tuple(raw["audience"]),
        absences=tuple(Absence(a["person"], a["seq"], _moment(a["at"])) for a in raw["absences"]),
        events=tuple(Event(e["kind"], e["seq"]) for e in raw["events"]),
        wishes=tuple(Wish(w["id"], w["seq"], w["trust"]) for w in raw["wishes"]),
        standing=tuple(_standing(s) for s in raw["standing"]),
        witness_demands=tuple(
            WitnessDemand(d["seq"], d["needed"], _moment(d["at"])) for d in raw["witness_demands"]
        ),
        witnessed=tuple(raw["witnessed"]),
    )
    return ActionFacts(
        action_id=action_id,
        case_id=UUID(raw["case"]),
        facts=facts,
        now=_moment(raw["now"]),
        number=raw["number"],
        gate_version=raw["gate_version"] or 0,
        publication=_publication(raw["publication"]),
    )


def _clearance(c: dict[str, Any]) -> Clearance:
    return Clearance(
        id=c["id"],
        seq=c["seq"],
        person=c["person"],
        role=Role(c["role"]),
        organisation=c["organisation"],
        revision=c["revision"],
        digest=c["digest"],
        decision=c["decision"],
        at=_moment(c["at"]),
    )


def _consent(c: dict[str, Any]) -> Consent:
    return Consent(
        id=c["id"],
        seq=c["seq"],
        person=c["person"],
        revision=c["revision"],
        digest=c["digest"],
        decision=c["decision"],
        at=_moment(c["at"]),
        expires_at=_moment(c["expires_at"]),
        withdrawn_at=_time(c["withdrawn_at"]),
        conditions=tuple(_condition(condition) for condition in c["conditions"]),
        acknowledged_at=_time(c["acknowledged_at"]),
        channel=c["channel"],
        counts_from=_counts_from(c["counts_from"]),
        attested_at=_time(c["attested_at"]),
        contested_at=_time(c["contested_at"]),
    )


def _counts_from(value: str | None) -> datetime:
    """Until further notice is for ever; a yes about whose time nothing is on record does not count."""
    if value in (None, "infinity"):
        return datetime.max.replace(tzinfo=UTC)
    return _moment(str(value))


def _condition(raw: dict[str, Any]) -> Condition:
    kind, value = raw["kind"], raw.get("value", ())
    if kind == "not_before":
        return Condition(kind, moment=_moment(value))
    return Condition(kind, (value,) if isinstance(value, str) else tuple(value))


def _arrangement(raw: dict[str, Any] | None) -> Arrangement | None:
    if raw is None:
        return None
    return Arrangement(
        version=raw["version"],
        rule=raw["rule"],
        quorum=raw["quorum"],
        decision_makers=frozenset(raw["decision_makers"]),
        cooling_off=timedelta(hours=raw["cooling_off_hours"]),
        alternates=tuple(raw["alternates"]),
        stand_in_after=_hours(raw["stand_in_after_hours"]),
        asks_again=frozenset(raw["asks_again"]),
        shows_votes=raw["shows_votes"],
    )


def _hours(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(hours=number)


def _standing(raw: dict[str, Any]) -> StandingConsent:
    return StandingConsent(
        id=raw["id"],
        kinds=frozenset(raw["kinds"]),
        audiences=frozenset(raw["audiences"]),
        languages=frozenset(raw["languages"]),
        at=_moment(raw["at"]),
        expires_at=_moment(raw["expires_at"]),
        answers=tuple(
            StandingAnswer(
                a["seq"], a["person"], a["agrees"], _moment(a["at"]), _counts_from(a["counts_from"])
            )
            for a in raw["answers"]
        ),
        broken=raw["broken"],
        waits=raw["waits"],
    )


def _publication(raw: dict[str, Any] | None) -> PublicationFact | None:
    if raw is None:
        return None
    return PublicationFact(
        UUID(raw["id"]), raw["revision"], _moment(raw["at"]), _time(raw["retracted_at"])
    )
