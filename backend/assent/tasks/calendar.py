"""A person's calendar: on which days something is due and at which moment something goes out, and nothing else.

A calendar lies with whoever runs it: it is told no name, no case and no content; one press ends its address.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from icalendar import Calendar, Event
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.session import act_for, present
from assent.people.caller import Caller
from assent.people.models import CalendarLink, Person
from assent.people.secrets import hash_of, new_token
from assent.people.sessions import caller_from
from assent.refusal import N_, NotFound
from assent.tasks.queries import my_tasks

DUE = N_("Assent: something is due")
# Whoever keeps their pages discreet keeps their calendar so.
DUE_DISCREETLY = N_("Something is due")
_LASTS = timedelta(minutes=15)
_MOMENTS = text("""
    select m.launch_id, m.at from assent.launch_moments m
    where m.at > assent.present() - interval '1 day'
      and m.number = (select max(l.number) from assent.launch_moments l where l.launch_id = m.launch_id)
      and not exists (select 1 from assent.launch_outcomes o where o.launch_id = m.launch_id
        and (o.moment = m.number or o.outcome in ('released', 'reduced', 'cancelled')))
    order by m.at, m.launch_id
""")


async def make_link(session: AsyncSession, caller: Caller) -> str:
    """Make the secret part of the caller's address and return it: the only time it can be seen. An earlier one ends."""
    token, now = new_token(), await present(session)
    values = {"token_hash": hash_of(token), "created_at": now}
    statement = insert(CalendarLink).values(person_id=caller.person_id, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["person_id"], set_=values)
    )
    return token


async def end_link(session: AsyncSession, caller: Caller) -> None:
    """End the caller's address at once."""
    await session.execute(delete(CalendarLink).where(CalendarLink.person_id == caller.person_id))


async def link_since(session: AsyncSession, caller: Caller) -> datetime | None:
    """Return since when the caller has an address; None: they have none."""
    query = select(CalendarLink.created_at).where(CalendarLink.person_id == caller.person_id)
    return (await session.scalars(query)).one_or_none()


async def owner_of(session: AsyncSession, token: str) -> Caller:
    """Return whose address this is, and go on in their name.

    Raises:
        NotFound: nobody's, or it was ended.
    """
    query = (
        select(Person)
        .join(CalendarLink, CalendarLink.person_id == Person.id)
        .where(CalendarLink.token_hash == hash_of(token), Person.removed_at.is_(None))
    )
    person = (await session.scalars(query)).one_or_none()
    if person is None:
        raise NotFound
    await act_for(session, person.id)
    return caller_from(person, "calendar", "session")


async def calendar_of(session: AsyncSession, caller: Caller, words: str) -> bytes:
    """Return the caller's calendar as iCalendar (RFC 5545).

    Args:
        words: what each entry says; the same for all.
    """
    calendar, now = Calendar(), await present(session)
    calendar.add("prodid", "-//calendar//")
    calendar.add("version", "2.0")
    for task in await my_tasks(session, caller):
        if task.due_on is not None:
            calendar.add_component(_entry(task.id, words, now, task.due_on))
    for launch_id, at in await session.execute(_MOMENTS):
        calendar.add_component(_entry(launch_id, words, now, at, at + _LASTS))
    return bytes(calendar.to_ical())


def _entry(key: UUID, words: str, now: datetime, begins: object, ends: object = None) -> Event:
    entry = Event()
    # The same entry each time, under a name that is nobody's key here.
    entry.add("uid", hashlib.sha256(f"calendar/{key}".encode()).hexdigest()[:32])
    entry.add("dtstamp", now)
    entry.add("dtstart", begins)
    if ends is not None:
        entry.add("dtend", ends)
    entry.add("summary", words)
    entry.add("class", "PRIVATE")
    entry.add("transp", "TRANSPARENT")
    return entry
