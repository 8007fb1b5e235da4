"""What another of the family has said is not told to relatives, unless the family chose so: in records, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.people.memberships import Standing

_SEES_VOTES = text("select cast(:case_id as uuid) = any (assent.my_votes_cases())")
# Records that are, or follow from, what one relative has said.
OF_A_VOTE = frozenset(
    {
        EventKind.CONSENT_DECIDED,
        EventKind.CONSENT_WITHDRAWN,
        EventKind.CONSENT_TAKEN_DOWN,
        EventKind.CONSENT_ATTESTED,
        EventKind.CONSENT_CONTESTED,
        EventKind.CONDITIONS_ACKNOWLEDGED,
        EventKind.QUESTION_ANSWERED,
        EventKind.STANDING_CONSENT_ANSWERED,
        EventKind.STANDING_CONSENT_ENDED,
        EventKind.LAUNCH_ANSWERED,
        EventKind.CONSENT_TAKEN_DOWN,
        EventKind.CONSENT_ATTESTED,
        EventKind.CONSENT_CONTESTED,
    }
)


async def sees_votes(session: AsyncSession, reader: Standing) -> bool:
    """Whether somebody of a case may know what each of the family has said.

    Args:
        session: of the reader.
    """
    if reader.holds(Role.COORDINATOR):
        return True
    seen = await session.execute(_SEES_VOTES, {"case_id": reader.case_id})
    return bool(seen.scalar_one())


def is_anothers_vote(record: Mapping[str, Any], reader: str) -> bool:
    """Whether a record of the ledger says what somebody else of the family has said."""
    if record["event"] not in OF_A_VOTE:
        return False
    actor, taken_down = record.get("actor"), record.get("body", {}).get("taken_down", {})
    return reader not in ((actor or {}).get("person"), taken_down.get("person"))


async def kept_from(session: AsyncSession, reader: Standing) -> Callable[[Mapping[str, Any]], bool]:
    """Return a test of records: whether this one is kept from the session's person, who reads in this standing."""
    if await sees_votes(session, reader):
        return lambda _: False
    me = str(session.sync_session.info.get("person"))
    return lambda record: is_anothers_vote(record, me)
