"""A clock set back, or far ahead and right again: nothing that had ended when something was recorded begins anew.

The machine's own clock is not turned: the program asks the database alone for the time
(`docs/decisions/0003-one-clock.md`), but for what an identity provider signed and for TLS.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from assent.consents.asking import request_consent
from assent.database.session import Database, present
from assent.doctor import Finding, findings
from assent.ledger.store import read_case_records
from assent.people.links import make_link
from assent.publishing.refusals import GateShut
from tests.coalition import Coalition, a_coalition
from tests.conftest import Place
from tests.publishing.clock import Clock
from tests.web.visitors import Visitors, served, settings_of

NOTHING, HOUR, DAY = timedelta(0), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clock(place: Place) -> Clock:
    """The clock of the test's database, before anybody has asked it for the time."""
    return Clock(place)


@pytest.fixture
async def app(place: Place, clock: Clock, tmp_path: Path) -> AsyncIterator[FastAPI]:
    """The application with its jobs; mails are written to the data folder."""
    settings = settings_of(place, tmp_path).model_copy(update={"run_jobs": True})
    async with served(settings) as running:
        yield running


@pytest.fixture
async def coalition(app: FastAPI) -> Coalition:
    database: Database = app.state.database
    return await a_coalition(database)


@pytest.fixture
async def visitors(app: FastAPI) -> AsyncIterator[Visitors]:
    async with Visitors(app).open() as ready:
        yield ready


async def shown(database: Database) -> datetime:
    """What the program takes for the present."""
    async with database.session(job=True) as session:
        return await present(session)


async def records(coalition: Coalition) -> list[datetime]:
    """When each record of the case was made, in the ledger's order."""
    async with coalition.database.session(job=True) as session:
        return [r.at for r in await read_case_records(session, coalition.case_id)]


async def says_of_the_clock(app: FastAPI) -> Finding:
    async with app.state.database.session(job=True) as session:
        said = [f async for f in findings(session, app.state.settings)]
    return next(finding for finding in said if finding.subject == "clock")


async def test_the_clock_of_this_database_can_be_turned(coalition: Coalition, clock: Clock) -> None:
    """Without this, none of the others would try anything."""
    for by in (DAY, -DAY, NOTHING):
        clock.turn(by)
        async with coalition.database.session(job=True) as session:
            asked = await session.execute(text("select clock_timestamp(), now()"))
            for answer in asked.one():
                assert abs(answer - datetime.now(UTC) - by) < HOUR


async def test_records_never_go_back(coalition: Coalition, clock: Clock) -> None:
    clock.turn(HOUR)
    await coalition.a_statement()
    ahead = await shown(coalition.database)
    clock.turn(-DAY)
    action = await coalition.ready()
    await coalition.publishes(action)
    at = await records(coalition)
    assert at == sorted(at)
    assert timedelta(minutes=-1) < at[-1] - ahead < timedelta(minutes=1), "no time passes"
    clock.turn(2 * HOUR)
    await coalition.a_statement()
    assert (await records(coalition))[-1] - at[-1] > timedelta(minutes=50), "time passes again"


async def test_a_consent_that_had_lapsed_stays_so(coalition: Coalition, clock: Clock) -> None:
    action = await coalition.ready()
    assert await coalition.missing(action) == set()
    clock.turn(31 * DAY)
    assert "consent:family" in await coalition.missing(action)
    await coalition.a_statement()  # something is recorded
    clock.turn(NOTHING)
    assert "consent:family" in await coalition.missing(action)
    with pytest.raises(GateShut):
        await coalition.publishes(action)


async def test_a_lapsed_session_and_a_lapsed_link_stay_so(
    app: FastAPI, coalition: Coalition, visitors: Visitors, clock: Clock
) -> None:
    browser, nobody = await visitors.browser(coalition.mother), await visitors.nobody()
    program = await visitors.program(coalition.mother)
    async with coalition.database.session(job=True) as session:
        link = await make_link(session, coalition.mother.person_id, "operator", lasts=12 * HOUR)

    async def works() -> tuple[bool, bool, bool]:
        answers = (
            await browser.get("/devices"),
            await nobody.get(link),
            await program.get("me"),
        )
        return tuple(answer.status_code == 200 for answer in answers)  # type: ignore[return-value]

    assert await works() == (True, True, True)
    clock.turn(400 * DAY)
    ended = await works()
    assert ended[:2] == (False, False)
    await coalition.a_statement()
    clock.turn(NOTHING)
    assert await works() == ended


async def test_what_nothing_recorded_remembers_is_the_limit(
    coalition: Coalition, clock: Clock
) -> None:
    """As decided in 0003: time is remembered by records alone, so an hour without one can be had again."""
    action = await coalition.ready()
    clock.turn(31 * DAY)
    assert "consent:family" in await coalition.missing(action)
    clock.turn(NOTHING)
    assert await coalition.missing(action) == set()
    at = await records(coalition)
    clock.turn(-365 * DAY)
    assert await shown(coalition.database) >= at[-1], "never further than the last record"


async def test_the_doctor_says_so(app: FastAPI, coalition: Coalition, clock: Clock) -> None:
    assert not (await says_of_the_clock(app)).mend
    clock.turn(-DAY)
    behind = await says_of_the_clock(app)
    assert "behind its last record" in behind.found
    assert "set it right" in behind.mend
    clock.turn(DAY)
    ahead = await says_of_the_clock(app)
    assert "ahead of this machine" in ahead.found
    assert ahead.mend
    await coalition.a_statement()
    clock.turn(NOTHING)
    left = await says_of_the_clock(app)
    assert "behind its last record" in left.found
    assert (await shown(coalition.database)).isoformat(" ", "minutes")[:16] in left.mend


async def test_mails_leave_whatever_the_clock_says(
    app: FastAPI, coalition: Coalition, clock: Clock
) -> None:
    folder: Path = app.state.settings.data / "mail"
    clock.turn(-DAY)
    action = await coalition.a_statement(audience=["The embassy"])
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        asked = await request_consent(session, coalition.coordinator, action)
    async with asyncio.timeout(60):
        while not folder.exists() or len(list(folder.iterdir())) < len(asked):  # noqa: ASYNC110, ASYNC240
            await asyncio.sleep(0.1)
