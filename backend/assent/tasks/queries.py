"""Reads of tasks: mine across all cases, and everything a case waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.people.caller import Caller
from assent.tasks.titles import task_title


@dataclass(frozen=True)
class TaskLine:
    """A task as one reader sees it.

    Attributes:
        title: what was written by hand; empty for tasks with a sentence of their own (see `sentence`).
        gate_key: which requirement of a gate it is about, if any.
        role: for whoever holds it (of the organisation, where one is named).
        assignee: name; None also where a relative's name is not this reader's to know.
        mine: whether it waits for this reader.
        for_family: whether it waits for a relative.
    """

    id: UUID
    case_id: UUID
    case_slug: str
    case_title: str
    action_id: UUID | None
    action_title: str | None
    kind: str
    title: str
    gate_key: str | None
    role: str | None
    assignee_id: UUID | None
    assignee: str | None
    organisation: str | None
    organisation_slug: str | None
    due_on: date | None
    opened_at: datetime
    closed_at: datetime | None
    mine: bool
    for_family: bool
    subject: str | None

    @property
    def sentence(self) -> tuple[str, dict[str, str]]:
        """What is to be done: a gettext message id, and what to fill into it."""
        return task_title(self.kind, self.gate_key, self.title, self.subject)


# A task for a role waits for all who hold it, but never for the writer of a text to be cleared. What shows how
# another of the family has answered is not shown to relatives, unless the family chose so. That a text is ready to go
# out is no relative's task, and would tell whoever reads along whether a yes has begun to count.
_LINES = """
    select * from (
      select t.id, t.case_id, c.slug as case_slug, c.title as case_title, t.action_id,
        a.title as action_title, t.kind, t.title, t.gate_key, t.role, t.due_on, t.opened_at,
        t.closed_at, t.assignee_id, assent.shown_name(p.shown_as, p.name) as assignee, o.name as organisation,
        o.slug as organisation_slug, coalesce(s.name, opener.name) as subject,
        case when t.assignee_id is not null then t.assignee_id = :me
          else exists (select 1 from assent.memberships m where m.case_id = t.case_id
              and m.person_id = :me and m.ended_at is null and (t.role is null or m.role = t.role)
              and (t.organisation_id is null or m.organisation_id = t.organisation_id))
            and not (coalesce(t.gate_key, '') like 'clearance:%'
              and assent.is_writer(t.action_id, :me)) end as mine,
        t.assignee_id is not null and exists (select 1 from assent.memberships m
          where m.case_id = t.case_id and m.person_id = t.assignee_id
            and m.role in ('decision_maker', 'informed_relative')) as for_family,
        t.case_id = any ((select assent.my_family_cases())::uuid[]) as knows_family,
        ((t.gate_key like 'consent:%' or t.kind = 'question')
            and t.case_id = any ((select assent.my_family_cases())::uuid[])
            and not t.case_id = any ((select assent.my_votes_cases())::uuid[]))
          or ((t.gate_key like 'release:%' or t.kind = 'device') and (select assent.reads_as_relative())) as of_another
      from assent.tasks t
      join assent.cases c on c.id = t.case_id
      left join assent.actions a on a.id = t.action_id
      left join assent.people p on p.id = t.assignee_id
      left join assent.organisations o on o.id = t.organisation_id
      left join assent.people opener on opener.id = t.opened_by and t.kind = 'device'
        and t.case_id = any ((select assent.my_family_cases())::uuid[])
      left join assent.organisations s on s.slug = nullif(split_part(t.gate_key, ':', 3), '')) line
"""
_OF_ME = text(_LINES + "where mine and closed_at is null order by due_on nulls last, id")
_OF_CASE = text(
    _LINES + "where case_id = :case_id and closed_at is null and (mine or not of_another)"
    " order by due_on nulls last, id"
)
_ALL_OF_CASE = text(
    _LINES
    + "where case_id = :case_id and (mine or not of_another) and (cast(:after as uuid) is null or id > :after)"
    + " order by id limit :limit"
)
_ONE = text(_LINES + "where id = :id and (mine or not of_another)")


async def my_tasks(session: AsyncSession, caller: Caller) -> list[TaskLine]:
    """Return the open tasks that wait for the caller in all cases, the most urgent first."""
    rows = await session.execute(_OF_ME, {"me": caller.person_id})
    return [_line(row) for row in rows]


async def open_tasks(session: AsyncSession, caller: Caller, case_id: UUID) -> list[TaskLine]:
    """Return the open tasks of a case that the caller may see, the most urgent first."""
    rows = await session.execute(_OF_CASE, {"me": caller.person_id, "case_id": case_id})
    return [_line(row) for row in rows]


async def case_tasks(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    *,
    after: UUID | None = None,
    limit: int = 100,
) -> list[TaskLine]:
    """Return tasks of a case, closed ones too, in the order in which they were opened.

    Args:
        after: only those opened after this one.
        limit: at most so many.
    """
    values = {"me": caller.person_id, "case_id": case_id, "after": after, "limit": limit}
    return [_line(row) for row in await session.execute(_ALL_OF_CASE, values)]


async def task_line(session: AsyncSession, caller: Caller, task_id: UUID) -> TaskLine | None:
    """Return one task, if the caller may see it."""
    row = (await session.execute(_ONE, {"me": caller.person_id, "id": task_id})).one_or_none()
    return None if row is None else _line(row)


def _line(row: Row[*tuple[Any, ...]]) -> TaskLine:
    values = dict(row._mapping)
    if values["for_family"] and not values.pop("knows_family") and not values["mine"]:
        values["assignee_id"] = values["assignee"] = None
    values.pop("knows_family", None)
    values.pop("of_another", None)
    return TaskLine(**values)
