"""One-time links: opening one consumes nothing, a button does, and a link alone carries no authority.

A link asked for in a browser works in that browser, or elsewhere together with the code that
browser shows. So neither a mail scanner that presses buttons nor somebody who makes a relative
open a link of the attacker's asking gets in.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.ids import new_id
from assent.database.session import present
from assent.people.models import Person, SignInLink
from assent.people.secrets import hash_of, new_token, normal_code
from assent.refusal import N_, Refusal

LASTS = timedelta(minutes=15)
MOST_WRONG_CODES = 5
Purpose = Literal["sign_in", "operator"]


class LinkSpent(Refusal):
    """The link was used, has expired, or never was one: the three answer alike."""

    type = "link-spent"
    status = 410
    title = N_("This link does not work any more.")
    advice = N_("Links work once, for 15 minutes. Ask for a new one.")


class WrongCode(Refusal):
    """The code typed is not the one the asking browser shows."""

    type = "wrong-code"
    status = 422
    title = N_("This is not the code.")
    advice = N_("Look at the page where you asked for the link: the six letters are there.")


@dataclass(frozen=True)
class OpenedLink:
    """What a link asks for before it signs anybody in."""

    needs_code: bool


async def make_link(
    session: AsyncSession,
    person_id: UUID,
    purpose: Purpose,
    *,
    browser_hash: bytes | None = None,
    code_hash: bytes | None = None,
    next_path: str = "/",
    lasts: timedelta = LASTS,
) -> str:
    """Make a link for a person and return its path; only the token's hash is kept.

    Args:
        browser_hash: of the cookie of the browser that asked; None only for an operator's link.
        code_hash: of the code that browser shows; the code itself is in no mail.
        next_path: where signing in leads.
    """
    token, now = new_token(), await present(session)
    values = {
        "id": new_id(),
        "token_hash": hash_of(token),
        "person_id": person_id,
        "purpose": purpose,
        "browser_hash": browser_hash,
        "code_hash": code_hash,
        "next_path": next_path,
        "created_at": now,
        "expires_at": now + lasts,
    }
    await session.execute(insert(SignInLink).values(**values))
    return f"/link/{token}"


async def look_at_link(session: AsyncSession, token: str, browser: str | None) -> OpenedLink:
    """Say what a link asks for; changes nothing, however often.

    Raises:
        LinkSpent: it works no more.
    """
    link = await _live_link(session, token)
    return OpenedLink(needs_code=not _knows(link, browser))


async def use_link(
    session: AsyncSession, token: str, browser: str | None, typed_code: str = ""
) -> tuple[SignInLink, Person] | WrongCode:
    """Use a link up and return whose it is; of several at once exactly one succeeds.

    Returns:
        WrongCode as a value: the count of wrong codes has to be committed.

    Raises:
        LinkSpent: it works no more.
    """
    link = await _live_link(session, token)
    if not _knows(link, browser) and not _matches(link.code_hash, normal_code(typed_code)):
        await session.execute(
            update(SignInLink)
            .where(SignInLink.id == link.id)
            .values(wrong_codes=SignInLink.wrong_codes + 1)
        )
        return WrongCode(field="code")
    now = await present(session)
    taken = (
        update(SignInLink)
        .where(SignInLink.id == link.id, SignInLink.used_at.is_(None), SignInLink.expires_at > now)
        .values(used_at=now)
        .returning(SignInLink.id)
    )
    if (await session.execute(taken)).one_or_none() is None:
        raise LinkSpent
    return link, await session.get_one(Person, link.person_id)


async def _live_link(session: AsyncSession, token: str) -> SignInLink:
    query = select(SignInLink).where(
        SignInLink.token_hash == hash_of(token),
        SignInLink.used_at.is_(None),
        SignInLink.expires_at > await present(session),
        SignInLink.wrong_codes < MOST_WRONG_CODES,
    )
    if (link := (await session.scalars(query)).one_or_none()) is None:
        raise LinkSpent
    return link


def _knows(link: SignInLink, browser: str | None) -> bool:
    """Whether this browser needs no code: it asked, or an operator made the link for whoever holds it."""
    return link.browser_hash is None or _matches(link.browser_hash, browser or "")


def _matches(kept: bytes | None, secret: str) -> bool:
    return kept is not None and hmac.compare_digest(kept, hash_of(secret))
