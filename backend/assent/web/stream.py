"""The stream of a case: server-sent events that say `changed`, for as long as the reader may read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import anyio
from fastapi import APIRouter, Query, Request
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from assent.access import Permission
from assent.actions.models import Action
from assent.database.session import Database, act_for
from assent.people import sessions
from assent.people.caller import Caller
from assent.people.memberships import standing
from assent.web.live import Listener
from assent.web.requires import CaseVisit, as_id, in_case

HEARTBEAT = 15.0  # seconds; each also asks again whether the reader may still read
_TOGETHER = 0.05  # seconds in which several changes are said once
_LATEST = text(
    "select coalesce(max(index), -1) from assent.ledger_records where case_id = :case_id"
)

router = APIRouter()


@router.get("/cases/{case}/stream", include_in_schema=False)
async def case_stream(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.CASE_READ)],
    since: Annotated[int | None, Query()] = None,
    drafts: Annotated[str | None, Query()] = None,
) -> Response:
    """Say `changed` whenever something is recorded in the case.

    Args:
        since: `latest_record` when the page was drawn: what came between the two is said at once.
        drafts: an action whose writers' saved drafts are followed too, by somebody who writes there.
    """
    state, caller, case_id = request.app.state, visit.caller, visit.case.id
    missed = "last-event-id" in request.headers or (
        since is not None and await latest_record(visit.session, case_id) > since
    )

    async def still_reads() -> bool:
        try:
            return await may_still_read(state.database, request, caller, case_id)
        except (DBAPIError, NoConnectionFree):
            return False  # the page asks again, and is told when there is somebody to ask

    keys = (case_id, UUID(caller.credential.partition(":")[2]), *await _drafts_of(visit, drafts))
    return EventStream(state.listener, caller.person_id, keys, still_reads, missed=missed)


async def _drafts_of(visit: CaseVisit, action: str | None) -> list[UUID]:
    """The action of this case that the caller may follow the drafts of, if they asked for one."""
    key = as_id(action) if action else None
    if key is None or not visit.standing.may(Permission.ACTION_REVISE):
        return []
    query = select(Action.id).where(Action.id == key, Action.case_id == visit.case.id)
    return list(await visit.session.scalars(query))


async def latest_record(session: AsyncSession, case_id: UUID) -> int:
    """Return the index of the case's latest record, for `since`; -1 if there is none."""
    return int((await session.execute(_LATEST, {"case_id": case_id})).scalar_one())


async def may_still_read(
    database: Database, request: Request, caller: Caller, case_id: UUID
) -> bool:
    """Whether the session lives and its person still takes part in the case."""
    async with database.session() as session:
        now = await sessions.caller_of(session, request)
        if now is None or now.person_id != caller.person_id:
            return False
        await act_for(session, caller.person_id)
        found = await standing(session, caller, case_id)
        return found is not None and found.may(Permission.CASE_READ)


class EventStream(Response):
    """Answers with events until the reader goes, or may no longer read."""

    media_type = "text/event-stream"

    def __init__(
        self,
        listener: Listener,
        person: UUID,
        keys: tuple[UUID, ...],
        still_reads: Callable[[], Awaitable[bool]],
        *,
        missed: bool,
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self.listener, self.person, self.keys = listener, person, keys
        self.still_reads, self.missed = still_reads, missed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self.listener.stream(self.person, self.keys) as changed:
            if self.missed or self.listener.ending:
                changed.set()
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async with anyio.create_task_group() as group:
                group.start_soon(_until_gone, receive, group.cancel_scope)
                await self._say(changed, send)
                group.cancel_scope.cancel()

    async def _say(self, changed: asyncio.Event, send: Send) -> None:
        await _send(send, b"retry: 2000\n: listening\n\n")
        number = 0
        while True:
            with anyio.move_on_after(HEARTBEAT):
                await changed.wait()
                await anyio.sleep(_TOGETHER)
            heard = changed.is_set()
            changed.clear()
            if self.listener.ending or not await self.still_reads():
                await _send(send, b"", more=False)
                return
            number += heard
            said = b"id: %d\nevent: changed\ndata: changed\n\n" % number if heard else b": here\n\n"
            await _send(send, said)


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def _send(send: Send, chunk: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": more})
