"""A private sign: a word that somebody agrees with one person they trust, for answers given under pressure.

Whether anybody has agreed one shows nowhere: everybody has a row of the same size, comparing takes the
same work, and what is typed is kept nowhere. Only the person it was agreed with ever learns of its use.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import unicodedata
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.ledger import sealing
from assent.people.caller import Caller
from assent.refusal import N_, Invalid

# scrypt's cost: some 32 MB and a tenth of a second for each guess.
COST = 2**15
SHORTEST, LONGEST = 4, 200
SEALED_PLAIN_BYTES = 100
_SALT_BYTES = 16
_OWN = text("select salt, hash, sealed from assent.private_sign(:person)")
_SET = text("select assent.set_private_sign(:salt, :hash, :sealed)")
_IN_MY_CASES = text("""
    select distinct p.id, assent.shown_name(p.shown_as, p.name) as name from assent.memberships mine
      join assent.memberships theirs on theirs.case_id = mine.case_id and theirs.ended_at is null
      join assent.people p on p.id = theirs.person_id
    where mine.person_id = :person and mine.ended_at is null and p.id <> :person and p.removed_at is null
    order by name, p.id
""")


class UnfitSign(Invalid):
    """A word too short to be anybody's own, or too long."""

    type = "unfit-word"
    title = N_("Choose a word of at least four letters or digits.")


class NobodyTrusted(Invalid):
    """The person named takes no part in any case of the caller's."""

    type = "nobody-trusted"
    title = N_("Please choose somebody who takes part here too.")


async def people_to_trust(session: AsyncSession, caller: Caller) -> list[tuple[UUID, str]]:
    """Return with whom the caller could agree on a word: everybody in a case of theirs, by name."""
    rows = await session.execute(_IN_MY_CASES, {"person": caller.person_id})
    return [(row.id, row.name) for row in rows]


async def agree_on_sign(
    session: AsyncSession, caller: Caller, word: str, trusted: UUID | None
) -> None:
    """Agree on a word with a person the caller trusts; it replaces the one before, if there was one.

    Raises:
        UnfitSign, NobodyTrusted: it cannot be kept like this.
    """
    if not SHORTEST <= len(_plain(word)) <= LONGEST:
        raise UnfitSign(field="word")
    if trusted is None or trusted not in {key for key, _ in await people_to_trust(session, caller)}:
        raise NobodyTrusted(field="trusted")
    salt = os.urandom(_SALT_BYTES)
    values = {
        "salt": salt,
        "hash": await _slow_hash(word, salt),
        "sealed": seal_alike(_purpose(caller.person_id), {"trusted": str(trusted)}),
    }
    await session.execute(_SET, values)


async def is_sign(session: AsyncSession, person_id: UUID, word: str) -> bool:
    """Whether this is the word that the session's person has agreed; the same work whatever it is."""
    kept = (await session.execute(_OWN, {"person": person_id})).one()
    return hmac.compare_digest(bytes(kept.hash), await _slow_hash(word, bytes(kept.salt)))


async def trusted_by(session: AsyncSession, person_id: UUID) -> UUID | None:
    """Return with whom somebody has agreed a word, if they have; a job's session, or their own."""
    kept = (await session.execute(_OWN, {"person": person_id})).one_or_none()
    if kept is None:
        return None
    said = open_alike(_purpose(person_id), bytes(kept.sealed))
    return None if said is None else UUID(said["trusted"])


def seal_alike(purpose: str, said: dict[str, str]) -> bytes:
    """Seal a few words with the instance key, in one size whatever they say."""
    plain = json.dumps(said, separators=(",", ":")).encode().ljust(SEALED_PLAIN_BYTES)
    if len(plain) != SEALED_PLAIN_BYTES:
        raise ValueError("too long to be sealed like the others")
    return sealing.current().seal(purpose, plain)


def open_alike(purpose: str, sealed: bytes) -> dict[str, str] | None:
    """Open what `seal_alike` sealed; None if it is only noise."""
    try:
        said: dict[str, str] = json.loads(sealing.current().unseal(purpose, sealed))
    except sealing.SealBroken:
        return None
    return said


def _purpose(person_id: UUID) -> str:
    return f"private-sign/{person_id}"


def _plain(word: str) -> str:
    """The word as people mean it: capitals, spaces around and forms of the same letter do not count."""
    return unicodedata.normalize("NFKC", word).strip().casefold()


async def _slow_hash(word: str, salt: bytes) -> bytes:
    written = _plain(word[:LONGEST]).encode("utf-8", "surrogatepass")
    # Its memory is a few times its cost; OpenSSL asks to be told how much it may take.
    return await asyncio.to_thread(
        hashlib.scrypt, written, salt=salt, n=COST, r=8, p=1, maxmem=COST * 2048, dklen=32
    )
