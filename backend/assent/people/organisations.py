"""Organisations as cases see them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.people.models import Membership, Organisation


async def organisations_in_case(session: AsyncSession, case_id: UUID) -> list[Organisation]:
    """Return the organisations that take part in a case, by name."""
    taking_part = select(Membership.organisation_id).where(
        Membership.case_id == case_id, Membership.ended_at.is_(None)
    )
    query = select(Organisation).where(Organisation.id.in_(taking_part)).order_by(Organisation.name)
    return list(await session.scalars(query))
