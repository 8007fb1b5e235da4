"""Are we alive, and could we work? For supervisors and load balancers."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from assent import gates
from assent.database.migrate import head
from assent.database.session import Database
from assent.web.requires import Unchecked

router = APIRouter(include_in_schema=False)

_STATE = text(
    "select (select version_num from public.alembic_version) as version,"
    " (select max(version) from assent.gate_books) as gates"
)


@router.get("/healthz")
async def alive(_: Unchecked) -> PlainTextResponse:
    """Say that this process answers."""
    return PlainTextResponse("ok")


@router.get("/readyz")
async def ready(request: Request, _: Unchecked) -> PlainTextResponse:
    """Say whether the database answers, at our version, under the gates this process has read."""
    database: Database = request.app.state.database
    try:
        async with database.session() as session:
            state = (await session.execute(_STATE)).one()
    except (SQLAlchemyError, OSError):
        return _not_ready("the database does not answer")
    if state.version != _wanted():
        return _not_ready("the database is at another version")
    if state.gates != gates.current().version:
        return _not_ready("other gates are in force")
    return PlainTextResponse("ready")


def _not_ready(why: str) -> PlainTextResponse:
    return PlainTextResponse(f"not ready: {why}", status_code=503, headers={"Retry-After": "5"})


@cache
def _wanted() -> str | None:
    return head()
