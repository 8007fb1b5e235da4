"""Taking out a target or a link that was recorded by mistake: it stays on record, and goes nowhere any more."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.session import acting_as_job, present
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.sanctions.models import Dossier, TargetEnd, TargetMerge
from assent.sanctions.queries import TargetLine, case_targets
from assent.sanctions.refusals import InUse
from assent.sanctions.targets import open_target


async def take_out(session: AsyncSession, caller: Caller, target_id: UUID) -> TargetLine:
    """Take out a target, with the links that join it to others, or one such link alone; returns what it was.

    Raises:
        NotFound, Forbidden, IsMerged, TakenOut: not somebody who records targets here, or it is out already.
        InUse: a request is being made about it, or another target is part of it.
    """
    line = await open_target(session, caller, target_id)
    begun = select(Dossier.id).where(Dossier.target_id == target_id).limit(1)
    holding = (
        select(TargetMerge.id)
        .where(TargetMerge.kept_id == target_id, TargetMerge.undone_at.is_(None))
        .limit(1)
    )
    async with acting_as_job(
        session
    ):  # a request may be one that only another organisation sees so far
        for query in (begun, holding):
            if (await session.scalars(query)).one_or_none() is not None:
                raise InUse
    links = [
        other.id
        for other in await case_targets(session, line.case_id)
        if any(line.entity.id in other.entity.values(end) for end in other.entity.ends or ())
    ]
    for gone in (*links, target_id):
        now = await present(session)
        index = await append(
            session,
            event=EventKind.TARGET_ENDED,
            actor=caller,
            case_id=line.case_id,
            at=now,
            body={"target": str(gone)},
        )
        values = {
            "target_id": gone,
            "case_id": line.case_id,
            "made_by": caller.person_id,
            "at": now,
        }
        await session.execute(insert(TargetEnd).values(**values, ledger_index=index))
    return line
