"""What has been asked to be destroyed, as its pages read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.erasure.models import Erasure, ErasureAnswer, ErasureEnd

_DECIDES = text("select assent.decides(:case_id, :person_id)")
_LINES = text("""
    select e.id, e.case_id, e.person_id, e.asked_by, e.by_family, e.asked_at, e.due_at,
      (select min(a.at) from assent.erasure_answers a where a.erasure_id = e.id and a.agrees) as agreed_at,
      (select a.at from assent.erasure_answers a where a.erasure_id = e.id and not a.agrees) as stopped_at,
      (select n.at from assent.erasure_ends n where n.erasure_id = e.id) as ended_at
    from assent.erasures e where e.case_id = :case_id order by e.ledger_index desc
""")


@dataclass(frozen=True)
class ErasureLine:
    """One wish with what became of it.

    Attributes:
        person_id: whose own data are meant; None for the whole case.
        agreed_at: when the second person agreed.
    """

    id: UUID
    case_id: UUID
    person_id: UUID | None
    asked_by: UUID
    by_family: bool
    asked_at: datetime
    due_at: datetime
    agreed_at: datetime | None
    stopped_at: datetime | None
    ended_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether it still waits."""
        return self.stopped_at is None and self.ended_at is None

    @property
    def needs_second(self) -> bool:
        """Whether a second person has to agree, and has not."""
        return not self.by_family and self.agreed_at is None


async def erasures_of(session: AsyncSession, case_id: UUID) -> list[ErasureLine]:
    """Return what the session may see, newest first."""
    rows = await session.execute(_LINES, {"case_id": case_id})
    return [ErasureLine(**row._mapping) for row in rows]


async def open_erasures(session: AsyncSession, case_id: UUID) -> Sequence[Erasure]:
    """Return the wishes for a case that wait."""
    query = select(Erasure).where(Erasure.case_id == case_id, *_waiting())
    return (await session.scalars(query)).all()


async def is_open(session: AsyncSession, erasure_id: UUID) -> bool:
    """Whether a wish waits: neither stopped nor carried out."""
    query = select(Erasure.id).where(Erasure.id == erasure_id, *_waiting())
    return (await session.scalars(query)).one_or_none() is not None


async def decides(session: AsyncSession, case_id: UUID, person_id: UUID) -> bool:
    """Whether the family's arrangement in force names this person a decision maker."""
    values = {"case_id": case_id, "person_id": person_id}
    return bool((await session.execute(_DECIDES, values)).scalar_one())


def _waiting() -> tuple[ColumnElement[bool], ...]:
    stopped = exists().where(
        ErasureAnswer.erasure_id == Erasure.id, ErasureAnswer.agrees.is_(False)
    )
    ended = exists().where(ErasureEnd.erasure_id == Erasure.id)
    return ~stopped, ~ended
