"""Reads of what a family agreed to in advance: its scope, who agrees, what it allowed so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.consents.standing_models import (
    StandingConsent,
    StandingConsentAnswer,
    StandingConsentEnd,
    StandingConsentTrigger,
)
from assent.database.session import present
from assent.people.marks import Why, why_standing

# How many of those who decide have agreed, and how many it takes: counts, never who. A yes from before
# something that asks again is on hold. On a person's own screen their own yes counts from the start.
_COUNTS = text("""
    with asked as materialized (select coalesce(max(v.ledger_index), -1) as last from assent.events v
      where v.case_id = :case_id
        and (v.kind = 'release' or v.kind = any ((assent.arrangement_in_force(:case_id)).asks_again)))
    select s.id, count(*) filter (where w.agrees and w.counts and w.ledger_index > asked.last) as agreed,
      count(*) filter (where w.agrees and not w.counts) as delayed,
      count(*) filter (where not w.agrees) as refused
    from asked cross join assent.standing_consents s
      left join lateral (
        select n.agrees, n.ledger_index, n.person_id = :reader or assent.standing_answer_counts(n) as counts
        from assent.standing_words(s.id) n) w on true
    where s.case_id = :case_id group by s.id
""")
_NEEDED = text("""
    select case f.rule when 'all' then (select count(*) from assent.arrangement_people p
        where p.arrangement_id = f.id and p.standing = 'decision_maker')
      when 'quorum' then f.quorum else 1 end
    from assent.arrangement_in_force(:case_id) f
""")
_USES = text("""
    select distinct g.standing_consent_id as standing_id, p.id, p.action_id, a.title, a.kind, p.released_at,
      t.retracted_at
    from assent.publication_grounds g
      join assent.publications p on p.id = g.publication_id
      join assent.actions a on a.id = p.action_id
      left join assent.retractions t on t.publication_id = p.id
    where g.case_id = :case_id and g.standing_consent_id is not null
    order by p.released_at desc
""")
_WAITING = text("""
    select distinct c.title, c.slug from assent.standing_consents s join assent.cases c on c.id = s.case_id
    where s.expires_at > assent.present() and assent.decides(s.case_id, :person)
      and not exists (select 1 from assent.standing_consent_ends e where e.standing_consent_id = s.id)
      and not exists (select 1 from assent.standing_consent_answers a
        where a.standing_consent_id = s.id and a.person_id = :person
          and (not a.agrees or a.ledger_index > coalesce((select max(v.ledger_index) from assent.events v
            where v.case_id = s.case_id
              and (v.kind = 'release' or v.kind = any ((assent.arrangement_in_force(s.case_id)).asks_again))), -1)))
    order by c.title
""")
_BEHIND = text("""
    select s.id, s.at, s.expires_at from assent.standing_consents s
    where s.id = (select g.standing_consent_id from assent.publications p
      join assent.publication_grounds g on g.publication_id = p.id and g.standing_consent_id is not null
      where p.action_id = :action_id order by p.ledger_index desc limit 1)
""")


@dataclass(frozen=True)
class Use:
    """Something that went out on a standing consent."""

    publication_id: UUID
    action_id: UUID
    title: str
    kind: str
    released_at: datetime
    retracted_at: datetime | None


@dataclass(frozen=True)
class StandingLine:
    """A standing consent as it is shown.

    Attributes:
        agreed, refused: how many of those who decide said so last.
        needed: how many have to agree.
        delayed: how many have agreed, and want more time before it counts.
        mine_waits: whether the reader's own yes waits until they say so again.
        said: organisations for which somebody has said that what it waits for has happened.
        mine: what the reader said last; None: nothing.
        ended_at: when the family ended it.
        uses: what it allowed so far, as far as the reader may see it, newest first.
    """

    id: UUID
    kinds: list[str]
    audiences: list[str]
    languages: list[str]
    excludes: list[str]
    only_when: str
    at: datetime
    expires_at: datetime
    lapsed: bool
    agreed: int
    refused: int
    needed: int
    delayed: int
    said: tuple[UUID, ...]
    mine: bool | None
    mine_waits: bool
    ended_at: datetime | None
    uses: tuple[Use, ...]

    @property
    def over(self) -> bool:
        """Whether it was ended, or has lapsed."""
        return self.lapsed or self.ended_at is not None

    @property
    def happened(self) -> bool:
        """Whether what it waits for has happened, or it waits for nothing."""
        return not self.only_when or len(self.said) >= 2

    @property
    def holds(self) -> bool:
        """Whether as many agree as it takes, and none is against it, and it is not over."""
        agreed = self.agreed >= self.needed > 0 and not self.refused and not self.delayed
        return agreed and not self.over


async def standing_lines(session: AsyncSession, case_id: UUID, reader: UUID) -> list[StandingLine]:
    """Return the standing consents of a case, those that still run first, the newest of each first."""
    now = await present(session)
    query = (
        select(StandingConsent, StandingConsentEnd.at)
        .outerjoin(StandingConsentEnd, StandingConsentEnd.standing_consent_id == StandingConsent.id)
        .where(StandingConsent.case_id == case_id)
        .order_by(StandingConsent.ledger_index.desc())
    )
    rows = (await session.execute(query)).all()
    counts = {
        row.id: row
        for row in await session.execute(_COUNTS, {"case_id": case_id, "reader": reader})
    }
    needed = (await session.execute(_NEEDED, {"case_id": case_id})).scalar_one_or_none() or 0
    uses: dict[UUID, list[Use]] = {}
    for row in await session.execute(_USES, {"case_id": case_id}):
        use = Use(row.id, row.action_id, row.title, row.kind, row.released_at, row.retracted_at)
        uses.setdefault(row.standing_id, []).append(use)
    said = await _said(session, case_id)
    mine = await _mine(session, case_id, reader)

    def said_last(standing_id: UUID) -> tuple[bool | None, bool]:
        return mine.get(standing_id, (None, False))

    lines = [
        StandingLine(
            standing.id, standing.kinds, standing.audiences, standing.languages, standing.excludes,
            standing.only_when, standing.at, standing.expires_at, standing.expires_at <= now,
            counts[standing.id].agreed, counts[standing.id].refused, needed, counts[standing.id].delayed,
            tuple(said.get(standing.id, ())), said_last(standing.id)[0], said_last(standing.id)[1], ended_at,
            tuple(uses.get(standing.id, ())),
        )
        for standing, ended_at in rows
    ]  # fmt: skip
    return sorted(lines, key=lambda line: line.over)


async def standing_that_waits_for(session: AsyncSession, person_id: UUID) -> list[Row[Any]]:
    """Return title and slug of the cases in which something agreed to in advance waits for somebody's answer.

    It waits for whoever has said nothing, or nothing since something happened that asks again.
    """
    return list(await session.execute(_WAITING, {"person": person_id}))


async def standing_behind(
    session: AsyncSession, action_id: UUID
) -> tuple[UUID, datetime, datetime] | None:
    """Return the standing consent an action's last publication rests on, its time and its end; None: on none."""
    row = (await session.execute(_BEHIND, {"action_id": action_id})).one_or_none()
    return None if row is None else (row.id, row.at, row.expires_at)


async def _said(session: AsyncSession, case_id: UUID) -> dict[UUID, list[UUID]]:
    query = (
        select(StandingConsentTrigger.standing_consent_id, StandingConsentTrigger.organisation_id)
        .where(StandingConsentTrigger.case_id == case_id)
        .order_by(StandingConsentTrigger.ledger_index)
    )
    found: dict[UUID, list[UUID]] = {}
    for standing_id, organisation_id in await session.execute(query):
        found.setdefault(standing_id, []).append(organisation_id)
    return found


async def _mine(
    session: AsyncSession, case_id: UUID, reader: UUID
) -> dict[UUID, tuple[bool, bool]]:
    """What the reader said last to each, and whether that waits until they say so again."""
    query = (
        select(StandingConsentAnswer)
        .where(StandingConsentAnswer.case_id == case_id, StandingConsentAnswer.person_id == reader)
        .order_by(StandingConsentAnswer.ledger_index)
    )
    last = {row.standing_consent_id: row for row in await session.scalars(query)}
    return {
        key: (row.agrees, row.agrees and await why_standing(session, row.id) is Why.WAITS)
        for key, row in last.items()
    }
