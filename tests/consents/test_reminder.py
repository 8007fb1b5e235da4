"""Before a yes runs out its giver is told that something waits; silence lets it run out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from assent.consents.service import REMINDED_BEFORE, is_worth_renewing
from assent.consents.statement import LASTS
from assent.database.session import Database, present
from tests.coalition import Coalition, a_coalition
from tests.conftest import Place
from tests.web.visitors import served, settings_of

_SCHEDULED = text(
    "select count(*) from jobs.procrastinate_jobs where task_name = 'consents.remind'"
)


@pytest.fixture
async def app(place: Place, tmp_path: Path) -> AsyncIterator[FastAPI]:
    """The application with its jobs running; mails are written to a folder."""
    settings = settings_of(place, tmp_path).model_copy(update={"run_jobs": True})
    async with served(settings) as running:
        yield running


async def soon(coalition: Coalition) -> dict[str, object]:
    """A yes whose giver is to be told in two seconds."""
    async with coalition.database.session(job=True) as session:
        return {"expires_at": await present(session) + REMINDED_BEFORE + timedelta(seconds=2)}


async def scheduled(coalition: Coalition) -> int:
    async with coalition.database.session(job=True) as session:
        return int((await session.execute(_SCHEDULED)).scalar_one())


def mails(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.glob("*.eml")]


async def told(coalition: Coalition, folder: Path) -> int:
    """How many mails the mother has once no reminder is left to run."""
    async with asyncio.timeout(60):
        while await scheduled(coalition):  # noqa: ASYNC110 (the queue is in the database)
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)
    return sum(coalition.mother.email in mail for mail in await asyncio.to_thread(mails, folder))


async def test_while_a_yes_holds_its_giver_is_told_once(app: FastAPI, tmp_path: Path) -> None:
    coalition = await a_coalition(app.state.database)
    action = await coalition.a_statement()
    await coalition.says(coalition.mother, action, "yes", **await soon(coalition))
    assert await told(coalition, tmp_path / "mail") == 1
    assert "consent:family" not in await coalition.missing(action)


@pytest.mark.parametrize("since", ["nothing", "withdrawn", "a no", "a new text", "published"])
async def test_nobody_is_told_about_what_is_settled(database: Database, since: str) -> None:
    coalition = await a_coalition(database)
    action = await coalition.a_statement()
    await coalition.everybody_clears(action)
    given = await coalition.says(coalition.mother, action, "yes")
    match since:
        case "withdrawn":
            await coalition.withdraws(coalition.mother, given.id)
        case "a no":
            await coalition.says(coalition.mother, action, "no")
        case "a new text":
            await coalition.writes(action, form={"n": 2})
        case "published":
            await coalition.publishes(action)
    async with database.session(job=True) as session:
        found = await is_worth_renewing(session, given.id)
    assert (found is not None) == (since == "nothing")


async def test_a_usual_yes_is_remembered_in_good_time_and_a_short_one_not_at_all(
    app: FastAPI,
) -> None:
    assert LASTS > REMINDED_BEFORE
    coalition = await a_coalition(app.state.database)
    action = await coalition.a_statement()
    await coalition.says(coalition.mother, action, "yes")
    assert await scheduled(coalition) == 1
    async with coalition.database.session(job=True) as session:
        tomorrow = await present(session) + timedelta(days=1)
    await coalition.says(coalition.brother, action, "yes", expires_at=tomorrow)
    assert await scheduled(coalition) == 1
