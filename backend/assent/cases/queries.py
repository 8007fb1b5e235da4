"""Reads of cases: my cases, and everything the workspace of one shows, in a handful of statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent import gates
from assent.cases.arrangements import on_screen_id
from assent.facts import ActionFacts, read_shown_facts
from assent.gate.evaluate import GateStatus
from assent.gate.state import ActionState
from assent.people.caller import Caller
from assent.tasks.queries import TaskLine, open_tasks

_MY_CASES = text("""
    select c.id, c.slug, c.title, c.detained_person, c.detaining_state, c.created_at,
      array_agg(distinct m.role order by m.role) as roles,
      exists (select 1 from assent.pauses s left join assent.pause_ends e on e.pause_id = s.id
              where s.case_id = c.id and e.pause_id is null) as paused
    from assent.memberships m join assent.cases c on c.id = m.case_id
    where m.person_id = :me and m.ended_at is null group by c.id order by c.title, c.id
""")
# Who the relatives are is for the family, counsel and coordinators to know.
_MEMBERS = text("""
    select m.id, m.person_id, case when known then assent.shown_name(p.shown_as, p.name) end as name,
      case when known then assent.shown_email(p.shown_as, p.email) end as email,
      p.reached_at, m.role, o.slug as organisation_slug, o.name as organisation, o.country, m.granted_at
    from assent.memberships m join assent.people p on p.id = m.person_id
    left join assent.organisations o on o.id = m.organisation_id
    cross join lateral (select m.role not in ('decision_maker', 'informed_relative')
      or m.case_id = any ((select assent.my_family_cases())::uuid[]) as known) k
    where m.case_id = :case_id and m.ended_at is null
    order by o.name nulls first, m.granted_at, m.id
""")
_STANDING = text("""
    select
      (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'reason', s.reason, 'by_family', s.by_family,
          'set_at', s.set_at, 'set_by', case when known or not s.by_family
            then assent.shown_name(p.shown_as, p.name) end)
          order by s.ledger_index), '[]')
        from assent.pauses s join assent.people p on p.id = s.set_by
        left join assent.pause_ends e on e.pause_id = s.id
        where s.case_id = :case_id and e.pause_id is null) as pauses,
      (select jsonb_build_object('version', f.version, 'rule', f.rule, 'quorum', f.quorum, 'set_at', f.set_at,
          'people', (select coalesce(jsonb_agg(jsonb_build_object('id', p.id,
              'name', case when known then p.name end,
              'standing', n.standing) order by n.standing desc, p.name), '[]')
            from assent.arrangement_people n join assent.people p on p.id = n.person_id
            where n.arrangement_id = f.id))
        from assent.arrangements f where f.id = :arrangement) as arrangement,
      assent.posture_of(:case_id) as posture,
      (select v.review_on from assent.postures v where v.case_id = :case_id
        order by v.version desc limit 1) as review_on,
      (select coalesce(max(r.index), -1) from assent.ledger_records r where r.case_id = :case_id) as since
    from (select cast(:case_id as uuid) = any ((select assent.my_family_cases())::uuid[]) as known) k
""")
_ACTIONS = text("""
    select a.id, a.kind, a.title, a.visibility, a.slug, a.created_at, o.slug as organisation_slug,
      o.name as organisation, assent.shown_name(p.shown_as, p.name) as author
    from assent.actions a join assent.organisations o on o.id = a.organisation_id
    join assent.people p on p.id = a.author_id
    where a.case_id = :case_id order by a.created_at, a.id
""")


@dataclass(frozen=True)
class CaseLine:
    """A case I take part in.

    Attributes:
        roles: what I am in it.
        paused: whether a pause stands.
    """

    id: UUID
    slug: str
    title: str
    detained_person: dict[str, Any]
    detaining_state: str
    created_at: datetime
    roles: list[str]
    paused: bool


@dataclass(frozen=True)
class MemberLine:
    """Somebody's role in a case; organisation None: for the family.

    Attributes:
        name, email: None for a relative whom this reader is not to know by name; staff may have chosen
            another name for relatives, and then their address is not shown to these.
        reached_at: how relatives reach this person.
    """

    id: UUID
    person_id: UUID
    name: str | None
    email: str | None
    reached_at: str
    role: str
    organisation_slug: str | None
    organisation: str | None
    country: str | None
    granted_at: datetime


@dataclass(frozen=True)
class PauseLine:
    """A pause that stands; set_by is None for a relative whom this reader is not to know by name."""

    id: UUID
    reason: str
    by_family: bool
    set_at: datetime
    set_by: str | None


@dataclass(frozen=True)
class ArrangementLine:
    """The family's arrangement in force, with ids and (where the reader may know them) names."""

    version: int
    rule: str
    quorum: int | None
    set_at: datetime
    decision_makers: tuple[tuple[UUID, str | None], ...]
    alternates: tuple[tuple[UUID, str | None], ...]


@dataclass(frozen=True)
class ActionLine:
    """An action and its gate at a glance.

    Attributes:
        number, digest: of the latest revision; None before the first.
        status: the gate's answer; None where no gate is declared for the kind any more.
    """

    id: UUID
    kind: str
    title: str
    visibility: str
    slug: str | None
    created_at: datetime
    organisation_slug: str
    organisation: str
    author: str
    number: int | None
    digest: str | None
    state: ActionState
    status: GateStatus | None


@dataclass(frozen=True)
class WhatStands:
    """What stands on a case as a whole.

    Attributes:
        arrangement: as the reader's screen shows it.
        posture: how public the effort is now.
        review_on: when the posture is to be looked at again; None where no version of it says so.
        since: the index of the case's latest record, -1 before the first; what is read later may be newer.
    """

    pauses: tuple[PauseLine, ...]
    arrangement: ArrangementLine | None
    posture: str
    review_on: date | None
    since: int


@dataclass(frozen=True)
class Workspace:
    """Everything the page of a case shows to one of its members.

    Attributes:
        stands: what stands on the case as a whole.
        mine, others: open tasks that wait for the reader, and for anybody else.
    """

    stands: WhatStands
    members: tuple[MemberLine, ...]
    actions: tuple[ActionLine, ...]
    mine: tuple[TaskLine, ...]
    others: tuple[TaskLine, ...]


async def my_cases(session: AsyncSession, caller: Caller) -> list[CaseLine]:
    """Return the cases the caller takes part in, by title."""
    rows = await session.execute(_MY_CASES, {"me": caller.person_id})
    return [CaseLine(**row._mapping) for row in rows]


async def members(session: AsyncSession, case_id: UUID) -> list[MemberLine]:
    """Return who is in a case: the family first, then each organisation's people."""
    rows = await session.execute(_MEMBERS, {"case_id": case_id})
    return [MemberLine(**row._mapping) for row in rows]


async def what_stands(session: AsyncSession, caller: Caller, case_id: UUID) -> WhatStands:
    """Return what stands on a case as a whole, in one statement."""
    shown = await on_screen_id(session, caller, case_id)
    values = {"case_id": case_id, "arrangement": shown}
    row = (await session.execute(_STANDING, values)).one()
    return WhatStands(
        pauses=tuple(
            PauseLine(UUID(p["id"]), p["reason"], p["by_family"], _moment(p["set_at"]), p["set_by"])
            for p in row.pauses
        ),
        arrangement=_arrangement(row.arrangement),
        posture=row.posture,
        review_on=row.review_on,
        since=row.since,
    )


async def action_lines(session: AsyncSession, case_id: UUID) -> list[ActionLine]:
    """Return the actions the session's person may see, oldest first, each with its gate."""
    rows = (await session.execute(_ACTIONS, {"case_id": case_id})).all()
    facts = await read_shown_facts(session, [row.id for row in rows])
    return [ActionLine(**row._mapping, **_glance(facts[row.id])) for row in rows]


async def workspace(session: AsyncSession, caller: Caller, case_id: UUID) -> Workspace:
    """Read everything the page of a case shows, for a caller who takes part in it."""
    stands = await what_stands(session, caller, case_id)
    people = await members(session, case_id)
    actions = await action_lines(session, case_id)
    tasks = await open_tasks(session, caller, case_id)
    return Workspace(
        stands=stands,
        members=tuple(people),
        actions=tuple(actions),
        mine=tuple(task for task in tasks if task.mine),
        others=tuple(task for task in tasks if not task.mine),
    )


def _glance(found: ActionFacts) -> dict[str, Any]:
    if found.facts.kind not in gates.current().book.kinds:
        state = ActionState.GATED if found.facts.revision else ActionState.DRAFTING
        return {
            "number": found.number,
            "digest": found.facts.digest,
            "state": state,
            "status": None,
        }
    status = found.status()
    return {
        "number": found.number,
        "digest": found.facts.digest,
        "state": found.state(status),
        "status": status,
    }


def _arrangement(raw: dict[str, Any] | None) -> ArrangementLine | None:
    if raw is None:
        return None
    named = {
        standing: tuple(
            (UUID(p["id"]), p["name"]) for p in raw["people"] if p["standing"] == standing
        )
        for standing in ("decision_maker", "alternate")
    }
    return ArrangementLine(
        version=raw["version"],
        rule=raw["rule"],
        quorum=raw["quorum"],
        set_at=_moment(raw["set_at"]),
        decision_makers=named["decision_maker"],
        alternates=named["alternate"],
    )


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value)
