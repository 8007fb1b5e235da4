"""A calendar is told when, and never what, of whom or where; and nothing once its address is ended."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from icalendar import Calendar

from assent.database.session import present
from assent.publishing.launches import Plan, plan_launch
from tests.coalition import Coalition
from tests.web.visitors import Visitors

HIDDEN = ("teacher", "Teacher", "Call the desk", "Together", "Harbour", "drafter")


async def _address(page: httpx2.AsyncClient) -> str:
    made = (await page.post("/me/calendar")).text
    [path] = re.findall(r"(/calendar/[\w-]+\.ics)", made)
    return str(path)


async def test_it_tells_days_and_moments_and_nothing_else(
    coalition: Coalition, visitors: Visitors
) -> None:
    coordinator = await visitors.program(coalition.coordinator)
    day = datetime.now(UTC).date() + timedelta(days=3)
    await coordinator.post(
        "cases/teacher/tasks",
        json={"title": "Call the desk", "assignee": coalition.drafter.email, "due_on": day.isoformat()},
    )  # fmt: skip
    action = await coalition.a_statement()
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        at = (await present(session)).replace(microsecond=0) + timedelta(hours=5)
        plan = Plan("Together", at, (action,))
        await plan_launch(session, coalition.coordinator, coalition.case_id, plan)
    page, nobody = await visitors.browser(coalition.drafter), await visitors.nobody()
    path = await _address(page)
    answer = await nobody.get(str(nobody.base_url.copy_with(path=path)))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    entries: list[Any] = Calendar.from_ical(answer.text).walk("VEVENT")
    assert {str(e["summary"]) for e in entries} == {"Assent: something is due"}
    assert {e["dtstart"].dt for e in entries} == {day, at}
    assert not [word for word in HIDDEN if word in answer.text]
    known = [str(coalition.case_id), str(action), str(coalition.drafter.person_id)]
    assert not [key for key in known if key in answer.text]
    await page.post("/me/discreet", data={"on": "yes"})
    discreet = (await nobody.get(str(nobody.base_url.copy_with(path=path)))).text
    assert "Assent" not in discreet
    assert "Something is due" in discreet


async def test_an_address_that_was_ended_or_replaced_tells_nothing(
    coalition: Coalition, visitors: Visitors
) -> None:
    page, nobody = await visitors.browser(coalition.mother), await visitors.nobody()

    async def answers(path: str) -> int:
        return (await nobody.get(str(nobody.base_url.copy_with(path=path)))).status_code

    first = await _address(page)
    second = await _address(page)
    assert (await answers(first), await answers(second)) == (404, 200)
    assert second not in (await page.get("/me/calendar")).text
    await page.post("/me/calendar/end")
    assert await answers(second) == 404
    assert await answers("/calendar/.ics") == 404
