"""Where else a relative's pages were opened: told on their own pages, until they say whose it was.

Whoever reads a relative's mail can open a link of their own asking. So every other browser of the
relative shows that it happened, until it is said there that it was them: what an intruder answers in
their own browser quiets no other. Nothing here says what the pages are about.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.session import present
from assent.people.caller import Caller, OtherDevice
from assent.people.models import BrowserSession, DeviceAnswer
from assent.people.secrets import hash_of
from assent.refusal import NotFound

TOLD_FOR = timedelta(days=90)
_ELSEWHERE = text("""
    select s.id, s.device, s.created_at
    from assent.browser_sessions here join assent.browser_sessions s
      on s.person_id = here.person_id and s.browser_hash <> here.browser_hash
    where here.id = :session_id and s.created_at > :since
      and not exists (select 1 from assent.device_answers d join assent.browser_sessions k on k.id = d.session_id
        where d.person_id = here.person_id
          and ((d.own and d.browser_hash = here.browser_hash and k.browser_hash = s.browser_hash)
            or (not d.own and d.session_id = s.id)))
    order by s.created_at desc limit 1
""")


def mark_hash(mark: str, person_id: UUID) -> bytes:
    """Return how a browser's mark is kept: two people in one browser are not known to share it."""
    return hash_of(f"{mark}/{person_id}")


async def is_new_here(session: AsyncSession, person_id: UUID, mark: str) -> bool:
    """Whether somebody was signed in before, and never in the browser with this mark."""
    same = BrowserSession.browser_hash == mark_hash(mark, person_id)
    query = select(func.count(), func.count().filter(same)).where(
        BrowserSession.person_id == person_id
    )
    before, here = (await session.execute(query)).one()
    return bool(before) and not here


async def opened_elsewhere(
    session: AsyncSession, session_id: UUID, now: datetime
) -> OtherDevice | None:
    """Return where else the person of a session was signed in last, and has not said here that it was them.

    Asked on every page of a relative: `now` is what the caller of this has read already.
    """
    values = {"session_id": session_id, "since": now - TOLD_FOR}
    row = (await session.execute(_ELSEWHERE, values)).one_or_none()
    return None if row is None else OtherDevice(*row)


async def say_own(session: AsyncSession, caller: Caller, session_id: UUID) -> None:
    """Say that another device is the caller's: this browser tells of it no more.

    Raises:
        NotFound: it is not theirs.
    """
    for found in await of_that_browser(session, caller, session_id):
        await say(session, caller, found.id, own=True)


async def of_that_browser(
    session: AsyncSession, caller: Caller, session_id: UUID
) -> list[BrowserSession]:
    """Return what was begun lately in the browser of one of the caller's other sessions, the first one first.

    Raises:
        NotFound: it is none of theirs, or in the browser they are in.
    """
    one = await session.get(BrowserSession, session_id)
    if one is None or one.person_id != caller.person_id:
        raise NotFound
    if one.id == caller.browser_session or one.browser_hash == await _here(session, caller):
        raise NotFound
    same = select(BrowserSession).where(
        BrowserSession.person_id == caller.person_id,
        BrowserSession.created_at > await present(session) - TOLD_FOR,
        BrowserSession.browser_hash == one.browser_hash,
    )
    found = list(await session.scalars(same.order_by(BrowserSession.created_at)))
    return found or [one]


async def _here(session: AsyncSession, caller: Caller) -> bytes:
    """What the caller's own browser is known by; of a program, or where nothing is kept, what they are here by."""
    key = caller.browser_session
    here = await session.get(BrowserSession, key) if key is not None else None
    return here.browser_hash if here and here.browser_hash else hash_of(caller.credential)


async def say(session: AsyncSession, caller: Caller, session_id: UUID, *, own: bool) -> None:
    """Keep what the caller says, in this browser, of a session of theirs: that it was them, or not."""
    values = {
        "session_id": session_id,
        "browser_hash": await _here(session, caller),
        "person_id": caller.person_id,
        "own": own,
        "at": await present(session),
    }
    await session.execute(upsert(DeviceAnswer).values(**values).on_conflict_do_nothing())
