"""A whole campaign from its import file and the API: four organisations, a sister, three governments, one launch."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from assent.database.session import Database
from assent.importing.reading import read_import
from assent.importing.service import apply_import
from assent.people.models import Person
from assent.people.tokens import make_token
from assent.proving.examining import examine
from tests.campaign.replay import CASE, FILE, ROUND, STAFF, Replay
from tests.web.conftest import app, visitors
from tests.web.visitors import Visitors

__all__ = ["app", "visitors"]


@pytest.mark.timeout(300)
async def test_a_campaign_from_its_first_filing_to_its_launch(
    app: FastAPI, visitors: Visitors, tmp_path: Path
) -> None:
    database: Database = app.state.database
    file, places = read_import(FILE)
    async with database.session(job=True) as session:
        await apply_import(session, file, places)

    async def sign(email: str) -> httpx2.AsyncClient:
        client = await visitors.nobody()
        async with database.session(job=True) as session:
            person = (await session.scalars(select(Person).where(Person.email == email))).one()
            token = await make_token(session, person.id, "the replay")
        client.headers["Authorization"] = f"Bearer {token}"
        client.base_url = httpx2.URL(f"{client.base_url}/api/v1/")
        return client

    replay = Replay(sign)
    await replay.run()
    greta = await replay.program(STAFF["coordinator"])

    # Every decision's row says what its record says.
    assert (await examine(database, None)).faults == []
    # Everything went out, each with the sister's yes to exactly that text.
    actions = (await greta.get(f"{CASE}/actions")).json()["items"]
    assert len(actions) == len(replay.actions) == 8
    assert {action["state"] for action in actions} == {"released"}
    records: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await greta.get(f"{CASE}/ledger?limit=200{cursor and '&cursor=' + cursor}")).json()
        records += page["items"]
        cursor = page["next"]
    for action in actions:
        events = [r["event"] for r in records if r["action"] == action["id"]]
        assert events.index("consent_decided") < events.index("published"), action["title"]

    # The opinion is in, and what follows from it has its day.
    filing = replay.actions["Communication to the Working Group on Arbitrary Detention"]
    steps = {s["step"]: s for s in (await greta.get(f"actions/{filing}/steps")).json()["items"]}
    assert steps["opinion"]["happened_on"] == "2026-08-28"
    assert steps["followed_up"]["due_on"] == "2027-02-28"

    # Three governments in one week, the rest still gaps.
    matrix = (await greta.get(f"{CASE}/matrix")).json()["items"]
    [row] = [row for row in matrix if row["target"] == replay.targets["governor"]]
    cells = {cell["jurisdiction"]: (cell["status"], cell["on"]) for cell in row["cells"]}
    assert {code: cells[code] for code in ROUND} == {
        code: ("listed", day) for code, day in ROUND.items()
    }
    assert {cells[code][0] for code in set(cells) - set(ROUND)} == {"not_asked"}

    # The launch went out at one moment; the statement reads in four languages, and nothing quiet is public.
    both = [
        (await greta.get(f"actions/{action['id']}")).json()
        for action in actions
        if action["kind"] == "public_statement"
    ]
    first, second = (datetime.fromisoformat(a["publication"]["published_at"]) for a in both)
    assert abs(first - second) < timedelta(seconds=5)
    nobody = await visitors.nobody()
    feed = (await nobody.get("/feed.atom")).text
    [page] = [a["publication"]["url"] for a in both if a["title"] == "Two years without bees"]
    for tag, words in (
        ("en", "without bees"), ("be", "без пчол"), ("de", "ohne Bienen"), ("fr", "sans abeilles"),
    ):  # fmt: skip
        assert words in (await nobody.get(f"{page}?lang={tag}")).text
    for quiet in ("envoy", "Вадзім", "Vadzim", "сясцёр", "punishment cell"):
        assert quiet not in feed

    # What was promised waits for somebody.
    tasks = (await greta.get("me/tasks")).json()["items"]
    assert any("Raise it at the border talks" in task["title"] for task in tasks)
