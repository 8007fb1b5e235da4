"""Bearer tokens for the API: shown once, kept as a hash, ended at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from assent.database.ids import new_id
from assent.database.session import present
from assent.people.caller import Caller
from assent.people.models import ApiToken, Person
from assent.people.secrets import hash_of, new_token
from assent.people.sessions import caller_from
from assent.refusal import NotFound
from assent.wording import clean_line

PREFIX = "assent_"
LASTS = timedelta(days=90)
_USED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class TokenLine:
    """One of a person's tokens, without the token."""

    id: UUID
    label: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


async def make_token(session: AsyncSession, person_id: UUID, label: str) -> str:
    """Make a token for 90 days and return it: the only time it can be seen."""
    token, now = PREFIX + new_token(), await present(session)
    values = {
        "id": new_id(),
        "token_hash": hash_of(token),
        "person_id": person_id,
        "label": clean_line(label, field="label", longest=80),
        "created_at": now,
        "expires_at": now + LASTS,
    }
    await session.execute(insert(ApiToken).values(**values))
    return token


async def caller_of(session: AsyncSession, request: Request) -> Caller | None:
    """Return whose bearer token the request carries; None for no or a bad one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.startswith(PREFIX):
        return None
    query = (
        select(ApiToken, Person)
        .join(Person, Person.id == ApiToken.person_id)
        .where(ApiToken.token_hash == hash_of(token.strip()))
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    found, person = row[0], row[1]
    now = await present(session)
    if found.revoked_at is not None or found.expires_at <= now or person.removed_at is not None:
        return None
    if found.last_used_at is None or now - found.last_used_at > _USED_EVERY:
        await session.execute(
            update(ApiToken).where(ApiToken.id == found.id).values(last_used_at=now)
        )
    return caller_from(person, f"token:{found.id}", "token")


async def tokens_of(session: AsyncSession, caller: Caller) -> list[TokenLine]:
    """Return the caller's live tokens, newest first."""
    query = (
        select(
            ApiToken.id,
            ApiToken.label,
            ApiToken.created_at,
            ApiToken.expires_at,
            ApiToken.last_used_at,
        )
        .where(
            ApiToken.person_id == caller.person_id,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > await present(session),
        )
        .order_by(ApiToken.created_at.desc())
    )
    return [TokenLine(*row) for row in await session.execute(query)]


async def end_all_of(session: AsyncSession, person_id: UUID, since: datetime | None = None) -> None:
    """End every token of a person, for instance when their organisation removes them.

    Args:
        since: only those made from then on.
    """
    ended = update(ApiToken).where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
    if since is not None:
        ended = ended.where(ApiToken.created_at >= since)
    await session.execute(ended.values(revoked_at=await present(session)))


async def end_token(session: AsyncSession, caller: Caller, token_id: UUID) -> None:
    """End one of the caller's tokens.

    Raises:
        NotFound: it is not theirs.
    """
    found = await session.get(ApiToken, token_id)
    if found is None or found.person_id != caller.person_id:
        raise NotFound
    now = await present(session)
    await session.execute(update(ApiToken).where(ApiToken.id == token_id).values(revoked_at=now))
