"""Server-side sessions: the cookie holds a random token, the database its hash; ending one is immediate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from assent.database.ids import new_id
from assent.database.session import present
from assent.people.caller import Caller
from assent.people.models import BrowserSession, Person
from assent.people.other_devices import mark_hash, opened_elsewhere
from assent.people.secrets import hash_of, new_token
from assent.refusal import NotFound
from assent.settings import Settings

Via = Literal["provider", "link", "operator", "passkey"]
_SEEN_EVERY = timedelta(minutes=5)
_MARK_SECONDS = 400 * 86_400  # the longest that browsers keep anything


@dataclass(frozen=True)
class Device:
    """One of a person's sessions, as they see it."""

    id: UUID
    device: str
    created_at: datetime
    last_seen_at: datetime
    is_this: bool


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name; over https it can only come from this very host."""
    return "__Host-assent" if settings.secure else "assent"


async def begin(
    session: AsyncSession,
    person_id: UUID,
    via: Via,
    user_agent: str,
    settings: Settings,
    mark: str | None = None,
) -> str:
    """Begin a session and return its token for the cookie.

    Args:
        user_agent: the browser's own description, kept as a short label.
        mark: what the browser keeps, so that it is known again; None: it keeps nothing.
    """
    token, now = new_token(), await present(session)
    values = {
        "id": new_id(),
        "token_hash": hash_of(token),
        "person_id": person_id,
        "via": via,
        "device": device_label(user_agent),
        "created_at": now,
        "last_seen_at": now,
        "expires_at": now + timedelta(days=settings.session_days),
        "browser_hash": mark_hash(mark, person_id) if mark else None,
    }
    await session.execute(insert(BrowserSession).values(**values))
    return token


def mark_name(settings: Settings) -> str:
    """Return the name of the cookie by which a browser is known again: it signs nobody in."""
    return "__Host-assent_seen" if settings.secure else "assent_seen"


def set_mark(response: Response, mark: str, settings: Settings) -> None:
    """Let a browser be known again: whoever signs in for the first time in another one is told apart from it."""
    response.set_cookie(
        mark_name(settings), mark, max_age=_MARK_SECONDS, path="/", httponly=True, samesite="lax",
        secure=settings.secure,
    )  # fmt: skip


def set_cookie(response: Response, token: str, settings: Settings) -> None:
    """Put the session's token into an answer."""
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=settings.session_days * 86_400,
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.secure,
    )


def clear_cookie(response: Response, settings: Settings) -> None:
    """Take the session's token out of the browser."""
    response.delete_cookie(cookie_name(settings), path="/", secure=settings.secure, httponly=True)


async def caller_of(session: AsyncSession, request: Request) -> Caller | None:
    """Return who is signed in by the request's cookie; None if nobody."""
    token = request.cookies.get(cookie_name(request.app.state.settings))
    if not token:
        return None
    row = await _row_of(session, token)
    if row is None:
        return None
    found, person = row
    now = await present(session)
    if found.revoked_at is not None or found.expires_at <= now or person.removed_at is not None:
        return None
    if now - found.last_seen_at > _SEEN_EVERY:
        await session.execute(
            update(BrowserSession).where(BrowserSession.id == found.id).values(last_seen_at=now)
        )
    via: Literal["session", "link"] = "link" if found.via == "link" else "session"
    caller = caller_from(person, f"session:{found.id}", via)
    if person.organisation_id is None:
        return replace(caller, elsewhere=await opened_elsewhere(session, found.id, now))
    return caller


async def ended_caller_of(session: AsyncSession, request: Request) -> UUID | None:
    """Return whose session the cookie once was, if it has ended: their form is kept for them.

    Also for somebody whom their organisation has just removed: it may have been a mistake.
    """
    token = request.cookies.get(cookie_name(request.app.state.settings))
    row = await _row_of(session, token) if token else None
    return row[1].id if row is not None else None


def caller_from(
    person: Person, credential: str, via: Literal["session", "link", "token"]
) -> Caller:
    """Return a person as a caller."""
    return Caller(
        person_id=person.id,
        name=person.name,
        email=person.email,
        organisation_id=person.organisation_id,
        language=person.language,
        credential=credential,
        via=via,
        discreet=person.discreet,
    )


async def devices_of(session: AsyncSession, caller: Caller) -> list[Device]:
    """Return the caller's live sessions, the latest used first."""
    query = (
        select(BrowserSession)
        .where(
            BrowserSession.person_id == caller.person_id,
            BrowserSession.revoked_at.is_(None),
            BrowserSession.expires_at > await present(session),
        )
        .order_by(BrowserSession.last_seen_at.desc())
    )
    return [
        Device(s.id, s.device, s.created_at, s.last_seen_at, caller.credential == f"session:{s.id}")
        for s in await session.scalars(query)
    ]


async def end_session(session: AsyncSession, caller: Caller, session_id: UUID) -> None:
    """End one of the caller's sessions; it is over with the commit.

    Raises:
        NotFound: it is not theirs.
    """
    found = await session.get(BrowserSession, session_id)
    if found is None or found.person_id != caller.person_id:
        raise NotFound
    await end(session, [session_id])


async def end_other_sessions(session: AsyncSession, caller: Caller) -> int:
    """End all of the caller's sessions but this one; returns how many."""
    others = [d.id for d in await devices_of(session, caller) if not d.is_this]
    await end(session, others)
    return len(others)


async def end_all_of(session: AsyncSession, person_id: UUID) -> None:
    """End every session of a person, for instance when their organisation removes them."""
    query = select(BrowserSession.id).where(
        BrowserSession.person_id == person_id, BrowserSession.revoked_at.is_(None)
    )
    await end(session, list(await session.scalars(query)))


async def end(session: AsyncSession, ids: list[UUID]) -> None:
    """End these sessions; a trigger tells their open streams, after the commit."""
    now = await present(session)
    await session.execute(
        update(BrowserSession)
        .where(BrowserSession.id.in_(ids), BrowserSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


async def _row_of(session: AsyncSession, token: str) -> tuple[BrowserSession, Person] | None:
    query = (
        select(BrowserSession, Person)
        .join(Person, Person.id == BrowserSession.person_id)
        .where(BrowserSession.token_hash == hash_of(token))
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1])


def device_label(user_agent: str) -> str:
    """Return a browser's description as a few words a person recognises: Firefox on Android."""
    browsers = {
        "Edg/": "Edge",
        "OPR/": "Opera",
        "Firefox/": "Firefox",
        "Chrome/": "Chrome",
        "Safari/": "Safari",
    }
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Mac OS": "Mac",
        "Linux": "Linux",
    }
    browser = next((name for mark, name in browsers.items() if mark in user_agent), "Browser")
    system = next((name for mark, name in systems.items() if mark in user_agent), "")
    return f"{browser} · {system}" if system else browser
