"""A mail that a server refuses, or returns days later, was not sent; a person decides, nobody is told twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from fastapi import FastAPI
from pydantic import SecretStr

from assent.notify import jobs
from assent.publishing.jobs import deliver
from assent.publishing.queries import DeliveryLine, delivery_lines
from tests.coalition import Coalition
from tests.people.conftest import free_port
from tests.web.visitors import Visitors

GOOD, GONE = "desk@daily.example", "nobody@gone.example"
FORM = {"form": "statement", "press": {"recipients": [GONE, GOOD]}}


class Refusing:
    """A server that knows nobody at gone.example."""

    def __init__(self) -> None:
        self.got: list[str] = []

    async def handle_RCPT(  # noqa: N802 (the library's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address.endswith("@gone.example"):
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.got += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def mail_server() -> Iterator[tuple[Refusing, str]]:
    handler, port = Refusing(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, f"smtp://127.0.0.1:{port}"
    controller.stop()


async def states(coalition: Coalition, action: UUID) -> dict[str, DeliveryLine]:
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        return {line.recipient: line for line in await delivery_lines(session, action)}


async def test_a_mail_refused_and_one_that_comes_back(
    app: FastAPI,
    coalition: Coalition,
    visitors: Visitors,
    mail_server: tuple[Refusing, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handler, address = mail_server
    action = await coalition.ready(form=FORM)
    await coalition.publishes(action)
    settings = app.state.settings.model_copy(update={"smtp_url": SecretStr(address)})
    monkeypatch.setattr(jobs, "_settings", settings)
    monkeypatch.setattr(jobs, "_database", coalition.database)
    for line in (await states(coalition, action)).values():
        await deliver(str(line.id))
        await deliver(str(line.id))  # run again, it does nothing
    after = await states(coalition, action)
    assert {r: line.state for r, line in after.items()} == {GONE: "not_sent", GOOD: "sent"}
    assert handler.got == [GOOD]

    coordinator = await visitors.program(coalition.coordinator)
    for program, status in (
        (await visitors.program(coalition.stranger), 404),
        (await visitors.program(coalition.drafter), 403),
        (coordinator, 204),
        (coordinator, 409),
    ):
        said = await program.post(
            f"deliveries/{after[GOOD].id}/resolution", json={"outcome": "came_back"}
        )
        assert said.status_code == status, said.text
    refused = await coordinator.post(
        f"deliveries/{after[GONE].id}/resolution", json={"outcome": "came_back"}
    )
    assert refused.status_code == 409
    assert {line.state for line in (await states(coalition, action)).values()} == {"not_sent"}
    tasks = (await coordinator.get("cases/teacher/tasks")).json()["items"]
    assert [t for t in tasks if t["kind"] == "delivery" and not t["closed_at"]]
    page = (await (await visitors.browser(coalition.coordinator)).get(f"/actions/{action}")).text
    assert page.count('value="again"') == 2
    assert "It came back" not in page
    seen = (await coordinator.get("cases/teacher/seen")).text
    assert seen.count('"not_sent"') == 2


async def test_a_recipient_named_twice_gets_it_once(coalition: Coalition) -> None:
    twice = {"form": "statement", "press": {"recipients": [GOOD, "The desk <desk@daily.example>"]}}
    with pytest.raises(Exception, match="twice"):
        await coalition.a_statement(form=twice)
