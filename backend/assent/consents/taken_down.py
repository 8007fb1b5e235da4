"""Reads of what staff have taken down, for those who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.people.caller import Caller

_LINES = """
    select r.consent_id as id, c.person_id, c.decision, c.at, r.how, r.place, r.interpreter, r.attachment,
      assent.shown_name(taker.shown_as, taker.name) as recorder, o.name as organisation,
      assent.shown_name(attester.shown_as, attester.name) as attester, other.name as attester_organisation,
      a.attests as attested, t.consent_id is not null as contested
    from assent.consent_recordings r join assent.consents c on c.id = r.consent_id
      join assent.people taker on taker.id = r.recorded_by join assent.organisations o on o.id = r.organisation_id
      join assent.people attester on attester.id = r.attester_id
      join assent.organisations other on other.id = r.attester_organisation_id
      left join assent.consent_attestations a on a.consent_id = r.consent_id
      left join assent.consent_contests t on t.consent_id = r.consent_id
    where {which} order by c.ledger_index desc
"""
_OF_ACTION = text(_LINES.format(which="r.action_id = :action_id"))
# What stands in somebody's name and is not contested: their last word on its text, not taken back.
_IN_MY_NAME = text(
    _LINES.format(
        which="""c.person_id = :person_id and t.consent_id is null
      and not exists (select 1 from assent.consents n where n.revision_id = c.revision_id
        and n.person_id = c.person_id and n.ledger_index > c.ledger_index)
      and not exists (select 1 from assent.consent_withdrawals w where w.consent_id = c.id)"""
    )
)


@dataclass(frozen=True)
class TakenDown:
    """How one decision reached whoever took it down, and what became of it.

    Attributes:
        attested: whether it was attested; None while nobody has said.
        contested: whether the relative says it is not theirs.
    """

    id: UUID
    person_id: UUID
    decision: str
    at: datetime
    how: str
    place: str
    interpreter: str
    attachment: str | None
    recorder: str
    organisation: str
    attester: str
    attester_organisation: str
    attested: bool | None
    contested: bool


async def taken_down_lines(session: AsyncSession, action_id: UUID) -> list[TakenDown]:
    """Return what was taken down about an action, as far as the session's person sees it, newest first."""
    return [TakenDown(*row) for row in await session.execute(_OF_ACTION, {"action_id": action_id})]


async def taken_down_in_my_name(session: AsyncSession, caller: Caller) -> list[TakenDown]:
    """Return what staff took down as the caller's word and stands, newest first."""
    rows = await session.execute(_IN_MY_NAME, {"person_id": caller.person_id})
    return [TakenDown(*row) for row in rows]
