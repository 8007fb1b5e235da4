"""A case may want witnesses to have seen what a release rests on: coordinators say so, and the release waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from assent.gate.roles import Role
from assent.proving import witness_list
from assent.proving.witness_list import WitnessList
from tests.coalition import Coalition
from tests.proving.test_receipts import Witnessed, sign
from tests.web.visitors import Visitors


@pytest.fixture(autouse=True)
def _no_witnesses() -> Iterator[None]:
    yield
    witness_list.set_current(WitnessList())


async def test_a_release_waits_for_as_many_witnesses_as_the_case_wants(
    app: FastAPI, coalition: Coalition, visitors: Visitors, tmp_path: Path
) -> None:
    await sign(app)
    witnesses = Witnessed(app, tmp_path, needed=0)
    program = await visitors.program(coalition.coordinator)
    for wanted, status in (
        ({"needed": 3, "before_release": True}, 422),
        ({"needed": 0, "before_release": True}, 422),
        ({"needed": 2, "before_release": True}, 200),
        ({"needed": 2, "before_release": True}, 200),
    ):
        answer = await program.put("cases/teacher/witnesses", json=wanted)
        assert answer.status_code == status, answer.text
    held = answer.json()
    assert (held["named"], held["until_release"], held["eased_at"]) == (2, 2, None)

    action = await coalition.a_statement()
    await coalition.clears(coalition.lantern_officer, action)
    await coalition.clears(coalition.harbour_officer, action)
    await coalition.clears(coalition.reviewer, action, Role.SAFETY_REVIEWER)
    consent = await coalition.says(coalition.mother, action, "yes")
    assert await coalition.missing(action) == {"release:witnessed"}
    assert not await witnesses.ask(without="lantern")
    assert await coalition.missing(action) == {"release:witnessed"}
    page = await (await visitors.browser(coalition.coordinator)).get(f"/actions/{action}?lang=en")
    assert "Witnesses have to see first what is on record (2 needed)" in page.text
    receipt = await (await visitors.browser(coalition.mother)).get(
        f"/receipts/consents/{consent.id}?lang=en"
    )
    assert "Recorded, not yet witnessed: 1 of 2" in receipt.text
    assert await witnesses.ask()
    assert await coalition.missing(action) == set()
    # A further yes is a further record that it rests on.
    await coalition.says(coalition.brother, action, "yes")
    assert await coalition.missing(action) == {"release:witnessed"}
    assert await witnesses.ask()
    await coalition.publishes(action)


async def test_less_counts_a_day_later(
    app: FastAPI, coalition: Coalition, visitors: Visitors, tmp_path: Path
) -> None:
    await sign(app)
    Witnessed(app, tmp_path, needed=1)
    browser = await visitors.browser(coalition.coordinator)
    page = "/cases/teacher/witnesses"
    assert "A release does not wait for them." in (await browser.get(f"{page}?lang=en")).text
    for needed in ("", "many", "0", "3"):
        refused = await browser.post(page, data={"needed": needed})
        assert refused.status_code == 422
        assert 'id="needed-wrong"' in refused.text
    sent = await browser.post(page, data={"needed": "2", "before_release": "true"})
    assert sent.status_code == 303
    assert (await browser.post(page, data={"needed": "1"})).status_code == 303
    shown = (await browser.get(f"{page}?lang=en")).text
    assert "Nothing goes out before 2 witnesses have seen everything it rests on." in shown
    assert "Less was asked for. That counts from:" in shown
    record = (await browser.get("/cases/teacher/record?lang=en")).text
    assert (
        record.count("How many witnesses this case wants was recorded") == 3
    )  # and once to choose
    for who, status in (("mother", 200), ("drafter", 403), ("stranger", 404)):
        visitor = await visitors.browser(coalition.people[who])
        assert (await visitor.get(page)).status_code == status
        assert "Ask for more, or for less" not in (await visitor.get(f"{page}?lang=en")).text
