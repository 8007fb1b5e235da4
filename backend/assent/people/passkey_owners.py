"""A person's passkeys as they keep them: a list to look at, an end, and two organisations that vouch for each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.database.session import present
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.people.models import Membership
from assent.people.passkey_models import Passkey, PasskeyVouch
from assent.people.passkeys import live_passkeys
from assent.refusal import N_, NotFound, Refusal


class NotFamilysPasskey(Refusal):
    """Staff vouch for passkeys of the family alone, for an organisation of theirs in the case."""

    type = "not-familys-passkey"
    status = 409
    title = N_("You can vouch for passkeys of this case's family, once for each organisation.")


@dataclass(frozen=True)
class PasskeyLine:
    """A passkey as its owner sees it.

    Attributes:
        fingerprint: of the public key, short enough to be read out on the phone.
        vouches: organisations that have checked it with its owner.
    """

    id: UUID
    label: str
    fingerprint: str
    created_at: datetime
    vouches: int


async def passkey_lines(session: AsyncSession, person_id: UUID) -> list[PasskeyLine]:
    """Return somebody's passkeys for a page."""
    counted = (
        select(PasskeyVouch.passkey_id, func.count().label("many"))
        .group_by(PasskeyVouch.passkey_id)
    )  # fmt: skip
    vouches = {row.passkey_id: row.many for row in await session.execute(counted)}
    return [
        PasskeyLine(k.id, k.label, fingerprint(k.public_key), k.created_at, vouches.get(k.id, 0))
        for k in await live_passkeys(session, person_id)
    ]


async def end_passkey(session: AsyncSession, caller: Caller, passkey_id: UUID) -> None:
    """End one of the caller's passkeys: it neither signs in nor signs any more.

    Raises:
        NotFound: it is not theirs, or has ended.
    """
    passkey = await session.get(Passkey, passkey_id)
    if passkey is None or passkey.person_id != caller.person_id or passkey.ended_at is not None:
        raise NotFound
    now = await present(session)
    await append(
        session, event=EventKind.PASSKEY_ENDED, actor=caller, case_id=None, at=now,
        body={"passkey": str(passkey_id)},
    )  # fmt: skip
    await session.execute(update(Passkey).where(Passkey.id == passkey_id).values(ended_at=now))


async def vouch_for_passkey(
    session: AsyncSession, caller: Caller, case_id: UUID, passkey_id: UUID
) -> None:
    """Say, for one's organisation, that a relative read out this passkey's fingerprint by another way.

    Raises:
        NotFound, Forbidden, NotFamilysPasskey: not the caller's to do, not a relative's, or done already.
    """
    await require(session, caller, case_id, Permission.PASSKEY_VOUCH)
    passkey = await session.get(Passkey, passkey_id)
    if passkey is None or passkey.ended_at is not None:
        raise NotFound
    relative = select(Membership.id).where(
        Membership.case_id == case_id,
        Membership.person_id == passkey.person_id,
        Membership.organisation_id.is_(None),
        Membership.ended_at.is_(None),
    )
    done = select(PasskeyVouch.passkey_id).where(
        PasskeyVouch.passkey_id == passkey_id,
        PasskeyVouch.organisation_id == caller.organisation_id,
    )
    if (
        caller.organisation_id is None
        or (await session.scalars(relative.limit(1))).one_or_none() is None
        or (await session.scalars(done)).one_or_none() is not None
    ):
        raise NotFamilysPasskey
    now = await present(session)
    index = await append(
        session,
        event=EventKind.PASSKEY_VOUCHED,
        actor=caller,
        case_id=case_id,
        at=now,
        body={"passkey": str(passkey_id), "public_key": passkey.public_key.hex()},
    )
    values = {
        "passkey_id": passkey_id,
        "case_id": case_id,
        "organisation_id": caller.organisation_id,
        "vouched_by": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(PasskeyVouch).values(**values))


def fingerprint(public_key: bytes) -> str:
    """Return a public key as four groups of four signs, to be read out."""
    digits = hashlib.sha256(public_key).hexdigest()[:16].upper()
    return "-".join(digits[n : n + 4] for n in range(0, 16, 4))
