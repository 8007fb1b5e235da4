"""Visits whose body takes its time, such as a file: who asks is settled first, and no transaction waits for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.database.session import Database
from assent.people.caller import Caller
from assent.web.requires import (
    ActionVisit,
    CaseName,
    Id,
    RequiresSomebody,
    Visit,
    enter_case,
    open_action,
)


@dataclass(frozen=True)
class BriefVisit:
    """A request whose body takes its time: who asks is settled, and no transaction waits for it.

    Attributes:
        database: for transactions of its own, as short as they can be.
    """

    database: Database
    caller: Caller

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Begin a transaction on the caller's behalf; it commits at the end of the block."""
        async with self.database.session(self.caller.person_id) as session:
            yield session


@dataclass(frozen=True)
class BriefCaseVisit(BriefVisit):
    """The same in a case, by somebody who might attempt this there when they began."""

    case_id: UUID
    slug: str


@dataclass(frozen=True)
class BriefActionVisit(BriefCaseVisit):
    """The same about an action they saw."""

    action_id: UUID

    async def again(self, session: AsyncSession, permission: Permission) -> ActionVisit:
        """Ask anew, in a transaction of theirs, now that it counts.

        Raises:
            NotFound, Forbidden: what was allowed at the beginning no longer is.
        """
        return await open_action(Visit(session, self.caller), str(self.action_id), permission)


@dataclass(frozen=True)
class _Briefly(RequiresSomebody):
    """Somebody signed in, asked in a transaction that has ended before the body is read."""

    async def __call__(self, request: Request) -> BriefVisit:  # type: ignore[override]
        database: Database = request.app.state.database
        async with database.session() as session:
            visit = await RequiresSomebody.__call__(self, request, session)
        return BriefVisit(database, visit.caller)


@dataclass(frozen=True)
class _InCaseBriefly(RequiresSomebody):
    permission: Permission

    async def __call__(self, request: Request, case: CaseName) -> BriefCaseVisit:  # type: ignore[override]
        database: Database = request.app.state.database
        async with database.session() as session:
            visit = await RequiresSomebody.__call__(self, request, session)
            found = await enter_case(visit, case, self.permission)
        return BriefCaseVisit(database, visit.caller, found.case.id, found.case.slug)


@dataclass(frozen=True)
class _OnActionBriefly(RequiresSomebody):
    permission: Permission

    async def __call__(self, request: Request, action: Id) -> BriefActionVisit:  # type: ignore[override]
        database: Database = request.app.state.database
        async with database.session() as session:
            visit = await RequiresSomebody.__call__(self, request, session)
            found = await open_action(visit, action, self.permission)
        return BriefActionVisit(
            database, visit.caller, found.case.id, found.case.slug, found.action.id
        )


SignedInBriefly = Annotated[BriefVisit, Depends(_Briefly("session"))]
ApiCallerBriefly = Annotated[BriefVisit, Depends(_Briefly("token"))]


def in_case_briefly(permission: Permission) -> Any:
    """The same as `in_case`, for a body that takes its time."""
    return Depends(_InCaseBriefly("session", permission))


def api_in_case_briefly(permission: Permission) -> Any:
    """The same as `api_in_case`, for a body that takes its time."""
    return Depends(_InCaseBriefly("token", permission))


def on_action_briefly(permission: Permission) -> Any:
    """The same as `on_action`, for a body that takes its time."""
    return Depends(_OnActionBriefly("session", permission))


def api_on_action_briefly(permission: Permission) -> Any:
    """The same as `api_on_action`, for a body that takes its time."""
    return Depends(_OnActionBriefly("token", permission))
