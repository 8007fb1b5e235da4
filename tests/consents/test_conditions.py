"""Yes, with conditions: said in the page or by a program, promised, kept, or a reason to stay shut."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from tests.coalition import STATEMENT, Coalition
from tests.web.visitors import Visitors

WISHES: dict[str, Any] = {
    "condition": ["no_name", "no_photograph"],
    "not_before": "2001-01-01",
    "not_in_language": "ru",
    "not_in_country": "IR",
    "only_organisations": ["harbour", "lantern"],
    "other": "Not a word about the school.",
}


async def form(coalition: Coalition, action: Any, **wishes: Any) -> dict[str, Any]:
    """What the decision page sends."""
    digest = (await coalition.revision(action)).digest
    return {"digest": digest, "language": "fa", "decision": "yes_with_conditions"} | wishes


async def test_from_the_page_to_a_promise_to_the_public(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement(audience=["Embassy"])
    await coalition.everybody_clears(action)
    mother = await visitors.browser(coalition.mother)
    # The form comes when it is asked for.
    question = (await mother.get(f"/actions/{action}/decide")).text
    assert 'name="condition"' not in question
    [asked] = re.findall(r'href="(/actions/[^"]*only_if=1)#conditions"', question)
    assert 'name="condition"' in (await mother.get(asked.replace("&amp;", "&"))).text
    answer = await mother.post(
        f"/actions/{action}/decide", data=await form(coalition, action, **WISHES)
    )
    assert answer.status_code == 303
    recorded = await mother.get(f"/actions/{action}/decided")
    assert "Not a word about the school." in recorded.text
    assert await coalition.missing(action) == {
        "consent:condition:no_name",
        "consent:condition:not_in_country",
        "consent:condition:other",
    }
    coordinator = await visitors.browser(coalition.coordinator)
    page = await coordinator.get(f"/actions/{action}")
    assert "Not a word about the school." in page.text
    consent = (await decisions(visitors, coalition, action))[0]
    await coordinator.post(f"/consents/{consent['id']}/acknowledge")
    promised = (await coordinator.get(f"/actions/{action}")).text
    assert "A coordinator has promised to keep to this." in promised
    assert "taken back" not in promised
    assert (await coalition.gate(action)).open
    await coalition.publishes(action)


async def decisions(visitors: Visitors, coalition: Coalition, action: Any) -> list[dict[str, Any]]:
    """What the API says the family decided."""
    program = await visitors.program(coalition.coordinator)
    items: list[dict[str, Any]] = (await program.get(f"actions/{action}/consents")).json()["items"]
    return items


async def test_a_program_says_the_same(coalition: Coalition, visitors: Visitors) -> None:
    action = await coalition.a_statement(audience=["Embassy"])
    await coalition.everybody_clears(action)
    digest = (await coalition.revision(action)).digest
    mother = await visitors.program(coalition.mother)
    conditions = [
        {"kind": "other", "value": " Not the school. "},
        {"kind": "not_in_country", "value": "ir"},
        {"kind": "not_in_language", "value": "PT-br"},
        {"kind": "only_organisations", "value": ["lantern", "harbour", "harbour"]},
        {"kind": "not_before", "value": "2001-01-01T01:00:00+01:00"},
        {"kind": "no_name"},
        {"kind": "no_name"},
    ]
    said = {"digest": digest, "decision": "yes_with_conditions", "conditions": conditions}
    answer = await mother.post(f"actions/{action}/consents", json=said)
    assert answer.status_code == 201, answer.text
    assert answer.json()["conditions"] == [
        {"kind": "no_name", "value": None},
        {"kind": "not_before", "value": "2001-01-01T00:00:00Z"},
        {"kind": "not_in_language", "value": "pt-BR"},
        {"kind": "not_in_country", "value": "IR"},
        {"kind": "only_organisations", "value": ["harbour", "lantern"]},
        {"kind": "other", "value": "Not the school."},
    ]
    again = await mother.post(f"actions/{action}/consents", json=said)
    assert again.json()["id"] == answer.json()["id"]
    coordinator = await visitors.program(coalition.coordinator)
    promise = f"consents/{answer.json()['id']}/acknowledgement"
    drafter = await visitors.program(coalition.drafter)
    assert (await drafter.post(promise, json={})).status_code == 404
    first = await coordinator.post(promise, json={})
    assert first.status_code == 201
    assert (await coordinator.post(promise, json={})).json() == first.json()
    gate = (await coordinator.get(f"actions/{action}/gate")).json()
    assert gate["open"], gate


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"conditions": []}, "conditions-missing"),
    ({"conditions": [{"kind": "on_sundays"}]}, "condition-not-understood"),
    ({"conditions": [{"kind": "other"}]}, "condition-not-understood"),
    ({"conditions": [{"kind": "other", "value": " "}]}, "condition-not-understood"),
    ({"conditions": [{"kind": "no_name", "value": "Ada"}]}, "condition-not-understood"),
    ({"conditions": [{"kind": "not_before", "value": "soon"}]}, "condition-not-understood"),
    ({"conditions": [{"kind": "not_before", "value": "2027-01-01T00:00:00"}]}, "condition-not-understood"),
    ({"conditions": [{"kind": "not_in_language", "value": "Persian please"}]}, "condition-not-understood"),
    ({"conditions": [{"kind": "not_in_country", "value": "XX"}]}, "condition-not-understood"),
    ({"conditions": [{"kind": "only_organisations", "value": []}]}, "condition-not-understood"),
    ({"conditions": [{"kind": "only_organisations", "value": "harbour"}]}, "condition-not-understood"),
    ({"conditions": [{"kind": "no_name"}], "decision": "yes"}, "no-conditions-here"),
    ({"conditions": [{"kind": "no_name"}], "decision": "no"}, "no-conditions-here"),
]  # fmt: skip


async def test_conditions_that_cannot_be_recorded(
    coalition: Coalition, visitors: Visitors, subtests: pytest.Subtests
) -> None:
    action = await coalition.a_statement()
    said = {
        "digest": (await coalition.revision(action)).digest,
        "decision": "yes_with_conditions",
    }
    mother = await visitors.program(coalition.mother)
    for change, kind in UNFIT:
        with subtests.test(str(change)):
            answer = await mother.post(f"actions/{action}/consents", json=said | change)
            assert answer.status_code == 422
            assert answer.json()["type"].endswith(kind)
    assert await decisions(visitors, coalition, action) == []


async def test_what_was_typed_stays_when_it_cannot_be_recorded(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    mother = await visitors.browser(coalition.mother)
    wishes = WISHES | {"not_before": "one day"}
    page = await mother.post(
        f"/actions/{action}/decide", data=await form(coalition, action, **wishes)
    )
    assert page.status_code == 422
    for kept in ('value="one day"', "Not a word about the school.", 'value="no_name" checked'):
        assert kept in page.text
    assert await decisions(visitors, coalition, action) == []


async def test_a_promise_is_about_what_the_relative_says_now(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement(audience=["Embassy"])
    wish = [{"kind": "other", "value": "Not the school."}]
    first = await coalition.says(coalition.mother, action, "yes_with_conditions", conditions=wish)
    plain = await coalition.says(coalition.mother, action, "yes")
    coordinator = await visitors.program(coalition.coordinator)
    late = await coordinator.post(f"consents/{first.id}/acknowledgement", json={})
    assert (late.status_code, late.json()["type"].rpartition("problem-")[2]) == (
        409,
        "not-their-last-word",
    )
    nothing = await coordinator.post(f"consents/{plain.id}/acknowledgement", json={})
    assert nothing.status_code == 409
    second = await coalition.says(coalition.mother, action, "yes_with_conditions", conditions=wish)
    await coalition.withdraws(coalition.mother, second.id)
    gone = await coordinator.post(f"consents/{second.id}/acknowledgement", json={})
    assert gone.status_code == 409
    page = (await (await visitors.browser(coalition.coordinator)).get(f"/actions/{action}")).text
    assert "taken back" in page
    assert "A coordinator has promised to keep to this." not in page


async def test_a_new_text_that_meets_the_condition_is_asked_about_again(
    coalition: Coalition,
) -> None:
    action = await coalition.a_statement()
    await coalition.everybody_clears(action)
    wish = [{"kind": "not_in_language", "value": "fa"}]
    await coalition.says(coalition.mother, action, "yes_with_conditions", conditions=wish)
    assert await coalition.missing(action) == {"consent:condition:not_in_language"}
    await coalition.writes(action, languages={"en": STATEMENT["en"]})
    assert "consent:family" in await coalition.missing(action)
    await coalition.everybody_clears(action)
    await coalition.says(coalition.mother, action, "yes_with_conditions", conditions=wish)
    assert (await coalition.gate(action)).open


async def retracted(coalition: Coalition, action: UUID) -> bool:
    """Whether what went out was taken back."""
    publication = (await coalition.facts(action)).publication
    assert publication is not None
    return publication.retracted_at is not None


async def test_yes_but_not_like_this_takes_back_what_is_out(
    coalition: Coalition, visitors: Visitors, app: FastAPI
) -> None:
    action = await coalition.ready()
    published = await coalition.publishes(action)
    kept = [{"kind": "other", "value": "Be kind."}]
    await coalition.says(coalition.mother, action, "yes_with_conditions", conditions=kept)
    assert not await retracted(coalition, action)
    broken = [{"kind": "not_in_language", "value": "en"}]
    await coalition.says(coalition.mother, action, "yes_with_conditions", conditions=broken)
    assert await retracted(coalition, action)
    anybody = await visitors.nobody()
    assert (await anybody.get(published.path)).status_code == 410


async def test_a_relatives_name_in_the_text_is_seen(coalition: Coalition) -> None:
    body = "Her MOTHER waits."
    action = await coalition.a_statement(
        audience=["Embassy"], languages={"en": {"title": "A teacher", "body": body}}
    )
    await coalition.everybody_clears(action)
    await coalition.says(
        coalition.mother, action, "yes_with_conditions", conditions=[{"kind": "no_name"}]
    )
    codes = {r.key: r.why.code for r in (await coalition.gate(action)).requirements if not r.met}
    assert codes == {"consent:condition:no_name": "condition_no_name"}
