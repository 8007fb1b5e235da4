"""Reads of evidence for pages, the API and documents that cite it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.evidence.models import Evidence, StoredFile
from assent.people.models import Organisation


@dataclass(frozen=True)
class EvidenceLine:
    """A piece of evidence with its file.

    Attributes:
        organisation: short name of the desk it came from; None: from the family.
        remarks: what people should know before they open it.
    """

    id: UUID
    case_id: UUID
    title: str
    tier: str
    visibility: str
    organisation: str | None
    derived_from: UUID | None
    derivation: str | None
    recorded_by: UUID
    recorded_at: datetime
    file_id: UUID
    sha256: str
    size: int
    media_type: str
    name: str
    remarks: tuple[str, ...]


async def case_evidence(
    session: AsyncSession, case_id: UUID, *, after: UUID | None = None, limit: int = 500
) -> list[EvidenceLine]:
    """Return the case's evidence the session's person may see, in the order it was recorded."""
    query = _lines().where(Evidence.case_id == case_id).order_by(Evidence.id).limit(limit)
    if after is not None:
        query = query.where(Evidence.id > after)
    return [_line(row) for row in await session.execute(query)]


async def evidence_line(session: AsyncSession, evidence_id: UUID) -> EvidenceLine | None:
    """Return one piece of evidence, if the session's person may see it."""
    row = (await session.execute(_lines().where(Evidence.id == evidence_id))).one_or_none()
    return None if row is None else _line(row)


async def derived_lines(session: AsyncSession, evidence_id: UUID) -> list[EvidenceLine]:
    """Return the copies made of a piece of evidence."""
    query = _lines().where(Evidence.derived_from == evidence_id).order_by(Evidence.id)
    return [_line(row) for row in await session.execute(query)]


async def published_copy(session: AsyncSession, case_id: UUID, sha256: str) -> StoredFile | None:
    """Return what may be published of a picture: its copy without hidden data.

    Args:
        sha256: of the original, or of the copy itself.

    Returns None where no such copy is on record: then it is not published.
    """
    original = (
        select(Evidence.id)
        .join(StoredFile, StoredFile.id == Evidence.file_id)
        .where(Evidence.case_id == case_id, StoredFile.sha256 == sha256)
        .scalar_subquery()
    )
    query = (
        select(StoredFile)
        .join(Evidence, Evidence.file_id == StoredFile.id)
        .where(
            Evidence.case_id == case_id,
            Evidence.derivation == "stripped",
            (StoredFile.sha256 == sha256) | Evidence.derived_from.in_(original),
        )
        .order_by(Evidence.ledger_index)
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


def _lines() -> Any:
    return (
        select(Evidence, StoredFile, Organisation.slug)
        .join(StoredFile, StoredFile.id == Evidence.file_id)
        .outerjoin(Organisation, Organisation.id == Evidence.organisation_id)
    )


def _line(row: Sequence[Any]) -> EvidenceLine:
    evidence, file, slug = row
    return EvidenceLine(
        id=evidence.id,
        case_id=evidence.case_id,
        title=evidence.title,
        tier=evidence.tier,
        visibility=evidence.visibility,
        organisation=slug,
        derived_from=evidence.derived_from,
        derivation=evidence.derivation,
        recorded_by=evidence.recorded_by,
        recorded_at=evidence.recorded_at,
        file_id=file.id,
        sha256=file.sha256,
        size=file.size,
        media_type=file.media_type,
        name=file.name,
        remarks=tuple(file.remarks),
    )
