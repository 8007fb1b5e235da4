"""Tasks of a launch that did not go out: for the coordinators, and for each part that held it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.ids import new_id
from assent.database.session import acting_as_job, present
from assent.gate.roles import Role
from assent.people.caller import Caller
from assent.tasks.models import Task

WHOLE, PART = "launch", "launch_part"
_ANNOUNCE = text("select pg_notify('assent_case', :case_id)")


async def open_launch_tasks(
    session: AsyncSession, case_id: UUID, launch_id: UUID, parts: Mapping[UUID, UUID]
) -> None:
    """Have the coordinators see to a launch that was held or missed, and whoever leads a part see to that part.

    The case is locked by the caller of this.

    Args:
        parts: the organisations that lead what was not ready, by action.
    """
    await close_launch_tasks(session, None, case_id, launch_id)
    now = await present(session)
    common = {"case_id": case_id, "kind": "launch", "opened_at": now}
    rows = [
        common
        | {"id": new_id(), "gate_key": f"{WHOLE}:{launch_id}", "role": Role.COORDINATOR.value}
    ]
    rows += [
        common
        | {"id": new_id(), "gate_key": f"{PART}:{launch_id}", "action_id": a, "organisation_id": o}
        for a, o in parts.items()
    ]
    async with acting_as_job(session):
        for row in rows:
            await session.execute(insert(Task).values(**row))
    await session.execute(_ANNOUNCE, {"case_id": str(case_id)})


async def close_launch_tasks(
    session: AsyncSession, caller: Caller | None, case_id: UUID, launch_id: UUID
) -> None:
    """Settle them: another moment was set, or it is out, or called off."""
    async with acting_as_job(session):
        keys = (f"{WHOLE}:{launch_id}", f"{PART}:{launch_id}")
        closing = update(Task).where(
            Task.case_id == case_id, Task.gate_key.in_(keys), Task.closed_at.is_(None)
        )
        by = caller.person_id if caller else None
        await session.execute(closing.values(closed_by=by, closed_at=await present(session)))
