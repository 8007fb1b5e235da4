"""Several of a family, several phones: at the same moment, later, no longer named, or with somebody else's link."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from assent.people import marks
from assent.publishing.refusals import GateShut
from tests.coalition import Coalition
from tests.web.visitors import Visitors


async def test_a_yes_settles_for_a_minute_in_which_it_can_be_undone(
    coalition: Coalition, visitors: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "_undo", timedelta(seconds=60))
    action = await coalition.a_statement()
    await coalition.everybody_clears(action)
    phone = await visitors.browser(coalition.mother)
    said = {
        "digest": (await coalition.revision(action)).digest,
        "language": "fa",
        "decision": "yes",
    }
    assert (await phone.post(f"/actions/{action}/decide", data=said)).status_code == 303
    await phone.get("/language/en")
    assert (
        "For 1 minute nothing goes out on it"
        in (await phone.get(f"/actions/{action}/decided")).text
    )
    facts = await coalition.facts(action)
    assert not facts.status().open
    with pytest.raises(GateShut):
        await coalition.publishes(action)
    [given] = facts.facts.consents
    assert not replace(facts, now=given.at + timedelta(seconds=59)).status().open
    assert replace(facts, now=given.at + timedelta(seconds=60)).status().open
    await phone.post(f"/consents/{given.id}/withdraw")
    facts = await coalition.facts(action)
    assert not replace(facts, now=given.at + timedelta(days=1)).status().open


async def test_opposite_answers_at_one_moment_stop(
    coalition: Coalition, visitors: Visitors
) -> None:
    """Of two relatives the no stands; of one on two phones whichever came last, and both are on record."""
    for second in ("brother", "mother"):
        action = await coalition.a_statement()
        await coalition.everybody_clears(action)
        said = {"digest": (await coalition.revision(action)).digest, "language": "fa"}
        phones = [await visitors.browser(coalition.people[who]) for who in ("mother", second)]
        await asyncio.gather(
            *(
                phone.post(f"/actions/{action}/decide", data=said | {"decision": decision})
                for phone, decision in zip(phones, ("yes", "no"), strict=True)
            )
        )
        facts = await coalition.facts(action)
        assert sorted(c.decision for c in facts.facts.consents) == ["no", "yes"]
        last = max(facts.facts.consents, key=lambda c: c.seq).decision
        assert facts.status().open == (second == "mother" and last == "yes")


async def test_later_leaves_one_word_in_a_day_and_nothing_on_record(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    phone = await visitors.browser(coalition.mother)
    for _ in range(2):
        assert (await phone.post(f"/actions/{action}/later")).status_code == 303
    async with coalition.database.session(job=True) as session:
        jobs = await session.execute(
            text(
                "select args ->> 'person_id', scheduled_at - now() from jobs.procrastinate_jobs"
                " where task_name = 'consents.tell_again'"
            )
        )
        [(person, wait)] = jobs.all()
    assert person == str(coalition.mother.person_id)
    assert timedelta(hours=23) < wait <= timedelta(days=1)
    assert not (await coalition.facts(action)).facts.consents


async def test_whoever_the_family_names_no_longer_is_not_counted_either_way(
    coalition: Coalition,
) -> None:
    action = await coalition.ready()
    await coalition.arranges("one", "brother")
    assert await coalition.missing(action) == {"consent:family"}
    refused = await coalition.a_statement()
    await coalition.everybody_clears(refused)
    await coalition.says(coalition.brother, refused, "no")
    await coalition.arranges("one", "mother")
    await coalition.says(coalition.mother, refused, "yes")
    assert await coalition.missing(refused) == set()
    assert await coalition.missing(action) == set()


async def test_an_address_passed_on_gives_nobody_anothers_voice(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.ready()
    [given] = (await coalition.facts(action)).facts.consents
    said = {"digest": given.digest, "language": "fa", "decision": "no"}
    nobody = await visitors.nobody()
    asked = await nobody.get(f"/actions/{action}/decide")
    assert asked.headers["location"].startswith("/sign-in")
    for who, status in (("aunt", 403), ("coordinator", 403), ("stranger", 404)):
        browser = await visitors.browser(coalition.people[who])
        assert (await browser.get(f"/actions/{action}/decide")).status_code == status, who
        assert (await browser.post(f"/actions/{action}/decide", data=said)).status_code == status
        assert (await browser.post(f"/consents/{given.id}/withdraw")).status_code in (403, 404)
    # Another who decides answers for themselves, whoever's address it was.
    brother = await visitors.browser(coalition.brother)
    assert (await brother.post(f"/consents/{given.id}/withdraw")).status_code in (403, 404)
    await brother.post(f"/actions/{action}/decide", data=said)
    assert {c.person: c.decision for c in (await coalition.facts(action)).facts.consents} == {
        str(coalition.mother.person_id): "yes", str(coalition.brother.person_id): "no",
    }  # fmt: skip
