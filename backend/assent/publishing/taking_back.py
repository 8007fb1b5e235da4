"""After something that was out has been taken back: where else it stands, who was told, and what came of it.

The public page and the feed are without it from the commit of the retraction on. People have to be told by people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.models import Action
from assent.database.ids import new_id
from assent.database.session import present
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.publishing.copy_models import Copy, Telling
from assent.publishing.models import Delivery, Publication, Retraction
from assent.publishing.refusals import NothingTakenBack, NoticeNotUnderstood
from assent.refusal import NotFound
from assent.wording import clean_line

# Everybody who has the text should know by then.
TOLD_WITHIN = timedelta(hours=24)
OUTCOMES = ("told", "removed", "stays")
REACHED = ("sent", "handed_over", "claimed", "unknown")

_STEPS = text("""
    select d.id, 'recipient' as kind, d.recipient as place, d.state, t.outcome, t.told_at
    from assent.deliveries d left join lateral (select outcome, told_at from assent.tellings
      where delivery_id = d.id order by ledger_index desc limit 1) t on true
    where d.publication_id = :id
    union all
    select c.id, 'copy', c.place, 'known', t.outcome, t.told_at
    from assent.copies c left join lateral (select outcome, told_at from assent.tellings
      where copy_id = c.id order by ledger_index desc limit 1) t on true
    where c.publication_id = :id
    order by 2 desc, 3
""")


@dataclass(frozen=True)
class Step:
    """Somebody who has the text, or a place where it stands.

    Attributes:
        kind: `recipient` or `copy`.
        state: of a recipient's delivery; `known` for a copy.
        outcome: what came of telling them last; None: nobody has been told.
    """

    id: UUID
    kind: str
    place: str
    state: str
    outcome: str | None
    told_at: datetime | None

    @property
    def has_it(self) -> bool:
        """Whether the text is there, as far as anybody knows."""
        return self.kind == "copy" or self.state in REACHED


@dataclass(frozen=True)
class TakenBack:
    """How far taking something back has come.

    Attributes:
        public: whether it stood on a public page and in the feed, and stands there no more.
        told_by: when everybody should know.
        steps: recipients whom it reached, and known copies.
    """

    publication_id: UUID
    action_id: UUID
    public: bool
    released_at: datetime
    retracted_at: datetime
    told_by: datetime
    steps: tuple[Step, ...]

    @property
    def waiting(self) -> int:
        """How many have not been told."""
        return sum(step.outcome is None for step in self.steps)


async def note_copy(
    session: AsyncSession, caller: Caller, publication_id: UUID, place: str
) -> Copy:
    """Note where a publication is known to stand besides; noting it again changes nothing.

    Raises:
        NotFound, Forbidden: not a coordinator of this case.
        UnfitText: nothing, or nothing that can be kept.
    """
    publication = await _publication(session, caller, publication_id)
    where = clean_line(place, field="place", longest=500)
    known = select(Copy).where(Copy.publication_id == publication_id, Copy.place == where)
    if (before := (await session.scalars(known)).one_or_none()) is not None:
        return before
    copy_id, now = new_id(), await present(session)
    index = await append(
        session,
        event=EventKind.COPY_NOTED,
        actor=caller,
        case_id=publication.case_id,
        action_id=publication.action_id,
        at=now,
        body={"publication": str(publication_id), "copy": str(copy_id), "place": where},
    )
    values = {
        "id": copy_id,
        "publication_id": publication_id,
        "case_id": publication.case_id,
        "place": where,
        "noted_by": caller.person_id,
        "noted_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Copy).values(**values))
    return await session.get_one(Copy, copy_id)


async def tell(
    session: AsyncSession, caller: Caller, publication_id: UUID, step_id: UUID, outcome: str
) -> Telling:
    """Record that a recipient, or whoever keeps a copy, was told that the text is taken back.

    Args:
        step_id: of the delivery or the copy.
        outcome: `told`, `removed` or `stays`.

    Raises:
        NotFound, Forbidden: not a coordinator of this case, or no such recipient or copy.
        NothingTakenBack: the text has not been taken back.
        NoticeNotUnderstood: another outcome.
    """
    publication = await _publication(session, caller, publication_id)
    if outcome not in OUTCOMES:
        raise NoticeNotUnderstood(field="outcome")
    if await session.get(Retraction, publication_id) is None:
        raise NothingTakenBack
    copy, delivery = await session.get(Copy, step_id), await session.get(Delivery, step_id)
    about = copy or delivery
    if about is None or about.publication_id != publication_id:
        raise NotFound
    telling_id, now = new_id(), await present(session)
    index = await append(
        session,
        event=EventKind.RETRACTION_TOLD,
        actor=caller,
        case_id=publication.case_id,
        action_id=publication.action_id,
        at=now,
        body={"publication": str(publication_id), "of": str(step_id), "outcome": outcome},
    )
    values = {
        "id": telling_id,
        "publication_id": publication_id,
        "case_id": publication.case_id,
        "copy_id": step_id if copy else None,
        "delivery_id": None if copy else step_id,
        "outcome": outcome,
        "told_by": caller.person_id,
        "told_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Telling).values(**values))
    return await session.get_one(Telling, telling_id)


async def steps_of(session: AsyncSession, publication_id: UUID) -> tuple[Step, ...]:
    """Return everybody whom a publication reached, and where else it is known to stand."""
    rows = await session.execute(_STEPS, {"id": publication_id})
    return tuple(step for row in rows if (step := Step(**row._mapping)).has_it)


async def taken_back(session: AsyncSession, action_id: UUID) -> list[TakenBack]:
    """Return how far taking each of an action's publications back has come, newest first."""
    query = (
        select(Publication, Retraction.retracted_at, Action.kind)
        .join(Retraction, Retraction.publication_id == Publication.id)
        .join(Action, Action.id == Publication.action_id)
        .where(Publication.action_id == action_id)
        .order_by(Publication.ledger_index.desc())
    )
    return [
        TakenBack(
            publication_id=publication.id,
            action_id=action_id,
            public=kind == "public_statement",
            released_at=publication.released_at,
            retracted_at=retracted_at,
            told_by=retracted_at + TOLD_WITHIN,
            steps=await steps_of(session, publication.id),
        )
        for publication, retracted_at, kind in (await session.execute(query)).all()
    ]


async def _publication(session: AsyncSession, caller: Caller, publication_id: UUID) -> Publication:
    publication = await session.get(Publication, publication_id)
    if publication is None:
        raise NotFound
    await require(session, caller, publication.case_id, Permission.ACTION_RELEASE)
    return publication
