"""The page of how public the effort is, and the line on the page of the case."""

from datetime import UTC, datetime, timedelta

from tests.coalition import Coalition
from tests.web.visitors import Visitors

HERE = "/cases/teacher/posture"
SOON = (datetime.now(UTC).date() + timedelta(days=60)).isoformat()


async def test_it_is_decided_and_read(coalition: Coalition, visitors: Visitors) -> None:
    said = {
        "posture": "quiet", "reason": "Her lawyer asks for <silence>.", "owner": str(coalition.drafter.person_id),
        "review_on": SOON,
    }  # fmt: skip
    mother = await visitors.browser(coalition.mother)
    assert (await mother.post(HERE, data=said)).status_code == 303
    observer = await visitors.browser(coalition.observer)
    page = (await observer.get(HERE)).text
    assert "Her lawyer asks for &lt;silence&gt;." in page
    assert "set by the family" in page
    assert "Mother" not in page
    assert "Decide it anew" not in page
    assert (await observer.post(HERE, data=said)).status_code == 403
    stranger = await visitors.browser(coalition.stranger)
    assert (await stranger.get(HERE)).status_code == 404
    assert (await stranger.post(HERE, data=said)).status_code == 404
    case = (await observer.get("/cases/teacher")).text
    assert f'<a href="{HERE}">' in case
    coordinator = await visitors.browser(coalition.coordinator)
    assert "set by Mother" in (await coordinator.get(HERE)).text
    for wrong in ({"review_on": "soon"}, {"owner": ""}, {"posture": ""}, {"reason": ""}):
        refused = await coordinator.post(HERE, data=said | wrong)
        assert refused.status_code == 422, wrong
        assert "Her lawyer" in refused.text or "reason" in wrong


async def test_it_is_decided_and_read_by_program(coalition: Coalition, visitors: Visitors) -> None:
    coordinator = await visitors.program(coalition.coordinator)
    said = {
        "posture": "public",
        "reason": "All else failed.",
        "owner": coalition.drafter.email,
        "review_on": SOON,
    }
    made = await coordinator.post("cases/teacher/postures", json=said)
    assert made.status_code == 201, made.text
    assert made.json()["version"] == 1
    assert (await coordinator.get("cases/teacher")).json()["posture"] == "public"
    assert (await coordinator.get("cases")).json()["items"][0]["posture"] == "public"
    listed = (await (await visitors.program(coalition.aunt)).get("cases/teacher/postures")).json()
    assert [one["reason"] for one in listed["items"]] == ["All else failed."]
