"""Trying what a form asks for: when it is refused, nothing of it stays and the page can be drawn again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.violations import refusal_of


@asynccontextmanager
async def attempt(session: AsyncSession) -> AsyncIterator[None]:
    """Undo everything done inside if it is refused, by a service or by the database's own guards.

    Raises:
        Refusal: whatever it was refused with; the transaction goes on as it was before.
    """
    try:
        async with session.begin_nested():
            yield
    except DBAPIError as error:
        if (refusal := refusal_of(error)) is None:
            raise
        raise refusal from error
