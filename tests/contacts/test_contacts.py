"""The contact book: kept by those who write, seen by those the label admits, and bound to no text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from assent.publishing.models import Delivery
from tests.coalition import STATEMENT, Coalition
from tests.web.visitors import Visitors

ENVOY = {"side": "home", "country": "SE", "sort": "envoy", "name": "Envoy, for hostages"}


async def _known(
    coalition: Coalition, visitors: Visitors, **other: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """An envoy and their secretary."""
    drafter = await visitors.program(coalition.drafter)
    authority = (await drafter.post("cases/teacher/authorities", json=ENVOY)).json()
    wanted = {
        "name": "Anna Lind", "authority": authority["id"], "office": "Secretary", "address": "anna@envoy.example",
        "language": "sv", "visibility": "case",
    }  # fmt: skip
    made = await drafter.post("cases/teacher/contacts", json=wanted | other)
    assert made.status_code == 201, made.text
    return authority, made.json()


async def test_a_text_picks_a_contact_and_keeps_the_words_the_family_agreed_to(
    coalition: Coalition, visitors: Visitors
) -> None:
    _, contact = await _known(coalition, visitors)
    words = "Anna Lind (Secretary, Envoy for hostages) <anna@envoy.example>"
    assert contact["recipient"] == words
    action = await coalition.ready(kind="diplomatic_outreach", audience=[contact["id"], "A desk"])
    assert (await coalition.revision(action)).content["audience"] == [words, "A desk"]  # type: ignore[index]
    program = await visitors.program(coalition.drafter)
    moved = await program.patch(f"contacts/{contact['id']}", json={"address": "new@envoy.example"})
    assert moved.json()["recipient"].endswith("<new@envoy.example>")
    await coalition.publishes(action)
    async with coalition.database.session(job=True) as session:
        went = set(await session.scalars(select(Delivery.recipient)))
    assert went == {words, "A desk"}
    [shown] = (await program.get("cases/teacher/seen")).json()["items"]
    assert {r["who"]: r["authority"] for r in shown["reached"]} == {words: None, "A desk": None}
    await program.patch(f"contacts/{contact['id']}", json={"address": "anna@envoy.example"})
    [shown] = (await program.get("cases/teacher/seen")).json()["items"]
    assert {r["authority"] for r in shown["reached"]} == {"Envoy, for hostages", None}
    page = (
        await (await visitors.browser(coalition.drafter)).get(f"/contacts/{contact['id']}")
    ).text
    assert f"/actions/{action}" in page


async def test_by_page_without_scripts(coalition: Coalition, visitors: Visitors) -> None:
    drafter = await visitors.browser(coalition.drafter)
    await drafter.post("/cases/teacher/authorities", data=ENVOY)
    book = (await drafter.get("/cases/teacher/contacts")).text
    [authority] = set(re.findall(r"/authorities/([0-9a-f-]{36})", book))
    anna = {"name": "Anna Lind", "authority": authority, "visibility": "case"}
    wrong = anna | {"address": "not an address"}
    refused = await drafter.post("/cases/teacher/contacts", data=wrong)
    assert refused.status_code == 422
    assert 'href="#contact-address"' in refused.text
    assert 'value="not an address"' in refused.text
    await drafter.post("/cases/teacher/contacts", data=wrong | {"address": "anna@envoy.example"})
    book = (await drafter.get("/cases/teacher/contacts")).text
    [contact] = set(re.findall(r"/contacts/([0-9a-f-]{36})", book))
    action = await coalition.an_action("diplomatic_outreach")
    fields = {
        "do": "submit", "language": "en", "title.en": STATEMENT["en"]["title"], "body.en": STATEMENT["en"]["body"],
        "audience": "recipients", "contacts": contact, "recipients": "A desk",
    }  # fmt: skip
    assert (await drafter.post(f"/actions/{action}/edit", data=fields)).status_code == 303
    words = "Anna Lind (Envoy for hostages) <anna@envoy.example>"
    assert (await coalition.revision(action)).content["audience"] == ["A desk", words]  # type: ignore[index]
    again = (await drafter.get(f"/actions/{action}/edit")).text
    assert f'value="{contact}" checked' in again
    assert "\nA desk</textarea>" in again
    sides = (await drafter.get("/cases/teacher/diplomacy")).text
    assert f"/contacts/{contact}" in sides
    held = {"authority": authority, "held_on": "2026-11-20"}
    assert (await drafter.post("/cases/teacher/meetings", data=held)).status_code == 303
    assert "Envoy, for hostages" in (await drafter.get("/cases/teacher/diplomacy")).text
    aside = {"name": "Anna Lind", "set_aside": "yes", "visibility": "case"}
    assert (await drafter.post(f"/contacts/{contact}", data=aside)).status_code == 303
    assert f'value="{contact}"' not in (await drafter.get(f"/actions/{action}/edit")).text
    refused = await drafter.post(f"/actions/{action}/edit", data=fields)
    assert (refused.status_code, "set aside" in refused.text) == (422, True)
    mother = await visitors.browser(coalition.mother)
    assert (await mother.post(f"/contacts/{contact}", data=aside)).status_code == 403


async def test_a_label_keeps_a_contact_from_others_and_from_their_texts(
    coalition: Coalition, visitors: Visitors
) -> None:
    _, contact = await _known(coalition, visitors, visibility=None)
    assert contact["visibility"] == "organisation"
    partner = await visitors.program(coalition.lantern_drafter)
    assert (await partner.get("cases/teacher/contacts")).json()["items"] == []
    assert (await partner.get(f"contacts/{contact['id']}")).status_code == 404
    assert (await partner.patch(f"contacts/{contact['id']}", json={})).status_code == 404
    action = await coalition.an_action("diplomatic_outreach")
    body = {"content": {"languages": STATEMENT, "audience": [contact["id"]]}}
    refused = await partner.post(f"actions/{action}/revisions", json=body)
    assert (refused.status_code, refused.json()["field"]) == (422, "audience[0]")
    assert refused.json()["type"].endswith("unknown-contact")
    own = await visitors.program(coalition.coordinator)
    assert (await own.post(f"actions/{action}/revisions", json=body)).status_code == 201
    ledger = (await own.get("cases/teacher/ledger")).text
    assert "Anna Lind" not in ledger
    assert "contact_added" in ledger


@pytest.mark.parametrize(
    ("audience", "press", "field"),
    [
        (["Anna <desk@m.example>", "desk@M.example"], [], "audience[1]"),
        ("public", ["A <a@paper.example>", "B <A@paper.example>"], "form.press.recipients[1]"),
    ],
)
async def test_nobody_gets_a_text_twice_under_two_names(
    coalition: Coalition, visitors: Visitors, audience: Any, press: list[str], field: str
) -> None:
    action = await coalition.an_action()
    form = {"form": "statement", "press": {"recipients": press}} if press else {}
    drafter = await visitors.program(coalition.drafter)
    body = {"content": {"languages": STATEMENT, "audience": audience, "form": form}}
    refused = await drafter.post(f"actions/{action}/revisions", json=body)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert refused.json()["type"].endswith("same-address-twice")


@pytest.mark.parametrize(
    ("where", "body", "field"),
    [
        ("authorities", ENVOY | {"side": "inner"}, "side"),
        ("authorities", ENVOY | {"country": "Sweden"}, "country"),
        ("authorities", ENVOY | {"sort": "club"}, "sort"),
        ("authorities", ENVOY | {"name": " "}, "name"),
        ("contacts", {"name": ""}, "name"),
        ("contacts", {"name": "A", "address": "a@b@c"}, "address"),
        ("contacts", {"name": "A", "address": "Anna <a@b.example>"}, "address"),
        ("contacts", {"name": "A", "language": "Swedish!"}, "language"),
        ("contacts", {"name": "A", "authority": "01890000-0000-7000-8000-000000000000"}, "authority"),
    ],
)  # fmt: skip
async def test_unfit_entries_are_refused_by_field(
    coalition: Coalition, visitors: Visitors, where: str, body: dict[str, Any], field: str
) -> None:
    drafter = await visitors.program(coalition.drafter)
    refused = await drafter.post(f"cases/teacher/{where}", json=body)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
