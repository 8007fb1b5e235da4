"""On the phone, face to face, by letter: two people of two organisations, and the relative can contest it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from assent.actions.refusals import StaleDigest
from assent.consents.models import Consent
from assent.consents.refusals import (
    AttachmentNotUnderstood,
    NobodyToAttest,
    NotAskedToAttest,
    NotDecisionMaker,
    NotTakenDown,
    PlaceMissing,
    UnknownWay,
)
from assent.consents.taking_back import contest_decision
from assent.consents.taking_down import (
    HowGiven,
    attest_decision,
    attesters,
    take_down_decision,
)
from assent.people.caller import Caller
from assent.publishing.refusals import GateShut
from assent.refusal import Forbidden, NotFound, Refusal
from tests.coalition import Coalition
from tests.consents.test_readings import SOUND
from tests.web.visitors import Visitors


async def takes_down(
    coalition: Coalition,
    action: UUID,
    decision: str = "yes",
    *,
    by: Caller | None = None,
    of: Caller | None = None,
    attester: Caller | None = None,
    **other: Any,
) -> Consent:
    """The coordinator takes down what the mother said on the phone; the lantern's officer was there."""
    who = by or coalition.coordinator
    there = (attester or coalition.lantern_officer).person_id
    given: dict[str, Any] = {"how": "phone", "place": "Oslo", "attester": there} | other
    digest = given.pop("digest", None) or (await coalition.revision(action)).digest
    async with coalition.database.session(who.person_id) as session:
        return await take_down_decision(
            session, who, action, (of or coalition.mother).person_id, digest, decision, HowGiven(**given),
            question="What for?" if decision == "question" else "",
        )  # fmt: skip


async def attests(
    coalition: Coalition, consent: UUID, *, by: Caller | None = None, yes: bool = True
) -> None:
    who = by or coalition.lantern_officer
    async with coalition.database.session(who.person_id) as session:
        await attest_decision(session, who, consent, attests=yes)


async def contests(coalition: Coalition, consent: UUID, by: Caller | None = None) -> None:
    who = by or coalition.mother
    async with coalition.database.session(who.person_id) as session:
        await contest_decision(session, who, consent)


async def waiting(coalition: Coalition) -> UUID:
    """Everything is on record but the family's yes."""
    action = await coalition.a_statement()
    await coalition.everybody_clears(action)
    return action


async def test_it_counts_once_attested(coalition: Coalition) -> None:
    action = await waiting(coalition)
    taken = await takes_down(coalition, action)
    assert await coalition.missing(action) == {"consent:family"}
    with pytest.raises(GateShut):
        await coalition.publishes(action)
    await attests(coalition, taken.id)
    await attests(coalition, taken.id)
    assert await coalition.missing(action) == set()
    await coalition.publishes(action)


async def test_not_attested_it_counts_for_nothing(coalition: Coalition) -> None:
    action = await waiting(coalition)
    taken = await takes_down(coalition, action)
    await attests(coalition, taken.id, yes=False)
    assert await coalition.missing(action) == {"consent:family"}


async def test_a_no_stops_at_once_and_takes_back_what_is_out(coalition: Coalition) -> None:
    action = await coalition.ready()
    await coalition.publishes(action)
    await takes_down(coalition, action, "no")
    facts = await coalition.facts(action)
    assert facts.publication is not None
    assert facts.publication.retracted_at is not None


async def test_the_relatives_own_later_word_stands(coalition: Coalition) -> None:
    action = await waiting(coalition)
    taken = await takes_down(coalition, action)
    await coalition.says(coalition.mother, action, "no")
    await attests(coalition, taken.id)
    assert await coalition.missing(action) == {"consent:family"}


async def test_one_tap_contests_it_and_takes_back_what_went_out(coalition: Coalition) -> None:
    action = await waiting(coalition)
    taken = await takes_down(coalition, action)
    await attests(coalition, taken.id)
    await coalition.publishes(action)
    await contests(coalition, taken.id)
    await contests(coalition, taken.id)
    facts = await coalition.facts(action)
    assert facts.publication is not None
    assert facts.publication.retracted_at is not None
    (line,) = [r for r in (await coalition.gate(action)).requirements if r.key == "consent:family"]
    assert line.why.code == "family_contests"


async def test_nobody_takes_down_alone(coalition: Coalition) -> None:
    action = await waiting(coalition)
    for attester in ("drafter", "coordinator", "observer", "aunt", "stranger"):
        with pytest.raises(NobodyToAttest):
            await takes_down(coalition, action, attester=coalition.people[attester])
    for who in ("drafter", "observer", "aunt", "mother"):
        with pytest.raises(Forbidden):
            await takes_down(coalition, action, by=coalition.people[who])
    with pytest.raises(NotFound):
        await takes_down(coalition, action, by=coalition.stranger)
    taken = await takes_down(coalition, action)
    for who in ("coordinator", "lantern_drafter", "reviewer"):
        with pytest.raises((NotAskedToAttest, NotFound)):
            await attests(coalition, taken.id, by=coalition.people[who])
    for relative in ("brother", "aunt"):
        with pytest.raises(NotFound):
            await contests(coalition, taken.id, coalition.people[relative])
    own = await coalition.says(coalition.mother, action, "yes")
    with pytest.raises(NotTakenDown):
        await contests(coalition, own.id)


async def test_what_does_not_fit_is_refused(coalition: Coalition) -> None:
    action = await waiting(coalition)
    wrong: list[tuple[dict[str, Any], type[Refusal]]] = [
        ({"how": "telepathy"}, UnknownWay),
        ({"place": " "}, PlaceMissing),
        ({"attachment": "a scan"}, AttachmentNotUnderstood),
        ({"attachment": "0" * 64}, AttachmentNotUnderstood),
        ({"digest": "0" * 64}, StaleDigest),
        ({"of": coalition.aunt}, NotDecisionMaker),
        ({"of": coalition.coordinator}, NobodyToAttest),
    ]
    for other, refusal in wrong:
        with pytest.raises(refusal):
            await takes_down(coalition, action, **other)


async def test_on_pages_and_by_program(coalition: Coalition, visitors: Visitors) -> None:
    action = await waiting(coalition)
    digest = (await coalition.revision(action)).digest
    desk = await visitors.browser(coalition.coordinator)
    assert "Lantern Officer" in (await desk.get(f"/actions/{action}/take-down")).text
    form = {
        "digest": digest, "person": str(coalition.mother.person_id), "language": "fa", "how": "phone",
        "decision": "yes", "place": "Oslo", "interpreter": "A Friend", "attester": "",
    }  # fmt: skip
    call = {"file": ("call.mp3", SOUND)}
    refused = await desk.post(f"/actions/{action}/take-down", data=form, files=call)
    assert refused.status_code == 422
    assert "A Friend" in refused.text
    async with coalition.database.session(job=True) as session:
        assert not list(await session.scalars(text("select id from assent.stored_files")))
    form["attester"] = str(coalition.lantern_officer.person_id)
    sent = await desk.post(f"/actions/{action}/take-down", data=form, files=call)
    assert sent.status_code == 303
    async with coalition.database.session(job=True) as session:
        (taken,) = await session.scalars(text("select consent_id from assent.consent_recordings"))
    officer = await visitors.browser(coalition.lantern_officer)
    assert f"/consents/{taken}/attest" in (await officer.get("/")).text
    page = (await officer.get(f"/consents/{taken}/attest")).text
    assert "معلم را آزاد کنید" in page
    assert "A Friend" in page
    assert (
        await (await visitors.browser(coalition.drafter)).get(f"/consents/{taken}/attest")
    ).status_code == 404
    # The recording is heard by those who see how it was given, and by nobody else, the other relatives included.
    heard = f"/consents/{taken}/attachment"
    for who in ("coordinator", "lantern_officer", "mother"):
        there = await visitors.browser(coalition.people[who])
        pages = [
            (await there.get(p)).text for p in (f"/actions/{action}", f"/actions/{action}/decide")
        ]
        assert any(heard in shown for shown in [*pages, page]), who
        got = await there.get(heard)
        assert (got.content, got.headers["content-type"]) == (SOUND, "application/octet-stream")
    for who in ("drafter", "reviewer", "brother", "aunt", "stranger"):
        there = await visitors.browser(coalition.people[who])
        assert (await there.get(heard)).status_code == 404, who
    assert "not attested yet" in (await desk.get(f"/actions/{action}")).text
    assert (
        await officer.post(f"/consents/{taken}/attest", data={"attests": "yes"})
    ).status_code == 303
    assert "attested by" in (await desk.get(f"/actions/{action}")).text
    phone = await visitors.browser(coalition.mother)
    await phone.get("/language/en")
    page = (await phone.get(f"/actions/{action}/decide")).text
    assert "This is not my answer" in page
    assert "You said yes to this text" not in page
    assert page.count(f"/consents/{taken}/withdraw") == 1
    said = (await phone.get("/said")).text
    assert "What others have taken down as your answer" in said
    assert "You said:" not in said
    assert (await phone.post(f"/consents/{taken}/contest")).status_code == 303
    assert "contested by the relative" in (await desk.get(f"/actions/{action}")).text
    program = await visitors.program(coalition.coordinator)
    scan = {"title": "Her letter", "tier": "primary", "visibility": "family"}
    kept = await program.post(
        "cases/teacher/evidence", data=scan, files={"file": ("letter.txt", b"No.")}
    )
    letter = {
        "person": coalition.mother.email, "digest": digest, "decision": "no", "how": "letter", "place": "Bergen",
        "attester": coalition.lantern_officer.email, "attachment": kept.json()["sha256"],
    }  # fmt: skip
    made = await program.post(f"actions/{action}/taken-down-consents", json=letter)
    assert made.status_code == 201
    there = await visitors.program(coalition.lantern_officer)
    path = f"consents/{made.json()['id']}"
    assert (await there.post(f"{path}/attestation", json={"attests": True})).status_code == 201
    mothers = await visitors.program(coalition.mother)
    assert (await mothers.get(f"{path}/attachment")).content == b"No."
    assert (await mothers.post(f"{path}/contest")).status_code == 201
    nobody = letter | {"attester": "nobody@example.org"}
    assert (
        await program.post(f"actions/{action}/taken-down-consents", json=nobody)
    ).status_code == 422


@pytest.mark.parametrize("n", range(3))
async def test_attesting_contesting_and_publishing_at_once(coalition: Coalition, n: int) -> None:
    action = await waiting(coalition)
    taken = await takes_down(coalition, action)
    acts = [
        attests(coalition, taken.id),
        contests(coalition, taken.id),
        coalition.publishes(action),
    ]
    await asyncio.gather(*acts[n:], *acts[:n], return_exceptions=True)
    facts = await coalition.facts(action)
    assert not facts.status().open
    assert facts.publication is None or facts.publication.retracted_at is not None


async def test_who_could_attest(coalition: Coalition) -> None:
    action = await coalition.a_statement()
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        names = {one.name for one in await attesters(session, coalition.coordinator, action)}
    assert names == {"Lantern Officer", "Lantern Drafter", "Reviewer"}
