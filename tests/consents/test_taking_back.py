"""How something that was out is taken back: each step recorded, and seen by the family."""

from __future__ import annotations

from tests.coalition import Coalition
from tests.web.visitors import Visitors

ENVOY = "The envoy"


async def test_every_step_is_seen_by_the_family(coalition: Coalition, visitors: Visitors) -> None:
    action = await coalition.ready()
    published = (await coalition.publishes(action)).publication.id
    coordinator = await visitors.browser(coalition.coordinator)
    program = await visitors.program(coalition.coordinator)
    mother = await visitors.browser(coalition.mother)
    page = f"/actions/{action}/taken-back"
    place = {"action": str(action), "place": "https://mirror.example/a"}
    assert (
        await coordinator.post(f"/publications/{published}/copies", data=place)
    ).status_code == 303
    early = await program.post(
        f"publications/{published}/tellings", json={"step": str(action), "outcome": "told"}
    )
    assert (early.status_code, early.json()["type"].rsplit("#problem-")[-1]) == (
        409, "nothing-taken-back",
    )  # fmt: skip
    assert "https://mirror.example/a" in (await mother.get(page)).text
    [given] = [c for c in (await coalition.facts(action)).facts.consents if c.decision == "yes"]
    await mother.post(f"/consents/{given.id}/withdraw")
    assert page in (await mother.get(f"/actions/{action}/decided")).text
    seen = (await mother.get(f"{page}?lang=en")).text
    for words in ("The public page is a neutral notice.", "not told yet", "has not been told yet"):
        assert words in seen
    assert "/tellings" not in seen  # ticking off is the coordinators'
    [one] = (await program.get(f"actions/{action}/taken-back")).json()["items"]
    [step] = one["steps"]
    assert (step["kind"], step["outcome"]) == ("copy", None)
    assert one["told_by"] > one["retracted_at"]
    form = {"action": str(action), "step": step["id"], "outcome": "removed"}
    told = await coordinator.post(f"/publications/{published}/tellings", data=form)
    assert told.status_code == 303
    seen = (await mother.get(f"{page}?lang=en")).text
    assert "Everybody who is known to have it has been told." in seen
    assert "it is gone there" in seen


async def test_recipients_are_told_too_and_only_by_coordinators(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.ready(kind="diplomatic_outreach", audience=[ENVOY])
    published = (await coalition.publishes(action)).publication.id
    coordinator = await visitors.program(coalition.coordinator)
    [delivery] = (await coordinator.get(f"actions/{action}/deliveries")).json()["items"]
    browser = await visitors.browser(coalition.coordinator)
    await browser.post(f"/deliveries/{delivery['id']}/handed-over", data={"action": str(action)})
    await coordinator.post(f"publications/{published}/retraction")
    [one] = (await coordinator.get(f"actions/{action}/taken-back")).json()["items"]
    assert [(s["kind"], s["place"]) for s in one["steps"]] == [("recipient", ENVOY)]
    call, body = f"publications/{published}/tellings", {"step": delivery["id"], "outcome": "stays"}
    for who, status in (
        (coalition.mother, 403),
        (coalition.drafter, 403),
        (coalition.stranger, 404),
    ):
        program = await visitors.program(who)
        assert (await program.post(call, json=body)).status_code == status
        note = await program.post(f"publications/{published}/copies", json={"place": "x"})
        assert note.status_code == status
    lost = await coordinator.post(call, json=body | {"outcome": "lost"})
    assert lost.status_code == 422
    foreign = await coordinator.post(call, json=body | {"step": str(action)})
    assert foreign.status_code == 404
    assert (await coordinator.post(call, json=body)).status_code == 201
    again = [
        (
            await coordinator.post(f"publications/{published}/copies", json={"place": "a mirror"})
        ).json()
        for _ in range(2)
    ]
    assert again[0] == again[1]
