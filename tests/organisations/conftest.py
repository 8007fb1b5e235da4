"""The whole application in this process, an administrator, and real providers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from assent.database.session import Database
from tests.coalition import Coalition, a_coalition
from tests.conftest import Place
from tests.people.conftest import provider
from tests.web.visitors import Visitors, served, settings_of

__all__ = ["provider"]


@pytest.fixture
async def app(place: Place, tmp_path: Path) -> AsyncIterator[FastAPI]:
    """The application, started."""
    async with served(settings_of(place, tmp_path)) as running:
        yield running


@pytest.fixture
async def coalition(app: FastAPI) -> Coalition:
    """Two organisations and a family around one case; somebody administers Lantern."""
    database: Database = app.state.database
    return await a_coalition(database)


@pytest.fixture
async def visitors(app: FastAPI) -> AsyncIterator[Visitors]:
    """Browsers and programs of whomever the test names."""
    async with Visitors(app).open() as ready:
        yield ready
