"""When a decision begins to count: at once, after a moment in which it can be undone, or when its giver says so.

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
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.people.caller import Caller
from assent.people.private_signs import is_sign, open_alike, seal_alike

_LABEL = b"assent/mark/v1\n"
_MARK = text("select assent.mark_consent(:consent, cast(:counts_from as timestamptz), :sealed)")
_SEALED = text("select assent.consent_mark(:consent)")
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


def new_mark(consent_id: UUID, why: Why, now: datetime, *, by_hand: bool) -> Mark:
    """Make the mark of a decision.

    Args:
        by_hand: whether somebody pressed a button for it, and may want to undo it.
    """
    secret = os.urandom(32)
    begins = (now + (_undo if by_hand else timedelta(0))).isoformat()
    said = {"why": why.value, "secret": base64.b64encode(secret).decode()}
    return Mark(
        counts_from=begins if why is Why.PLAIN else "infinity",
        sealed=seal_alike(_purpose(consent_id), said),
        commitment=hmac.new(secret, _LABEL + why.value.encode(), hashlib.sha256).hexdigest(),
    )


async def keep_mark(session: AsyncSession, consent_id: UUID, mark: Mark) -> None:
    """Keep the mark of a decision recorded in this transaction."""
    values: dict[str, Any] = {"counts_from": mark.counts_from, "sealed": mark.sealed}
    await session.execute(_MARK, {"consent": consent_id, **values})


async def why_then(session: AsyncSession, consent_id: UUID) -> Why:
    """Return what a decision's time rests on: one of the session's person, or for a job."""
    sealed = (await session.execute(_SEALED, {"consent": consent_id})).scalar_one()
    said = open_alike(_purpose(consent_id), bytes(sealed)) if sealed is not None else None
    return Why.PLAIN if said is None else Why(said["why"])


def _purpose(consent_id: UUID) -> str:
    return f"consent-mark/{consent_id}"
