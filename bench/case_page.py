"""The workspace page of 20 actions against raw psycopg with the page's own statements and template."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jinja2 import Template
from psycopg import AsyncConnection
from sqlalchemy import event
from starlette.requests import Request

from assent.database.migrate import libpq
from bench.ground import Ground

ROUNDS = 80
ACTIONS = 20


@contextmanager
def _capturing() -> Iterator[list[tuple[Template, dict[str, Any]]]]:
    """Collect the templates drawn meanwhile, with their values."""
    drawn: list[tuple[Template, dict[str, Any]]] = []
    original = Template.render

    def render(self: Template, *args: Any, **kwargs: Any) -> str:
        drawn.append((self, dict(*args, **kwargs)))
        return original(self, *args, **kwargs)

    Template.render = render  # type: ignore[method-assign]
    try:
        yield drawn
    finally:
        Template.render = original  # type: ignore[method-assign]


async def measure_case_page(ground: Ground) -> dict[str, Any]:
    """Draw the page through its route's function, and again from its statements and drawn template alone."""
    from assent.cases.models import Case
    from assent.cases.pages import case_page
    from assent.people.memberships import standing
    from assent.web.requires import CaseVisit
    from bench.__main__ import median_ms
    from tests.coalition import a_coalition

    coalition = await a_coalition(ground.database, slug="page")
    for number in range(ACTIONS):
        action = await coalition.a_statement(form={"n": number})
        if number % 2:
            await coalition.everybody_clears(action)
    who = coalition.coordinator
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/cases/page",
        "headers": [],
        "query_string": b"",
        "app": None,
    }
    sent: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    async def ours() -> bytes:
        async with ground.database.session(who.person_id) as session:
            case = await session.get_one(Case, coalition.case_id)
            here = await standing(session, who, case.id)
            assert here is not None
            answer = await case_page(Request(dict(scope)), CaseVisit(session, who, case, here))
        return bytes(answer.body)

    # As after a start: plans that were made while the tables were empty are nobody's.
    await ground.database.engine.dispose()
    engine = ground.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    page = await ours()
    event.remove(engine, "before_cursor_execute", note)
    assert page.count(b"<li>") >= ACTIONS
    by_page: list[float] = []
    by_hand: list[float] = []
    connection = await AsyncConnection.connect(
        libpq(ground.database.url), options="-csearch_path=assent,jobs,public", autocommit=True
    )
    async with connection:
        with _capturing() as captured:
            await ours()
        template, values = captured[-1]
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await ours()
            by_page.append(time.perf_counter() - began)
            began = time.perf_counter()
            async with connection.transaction():
                for statement, parameters in sent:
                    cursor = await connection.execute(statement, parameters, prepare=True)
                    await cursor.fetchall()
            template.render(values)
            by_hand.append(time.perf_counter() - began)
    found = {"ours_ms": median_ms(by_page), "by_hand_ms": median_ms(by_hand)}
    ratio = found["by_hand_ms"] / found["ours_ms"]
    return found | {
        "ratio": ratio,
        "aim": "at least 0.55 of its throughput",
        "statements": len(sent),
    }
