"""What a relative has said is theirs to read, in every case, and nobody else's."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from typing import Any

from tests.coalition import STATEMENT, Coalition
from tests.web.visitors import Visitors

WISH = [{"kind": "other", "value": "Not a word about the school."}]


async def test_from_a_question_to_a_yes_taken_back(
    coalition: Coalition, visitors: Visitors
) -> None:
    mother = await visitors.browser(coalition.mother)
    assert "You have not answered any text yet." in (await mother.get("/said?lang=en")).text
    action = await coalition.ready()
    await coalition.publishes(action)
    consent = (await said(visitors, coalition))[0]
    await coalition.withdraws(coalition.mother, consent["id"])
    other = await coalition.a_statement()
    await coalition.says(coalition.mother, other, "question")
    await coalition.says(coalition.mother, other, "yes_with_conditions", conditions=WISH)
    last, question, first = await said(visitors, coalition)
    assert (last["decision"], last["conditions"]) == ("yes_with_conditions", WISH)
    assert (question["decision"], question["question"]) == (
        "question",
        "Will they name the school?",
    )
    assert first["digest"] == (await coalition.revision(action)).digest
    assert (first["title"], first["body"]) == (STATEMENT["fa"]["title"], STATEMENT["fa"]["body"])
    assert first["published_at"] < first["withdrawn_at"] <= first["retracted_at"]
    assert last["published_at"] is None
    page = (await mother.get("/said")).text
    for words in (STATEMENT["fa"]["title"], "Not a word about the school.", first["digest"]):
        assert words in page
    file = await mother.get("/said.json")
    assert file.headers["content-disposition"] == 'attachment; filename="notes.json"'
    assert file.headers["cache-control"].startswith("no-store")


async def said(visitors: Visitors, coalition: Coalition) -> list[dict[str, Any]]:
    """The mother's file."""
    mother = await visitors.browser(coalition.mother)
    found: list[dict[str, Any]] = (await mother.get("/said.json")).json()["said"]
    return found


async def test_nobody_elses_words(coalition: Coalition, visitors: Visitors) -> None:
    action = await coalition.ready()
    await coalition.says(coalition.brother, action, "no")
    for who in (coalition.coordinator, coalition.aunt, coalition.stranger):
        browser = await visitors.browser(who)
        assert (await browser.get("/said.json")).json()["said"] == []
    assert [line["decision"] for line in await said(visitors, coalition)] == ["yes"]
    assert (await (await visitors.nobody()).get("/said.json")).status_code == 303


async def test_what_was_said_stays_when_the_text_may_be_seen_no_more(
    coalition: Coalition, visitors: Visitors
) -> None:
    await coalition.ready()
    program = await visitors.program(coalition.coordinator)
    members = (await program.get("cases/teacher/memberships")).json()["items"]
    [mine] = [m["id"] for m in members if m["person"] == coalition.mother.email]
    assert (await program.delete(f"memberships/{mine}")).status_code == 204
    [line] = await said(visitors, coalition)
    assert (line["decision"], line["title"], line["case_title"]) == ("yes", None, None)
    mother = await visitors.browser(coalition.mother)
    assert "A text you can no longer see" in (await mother.get("/said?lang=en")).text


async def test_what_was_asked_and_where_it_went(coalition: Coalition, visitors: Visitors) -> None:
    action = await coalition.ready()
    mother = await visitors.browser(coalition.mother)
    other = await coalition.a_statement(audience=["The embassy"])
    coordinator = await visitors.browser(coalition.coordinator)
    assert (await coordinator.post(f"/actions/{other}/ask")).status_code == 303
    page = (await mother.get("/said?lang=en")).text
    assert "What you were asked and have not answered" in page
    await coalition.publishes(action)
    await coalition.says(coalition.mother, other, "no")
    page = (await mother.get("/said?lang=en")).text
    assert "What you were asked and have not answered" not in page
    assert "Harbour" in page
    assert "Sweden" in page
    assert 'href="/s/' in page
    newest, first = await said(visitors, coalition)
    assert newest["recipients"] == []
    assert [o["name"] for o in first["organisations"]] == ["Harbour", "Lantern"]


async def test_everything_to_take_along_under_names_that_say_nothing(
    coalition: Coalition, visitors: Visitors
) -> None:
    await coalition.ready()
    mother = await visitors.browser(coalition.mother)
    [line] = await said(visitors, coalition)
    taken = await mother.get("/said.zip")
    assert taken.headers["content-disposition"] == 'attachment; filename="notes.zip"'
    with zipfile.ZipFile(BytesIO(taken.content)) as archive:
        assert sorted(archive.namelist()) == ["1.json", "notes.html", "notes.json"]
        assert json.loads(archive.read("1.json"))["receipt_id"] == line["id"]
        page = archive.read("notes.html").decode()
    assert STATEMENT["fa"]["body"] in page
    assert "Assent" not in page
    sheet = (await mother.get(f"/said/{line['id']}")).text
    assert STATEMENT["fa"]["body"] in sheet
    note = await mother.get(f"/said/{line['id']}/note.json")
    assert note.headers["content-disposition"] == 'attachment; filename="note.json"'
    assert STATEMENT["fa"]["title"] not in note.text
    for who in (coalition.coordinator, coalition.brother, coalition.stranger):
        browser = await visitors.browser(who)
        for path in (f"/said/{line['id']}", f"/said/{line['id']}/note.json"):
            assert (await browser.get(path)).status_code == 404
