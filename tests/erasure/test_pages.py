"""Having it destroyed, from the family's own page and by program; stopping it with one press."""

from __future__ import annotations

from tests.coalition import Coalition
from tests.web.visitors import Visitors

PAGE = "/cases/teacher/erasure"


async def test_a_mother_asks_and_stops_it(coalition: Coalition, visitors: Visitors) -> None:
    mother, brother = (
        await visitors.browser(coalition.mother),
        await visitors.browser(coalition.brother),
    )
    page = (await mother.get(f"{PAGE}?lang=en")).text
    assert "Have everything of this case destroyed" in page
    assert PAGE in (await mother.get("/cases/teacher")).text
    assert (await mother.post(PAGE)).status_code == 303
    again = await mother.post(PAGE)
    assert again.status_code == 409
    seen = (await brother.get(f"{PAGE}?lang=en")).text
    assert "It will be destroyed on:" in seen
    program = await visitors.program(coalition.brother)
    [wish] = (await program.get("cases/teacher/erasures")).json()["items"]
    assert (wish["by_family"], wish["needs_second"], wish["stopped_at"]) == (True, False, None)
    assert (await brother.post(f"{PAGE}/{wish['id']}/stop")).status_code == 303
    assert "Nothing was destroyed." in (await mother.get(f"{PAGE}?lang=en")).text


async def test_staff_ask_and_another_organisation_agrees(
    coalition: Coalition, visitors: Visitors
) -> None:
    coordinator = await visitors.program(coalition.coordinator)
    wish = (await coordinator.post("cases/teacher/erasures", json={})).json()
    assert wish["needs_second"]
    officer = await visitors.program(coalition.harbour_officer)
    assert (await officer.post(f"erasures/{wish['id']}/agreement")).status_code == 403
    reviewer = await visitors.browser(coalition.reviewer)
    assert "I agree that it is destroyed" in (await reviewer.get(f"{PAGE}?lang=en")).text
    assert (await reviewer.post(f"{PAGE}/{wish['id']}/agree")).status_code == 303
    [line] = (await coordinator.get("cases/teacher/erasures")).json()["items"]
    assert not line["needs_second"]
    mother = await visitors.program(coalition.mother)
    assert (await mother.post(f"erasures/{wish['id']}/stop")).status_code == 201


async def test_a_relatives_own_wish_is_theirs_alone_to_see(
    coalition: Coalition, visitors: Visitors
) -> None:
    aunt = await visitors.browser(coalition.aunt)
    page = (await aunt.get(f"{PAGE}?lang=en")).text
    assert "Have what is kept of me destroyed" in page
    assert "Have everything of this case destroyed" not in page
    assert (await aunt.post(f"{PAGE}/mine")).status_code == 303
    assert "You asked for it." in (await aunt.get(f"{PAGE}?lang=en")).text
    for who in (coalition.coordinator, coalition.mother):
        program = await visitors.program(who)
        assert (await program.get("cases/teacher/erasures")).json()["items"] == []


async def test_strangers_find_nothing(coalition: Coalition, visitors: Visitors) -> None:
    stranger, nobody = await visitors.browser(coalition.stranger), await visitors.nobody()
    assert (await stranger.get(PAGE)).status_code == 404
    assert (await stranger.post(PAGE)).status_code == 404
    assert (await nobody.get(PAGE)).status_code == 303
    observer = await visitors.browser(coalition.observer)
    assert (await observer.post(PAGE)).status_code == 403
