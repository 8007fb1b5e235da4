"""Who has seen what, as each reader may know it."""

import hashlib

from sqlalchemy import text

from tests.coalition import Coalition
from tests.web.visitors import Visitors


async def test_what_went_where_and_what_cannot_be_called_back(
    coalition: Coalition, visitors: Visitors
) -> None:
    drafter = await visitors.program(coalition.drafter)
    kept = await drafter.post(
        "cases/teacher/evidence",
        data={"title": "Her letter", "tier": "primary"},
        files={"file": ("letter.txt", b"words")},
    )
    statement = await coalition.ready(
        attachments=[{"sha256": kept.json()["sha256"], "kind": "letter", "title": "Her letter"}]
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


async def test_the_proof_of_a_handover_is_kept_and_shown_to_whoever_sees_the_action(
    coalition: Coalition, visitors: Visitors
) -> None:
    letter = await coalition.ready(kind="diplomatic_outreach", audience=["The ambassador"])
    await coalition.publishes(letter)
    coordinator = await visitors.program(coalition.coordinator)
    [delivery] = (await coordinator.get(f"actions/{letter}/deliveries")).json()["items"]
    stamped = {"file": ("stamped.txt", b"Received on Monday")}
    proofs = f"deliveries/{delivery['id']}/proofs"
    early = await coordinator.post(proofs, files=stamped)
    assert early.status_code == 409
    assert early.json()["type"].endswith("not-delivered")
    await coordinator.post(f"deliveries/{delivery['id']}/handover", json={})
    made = await coordinator.post(proofs, files=stamped)
    assert made.status_code == 201, made.text
    digest = made.json()["sha256"]
    assert digest == hashlib.sha256(b"Received on Monday").hexdigest()
    page = await visitors.browser(coalition.coordinator)
    photograph = {"file": ("photo.txt", b"A photograph")}
    address = f"/deliveries/{delivery['id']}/proofs"
    assert (await page.post(f"{address}?action={letter}", files=photograph)).status_code == 303
    assert "stamped.txt" in (await page.get(f"/actions/{letter}")).text
    observer = await visitors.program(coalition.observer)
    [shown] = (await observer.get("cases/teacher/seen")).json()["items"]
    assert shown["reached"][0]["proofs"][0] == digest
    assert len(shown["reached"][0]["proofs"]) == 2
    assert (await observer.get(f"{proofs}/{digest}")).content == b"Received on Monday"
    stranger = await visitors.program(coalition.stranger)
    assert (await stranger.get(f"{proofs}/{digest}")).status_code == 404
    brother = await visitors.browser(coalition.brother)
    assert f"{address}/{digest}" in (await brother.get("/cases/teacher/seen")).text
