"""Tasks that people give each other, and those a question, a retraction or a delivery opens."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.database.ids import new_id
from assent.database.session import acting_as_job, present
from assent.gate.roles import Role
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import Standing, require, standing
from assent.refusal import NotFound
from assent.tasks.models import Task
from assent.tasks.refusals import (
    ActionUnseen,
    DueInThePast,
    FollowsTheGate,
    NobodyAssigned,
    NotYourTask,
    TaskClosed,
)
from assent.wording import clean_line

# Who would get a task: members of the case by address, or all who work there for an organisation.
_PEOPLE = text("""
    select distinct p.id as person_id, o.id as organisation_id
    from assent.memberships m join assent.people p on p.id = m.person_id
    left join assent.organisations o on o.id = m.organisation_id
    where m.case_id = :case_id and m.ended_at is null
      and (cast(:email as text) is null or p.email = :email)
      and (cast(:slug as text) is null or o.slug = :slug)
""")
_VISIBLE = text("select 1 from assent.actions where id = :action_id and case_id = :case_id")
_SEEN_BY = text("""
    select distinct m.person_id from assent.actions a join assent.memberships m on m.case_id = a.case_id
    where a.id = :action_id and m.ended_at is null and m.person_id = any(:people)
      and (a.visibility in ('case', 'public')
        or (a.visibility = 'family'
            and m.role in ('coordinator', 'decision_maker', 'informed_relative', 'counsel'))
        or (a.visibility = 'organisation' and m.organisation_id = a.organisation_id))
""")
_ANNOUNCE = text("select pg_notify('assent_case', :case_id)")


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
        ActionUnseen, DueInThePast, Invalid: the task does not fit.
    """
    await require(session, caller, case_id, Permission.TASK_ASSIGN)
    await _require_visible(session, case_id, action_id)
    people, organisation_id = await _named(session, case_id, assignee, organisation)
    await _require_seen(session, action_id, people)
    if due_on is not None:
        await _require_ahead(session, due_on)
    task_id, now = new_id(), await present(session)
    values = {
        "id": task_id,
        "case_id": case_id,
        "action_id": action_id,
        "kind": "assigned",
        "title": clean_line(title, field="title"),
        "assignee_id": people[0] if assignee else None,
        "organisation_id": organisation_id,
        "due_on": due_on,
        "opened_by": caller.person_id,
        "opened_at": now,
    }
    await session.execute(insert(Task).values(**values))
    await _tell(session, caller, case_id, people)
    return await session.get_one(Task, task_id)


async def change_task(
    session: AsyncSession,
    caller: Caller,
    task_id: UUID,
    *,
    title: str,
    assignee: str | None,
    organisation: str | None,
    due_on: date | None,
) -> Task:
    """Give an assigned task another title, day or person; each value replaces what was there.

    Args:
        title, assignee, organisation, due_on: as in `assign_task`.

    Raises:
        NotFound, Forbidden: the caller does not coordinate this case, or does not see the task.
        TaskClosed, FollowsTheGate: it cannot be changed, or not by hand.
        NobodyAssigned, ActionUnseen, DueInThePast, Invalid: the change does not fit.
    """
    task = await session.get(Task, task_id)
    if task is None:
        raise NotFound
    await require(session, caller, task.case_id, Permission.TASK_ASSIGN)
    if task.closed_at is not None:
        raise TaskClosed
    if task.kind != "assigned":
        raise FollowsTheGate
    people, organisation_id = await _named(session, task.case_id, assignee, organisation)
    await _require_seen(session, task.action_id, people)
    if due_on is not None and due_on != task.due_on:
        await _require_ahead(session, due_on)
    values = {
        "title": clean_line(title, field="title"),
        "assignee_id": people[0] if assignee else None,
        "organisation_id": organisation_id,
        "due_on": due_on,
    }
    somebody_else = (task.assignee_id, task.organisation_id) != (
        values["assignee_id"],
        organisation_id,
    )
    await session.execute(update(Task).where(Task.id == task_id).values(**values))
    await session.refresh(task)
    await _tell(session, caller, task.case_id, people if somebody_else else [])
    return task


async def close_task(session: AsyncSession, caller: Caller, task_id: UUID) -> Task:
    """Mark a task as done.

    Raises:
        NotFound: the caller is not in the case, or does not see the task.
        NotYourTask: it is for somebody else, and the caller does not coordinate.
        TaskClosed, FollowsTheGate: it cannot be closed, or not by hand.
    """
    task = await session.get(Task, task_id)
    if task is None:
        raise NotFound
    here = await standing(session, caller, task.case_id)
    if here is None:
        raise NotFound
    if not is_for(task, caller, here) and not here.may(Permission.TASK_ASSIGN):
        raise NotYourTask
    if task.closed_at is not None:
        raise TaskClosed
    if task.kind == "gate":
        raise FollowsTheGate
    now = await present(session)
    closing = update(Task).where(Task.id == task_id, Task.closed_at.is_(None))
    await session.execute(closing.values(closed_by=caller.person_id, closed_at=now))
    await session.refresh(task)
    await session.execute(_ANNOUNCE, {"case_id": str(task.case_id)})
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


async def open_device_task(session: AsyncSession, caller: Caller, case_id: UUID) -> None:
    """Ask coordinators and safety reviewers to call a relative who says that somebody else was signed in as them."""
    now = await present(session)
    async with acting_as_job(session):
        for role in (Role.COORDINATOR, Role.SAFETY_REVIEWER):
            same = select(Task.id).where(
                Task.case_id == case_id,
                Task.kind == "device",
                Task.role == role.value,
                Task.opened_by == caller.person_id,
                Task.closed_at.is_(None),
            )
            if (await session.scalars(same.limit(1))).one_or_none() is not None:
                continue
            values = {
                "id": new_id(),
                "case_id": case_id,
                "kind": "device",
                "role": role.value,
                "due_on": now.date(),
                "opened_by": caller.person_id,
                "opened_at": now,
            }
            await session.execute(insert(Task).values(**values))
    await session.execute(_ANNOUNCE, {"case_id": str(case_id)})


async def open_delivery_task(session: AsyncSession, case_id: UUID, action_id: UUID) -> None:
    """Ask the coordinators to see to a delivery: by hand, not sent, or unknown."""
    await _open_once(session, case_id, action_id, "delivery", None, None)


async def open_deadline(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    action_id: UUID,
    key: str,
    title: str,
    organisation_id: UUID,
    due_on: date,
) -> None:
    """Have something done by a day, for an organisation; one that is open gets the new day.

    The action is locked by the caller of this.

    Args:
        key: what it is about; one deadline of a key is open at a time.
    """
    async with acting_as_job(session):
        same = (Task.action_id == action_id, Task.gate_key == key, Task.kind == "deadline")
        moved = update(Task).where(*same, Task.closed_at.is_(None)).values(due_on=due_on)
        if (await session.execute(moved.returning(Task.id))).first() is None:
            values = {
                "id": new_id(),
                "case_id": case_id,
                "action_id": action_id,
                "kind": "deadline",
                "gate_key": key,
                "title": title,
                "organisation_id": organisation_id,
                "due_on": due_on,
                "opened_by": caller.person_id,
                "opened_at": await present(session),
            }
            await session.execute(insert(Task).values(**values))
    await session.execute(_ANNOUNCE, {"case_id": str(case_id)})


async def assign_follow_up(
    session: AsyncSession, caller: Caller, case_id: UUID, title: str, due_on: date | None
) -> None:
    """Have the coordinators see to something that was promised to the case.

    Args:
        title: checked by the caller of this.
    """
    async with acting_as_job(session):
        values = {
            "id": new_id(),
            "case_id": case_id,
            "kind": "assigned",
            "title": title,
            "role": Role.COORDINATOR.value,
            "due_on": due_on,
            "opened_by": caller.person_id,
            "opened_at": await present(session),
        }
        await session.execute(insert(Task).values(**values))
    await session.execute(_ANNOUNCE, {"case_id": str(case_id)})


async def open_posture_review(
    session: AsyncSession, caller: Caller | None, case_id: UUID, owner_id: UUID, due_on: date
) -> None:
    """Have whoever answers for it look again at how public the effort is; an earlier such task is done with.

    The case is locked by the caller of this.
    """
    now, by = await present(session), caller.person_id if caller else None
    async with acting_as_job(session):
        earlier = update(Task).where(
            Task.case_id == case_id, Task.kind == "posture", Task.closed_at.is_(None)
        )
        await session.execute(earlier.values(closed_by=by, closed_at=now))
        values = {
            "id": new_id(),
            "case_id": case_id,
            "kind": "posture",
            "assignee_id": owner_id,
            "due_on": due_on,
            "opened_by": by,
            "opened_at": now,
        }
        await session.execute(insert(Task).values(**values))
    if caller is not None and owner_id != caller.person_id:
        await enqueue_mail(session, owner_id, MailKind.SOMETHING_WAITS, "/")
    await session.execute(_ANNOUNCE, {"case_id": str(case_id)})


async def close_deadline(session: AsyncSession, caller: Caller, action_id: UUID, key: str) -> None:
    """Settle a deadline, if it is open: what it was about has happened."""
    async with acting_as_job(session):
        same = (Task.action_id == action_id, Task.gate_key == key, Task.kind == "deadline")
        closing = update(Task).where(*same, Task.closed_at.is_(None))
        now = await present(session)
        await session.execute(closing.values(closed_by=caller.person_id, closed_at=now))


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


async def _require_visible(session: AsyncSession, case_id: UUID, action_id: UUID | None) -> None:
    if action_id is None:
        return
    values = {"action_id": action_id, "case_id": case_id}
    if (await session.execute(_VISIBLE, values)).one_or_none() is None:
        raise NotFound


async def _require_ahead(session: AsyncSession, day: date) -> None:
    if day < (await present(session)).date():
        raise DueInThePast(field="due_on")


async def _named(
    session: AsyncSession, case_id: UUID, email: str | None, slug: str | None
) -> tuple[list[UUID], UUID | None]:
    """Return who is named, and the organisation, both of this case."""
    if not email and not slug:
        raise NobodyAssigned(field="assignee")
    address = email.strip().lower() if email else None
    values = {"case_id": case_id, "email": address, "slug": slug or None}
    rows = (await session.execute(_PEOPLE, values)).all()
    if not rows:
        raise NobodyAssigned(field="assignee" if email else "organisation")
    people = list(dict.fromkeys(row.person_id for row in rows))
    return people, rows[0].organisation_id if slug else None


async def _require_seen(session: AsyncSession, action_id: UUID | None, people: list[UUID]) -> None:
    """Somebody who is to do it has to see what it is about."""
    if action_id is None:
        return
    seen = await session.scalars(_SEEN_BY, {"action_id": action_id, "people": people})
    if not list(seen):
        raise ActionUnseen(field="action")


async def _tell(session: AsyncSession, caller: Caller, case_id: UUID, people: list[UUID]) -> None:
    for person_id in people:
        if person_id != caller.person_id:
            await enqueue_mail(session, person_id, MailKind.SOMETHING_WAITS, "/")
    await session.execute(_ANNOUNCE, {"case_id": str(case_id)})
