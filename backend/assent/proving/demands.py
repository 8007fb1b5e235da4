"""How many witnesses a case wants to have seen its records: said by its coordinators, and kept.

More is asked for at once. Less counts a day later, so that whoever relies on the witnesses has seen
it on the record before anything goes out on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.cases.models import Case
from assent.database.ids import new_id
from assent.database.session import lock_case, present
from assent.gate.witnesses import EASED_AFTER
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.proving import witness_list
from assent.proving.models import WitnessDemand
from assent.proving.refusals import TooFewWitnesses, TooManyWitnesses
from assent.tasks.gate_tasks import refresh_case

_LATEST = (
    select(WitnessDemand, Case.slug)
    .join_from(Case, WitnessDemand, WitnessDemand.case_id == Case.id, isouter=True)
    .order_by(WitnessDemand.ledger_index.desc())
    .limit(1)
)
_BEFORE_RELEASE = text("select assent.witnesses_needed(:case_id)")


@dataclass(frozen=True)
class DemandInForce:
    """What a case wants of the witnesses.

    Attributes:
        named: how many witnesses there are.
        least: how many the operator wants at the least.
        needed: how many cosignatures make a receipt complete.
        before_release: whether a coordinator wants so many before anything goes out.
        until_release: how many it takes at present before anything goes out; 0: none.
        eased_at: when less is enough, where a stricter demand still counts.
    """

    named: int
    least: int
    needed: int
    before_release: bool
    until_release: int
    eased_at: datetime | None


async def demand_of(session: AsyncSession, case_id: UUID) -> DemandInForce:
    """Return what a case wants of the witnesses; the caller has checked that it may be seen."""
    listed = witness_list.current()
    row = (await session.execute(_LATEST.where(Case.id == case_id))).one_or_none()
    latest: WitnessDemand | None = row[0] if row else None
    least = listed.needed_in(row.slug if row else None)
    until = (await session.execute(_BEFORE_RELEASE, {"case_id": case_id})).scalar_one()
    wanted = latest.needed if latest and latest.before_release else 0
    return DemandInForce(
        named=len(listed.witnesses),
        least=least,
        needed=max(least, latest.needed if latest else 0),
        before_release=bool(latest and latest.before_release),
        until_release=until,
        eased_at=latest.at + EASED_AFTER if latest and wanted < until else None,
    )


async def demand_witnesses(
    session: AsyncSession, caller: Caller, case_id: UUID, needed: int, *, before_release: bool
) -> DemandInForce:
    """Say how many witnesses make a receipt of this case complete, and whether a release waits for them.

    The same as is in force is not recorded again.

    Args:
        needed: how many.
        before_release: nothing goes out until so many have seen everything it rests on.

    Raises:
        NotFound, Forbidden: not a coordinator here.
        TooManyWitnesses: nobody could ever have so many; nothing would go out again.
        TooFewWitnesses: fewer than the operator wants, or none at all before a release.
    """
    await require(session, caller, case_id, Permission.WITNESSES_DEMAND)
    await lock_case(session, case_id)
    held = await demand_of(session, case_id)
    if needed > held.named:
        raise TooManyWitnesses(field="needed")
    if needed < held.least or (before_release and needed == 0):
        raise TooFewWitnesses(field="needed")
    if (needed, before_release) == (held.needed, held.before_release):
        return held
    demand_id, now = new_id(), await present(session)
    index = await append(
        session,
        event=EventKind.WITNESSES_DEMANDED,
        actor=caller,
        case_id=case_id,
        at=now,
        body={"needed": needed, "before_release": before_release},
    )
    values = {
        "id": demand_id,
        "case_id": case_id,
        "needed": needed,
        "before_release": before_release,
        "set_by": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(WitnessDemand).values(**values))
    await refresh_case(session, case_id)
    return await demand_of(session, case_id)
