"""Whether the sources behind what a request attaches let its government see it: asked again when it leaves."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.publishing.refusals import SourceAgainst

_AGAINST = text("select assent.sources_against(:revision_id)")


async def sources_against(session: AsyncSession, revision_id: UUID) -> list[str]:
    """Return the titles of what is attached and whose source has not agreed that this government sees it."""
    found = await session.execute(_AGAINST, {"revision_id": revision_id})
    return list(found.scalar_one())


async def require_sources_agree(session: AsyncSession, revision_id: UUID) -> None:
    """Check that nothing leaves that its source keeps from this government.

    Raises:
        SourceAgainst: naming each.
    """
    if titles := await sources_against(session, revision_id):
        raise SourceAgainst(titles)
