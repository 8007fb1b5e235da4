"""The family's pages and calls: what it agrees to in advance, who is away, what asks again; what nobody is told."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from assent.cases.events import record_event
from assent.cases.family_models import Wish
from assent.consents.standing_models import StandingConsent
from tests.cases.test_family import counsel_of
from tests.coalition import Coalition
from tests.consents.test_standing import DESK, SCOPE, a_letter, agrees, told
from tests.web.visitors import Visitors

FORM: dict[str, Any] = {
    "kinds": ["diplomatic_outreach"], "recipients": DESK, "languages": ["en", "fa"], "words": "school",
    "excludes": ["photograph"],
}  # fmt: skip


async def test_agreeing_in_advance_on_the_page(coalition: Coalition, visitors: Visitors) -> None:
    mother, brother = (
        await visitors.browser(coalition.mother),
        await visitors.browser(coalition.brother),
    )
    page = "/cases/teacher/in-advance"
    refused = await mother.post(page, data=FORM | {"until": "2020-01-01"})
    assert refused.status_code == 422
    assert 'href="#until"' in refused.text
    assert "school" in refused.text, "what was typed is still there"
    assert (await mother.post(page, data=FORM)).status_code == 303
    action = await a_letter(coalition)
    assert await coalition.missing(action) == set()
    await coalition.publishes(action)
    assert "waits for your answer" in (await brother.get("/")).text
    shown = (await brother.get(page)).text
    assert "An action" in shown, "what it allowed so far"
    assert "I agree to this in advance" in shown
    (standing,) = await _standing(coalition)
    decided = (await mother.get(f"/actions/{action}/decide?lang=en")).text
    assert "had agreed to texts like it in advance" in decided
    assert "agreed to this in advance" in (await mother.get(f"/actions/{action}?lang=en")).text
    ended = await brother.post(f"/standing-consents/{standing}/end")
    assert ended.status_code == 303
    publication = (await coalition.facts(action)).publication
    assert publication is not None
    assert publication.retracted_at is not None


async def _standing(coalition: Coalition) -> list[Any]:
    async with coalition.database.session(job=True) as session:
        return list(await session.scalars(select(StandingConsent.id)))


async def test_the_interface_of_standing_consents(coalition: Coalition, visitors: Visitors) -> None:
    mother = await visitors.program(coalition.mother)
    coordinator = await visitors.program(coalition.coordinator)
    path = "cases/teacher/standing-consents"
    wide = await mother.post(path, json=SCOPE | {"kinds": ["public_statement"]})
    assert (wide.status_code, wide.json()["type"].rpartition("problem-")[2]) == (
        422,
        "wider-than-the-gate",
    )
    late = await mother.post(path, json=SCOPE | {"expires_at": "2020-01-01T00:00:00Z"})
    assert late.status_code == 422
    assert (await coordinator.post(path, json=SCOPE)).status_code == 403
    made = await mother.post(path, json=SCOPE | {"excludes": ["school"]})
    assert made.status_code == 201
    standing = made.json()["id"]
    (listed,) = (await coordinator.get(path)).json()["items"]
    assert (listed["id"], listed["holds"], listed["agreed"]) == (standing, True, 1)
    action = await a_letter(coalition)
    digest = (await coalition.revision(action)).digest
    gate = (await mother.get(f"actions/{action}/gate")).json()
    assert gate["open"]
    out = await coordinator.post(
        f"actions/{action}/publication", json={"digest": digest}, headers={"Idempotency-Key": "k"}
    )
    assert out.status_code == 201
    assert (
        await coordinator.post(f"standing-consents/{standing}/withdrawal", json={})
    ).status_code == 403
    for _ in range(2):
        ended = await mother.post(f"standing-consents/{standing}/withdrawal", json={})
        assert ended.status_code == 201
    (listed,) = (await coordinator.get(path)).json()["items"]
    assert listed["ended_at"]
    assert listed["uses"][0]["retracted_at"]


async def test_the_whole_arrangement_is_told_as_sentences(
    coalition: Coalition, visitors: Visitors
) -> None:
    mother, brother = (
        await visitors.program(coalition.mother),
        await visitors.program(coalition.brother),
    )
    coordinator = await visitors.program(coalition.coordinator)
    path = "cases/teacher/family-arrangement"
    wanted = {
        "rule": "any", "decision_makers": [coalition.mother.email, coalition.brother.email],
        "alternates": [coalition.uncle.email],
    }  # fmt: skip
    assert (
        await coordinator.put(path, json=wanted | {"stand_in_after_hours": 48})
    ).status_code == 403
    assert (await mother.put(path, json=wanted | {"stand_in_after_hours": 0})).status_code == 422
    put = await mother.put(
        path,
        json=wanted | {"stand_in_after_hours": 48, "asks_again": ["trial"], "shows_votes": False},
    )
    assert put.status_code == 200
    assert put.json()["wish"]["agreed"] == 1, "who wishes it has agreed to it"
    version = put.json()["wish"]["version"]
    assert (
        await brother.post(f"{path}/answer", json={"version": version, "agrees": True})
    ).json() == {"in_force": True}
    lawyer = await visitors.program(await counsel_of(coalition))
    wish = {"says": "no", "known_through": "lawyer", "trust": "imposed", "kinds": ["un_submission"]}
    assert (await lawyer.post("cases/teacher/detainee-wishes", json=wish)).status_code == 201
    assert (await mother.post("cases/teacher/detainee-wishes", json=wish)).status_code == 403
    away = {"person": coalition.mother.email, "since": "2026-11-20"}
    assert (await brother.post("cases/teacher/absences", json=away)).status_code == 201
    state = {"incommunicado": True, "since": "2026-05"}
    assert (await lawyer.post("cases/teacher/contact", json=state)).status_code == 201
    told = (await mother.get(path)).json()
    assert told["stand_in_after_hours"] == 48
    assert any("48 hours" in sentence for sentence in told["sentences"])
    assert told["absences"][0]["stands_in_from"]
    assert told["detainee_wishes"][0]["trust"] == "imposed"
    assert told["incommunicado_since"] == "2026-05"
    coordinators = await coordinator.put(path, json=wanted)
    assert coordinators.json()["stand_in_after_hours"] == 48, "what is left out stays"
    done = await mother.post(f"absences/{told['absences'][0]['id']}/end", json={})
    assert done.status_code == 201
    event = {"kind": "trial", "happened_on": "2026-11", "title": "It was held in secret."}
    assert (await coordinator.post("cases/teacher/events", json=event)).status_code == 201
    assert (await mother.get("cases/teacher/events")).json()["items"][0]["kind"] == "trial"


async def test_the_familys_page_says_it_all_and_takes_it(
    coalition: Coalition, visitors: Visitors
) -> None:
    page = "/cases/teacher/family"
    lawyer = await counsel_of(coalition)
    clients = {
        name: await visitors.browser(coalition.people[name])
        for name in ("mother", "brother", "coordinator", "observer")
    } | {"counsel": await visitors.browser(lawyer)}
    form = {
        "rule": "any", "decision_makers": [coalition.mother.email, coalition.brother.email],
        "alternates": [coalition.uncle.email], "guardians": [coalition.brother.email], "own": "yes",
        "stand_in_after_hours": "48", "asks_again": ["trial"], "shows_votes": "",
    }  # fmt: skip
    wrong = await clients["mother"].post(page, data=form | {"stand_in_after_hours": "soon"})
    assert (wrong.status_code, 'href="#stand_in_after_hours"' in wrong.text) == (422, True)
    assert (await clients["mother"].post(page, data=form)).status_code == 303
    answer = {"version": "2", "agrees": "yes"}
    assert (await clients["brother"].post(f"{page}/answer", data=answer)).status_code == 303
    shown = (await clients["brother"].get(page)).text
    assert "cannot be reached for 48 hours" in shown
    assert "speaks as guardian" in shown
    change = form | {"own": "", "stand_in_after_hours": "", "rule": "all"}
    assert (await clients["coordinator"].post(page, data=change)).status_code == 303
    away = {"person": coalition.mother.email, "since": "2026-11-20"}
    assert (await clients["brother"].post(f"{page}/away", data=away)).status_code == 303
    assert (await clients["brother"].post(f"{page}/away", data=away)).status_code == 409
    assert "you cannot be reached" in (await clients["mother"].get(f"{page}?lang=en")).text
    wish = {
        "says": "no",
        "known_through": "lawyer",
        "trust": "imposed",
        "words": "He wants silence.",
    }
    assert (await clients["counsel"].post(f"{page}/wish", data={"says": "no"})).status_code == 422
    assert (await clients["counsel"].post(f"{page}/wish", data=wish)).status_code == 303
    assert (await clients["mother"].post(f"{page}/wish", data=wish)).status_code == 403
    state = {"incommunicado": "yes", "contact_since": "2026-05"}
    assert (await clients["counsel"].post(f"{page}/contact", data=state)).status_code == 303
    whole = (await clients["mother"].get(f"{page}?lang=en")).text
    for words in (
        "He wants silence.",
        "lawyer the state imposed",
        "since 2026-05",
        "Above all of this",
    ):
        assert words in whole
    outside = (await clients["observer"].get(page)).text
    assert "He wants silence." not in outside
    assert "Uncle" not in outside
    async with coalition.database.session(job=True) as session:
        assert (await session.scalars(select(Wish.trust))).all() == ["imposed"]


async def test_after_something_happened_the_same_as_before_is_one_step(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.ready()
    who = coalition.coordinator
    async with coalition.database.session(who.person_id) as session:
        await record_event(session, who, coalition.case_id, "release", "2026-11", "She came home.")
    mother = await visitors.browser(coalition.mother)
    page = (await mother.get(f"/actions/{action}/decide?lang=en")).text
    assert "on hold" in page
    assert "She came home." in page
    given = page.partition("/consents/")[2].partition("/again")[0]
    assert (await mother.post(f"/consents/{given}/again")).status_code == 303
    assert await coalition.missing(action) == set()
    other = await visitors.browser(coalition.brother)
    assert (await other.post(f"/consents/{given}/again")).status_code == 404


async def test_later_records_nothing_and_tells_once_in_a_day(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    mother = await visitors.browser(coalition.mother)
    program = await visitors.program(coalition.mother)
    ledger = "cases/teacher/ledger?limit=200"
    before = (await program.get(ledger)).json()["items"]
    assert (await mother.post(f"/actions/{action}/later")).status_code == 303
    first = (await program.post(f"actions/{action}/later")).json()
    again = (await program.post(f"actions/{action}/later")).json()
    assert first == again, "putting it off again changes nothing"
    assert (await program.get(ledger)).json()["items"] == before
    uncle = await visitors.program(coalition.uncle)
    assert (await uncle.post(f"actions/{action}/later")).status_code == 403


SAID_NO = ("said no", "has said no", "family_no", "taken their yes back", "has a question")


@pytest.mark.parametrize("word", ["no", "question", "yes", "withdrawn"])
async def test_nobody_of_the_family_is_told_how_another_voted(
    coalition: Coalition, visitors: Visitors, word: str
) -> None:
    """Two who decide: what one says to a text, none of the pages and calls of the other shows."""
    action = await coalition.a_statement()
    await coalition.everybody_clears(action)
    readers = ("mother", "aunt")
    browsers = {name: await visitors.browser(coalition.people[name]) for name in readers}
    programs = {name: await visitors.program(coalition.people[name]) for name in readers}

    async def all_that_is_told() -> dict[str, str]:
        told = {}
        for name in readers:
            for page in (
                f"/actions/{action}",
                "/cases/teacher",
                "/cases/teacher/family",
                "/",
                "/said",
            ):
                told[f"{name} {page}"] = (await browsers[name].get(f"{page}?lang=en")).text
            for call in (f"actions/{action}/gate", f"actions/{action}/consents", "cases/teacher/tasks",
                         f"actions/{action}"):  # fmt: skip
                told[f"{name} {call}"] = (await programs[name].get(call)).text
        told["mother decide"] = (
            await browsers["mother"].get(f"/actions/{action}/decide?lang=en")
        ).text
        told["mother ledger"] = (
            await programs["mother"].get("cases/teacher/ledger?limit=200")
        ).text
        return told

    given = await coalition.says(coalition.brother, action, "yes" if word == "withdrawn" else word)
    if word == "withdrawn":
        await coalition.withdraws(coalition.brother, given.id)
    texts = await all_that_is_told()
    for where, said in texts.items():
        for words in (*SAID_NO, str(given.id), "consent_withdrawn", "Will they name the school?"):
            assert words not in said, (where, words)
        assert "consent_decided" not in said, where
    coordinator = await visitors.program(coalition.coordinator)
    seen = (await coordinator.get(f"actions/{action}/consents")).json()["items"]
    assert [line["id"] for line in seen] == [str(given.id)], "whoever has to see to it does"


async def test_unless_the_family_chose_so(visitors: Visitors, coalition: Coalition) -> None:
    mother, brother = (
        await visitors.program(coalition.mother),
        await visitors.program(coalition.brother),
    )
    wanted = {
        "rule": "any", "decision_makers": [coalition.mother.email, coalition.brother.email], "shows_votes": True,
    }  # fmt: skip
    put = await mother.put("cases/teacher/family-arrangement", json=wanted)
    version = put.json()["wish"]["version"]
    answer = {"version": version, "agrees": True}
    await brother.post("cases/teacher/family-arrangement/answer", json=answer)
    action = await coalition.a_statement()
    await coalition.says(coalition.brother, action, "no")
    gate = (await mother.get(f"actions/{action}/gate")).json()
    assert "The family has said no." in [line["why"] for line in gate["requirements"]]
    assert len((await mother.get(f"actions/{action}/consents")).json()["items"]) == 1


async def test_no_mail_and_no_address_says_anything(coalition: Coalition) -> None:
    await agrees(coalition)
    action = await a_letter(coalition)
    await coalition.publishes(action)
    for _, path in await told(coalition):
        assert "ministry" not in path
        assert path.startswith(("/actions/", "/cases/")) or path == "/"
