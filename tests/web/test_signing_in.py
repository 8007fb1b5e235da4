"""Who is not signed in is asked to, led back, and finds what they had written."""

from urllib.parse import parse_qs, urlsplit

from sqlalchemy import text

from assent.people import sessions
from tests.coalition import Coalition
from tests.web.visitors import Visitors


def _next(location: str) -> str:
    parts = urlsplit(location)
    assert parts.path == "/sign-in"
    return parse_qs(parts.query)["next"][0]


async def test_after_signing_in_one_is_where_one_was(
    visitors: Visitors, coalition: Coalition
) -> None:
    nobody = await visitors.nobody()
    asked = await nobody.get("/cases/teacher?from=mail")
    assert asked.status_code == 303
    assert _next(asked.headers["location"]) == "/cases/teacher"


async def test_a_part_of_a_page_leads_the_whole_page_to_signing_in(visitors: Visitors) -> None:
    nobody = await visitors.nobody()
    asked = await nobody.get(
        "/cases/teacher", headers={"HX-Request": "true", "HX-Request-Type": "partial"}
    )
    assert asked.status_code == 401
    assert _next(asked.headers["hx-redirect"]) == "/cases/teacher"


async def test_what_was_typed_when_the_session_ended_is_given_back(
    visitors: Visitors, coalition: Coalition
) -> None:
    browser = await visitors.browser(coalition.coordinator)
    async with visitors.database.session(coalition.coordinator.person_id) as session:
        await sessions.end_all_of(session, coalition.coordinator.person_id)
    form = {"title": "Call the school", "note": "Ask for the headteacher \u0645\u062f\u06cc\u0631"}
    asked = await browser.post(
        "/cases/teacher/tasks", data=form, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert asked.status_code == 303
    kept = _next(asked.headers["location"])
    assert kept.startswith("/kept/")
    other = await visitors.browser(coalition.observer)
    assert (await other.get(kept)).status_code == 404
    again = await visitors.browser(coalition.coordinator)
    page = await again.get(kept)
    assert page.status_code == 200
    for value in form.values():
        assert value in page.text


async def test_nothing_is_kept_of_what_nobody_sends(
    visitors: Visitors, coalition: Coalition
) -> None:
    nobody = await visitors.nobody()
    asked = await nobody.post("/cases/teacher/tasks", data={"title": "Spam"})
    assert _next(asked.headers["location"]) == "/"
    async with visitors.database.session(job=True) as session:
        assert (await session.execute(text("select count(*) from kept_forms"))).scalar_one() == 0
