"""When what a relative says begins to count: at once, after a moment to undo it, or when its giver says so.

Three reasons for one and the same delay, which shows as “the family needs more time”: the moment for
undoing, a relative's own wish to wait, and a private sign given with the answer. Nobody but the giver
and whoever they trust can tell them apart: every decision has a mark, all marks are of one size, and
the ledger keeps only a commitment to each.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.people.caller import Caller
from assent.people.private_signs import is_sign, open_alike, seal_alike

_LABEL = b"assent/mark/v1\n"


@dataclass(frozen=True)
class _Place:
    """Where marks of a kind are kept, through the one door each has."""

    keep: TextClause
    read: TextClause


_VALUES = "cast(:counts_from as timestamptz), :sealed)"
_OF_DECISION = _Place(
    text(f"select assent.mark_consent(:id, {_VALUES}"), text("select assent.consent_mark(:id)")
)
_OF_STANDING = _Place(
    text(f"select assent.mark_standing_answer(:id, {_VALUES}"),
    text("select assent.standing_answer_mark(:id)"),
)
_OF_ARRANGEMENT = _Place(
    text(f"select assent.mark_arrangement_answer(:id, :person, {_VALUES}"),
    text("select assent.arrangement_answer_mark(:id, :person)"),
)
_undo = timedelta(seconds=60)


class Why(StrEnum):
    """What a decision's time rests on. One letter each, so that all are of one size."""

    PLAIN = "p"
    WAITS = "w"
    SIGN = "s"


def set_undo(time: timedelta) -> None:
    """Say how long an answer given by hand can be undone before it counts; done once, at start."""
    global _undo
    _undo = time


def undo_minutes() -> int:
    """Return for how many minutes an answer given by hand can be undone, rounded up; 0 for none."""
    return -(-int(_undo.total_seconds()) // 60)


async def why_now(session: AsyncSession, caller: Caller, word: str, *, waits: bool) -> Why:
    """Say what an answer's time rests on; the same work whether a word was typed or not."""
    signed = await is_sign(session, caller.person_id, word)
    return Why.SIGN if signed else Why.WAITS if waits else Why.PLAIN


@dataclass(frozen=True)
class Mark:
    """What is kept beside a decision, and the commitment to it that the ledger keeps."""

    counts_from: str
    sealed: bytes
    commitment: str

    def columns(self) -> dict[str, Any]:
        """Return what is kept of it."""
        return {"counts_from": self.counts_from, "sealed": self.sealed}


def new_mark(name: UUID, why: Why, now: datetime, *, by_hand: bool) -> Mark:
    """Make the mark of a decision, or of an answer.

    Args:
        name: its id; of an answer to a change of the arrangement `answer_name`.
        by_hand: whether somebody pressed a button for it, and may want to undo it.
    """
    secret = os.urandom(32)
    begins = (now + (_undo if by_hand else timedelta(0))).isoformat()
    said = {"why": why.value, "secret": base64.b64encode(secret).decode()}
    return Mark(
        counts_from=begins if why is Why.PLAIN else "infinity",
        sealed=seal_alike(_purpose(name), said),
        commitment=hmac.new(secret, _LABEL + why.value.encode(), hashlib.sha256).hexdigest(),
    )


async def keep_mark(session: AsyncSession, consent_id: UUID, mark: Mark) -> None:
    """Keep the mark of a decision recorded in this transaction."""
    await session.execute(_OF_DECISION.keep, {"id": consent_id} | mark.columns())


async def keep_standing_mark(session: AsyncSession, answer_id: UUID, mark: Mark) -> None:
    """Keep the mark of an answer to a standing consent recorded in this transaction."""
    await session.execute(_OF_STANDING.keep, {"id": answer_id} | mark.columns())


async def keep_arrangement_mark(
    session: AsyncSession, arrangement_id: UUID, person_id: UUID, mark: Mark
) -> None:
    """Keep the mark of an answer to a change of the arrangement recorded in this transaction."""
    values = {"id": arrangement_id, "person": person_id} | mark.columns()
    await session.execute(_OF_ARRANGEMENT.keep, values)


async def why_then(session: AsyncSession, consent_id: UUID) -> Why:
    """Return what a decision's time rests on: one of the session's person, or for a job."""
    return await _why(session, _OF_DECISION, {"id": consent_id}, consent_id)


async def why_standing(session: AsyncSession, answer_id: UUID) -> Why:
    """The same of an answer to a standing consent."""
    return await _why(session, _OF_STANDING, {"id": answer_id}, answer_id)


async def why_arranged(session: AsyncSession, arrangement_id: UUID, person_id: UUID) -> Why:
    """The same of an answer to a change of the arrangement."""
    values = {"id": arrangement_id, "person": person_id}
    return await _why(session, _OF_ARRANGEMENT, values, answer_name(arrangement_id, person_id))


def answer_name(arrangement_id: UUID, person_id: UUID) -> UUID:
    """Return by which name the mark of an answer to a change is sealed."""
    return uuid5(arrangement_id, str(person_id))


async def _why(session: AsyncSession, place: _Place, values: dict[str, Any], name: UUID) -> Why:
    sealed = (await session.execute(place.read, values)).scalar_one()
    said = open_alike(_purpose(name), bytes(sealed)) if sealed is not None else None
    return Why.PLAIN if said is None else Why(said["why"])


def _purpose(name: UUID) -> str:
    return f"consent-mark/{name}"
