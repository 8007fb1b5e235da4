"""The part of a case that another Assent imports. It carries no decision: people make those, each time anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.cases.models import Case
from assent.sanctions.queries import case_targets

_ORGANISATIONS = text("""
    select distinct o.slug, o.name, o.country, o.email_domains from assent.organisations o
    join assent.memberships m on m.organisation_id = o.id and m.case_id = :case_id and m.ended_at is null
    order by o.slug
""")
_PEOPLE = text("""
    select distinct p.email, p.name, p.language, o.slug as organisation, p.born from assent.people p
    left join assent.organisations o on o.id = p.organisation_id
    join assent.memberships m on m.person_id = p.id and m.case_id = :case_id and m.ended_at is null order by p.email
""")
_MEMBERSHIPS = text("""
    select p.email as person, m.role, o.slug as organisation from assent.memberships m
    join assent.people p on p.id = m.person_id left join assent.organisations o on o.id = m.organisation_id
    where m.case_id = :case_id and m.ended_at is null order by m.granted_at, m.id
""")
_ARRANGEMENT = text("""
    select f.rule, f.quorum, f.cooling_off_hours,
      array(select p.email from assent.arrangement_people a join assent.people p on p.id = a.person_id
            where a.arrangement_id = f.id and a.standing = 'decision_maker' order by p.email) as decision_makers,
      array(select p.email from assent.arrangement_people a join assent.people p on p.id = a.person_id
            where a.arrangement_id = f.id and a.standing <> 'decision_maker' order by p.email) as alternates
    from assent.arrangement_in_force(:case_id) f where f.id is not null
""")
_ACTIONS = text("""
    select a.id, a.kind, a.title, a.visibility, p.email as author,
      array(select r.content from assent.revisions r where r.action_id = a.id and r.content is not null
        order by r.number) as contents
    from assent.actions a join assent.people p on p.id = a.author_id where a.case_id = :case_id
    order by a.created_at, a.id
""")
_EVENTS = text("""
    select kind, happened_on, title, effect, source from assent.events where case_id = :case_id order by ledger_index
""")
_POSTURES = text("""
    select v.posture, v.reason, p.email as owner, v.review_on from assent.postures v
    join assent.people p on p.id = v.owner_id where v.case_id = :case_id order by v.version
""")
_TASKS = text("""
    select t.title, p.email as assignee, o.slug as organisation, t.due_on, t.action_id as action from assent.tasks t
    left join assent.people p on p.id = t.assignee_id left join assent.organisations o on o.id = t.organisation_id
    where t.case_id = :case_id and t.kind = 'assigned' and t.closed_at is null order by t.opened_at, t.id
""")


async def importable(session: AsyncSession, case_id: UUID) -> str:
    """Return the part of a case that another Assent imports, as YAML. It carries no decision."""
    case = await session.get_one(Case, case_id)
    values = {"case_id": case_id}
    members = [_given(row) for row in await session.execute(_MEMBERSHIPS, values)]
    rows = (await session.execute(_ACTIONS, values)).all()
    titles = _titles(rows)
    part: dict[str, Any] = {
        "slug": case.slug,
        "title": case.title,
        "detained_person": case.detained_person,
        "detaining_state": case.detaining_state,
        "posture": case.posture,
        "memberships": members,
        "actions": _actions(rows, members, titles),
        "events": [_given(row) for row in await session.execute(_EVENTS, values)],
        "postures": _postures(await session.execute(_POSTURES, values), members),
        "tasks": _tasks((await session.execute(_TASKS, values)).all(), members, titles),
        "targets": [line.entity.as_json() for line in await case_targets(session, case_id)],
    }
    arrangement = (await session.execute(_ARRANGEMENT, values)).one_or_none()
    deciding = {m["person"] for m in members if m["role"] == "decision_maker"}
    if arrangement is not None and deciding >= set(arrangement.decision_makers):
        part["family_arrangement"] = _given(arrangement)
    whole = {
        "organisations": [_given(row) for row in await session.execute(_ORGANISATIONS, values)],
        "people": [_given(row) for row in await session.execute(_PEOPLE, values)],
        "cases": [part],
    }
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=120)


def _titles(rows: Sequence[Row[Any]]) -> dict[UUID, str]:
    """Each action under a title of its own."""
    seen: Counter[str] = Counter()
    titles = {}
    for row in rows:
        seen[row.title] += 1
        titles[row.id] = row.title if seen[row.title] == 1 else f"{row.title} ({seen[row.title]})"
    return titles


def _actions(
    rows: Sequence[Row[Any]], members: list[dict[str, Any]], titles: dict[UUID, str]
) -> list[dict[str, Any]]:
    """Every text word for word; whoever left is replaced by somebody who may write."""
    writers = [m["person"] for m in members if m["role"] in ("coordinator", "drafter")]
    return [
        {
            "kind": row.kind,
            "title": titles[row.id],
            "visibility": row.visibility,
            "author": row.author if row.author in writers else next(iter(writers), row.author),
            "revisions": list(row.contents),
        }
        for row in rows
    ]


def _postures(rows: Iterable[Row[Any]], members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every version; for whoever left, somebody who coordinates answers for it."""
    staff = [m["person"] for m in members if m.get("organisation")]
    heir = next((m["person"] for m in members if m["role"] == "coordinator"), None)
    told = [_given(row) for row in rows]
    return [p | {"owner": p["owner"] if p["owner"] in staff else heir} for p in told]


def _tasks(
    rows: Sequence[Row[Any]], members: list[dict[str, Any]], titles: dict[UUID, str]
) -> list[dict[str, Any]]:
    """What somebody was given to do and has not done; what gates and deadlines ask for, they ask for anew."""
    known = {m["person"] for m in members} | {m.get("organisation") for m in members}
    tasks = []
    for row in rows:
        task = _given(row) | ({"action": titles[row.action]} if row.action else {})
        for whom in ("assignee", "organisation"):
            if task.get(whom) not in known:
                task.pop(whom, None)
        if "assignee" in task or "organisation" in task:
            tasks.append(task)
    return tasks


def _given(row: Any) -> dict[str, Any]:
    return {key: value for key, value in row._mapping.items() if value is not None}
