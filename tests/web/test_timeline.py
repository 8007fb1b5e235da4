"""The timeline on pages: as exactly as things are known, and never as cause and effect."""

from tests.coalition import Coalition
from tests.web.visitors import Visitors

SAID = {
    "kind": "transfer",
    "happened_on": "2026-05",
    "title": "Moved to another prison",
    "effect": "worse",
}


async def test_what_happened_is_recorded_and_read(coalition: Coalition, visitors: Visitors) -> None:
    drafter = await visitors.browser(coalition.drafter)
    here = "/cases/teacher/timeline"
    for changes in (
        {},
        {"happened_on": "2025", "title": "Arrested", "kind": "arrest"},
        {"happened_on": "2026-05-03"},
    ):
        assert (await drafter.post(here, data=SAID | changes)).status_code == 303
    page = (await (await visitors.browser(coalition.mother)).get(here)).text
    assert page.index("Moved to another prison") < page.index("Arrested")
    for wrong in (
        {"happened_on": "May"},
        {"happened_on": "2026-13"},
        {"kind": "rumour"},
        {"title": " "},
        {"effect": "?"},
    ):
        refused = await drafter.post(here, data=SAID | wrong)
        assert refused.status_code == 422, wrong
        assert "Something needs to be corrected" in refused.text
    observer = await visitors.browser(coalition.observer)
    assert (await observer.get(here)).status_code == 200
    assert (await observer.post(here, data=SAID)).status_code == 403
    stranger = await visitors.browser(coalition.stranger)
    assert (await stranger.get(here)).status_code == 404
