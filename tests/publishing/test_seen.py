"""Who has seen what, as each reader may know it."""

from sqlalchemy import text

from tests.coalition import Coalition
from tests.web.visitors import Visitors


async def test_what_went_where_and_what_cannot_be_called_back(
    coalition: Coalition, visitors: Visitors
) -> None:
    statement = await coalition.ready(
        attachments=[{"sha256": "0" * 64, "kind": "letter", "title": "Her letter"}]
    )
    consent = (await coalition.facts(statement)).facts.consents[0]
    await coalition.publishes(statement)
    letter = await coalition.ready(
        kind="diplomatic_outreach", audience=["envoy@state.example", "The ambassador"]
    )
    await coalition.publishes(letter)
    await coalition.withdraws(coalition.mother, consent.id)  # type: ignore[arg-type]
    async with coalition.database.session(job=True) as session:
        await session.execute(
            text("update assent.deliveries set state = 'claimed' where recipient like 'envoy%'")
        )
    coordinator = await visitors.program(coalition.coordinator)
    sent, stated = (await coordinator.get("cases/teacher/seen")).json()["items"]
    assert {r["who"]: (r["how"], r["beyond_recall"]) for r in sent["reached"]} == {
        "envoy@state.example": ("mail", True), "The ambassador": ("by_hand", False),
    }  # fmt: skip
    assert [(r["who"], r["state"], r["beyond_recall"]) for r in stated["reached"]] == [
        ("public", "retracted", True)
    ]
    assert stated["retracted_at"]
    assert stated["consents"] == [consent.id]
    assert stated["attachments"][0]["title"] == "Her letter"
    assert sent["names_detained"] is False
    page = (
        await (await visitors.browser(coalition.mother)).get("/cases/teacher/seen?lang=en")
    ).text
    assert "cannot be called back" in page
    assert "envoy@state.example" in page
    stranger = await visitors.program(coalition.stranger)
    assert (await stranger.get("cases/teacher/seen")).status_code == 404


async def test_what_a_reader_may_not_see_is_not_listed(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.an_action(kind="diplomatic_outreach", visibility="case")
    await coalition.writes(action, audience=["The ambassador"])
    await coalition.clears(coalition.harbour_officer, action)
    await coalition.says(coalition.mother, action, "yes")
    await coalition.publishes(action)
    observer = await visitors.program(coalition.observer)
    assert len((await observer.get("cases/teacher/seen")).json()["items"]) == 1
    async with coalition.database.session(job=True) as session:
        await session.execute(text("update assent.actions set visibility = 'family'"))
    assert (await observer.get("cases/teacher/seen")).json()["items"] == []
    mother = await visitors.program(coalition.mother)
    assert len((await mother.get("cases/teacher/seen")).json()["items"]) == 1
