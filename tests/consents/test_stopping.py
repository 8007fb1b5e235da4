"""From one page, and from the foot of every mail, a relative stops things with one button each."""

from __future__ import annotations

from email import message_from_bytes, policy

from fastapi import FastAPI

from assent.notify.jobs import running
from assent.notify.mail import MailKind, send_mail
from tests.coalition import Coalition
from tests.consents.test_standing import agrees
from tests.consents.test_taking_down import attests, takes_down
from tests.web.visitors import Visitors


async def test_a_yes_is_taken_back_a_case_paused_and_a_worry_said(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.ready()
    other = await coalition.a_statement()
    await coalition.says(coalition.mother, other, "no")
    [given] = [c for c in (await coalition.facts(action)).facts.consents if c.decision == "yes"]
    mother = await visitors.browser(coalition.mother)
    page = (await mother.get("/stop")).text
    assert page.count("/withdraw") == 1
    await mother.post(f"/consents/{given.id}/withdraw")
    assert "/withdraw" not in (await mother.get("/stop")).text
    paused = await mother.post("/cases/teacher/pause", data={"next": "/stop"})
    assert paused.headers["location"] == "/stop"
    assert "pause" in await coalition.missing(action)
    assert 'action="/cases/teacher/resume"' in (await mother.get("/stop")).text
    lifted = await mother.post("/cases/teacher/resume", data={"next": "//elsewhere.example"})
    assert lifted.headers["location"] == "/"
    aunt = await visitors.browser(coalition.aunt)
    page = (await aunt.get("/stop")).text
    assert "/pause" not in page
    await aunt.post("/concerns", data={"action": str(action), "next": "/stop"})
    assert any(key.startswith("concern:") for key in await coalition.missing(action))
    stranger = await visitors.browser(coalition.stranger)
    assert (await stranger.post("/concerns", data={"action": str(action)})).status_code == 404
    assert (await stranger.get("/stop")).text.count("<form") == 1  # signing out


async def test_what_was_taken_down_is_contested_and_what_was_agreed_to_in_advance_ended(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    await coalition.everybody_clears(action)
    taken = await takes_down(coalition, action)
    await attests(coalition, taken.id)
    standing = await agrees(coalition)
    assert await coalition.missing(action) == set()
    mother, brother = [await visitors.browser(coalition.people[p]) for p in ("mother", "brother")]
    contest, end = f"/consents/{taken.id}/contest", f"/standing-consents/{standing.id}/end"
    page = (await mother.get("/stop")).text
    assert [page.count(path) for path in (contest, f"/consents/{taken.id}/withdraw", end)] == [
        1,
        1,
        1,
    ]
    page = (await brother.get("/stop")).text
    assert [page.count(path) for path in (contest, end)] == [0, 1]
    for who in (coalition.coordinator, coalition.aunt):
        page = (await (await visitors.browser(who)).get("/stop")).text
        assert contest not in page
        assert end not in page
    assert (await mother.post(contest)).status_code == 303
    assert await coalition.missing(action) == {"consent:family"}
    ended = await mother.post(end, data={"next": "/stop"})
    assert ended.headers["location"] == "/stop"
    page = (await mother.get("/stop")).text
    assert contest not in page
    assert end not in page


async def test_what_is_out_is_taken_back_from_there_also_after_the_yes_ran_out(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.ready()
    await coalition.publishes(action)
    mother = await visitors.browser(coalition.mother)
    page = (await mother.get("/stop?lang=en")).text
    assert "It is out." in page


async def test_the_foot_of_every_mail_leads_there_and_carries_no_authority(
    app: FastAPI, coalition: Coalition, visitors: Visitors
) -> None:
    settings = app.state.settings
    async with running(coalition.database, settings):
        for kind in MailKind:
            await send_mail.func(str(coalition.mother.person_id), kind.value, "/")
    mails = list((settings.data / "mail").glob("*.eml"))
    assert len(mails) == len(MailKind)
    for mail in mails:
        body = message_from_bytes(mail.read_bytes(), policy=policy.default).get_content()
        assert body.rstrip().endswith(f"{settings.base_url}/stop")
    # Whoever opens or presses it without being signed in gets a sign-in page, and nothing is stopped.
    scanner = await visitors.nobody()
    for answer in (await scanner.get("/stop"), await scanner.post("/cases/teacher/pause")):
        assert answer.headers["location"].startswith("/sign-in?next=")
    assert "pause" not in await coalition.missing(await coalition.ready())
