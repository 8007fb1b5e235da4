"""Trying what a form asks for: when it is refused, nothing of it stays and the page can be drawn again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from assent.database.violations import refusal_of
from assent.refusal import Refusal
from assent.web.language import language_of, translate_refusal

Errors = list[tuple[str, str]]


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


async def done_or_again(
    request: Request,
    session: AsyncSession,
    work: Awaitable[Any],
    then: str | Callable[[Any], str],
    again: Callable[[Errors, int], Awaitable[Response]],
) -> Response:
    """Do what a form asks for and go on; if it is refused, draw its page again with what was wrong.

    Args:
        work: not begun yet.
        then: where to go on, perhaps depending on what `work` returned.
        again: draws the page: with errors, each a field and a sentence, and the answer's status.
    """
    try:
        async with attempt(session):
            made = await work
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        return await again([(refusal.field or "", said)], refusal.status)
    return RedirectResponse(then if isinstance(then, str) else then(made), 303)
