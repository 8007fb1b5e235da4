"""Tasks that people give each other, and those a question, a retraction or a delivery opens."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.queries import visible_action
from assent.cases.models import Membership
from assent.database.ids import new_id
from assent.database.session import acting_as_job, present
from assent.gate.roles import Role
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import Standing, require
from assent.people.models import Organisation, Person
from assent.refusal import NotFound
from assent.tasks.models import Task
from assent.tasks.refusals import FollowsTheGate, NobodyAssigned, NotYourTask, TaskClosed
from assent.wording import clean_line


async def assign_task(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    title: str,
    *,
    assignee: str | None = None,
    organisation: str | None = None,
    due_on: date | None = None,
    action_id: UUID | None = None,
) -> Task:
    """Give a person or an organisation of the case something to do.

    Args:
        assignee: e-mail address of a person in the case.
        organisation: short name of an organisation in the case.
        due_on: the day by which it should be done.
        action_id: the action it is about.

    Raises:
        NotFound, Forbidden: the caller does not coordinate this case, or does not see the action.
        NobodyAssigned: nobody, or nobody of this case, is named.
    """
    await require(session, caller, case_id, Permission.TASK_ASSIGN)
    if action_id is not None and (await visible_action(session, action_id)).case_id != case_id:
        raise NotFound
    person_id = await _member(session, case_id, assignee) if assignee else None
    organisation_id = await _organisation(session, case_id, organisation) if organisation else None
    if person_id is None and organisation_id is None:
        raise NobodyAssigned(field="assignee")
    task_id = new_id()
    values = {
        "id": task_id,
        "case_id": case_id,
        "action_id": action_id,
        "kind": "assigned",
        "title": clean_line(title, field="title"),
        "assignee_id": person_id,
        "organisation_id": organisation_id,
        "due_on": due_on,
        "opened_by": caller.person_id,
        "opened_at": await present(session),
    }
    await session.execute(insert(Task).values(**values))
    if person_id is not None:
        await enqueue_mail(session, person_id, MailKind.SOMETHING_WAITS, "/")
    return await session.get_one(Task, task_id)


async def close_task(session: AsyncSession, caller: Caller, task_id: UUID) -> Task:
    """Mark a task as done.

    Raises:
        NotFound, Forbidden: the caller is not in the case.
        NotYourTask: it is for somebody else, and the caller does not coordinate.
        TaskClosed, FollowsTheGate: it cannot be closed, or not by hand.
    """
    task = await session.get(Task, task_id)
    if task is None:
        raise NotFound
    standing = await require(session, caller, task.case_id, Permission.TASK_CLOSE)
    if not is_for(task, caller, standing) and not standing.holds(Role.COORDINATOR):
        raise NotYourTask
    if task.closed_at is not None:
        raise TaskClosed
    if task.kind == "gate":
        raise FollowsTheGate
    now = await present(session)
    await session.execute(
        update(Task).where(Task.id == task_id).values(closed_by=caller.person_id, closed_at=now)
    )
    await session.refresh(task)
    return task


def is_for(task: Task, caller: Caller, standing: Standing) -> bool:
    """Whether a task waits for this person: by name, by organisation, by role, or by both of the latter."""
    if task.assignee_id is not None:
        return task.assignee_id == caller.person_id
    if task.organisation_id is not None and task.role is not None:
        return task.organisation_id in standing.organisations_for(task.role)
    if task.organisation_id is not None:
        return task.organisation_id in standing.organisations
    return task.role is not None and standing.holds(task.role)


async def open_retraction_task(
    session: AsyncSession, caller: Caller, case_id: UUID, action_id: UUID
) -> None:
    """Ask the coordinators to tell everybody who received what was taken back: today."""
    today = (await present(session)).date()
    await _open_once(session, case_id, action_id, "retraction", caller.person_id, today)


async def open_question_task(
    session: AsyncSession, caller: Caller, case_id: UUID, action_id: UUID
) -> None:
    """Ask the coordinators to answer a relative's question."""
    await _open_once(session, case_id, action_id, "question", caller.person_id, None)


async def open_delivery_task(session: AsyncSession, case_id: UUID, action_id: UUID) -> None:
    """Ask the coordinators to see to a delivery: by hand, not sent, or unknown."""
    await _open_once(session, case_id, action_id, "delivery", None, None)


async def _open_once(
    session: AsyncSession,
    case_id: UUID,
    action_id: UUID,
    kind: str,
    opened_by: UUID | None,
    due_on: date | None,
) -> None:
    """Open a task for the coordinators unless one of this kind is open; the action is locked."""
    async with acting_as_job(session):
        query = select(Task.id).where(
            Task.action_id == action_id, Task.kind == kind, Task.closed_at.is_(None)
        )
        if (await session.scalars(query.limit(1))).one_or_none() is not None:
            return
        values = {
            "id": new_id(),
            "case_id": case_id,
            "action_id": action_id,
            "kind": kind,
            "role": Role.COORDINATOR.value,
            "due_on": due_on,
            "opened_by": opened_by,
            "opened_at": await present(session),
        }
        await session.execute(insert(Task).values(**values))


async def _member(session: AsyncSession, case_id: UUID, email: str) -> UUID:
    query = (
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Person.email == email.strip().lower(),
            Membership.case_id == case_id,
            Membership.ended_at.is_(None),
        )
        .limit(1)
    )
    if (found := (await session.scalars(query)).one_or_none()) is None:
        raise NobodyAssigned(field="assignee")
    return found


async def _organisation(session: AsyncSession, case_id: UUID, slug: str) -> UUID:
    query = (
        select(Organisation.id)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(
            Organisation.slug == slug,
            Membership.case_id == case_id,
            Membership.ended_at.is_(None),
        )
        .limit(1)
    )
    if (found := (await session.scalars(query)).one_or_none()) is None:
        raise NobodyAssigned(field="organisation")
    return found
