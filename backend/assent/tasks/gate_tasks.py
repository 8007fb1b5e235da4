"""Tasks that follow the gates: opened for what a gate misses, closed when it is met.

They are a convenience derived from the gate's answer; nothing is ever decided from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.ids import new_id
from assent.database.session import acting_as_job
from assent.facts import ActionFacts, read_facts
from assent.gate.evaluate import Requirement
from assent.gate.roles import Role
from assent.gate.state import ActionState
from assent.tasks.models import Task

READY = "release:ready"
_BEFORE_RELEASE = (ActionState.GATED, ActionState.OPEN, ActionState.SCHEDULED)

_ORGANISATIONS = text(
    "select slug, id from assent.organisations where slug = any(:slugs)"
)
_OPEN = text(
    "insert into assent.tasks (id, case_id, action_id, kind, gate_key, assignee_id, organisation_id, role, opened_at)"
    " values (:id, :case_id, :action_id, 'gate', :gate_key, :assignee_id, :organisation_id, :role, assent.present())"
    " on conflict (action_id, gate_key, assignee_id, organisation_id, role) where kind = 'gate' and closed_at is null"
    " do nothing"
)


@dataclass(frozen=True)
class Wanted:
    """A task a gate asks for: by whom, for which requirement."""

    gate_key: str
    assignee_id: UUID | None = None
    organisation_id: UUID | None = None
    role: str | None = None


async def refresh(session: AsyncSession, action_ids: Sequence[UUID]) -> None:
    """Bring the open gate tasks of these actions in line with their gates, in this transaction.

    Args:
        action_ids: actions something was just recorded about.
    """
    if not action_ids:
        return
    async with acting_as_job(session):
        facts = await read_facts(session, action_ids)
        organisations = await _organisations(session, facts.values())
        standing = await _standing(session, action_ids)
        for action_id, found in facts.items():
            wanted = wanted_tasks(found, organisations)
            held = standing.get(action_id, {})
            if moot := [task for key, task in held.items() if key not in wanted]:
                await session.execute(
                    update(Task).where(Task.id.in_(moot)).values(closed_at=found.now)
                )
            for task in sorted(wanted - held.keys(), key=repr):
                await _open(session, found, task)


def wanted_tasks(found: ActionFacts, organisations: dict[str, UUID]) -> set[Wanted]:
    """Return the tasks an action's gate asks for now.

    Args:
        found: what is on record.
        organisations: ids of the organisations the gate speaks of, by slug.
    """
    status = found.status()
    if found.state(status) not in _BEFORE_RELEASE:
        return set()
    if status.open:
        return {Wanted(READY, role=Role.COORDINATOR.value)}
    tasks: set[Wanted] = set()
    for requirement in status.requirements:
        if not requirement.met:
            tasks |= _for_requirement(requirement, organisations)
    return tasks


def _for_requirement(requirement: Requirement, organisations: dict[str, UUID]) -> set[Wanted]:
    subject = requirement.key.partition(":")[0]
    if subject == "clearance":
        return {
            Wanted(
                requirement.key,
                organisation_id=organisations.get(missing.organisation or ""),
                role=missing.role.value if missing.role else None,
            )
            for missing in requirement.missing_from
        }
    if subject == "consent":
        # A no is an answer: the family is not asked again and again.
        waits = requirement.why.code in ("family_waits", "family_question")
        return {
            Wanted(requirement.key, assignee_id=UUID(missing.person))
            for missing in requirement.missing_from
            if missing.person and waits
        }
    if subject in ("concern", "hold"):
        return {
            Wanted(requirement.key, role=missing.role.value)
            for missing in requirement.missing_from
            if missing.role
        }
    return set()


async def _organisations(
    session: AsyncSession, found: Iterable[ActionFacts]
) -> dict[str, UUID]:
    slugs = {
        slug
        for facts in found
        for slug in (*facts.facts.cosigners, facts.facts.lead_organisation)
        if slug
    }
    rows = await session.execute(_ORGANISATIONS, {"slugs": sorted(slugs)})
    return {row.slug: row.id for row in rows}


async def _standing(
    session: AsyncSession, action_ids: Sequence[UUID]
) -> dict[UUID, dict[Wanted, UUID]]:
    query = select(
        Task.action_id, Task.id, Task.gate_key, Task.assignee_id, Task.organisation_id, Task.role
    ).where(
        Task.action_id.in_(bindparam("ids", expanding=True)),
        Task.kind == "gate",
        Task.closed_at.is_(None),
    )
    standing: dict[UUID, dict[Wanted, UUID]] = {}
    for row in await session.execute(query, {"ids": list(action_ids)}):
        wanted = Wanted(row.gate_key, row.assignee_id, row.organisation_id, row.role)
        standing.setdefault(row.action_id, {})[wanted] = row.id
    return standing


async def _open(session: AsyncSession, found: ActionFacts, task: Wanted) -> None:
    values = {
        "id": new_id(),
        "case_id": found.case_id,
        "action_id": found.action_id,
        "gate_key": task.gate_key,
        "assignee_id": task.assignee_id,
        "organisation_id": task.organisation_id,
        "role": task.role,
    }
    await session.execute(_OPEN, values)
