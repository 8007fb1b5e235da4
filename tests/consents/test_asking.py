"""What stands before a relative who is asked: what could happen, how each translation came about, whom to turn to."""

from __future__ import annotations

import copy

import pytest

from assent.consents.asking import request_consent
from assent.consents.refusals import RisksMissing
from assent.gate.roles import Role
from tests.coalition import RISKS, STATEMENT, Coalition
from tests.web.visitors import Visitors


async def test_the_family_is_asked_about_a_public_text_once_its_risks_are_written(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    coordinator = await visitors.program(coalition.coordinator)
    refused = await coordinator.post(f"actions/{action}/consent-requests")
    assert (refused.status_code, refused.json()["type"].rpartition("-")[2]) == (409, "missing")
    page = await (await visitors.browser(coalition.coordinator)).post(f"/actions/{action}/ask")
    assert page.status_code == 409
    assert "nobody has written what could happen" in page.text
    await coalition.clears(coalition.reviewer, action, Role.SAFETY_REVIEWER)
    asked = await coordinator.post(f"actions/{action}/consent-requests")
    assert (asked.status_code, asked.json()) == (201, {"asked": 2})
    mother = await visitors.browser(coalition.mother)
    assert RISKS["en"] in (await mother.get(f"/actions/{action}/decide")).text
    # A changed text is looked at anew.
    await coalition.writes(action, form={"note": "one more sentence"})
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        with pytest.raises(RisksMissing):
            await request_consent(session, coalition.coordinator, action)


async def test_a_letter_to_named_recipients_may_be_asked_about_without(
    coalition: Coalition,
) -> None:
    action = await coalition.a_statement(
        kind="diplomatic_outreach", audience=["The embassy"], cosigners=[]
    )
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        assert len(await request_consent(session, coalition.coordinator, action)) == 2


async def test_how_each_translation_came_about(coalition: Coalition, visitors: Visitors) -> None:
    texts = copy.deepcopy(STATEMENT)
    action = await coalition.a_statement(languages=texts)
    mother = await visitors.browser(coalition.mother)
    unsaid = "Nobody has said which of them is the original, and who translated it."
    address = f"/actions/{action}/decide?lang=en"
    assert unsaid in (await mother.get(address)).text
    before = (await coalition.revision(action)).digest
    texts["fa"]["translation"] = {"how": "machine", "by": "lantern"}  # type: ignore[assignment]
    await coalition.writes(action, languages=texts)
    assert (await coalition.revision(action)).digest != before
    page = (await mother.get(address)).text
    assert "translated by a machine; nobody has checked it" in page
    assert "(<bdi>Lantern</bdi>)" in page
    assert "the original" in page
    assert unsaid not in page


async def test_the_editor_keeps_how_a_translation_was_made(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    drafter = await visitors.browser(coalition.drafter)
    form = {
        "language": ["en", "fa"],
        "title.en": "Free her",
        "body.en": "Let her go.",
        "title.fa": "آزادش کنید",
        "body.fa": "بگذارید برود.",
        "how.fa": "human",
        "by.fa": "harbour",
        "audience": "public",
        "do": "submit",
    }
    await drafter.post(f"/actions/{action}/edit", data=form)
    made = ((await coalition.revision(action)).content or {})["languages"]
    assert made["fa"]["translation"] == {"how": "human", "by": "harbour"}
    assert "translation" not in made["en"]
    page = (await drafter.get(f"/actions/{action}/edit")).text
    assert '<option value="human" selected>' in page


async def test_a_conversation_of_several_turns(coalition: Coalition, visitors: Visitors) -> None:
    action = await coalition.a_statement()
    coordinator = await visitors.program(coalition.coordinator)
    mother = await visitors.browser(coalition.mother)
    for question, answer in (
        ("Which school?", "None is named."),
        ("And the town?", "Nor the town."),
    ):
        asked = await coalition.says(coalition.mother, action, "question", question=question)
        await coordinator.post(f"consents/{asked.id}/answer", json={"text": answer})
    page = (await mother.get(f"/actions/{action}/decide")).text
    places = [
        page.index(w) for w in ("Which school?", "None is named.", "And the town?", "Nor the town.")
    ]
    assert places == sorted(places)
    await coalition.says(coalition.mother, action, "no")
    assert "Nor the town." in (await mother.get(f"/actions/{action}/decide")).text
    brother = await visitors.browser(coalition.brother)
    assert "Which school?" not in (await brother.get(f"/actions/{action}/decide")).text
