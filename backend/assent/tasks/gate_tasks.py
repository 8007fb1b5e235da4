"""Tasks that gates open for what they miss, and close when it is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from assent import gates
from assent.database.ids import new_id
from assent.database.session import acting_as_job, present
from assent.facts import ActionFacts, read_facts
from assent.notify.mail import MailKind, enqueue_mail
from assent.tasks.models import Task
from assent.tasks.wanted import Circumstances, Wanted, wanted_tasks

_AROUND = text("""
    select a.id, a.visibility,
      array(select q.person_id::text from assent.consent_requests q where q.revision_id = r.id) as asked,
      array(select n.consent_id::text from assent.consent_answers n
            join assent.consents c on c.id = n.consent_id where c.revision_id = r.id) as answered,
      array(select t.consent_id::text || ' ' || t.attester_id::text from assent.consent_recordings t
            join assent.consents c on c.id = t.consent_id where c.revision_id = r.id
              and not exists (select 1 from assent.consent_attestations n where n.consent_id = t.consent_id)
              and not exists (select 1 from assent.consent_contests n where n.consent_id = t.consent_id)) as to_attest,
      array(select distinct c.kind from assent.concerns c where c.action_id = a.id
            and not exists (select 1 from assent.concern_answers n where n.concern_id = c.id)) as raised,
      exists (select 1 from assent.consents c where c.action_id = a.id and c.decision = 'question'
              and not exists (select 1 from assent.consent_answers n where n.consent_id = c.id)
              and not exists (select 1 from assent.consents later where later.action_id = a.id
                and later.person_id = c.person_id and later.ledger_index > c.ledger_index)) as question,
      exists (select 1 from assent.publications p join assent.deliveries d on d.publication_id = p.id
              where p.action_id = a.id and (d.state in ('unknown', 'not_sent')
                or (d.state = 'pending' and d.channel = 'by_hand'))) as delivery
    from assent.actions a
    left join lateral (select v.id from assent.revisions v where v.action_id = a.id
                       order by v.number desc limit 1) r on true
    where a.id = any(:ids)
""")
_OPEN = text("""
    select t.id, t.action_id, t.kind, t.gate_key, t.role, o.slug, t.assignee_id::text as assignee
    from assent.tasks t left join assent.organisations o on o.id = t.organisation_id
    where t.action_id = any(:ids) and t.kind in ('gate', 'question', 'delivery') and t.closed_at is null
""")
_CLOSE = text(
    "update assent.tasks set closed_at = assent.present() where id = any(:ids) and closed_at is null"
)
_SLUGS = text("select slug, id from assent.organisations where slug = any(:slugs)")
_ACTIONS = text("select id from assent.actions where case_id = :case_id order by id")
_CONCERNED = text("""
    select distinct m.person_id from assent.memberships m
    where m.case_id = :case_id and m.ended_at is null and m.role = :role
      and (cast(:organisation as uuid) is null or m.organisation_id = :organisation)
""")
# Time alone opens a gate whose earliest release has come, shuts one whose consent has lapsed, and lets
# somebody stand in for whoever cannot be reached.
_MOVED_BY_TIME = text("""
    with clock as materialized (
      select assent.present() as now, assent.present() - make_interval(mins => :minutes) as since)
    select distinct a.id from clock cross join assent.actions a
    join lateral (select v.id, v.content ->> 'not_before' as not_before from assent.revisions v
                  where v.action_id = a.id order by v.number desc limit 1) r on true
    left join assent.consents c on c.revision_id = r.id and c.expires_at between clock.since and clock.now
    where c.id is not null or r.not_before::timestamptz between clock.since and clock.now
      or exists (select 1 from assent.standing_consents s where s.case_id = a.case_id
                 and s.expires_at between clock.since and clock.now)
      or exists (select 1 from assent.open_absences(a.case_id) b cross join assent.arrangement_in_force(a.case_id) f
                 where b.at + make_interval(hours => f.stand_in_after_hours) between clock.since and clock.now)
""")
# Whoever begins an action knows that its text is still to be written.
_UNTOLD = {"revision:content"}


async def refresh(
    session: AsyncSession, action_ids: Sequence[UUID], *, tell: bool | None = None
) -> None:
    """Open and close the tasks of these actions so that they fit what is on record now.

    Called in the transaction of a decision, after its ledger entry: the head's lock then orders all
    refreshes, so that each one sees what the one before it decided.

    Args:
        tell: whether to mail those for whom something now waits; unless said, only when a person
            acts: an import tells nobody.
    """
    if not action_ids:
        return
    if tell is None:
        tell = session.sync_session.info.get("person") is not None
    async with acting_as_job(session):
        facts = await read_facts(session, action_ids)
        around = {row.id: row for row in await session.execute(_AROUND, {"ids": list(action_ids)})}
        opened: dict[tuple[UUID, Wanted], UUID] = {}
        obsolete: list[UUID] = []
        for row in await session.execute(_OPEN, {"ids": list(action_ids)}):
            if row.kind == "gate":
                task = Wanted(row.gate_key, row.role, row.slug, row.assignee)
                opened[row.action_id, task] = row.id
            elif row.kind not in _still_needed(around[row.action_id]):
                obsolete.append(row.id)
        wanted = {
            (action_id, task)
            for action_id, action in facts.items()
            for task in _wanted(action, around[action_id])
        }
        obsolete += [task_id for key, task_id in opened.items() if key not in wanted]
        if obsolete:
            await session.execute(_CLOSE, {"ids": obsolete})
        if missing := wanted - opened.keys():
            await _open(session, facts, sorted(missing, key=repr), tell=tell)


async def refresh_case(session: AsyncSession, case_id: UUID, *, tell: bool | None = None) -> None:
    """Refresh every action of a case, those included that the caller may not see."""
    async with acting_as_job(session):
        ids = list(await session.scalars(_ACTIONS, {"case_id": case_id}))
    await refresh(session, ids, tell=tell)


async def follow_time(session: AsyncSession, *, minutes: int = 10) -> int:
    """Refresh what only the passing of time has changed; returns how many actions that were.

    Args:
        session: a job's session.
        minutes: how far back to look: more than the pause between two calls.
    """
    ids = list(await session.scalars(_MOVED_BY_TIME, {"minutes": minutes}))
    await refresh(session, ids, tell=True)
    return len(ids)


def _wanted(action: ActionFacts, row: Row[Any]) -> frozenset[Wanted]:
    if action.facts.kind not in gates.current().book.kinds:
        return frozenset()  # its gate is no longer declared: nothing of it can go out
    around = Circumstances(
        visibility=row.visibility,
        asked=frozenset(row.asked),
        answered=frozenset(row.answered),
        raised=frozenset(row.raised),
        to_attest=frozenset(
            (taken, who) for taken, _, who in (pair.partition(" ") for pair in row.to_attest)
        ),
    )
    return wanted_tasks(action, around)


def _still_needed(row: Row[Any]) -> set[str]:
    kinds = (("question", row.question), ("delivery", row.delivery))
    return {kind for kind, needed in kinds if needed}


async def _open(
    session: AsyncSession,
    facts: dict[UUID, ActionFacts],
    missing: Sequence[tuple[UUID, Wanted]],
    *,
    tell: bool,
) -> None:
    slugs = sorted({task.organisation for _, task in missing if task.organisation})
    rows = await session.execute(_SLUGS, {"slugs": slugs}) if slugs else ()
    organisations = {row.slug: row.id for row in rows}
    now = await present(session)
    values = [
        {
            "id": new_id(),
            "case_id": facts[action_id].case_id,
            "action_id": action_id,
            "kind": "gate",
            "title": "",
            "gate_key": task.gate_key,
            "assignee_id": UUID(task.assignee) if task.assignee else None,
            "organisation_id": organisations[task.organisation] if task.organisation else None,
            "role": task.role,
            "opened_at": now,
        }
        for action_id, task in missing
    ]
    # Somebody else may have opened the same task meanwhile: one is enough.
    statement = insert(Task).values(values).on_conflict_do_nothing()
    columns = (Task.case_id, Task.action_id, Task.gate_key, Task.organisation_id, Task.role)
    made = (await session.execute(statement.returning(*columns))).all()
    if tell:
        await _tell(session, [row for row in made if row.gate_key not in _UNTOLD and row.role])


async def _tell(session: AsyncSession, tasks: Sequence[Row[*tuple[Any, ...]]]) -> None:
    """One mail for each person, however many tasks; whoever caused them needs none."""
    waiting: dict[UUID, set[UUID]] = defaultdict(set)
    for task in tasks:
        values = {
            "case_id": task.case_id,
            "role": task.role,
            "organisation": task.organisation_id,
        }
        for person_id in await session.scalars(_CONCERNED, values):
            waiting[person_id].add(task.action_id)
    actor: UUID | None = session.sync_session.info.get("person")
    for person_id, actions in waiting.items():
        if person_id == actor:
            continue
        path = f"/actions/{next(iter(actions))}" if len(actions) == 1 else "/"
        await enqueue_mail(session, person_id, MailKind.SOMETHING_WAITS, path)
