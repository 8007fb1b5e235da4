"""What a relative has begun to write survives a lost connection, an ended session and a restart; it decides nothing."""

from __future__ import annotations

from sqlalchemy import text

from tests.coalition import Coalition
from tests.web.visitors import Visitors

WORRY = "What if the guards read it?"


async def test_it_is_there_again_and_decides_nothing(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    draft = f"/actions/{action}/decide/draft"
    first = await visitors.browser(coalition.mother)
    by_script = {"Accept": "application/json"}
    kept = await first.post(draft, data={"part": "question", "question": WORRY}, headers=by_script)
    assert kept.json()["saved_at"]
    wish = {"part": "conditions", "condition": "no_name", "other": "Not before the trial."}
    by_button = await first.post(draft, data=wish | {"decision": "yes_with_conditions"})
    assert by_button.headers["location"] == f"/actions/{action}/decide#kept"
    # Another browser, as after a restart or on another phone.
    page = (await (await visitors.browser(coalition.mother)).get(f"/actions/{action}/decide")).text
    assert WORRY in page
    assert "Not before the trial." in page
    assert 'value="no_name" checked' in page
    assert not (await coalition.facts(action)).facts.consents
    for who in (coalition.brother, coalition.coordinator):
        other = await (await visitors.browser(who)).get(f"/actions/{action}/decide")
        assert WORRY not in other.text
    async with coalition.database.session(job=True) as session:
        query = text("select sealed from assent.decision_drafts")
        sealed: bytes = (await session.execute(query)).scalar_one()
    assert WORRY.encode() not in sealed
    await coalition.says(coalition.brother, action, "no")
    assert WORRY in (await first.get(f"/actions/{action}/decide")).text
    digest = (await coalition.revision(action)).digest
    answer = {"digest": digest, "language": "fa", "decision": "no"}
    assert (await first.post(f"/actions/{action}/decide", data=answer)).status_code == 303
    assert WORRY not in (await first.get(f"/actions/{action}/decide")).text


async def test_only_those_who_decide_keep_one(coalition: Coalition, visitors: Visitors) -> None:
    action = await coalition.a_statement()
    draft = f"/actions/{action}/decide/draft"
    for who, status in ((coalition.aunt, 403), (coalition.drafter, 403), (coalition.stranger, 404)):
        browser = await visitors.browser(who)
        assert (await browser.post(draft, data={"question": "Hm"})).status_code == status
    mother = await visitors.browser(coalition.mother)
    long = await mother.post(draft, data={"part": "question", "question": "x" * 70_000})
    assert long.status_code == 422
