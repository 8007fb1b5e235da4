"""What a relative has begun to answer: kept until they answer, sealed, for them alone. It decides nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.queries import visible_action
from assent.consents.draft_models import DecisionDraft
from assent.database.session import present
from assent.ledger import sealing
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.refusal import N_, Invalid

LASTS = timedelta(days=30)
LARGEST_BYTES = 64 * 1024


class DraftTooLarge(Invalid):
    """More than an answer can be."""

    type = "draft-too-large"
    title = N_("This is too long to be kept.")


async def keep_answer(
    session: AsyncSession, caller: Caller, action_id: UUID, answer: Mapping[str, Any]
) -> None:
    """Keep what the caller has filled in so far; what was kept and is not named stays.

    Raises:
        NotFound, Forbidden: nobody who decides here.
        DraftTooLarge: more than 64 KiB.
    """
    action = await visible_action(session, action_id)
    await require(session, caller, action.case_id, Permission.CONSENT_DECIDE)
    kept = {**await kept_answer(session, caller, action_id), **answer}
    plain = json.dumps(kept).encode("utf-8", "surrogatepass")
    if len(plain) > LARGEST_BYTES:
        raise DraftTooLarge
    now = await present(session)
    values = {
        "action_id": action_id,
        "person_id": caller.person_id,
        "case_id": action.case_id,
        "sealed": sealing.current().seal(_place(action_id, caller.person_id), plain),
        "saved_at": now,
    }
    statement = insert(DecisionDraft).values(**values)
    changed = {"sealed": values["sealed"], "saved_at": now}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["action_id", "person_id"], set_=changed)
    )
    await session.execute(delete(DecisionDraft).where(DecisionDraft.saved_at < now - LASTS))


async def kept_answer(session: AsyncSession, caller: Caller, action_id: UUID) -> dict[str, Any]:
    """Return what the caller has filled in so far; empty where nothing was."""
    kept = await session.get(DecisionDraft, (action_id, caller.person_id), populate_existing=True)
    if kept is None:
        return {}
    plain = sealing.current().unseal(_place(action_id, caller.person_id), kept.sealed)
    return dict(json.loads(plain))


async def forget_answer(session: AsyncSession, caller: Caller, action_id: UUID) -> None:
    """Throw away what the caller had filled in: they have answered."""
    await session.execute(
        delete(DecisionDraft).where(
            DecisionDraft.action_id == action_id, DecisionDraft.person_id == caller.person_id
        )
    )


def _place(action_id: UUID, person_id: UUID) -> str:
    return f"decision-draft/{action_id}/{person_id}"
