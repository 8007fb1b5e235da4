"""What somebody was sending when their session had ended: sealed, given back to them alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.ids import new_id
from assent.database.session import present
from assent.ledger import sealing
from assent.people.caller import Caller
from assent.people.models import KeptForm
from assent.refusal import NotFound

LARGEST_BYTES = 3 * 1024 * 1024
LASTS = timedelta(days=1)


@dataclass(frozen=True)
class GivenBack:
    """A form as it was sent.

    Attributes:
        fields: names and values, in order.
    """

    path: str
    fields: list[tuple[str, str]]


async def keep(
    session: AsyncSession, person_id: UUID, path: str, fields: list[tuple[str, str]]
) -> UUID | None:
    """Keep a form for its sender for a day; None where it is too large to be one, or holds a word of their own."""
    if any(name == "word" and value.strip() for name, value in fields):
        return None  # a word of one's own is kept nowhere, and the answer is nothing without it
    plain = json.dumps(fields).encode("utf-8", "surrogatepass")
    if len(plain) > LARGEST_BYTES:
        return None
    kept_id, now = new_id(), await present(session)
    await session.execute(delete(KeptForm).where(KeptForm.kept_at < now - LASTS))
    values = {
        "id": kept_id,
        "person_id": person_id,
        "path": path,
        "sealed": sealing.current().seal(f"kept-form/{kept_id}", plain),
        "kept_at": now,
    }
    await session.execute(insert(KeptForm).values(**values))
    return kept_id


async def give_back(session: AsyncSession, caller: Caller, kept_id: UUID) -> GivenBack:
    """Return a kept form to whoever sent it.

    Raises:
        NotFound: there is none of theirs.
    """
    kept = await session.get(KeptForm, kept_id)
    now = await present(session)
    if kept is None or kept.person_id != caller.person_id or kept.kept_at < now - LASTS:
        raise NotFound
    plain = sealing.current().unseal(f"kept-form/{kept_id}", kept.sealed)
    fields = [(str(name), str(value)) for name, value in json.loads(plain)]
    await session.execute(update(KeptForm).where(KeptForm.id == kept_id).values(taken_at=now))
    return GivenBack(kept.path, fields)
