"""Reads of targets, claims, listings and screenings for services, pages and the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.refusal import NotFound
from assent.sanctions.entities import Entity, from_stored
from assent.sanctions.models import TargetMerge

_LINES = """
    select t.id, t.case_id, t.at, v.entity, v.number, m.kept_id, x.at as ended_at
    from assent.targets t
    join lateral (select entity, number from assent.target_versions
      where target_id = t.id order by number desc limit 1) v on true
    left join assent.target_merges m on m.merged_id = t.id and m.undone_at is null
    left join assent.target_ends x on x.target_id = t.id
"""
_OF_CASE = text(_LINES + " where t.case_id = :case_id and x.at is null order by t.id")
_ONE = text(_LINES + " where t.id = :id")
# The target itself and those merged into it, through however many merges.
_FAMILY = text("""
    with recursive parts (id) as (
      select cast(:id as uuid)
      union select m.merged_id from parts p join assent.target_merges m on m.kept_id = p.id and m.undone_at is null)
    select id from parts
""")
_LISTINGS = text("""
    select l.*, p.name as made_by_name, e.id as document_id from assent.listings l
    join assent.people p on p.id = l.made_by left join assent.evidence e on e.id = l.evidence_id
    where l.target_id = any(:targets) order by l.ledger_index desc
""")
_LATEST = text("""
    select distinct on (l.target_id, l.jurisdiction) l.target_id, l.jurisdiction, l.status, l.happened_on,
      l.effective_on, l.adopted_on, l.submitted_on, l.announced_on, l.published_on, l.address, e.id as evidence_id
    from assent.listings l left join assent.evidence e on e.id = l.evidence_id
    where l.case_id = :case_id order by l.target_id, l.jurisdiction, l.ledger_index desc
""")
_CLAIMS = text("""
    select c.id, c.target_id, c.part, c.statement, c.category, c.happened_on, c.place, c.at,
      coalesce((select jsonb_agg(jsonb_build_object('id', e.id, 'title', e.title, 'tier', e.tier, 'source', e.source,
          'address', e.address, 'evidence', e.evidence_id, 'confidential', e.confidential, 'quote', e.quote,
          'quote_language', e.quote_language, 'translation', e.translation) order by e.ledger_index)
        from assent.exhibits e where e.claim_id = c.id and e.ended_at is null), '[]') as exhibits,
      coalesce((select jsonb_object_agg(language, statement) from (
        select distinct on (language) language, statement from assent.claim_texts where claim_id = c.id
        order by language, ledger_index desc) t), '{}') as texts
    from assent.claims c where c.target_id = any(:targets) and c.ended_at is null order by c.ledger_index
""")
_COPIES = text("""
    select c.copy_case_id as case_id, k.slug, k.title, c.copy_id as target_id
      from assent.target_copies c join assent.cases k on k.id = c.copy_case_id where c.target_id = :id
    union all
    select c.case_id, k.slug, k.title, c.target_id
      from assent.target_copies c join assent.cases k on k.id = c.case_id where c.copy_id = :id
""")
_DOSSIERS = text("""
    select d.id, d.target_id, d.jurisdiction, d.action_id, a.title
    from assent.dossiers d join assent.actions a on a.id = d.action_id
    where d.case_id = :case_id order by d.id desc
""")


@dataclass(frozen=True)
class TargetLine:
    """A target as it is now.

    Attributes:
        number: of the version in force.
        merged_into: the target it is part of, where two were made one.
        ended_at: since when it is taken out, as a mistake.
    """

    id: UUID
    case_id: UUID
    at: datetime
    entity: Entity
    number: int
    merged_into: UUID | None
    ended_at: datetime | None = None


async def case_targets(session: AsyncSession, case_id: UUID) -> list[TargetLine]:
    """Return the targets of a case, links and merged ones too, in the order they were added; none taken out."""
    return [_line(row) for row in await session.execute(_OF_CASE, {"case_id": case_id})]


async def target_line(session: AsyncSession, target_id: UUID) -> TargetLine:
    """Return a target.

    Raises:
        NotFound: there is none for this person.
    """
    row = (await session.execute(_ONE, {"id": target_id})).one_or_none()
    if row is None:
        raise NotFound
    return _line(row)


def _line(row: Row[Any]) -> TargetLine:
    return TargetLine(
        row.id, row.case_id, row.at, from_stored(row.entity), row.number, row.kept_id, row.ended_at
    )


async def standing_merge(session: AsyncSession, merged_id: UUID) -> TargetMerge | None:
    """Return the merge by which a target is part of another one now."""
    query = select(TargetMerge).where(
        TargetMerge.merged_id == merged_id, TargetMerge.undone_at.is_(None)
    )
    return (await session.scalars(query)).one_or_none()


async def parts_of(session: AsyncSession, target_id: UUID) -> list[UUID]:
    """Return a target and all that were merged into it: what is said of any of them is said of it."""
    return list(await session.scalars(_FAMILY, {"id": target_id}))


@dataclass(frozen=True)
class Standing:
    """Where a target stands in one jurisdiction.

    Attributes:
        on: the day of the status: of effect, else of the status itself, else of whatever is known.
        address: of the document that says so.
        document: the same as evidence, where the reader sees it.
    """

    status: str
    on: date | None
    address: str = ""
    document: UUID | None = None


async def case_standings(
    session: AsyncSession, lines: Sequence[TargetLine], case_id: UUID
) -> dict[tuple[UUID, str], Standing]:
    """Return by target and jurisdiction what is latest on record; what is missing was never asked."""
    into = {line.id: line.merged_into for line in lines}
    found: dict[tuple[UUID, str], Standing] = {}
    for row in await session.execute(_LATEST, {"case_id": case_id}):
        target = row.target_id
        while (next_one := into.get(target)) is not None:
            target = next_one
        key = (target, row.jurisdiction)
        if target != row.target_id and key in found:
            continue  # what is on record of the one that was kept goes before
        days = (
            row.happened_on,
            row.effective_on,
            row.adopted_on,
            row.published_on,
            row.submitted_on,
        )
        on = next((day for day in days if day), None)
        found[key] = Standing(row.status, on, row.address, row.evidence_id)
    return found


@dataclass(frozen=True)
class ListingLine:
    """One entry of a target's history in a jurisdiction.

    Attributes:
        document: evidence that says so, where the reader sees it.
    """

    id: UUID
    target_id: UUID
    jurisdiction: str
    status: str
    happened_on: date | None
    adopted_on: date | None
    submitted_on: date | None
    effective_on: date | None
    announced_on: date | None
    published_on: date | None
    reference: str
    address: str
    note: str
    document: UUID | None
    made_by: str
    at: datetime


async def target_listings(session: AsyncSession, target_id: UUID) -> list[ListingLine]:
    """Return what is on record of a target in every jurisdiction, newest first."""
    rows = await session.execute(_LISTINGS, {"targets": await parts_of(session, target_id)})
    names = tuple(ListingLine.__dataclass_fields__)
    found = []
    for row in rows:
        values = {**row._mapping, "made_by": row.made_by_name, "document": row.document_id}
        found.append(ListingLine(**{name: values[name] for name in names}))
    return found


@dataclass(frozen=True)
class ExhibitLine:
    """What shows a claim."""

    id: UUID
    title: str
    tier: str
    source: str
    address: str
    evidence_id: UUID | None
    confidential: bool
    quote: str = ""
    quote_language: str = ""
    translation: str = ""


@dataclass(frozen=True)
class ClaimLine:
    """One thing said of a target, with what shows it.

    Attributes:
        texts: the statement in further languages.
    """

    id: UUID
    target_id: UUID
    part: str
    statement: str
    category: str
    happened_on: str
    place: str
    at: datetime
    exhibits: tuple[ExhibitLine, ...]
    texts: Mapping[str, str] = field(default_factory=dict)

    def said_in(self, language: str) -> str:
        """Return the statement in a language, or as it was made."""
        return self.texts.get(language, self.statement)


async def target_claims(session: AsyncSession, target_id: UUID) -> list[ClaimLine]:
    """Return what is claimed of a target, in the order it was recorded."""
    rows = await session.execute(_CLAIMS, {"targets": await parts_of(session, target_id)})
    return [_claim(dict(row._mapping)) for row in rows]


def _claim(values: Mapping[str, Any]) -> ClaimLine:
    exhibits = tuple(
        ExhibitLine(
            UUID(e["id"]), e["title"], e["tier"], e["source"], e["address"],
            UUID(e["evidence"]) if e["evidence"] else None, e["confidential"], e["quote"],
            e["quote_language"], e["translation"],
        )
        for e in values["exhibits"]
    )  # fmt: skip
    return ClaimLine(**{**values, "exhibits": exhibits})


@dataclass(frozen=True)
class OtherCase:
    """Another case of the reader's that the same target serves."""

    case_id: UUID
    slug: str
    title: str
    target_id: UUID


async def other_cases(session: AsyncSession, target_id: UUID) -> list[OtherCase]:
    """Return the other cases a target serves, as far as the reader is in them."""
    rows = await session.execute(_COPIES, {"id": target_id})
    return [OtherCase(*row) for row in rows]


@dataclass(frozen=True)
class DossierLine:
    """A request being prepared, that the reader may see."""

    id: UUID
    target_id: UUID
    jurisdiction: str
    action_id: UUID
    title: str


async def case_dossiers(session: AsyncSession, case_id: UUID) -> list[DossierLine]:
    """Return the requests of a case the reader may see, newest first."""
    return [DossierLine(*row) for row in await session.execute(_DOSSIERS, {"case_id": case_id})]
