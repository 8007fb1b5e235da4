"""Shutting out whoever was signed in as a relative: they are signed out, and cannot come back by what they made."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.session import present
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people import sessions, tokens
from assent.people.caller import Caller
from assent.people.models import BrowserSession, CalendarLink, SignInLink
from assent.people.other_devices import say
from assent.people.passkey_owners import end_passkey
from assent.people.passkeys import live_passkeys


async def shut_out(session: AsyncSession, caller: Caller, found: list[BrowserSession]) -> None:
    """Say that it was somebody else: they are signed out, and what they made to come back by is ended.

    Args:
        found: what `other_devices.of_that_browser` returned.
    """
    me, began, now = caller.person_id, found[0].created_at, await present(session)
    ids = [one.id for one in found]
    await append(
        session,
        event=EventKind.DEVICE_DISOWNED,
        actor=caller,
        case_id=None,
        at=now,
        body={"sessions": [str(one) for one in ids]},
    )
    for one in ids:
        await say(session, caller, one, own=False)
    await sessions.end(session, ids)
    await tokens.end_all_of(session, me, since=began)
    links = update(SignInLink).where(SignInLink.person_id == me, SignInLink.used_at.is_(None))
    await session.execute(links.values(used_at=now))
    calendar = delete(CalendarLink).where(CalendarLink.person_id == me)
    await session.execute(calendar.where(CalendarLink.created_at >= began))
    for passkey in await live_passkeys(session, me):
        if passkey.created_at >= began:
            await end_passkey(session, caller, passkey.id)
