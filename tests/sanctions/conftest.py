"""A coalition with a case, and targets made through the services."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import pytest

from assent.database.session import Database
from assent.people.caller import Caller
from assent.sanctions.queries import TargetLine
from assent.sanctions.targets import add_target
from tests.coalition import Coalition, a_coalition

WARDEN = {
    "schema": "Person",
    "properties": {
        "name": ["رضا نمونه‌ای"],
        "alias": ["Reza Nemunei"],
        "birthDate": ["1970-03-21"],
        "nationality": ["ir"],
        "position": ["Warden of the city prison"],
    },
}
Add = Callable[..., Coroutine[Any, Any, TargetLine]]


@pytest.fixture
async def coalition(database: Database) -> Coalition:
    return await a_coalition(database)


@pytest.fixture
def add(coalition: Coalition) -> Add:
    """Adds a target as the drafter, or whoever is named."""

    async def adding(
        raw: object = WARDEN, by: Caller | None = None, case_id: UUID | None = None
    ) -> TargetLine:
        who = by or coalition.drafter
        async with coalition.database.session(who.person_id) as session:
            return await add_target(session, who, case_id or coalition.case_id, raw)

    return adding


def a_person(name: str, **properties: list[str]) -> dict[str, Any]:
    return {"schema": "Person", "properties": {"name": [name], **properties}}
