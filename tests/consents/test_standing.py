"""What a family agrees to in advance: how wide, by whom, what it lets out, and its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from assent.cases.events import record_event
from assent.consents.refusals import (
    ExpiryOutOfRange,
    NotDecisionMaker,
    NothingAwaited,
    OnePersonOneOrganisation,
    StandingEnded,
    UnfitScope,
    WiderThanTheGate,
)
from assent.consents.standing import (
    answer_standing_consent,
    end_standing_consent,
    give_standing_consent,
    record_trigger,
)
from assent.consents.standing_models import StandingConsent
from assent.consents.standing_queries import StandingLine, standing_lines
from assent.consents.standing_scope import Scope
from assent.database.session import Database, present
from assent.people.caller import Caller
from assent.publishing.refusals import GateShut
from assent.refusal import Forbidden, NotFound, Refusal
from tests.coalition import Coalition, a_coalition

DESK = "Desk <desk@ministry.example>"
SCOPE: dict[str, Any] = {
    "kinds": ["diplomatic_outreach"],
    "audiences": [DESK],
    "languages": ["en", "fa"],
}


@pytest.fixture
async def coalition(database: Database) -> Coalition:
    return await a_coalition(database)


async def agrees(
    coalition: Coalition, who: Caller | None = None, **changes: Any
) -> StandingConsent:
    giver = who or coalition.mother
    async with coalition.database.session(giver.person_id) as session:
        return await give_standing_consent(
            session, giver, coalition.case_id, Scope(**(SCOPE | changes))
        )


async def answers(coalition: Coalition, who: Caller, standing: UUID, *, agrees: bool) -> None:
    async with coalition.database.session(who.person_id) as session:
        await answer_standing_consent(session, who, standing, agrees=agrees)


async def ends(coalition: Coalition, who: Caller, standing: UUID) -> None:
    async with coalition.database.session(who.person_id) as session:
        await end_standing_consent(session, who, standing)


async def says_it_happened(coalition: Coalition, who: Caller, standing: UUID) -> None:
    async with coalition.database.session(who.person_id) as session:
        await record_trigger(session, who, standing)


async def lines(coalition: Coalition, who: Caller | None = None) -> list[StandingLine]:
    reader = who or coalition.mother
    async with coalition.database.session(reader.person_id) as session:
        return await standing_lines(session, coalition.case_id, reader.person_id)


async def a_letter(coalition: Coalition, **changes: Any) -> UUID:
    """A letter, cleared, about which the family was not asked."""
    what = {"kind": "diplomatic_outreach", "audience": [DESK], "cosigners": []} | changes
    action = await coalition.a_statement(**what)
    await coalition.clears(coalition.harbour_officer, action)
    return action


async def told(coalition: Coalition, since: int = 0) -> list[tuple[str, str]]:
    """Who was told, by which path; none of it says of what."""
    query = text(
        "select args ->> 'person_id' as person, args ->> 'path' as path from jobs.procrastinate_jobs"
        " where task_name = 'notify.mail' and id > :since"
    )
    async with coalition.database.session(job=True) as session:
        rows = (await session.execute(query, {"since": since})).all()
    names = {str(caller.person_id): name for name, caller in coalition.people.items()}
    return [(names[row.person], row.path) for row in rows]


async def test_a_letter_within_the_scope_goes_out_and_each_who_decides_is_told(
    coalition: Coalition,
) -> None:
    await agrees(coalition)
    action = await a_letter(coalition)
    assert await coalition.missing(action) == set()
    before = len(await told(coalition))
    published = await coalition.publishes(action)
    after = (await told(coalition))[before:]
    assert {"mother", "brother", "uncle"} <= {
        n for n, path in after if path == f"/actions/{action}"
    }
    (line,) = await lines(coalition)
    assert [use.publication_id for use in line.uses] == [published.publication.id]
    assert (line.holds, line.agreed, line.needed) == (True, 1, 1)


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"kinds": ["public_statement"]}, WiderThanTheGate, "kinds"),
        ({"kinds": ["diplomatic_outreach", "un_submission"]}, WiderThanTheGate, "kinds"),
        ({"kinds": ["unheard_of"]}, WiderThanTheGate, "kinds"),
        ({"kinds": []}, UnfitScope, "kinds"),
        ({"audiences": []}, UnfitScope, "audiences"),
        ({"audiences": [" "]}, Refusal, "audiences"),
        ({"languages": []}, UnfitScope, "languages"),
        ({"languages": ["plain English"]}, UnfitScope, "languages"),
        ({"excludes": [""]}, Refusal, "excludes"),
        ({"only_when": "x" * 3000}, Refusal, "only_when"),
    ],
)
async def test_a_scope_is_no_wider_than_its_gates(
    coalition: Coalition, changes: dict[str, Any], refusal: type[Refusal], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        await agrees(coalition, **changes)
    assert refused.value.field == field
    assert refused.value.status == 422


async def test_it_ends_within_what_the_gate_allows(coalition: Coalition) -> None:
    async with coalition.database.session(job=True) as session:
        now = await present(session)
    usual = await agrees(coalition)
    assert usual.expires_at - usual.at == timedelta(days=90)
    with pytest.raises(ExpiryOutOfRange):
        await agrees(coalition, expires_at=now - timedelta(seconds=1))
    with pytest.raises(WiderThanTheGate):
        await agrees(coalition, expires_at=now + timedelta(days=91))
    short = await agrees(coalition, expires_at=now + timedelta(days=2))
    assert short.expires_at == now + timedelta(days=2)


async def test_nobody_else_agrees_for_the_family(coalition: Coalition) -> None:
    with pytest.raises(NotFound):
        await agrees(coalition, coalition.stranger)
    for member in (coalition.coordinator, coalition.aunt):
        with pytest.raises(Forbidden):
            await agrees(coalition, member)
    with pytest.raises(NotDecisionMaker):
        await agrees(coalition, coalition.uncle)


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": ["Somebody else <else@ministry.example>"]},
        {"audience": [DESK, "Somebody else"]},
        {"audience": "public"},
        {"languages": {"ru": {"title": "t", "body": "b"}}},
        {"kind": "un_submission"},
    ],
)
async def test_what_is_outside_the_scope_is_asked_about(
    coalition: Coalition, changes: dict[str, Any]
) -> None:
    await agrees(coalition)
    action = await a_letter(coalition, **changes)
    assert "consent:family" in await coalition.missing(action)


async def test_words_to_be_left_out_are_looked_for(coalition: Coalition) -> None:
    await agrees(coalition, excludes=["CHILDREN", "names_of_relatives", "photograph"])
    assert "consent:family" in await coalition.missing(await a_letter(coalition))
    harmless = {"en": {"title": "A request", "body": "Please receive us."}}
    assert await coalition.missing(await a_letter(coalition, languages=harmless)) == set()
    naming = {"en": {"title": "A request", "body": "Her Mother waits."}}
    assert "consent:family" in await coalition.missing(await a_letter(coalition, languages=naming))


async def test_as_many_agree_as_the_arrangement_asks(database: Database) -> None:
    coalition = await a_coalition(database, "all", "mother", "brother")
    standing = await agrees(coalition)
    action = await a_letter(coalition)
    assert await coalition.missing(action) == {"consent:family"}
    await answers(coalition, coalition.brother, standing.id, agrees=True)
    assert await coalition.missing(action) == set()


@pytest.mark.parametrize("word", ["no", "question"])
async def test_a_word_against_the_very_text_shuts_it_all_the_same(
    coalition: Coalition, word: str
) -> None:
    await agrees(coalition)
    action = await a_letter(coalition)
    await coalition.says(coalition.brother, action, word)
    with pytest.raises(GateShut):
        await coalition.publishes(action)


async def test_a_no_to_the_scope_shuts_it(coalition: Coalition) -> None:
    standing = await agrees(coalition)
    await answers(coalition, coalition.brother, standing.id, agrees=False)
    action = await a_letter(coalition)
    assert await coalition.missing(action) == {"consent:family"}
    await answers(coalition, coalition.brother, standing.id, agrees=True)
    assert await coalition.missing(action) == set()


async def test_one_step_ends_it_and_takes_back_all_it_let_out(coalition: Coalition) -> None:
    standing = await agrees(coalition)
    out = [await a_letter(coalition) for _ in range(2)]
    waiting = await a_letter(coalition)
    for action in out:
        await coalition.publishes(action)
    await ends(coalition, coalition.brother, standing.id)
    await ends(coalition, coalition.mother, standing.id)  # twice is once
    for action in out:
        publication = (await coalition.facts(action)).publication
        assert publication is not None
        assert publication.retracted_at is not None
    assert await coalition.missing(waiting) == {"consent:family"}
    query = text(
        "select count(*) from assent.tasks where kind = 'retraction' and closed_at is null"
    )
    async with coalition.database.session(job=True) as session:
        assert (await session.execute(query)).scalar_one() == 2
    with pytest.raises(StandingEnded):
        await answers(coalition, coalition.mother, standing.id, agrees=True)
    (line,) = await lines(coalition)
    assert line.over
    assert all(use.retracted_at for use in line.uses)


async def test_who_decides_no_longer_is_not_counted_and_may_still_end_it(
    coalition: Coalition,
) -> None:
    standing = await agrees(coalition, coalition.brother)
    action = await a_letter(coalition)
    assert await coalition.missing(action) == set()
    await coalition.arranges("one", "mother")
    assert await coalition.missing(action) == {"consent:family"}
    with pytest.raises(NotDecisionMaker):
        await answers(coalition, coalition.brother, standing.id, agrees=True)
    await ends(coalition, coalition.brother, standing.id)
    assert (await lines(coalition))[0].ended_at is not None


async def test_staff_do_not_end_it(coalition: Coalition) -> None:
    standing = await agrees(coalition)
    with pytest.raises(Forbidden):
        await ends(coalition, coalition.coordinator, standing.id)
    with pytest.raises(NotDecisionMaker):
        await ends(coalition, coalition.uncle, standing.id)
    with pytest.raises(NotFound):
        await ends(coalition, coalition.stranger, standing.id)


async def test_two_people_of_different_organisations_say_that_it_has_happened(
    coalition: Coalition,
) -> None:
    standing = await agrees(coalition, only_when="Nobody has seen her for 48 hours.")
    action = await a_letter(coalition)
    assert await coalition.missing(action) == {"consent:family"}
    await says_it_happened(coalition, coalition.coordinator, standing.id)
    with pytest.raises(OnePersonOneOrganisation):
        await says_it_happened(coalition, coalition.coordinator, standing.id)
    with pytest.raises(OnePersonOneOrganisation):
        await says_it_happened(coalition, coalition.drafter, standing.id)
    with pytest.raises(Forbidden):
        await says_it_happened(coalition, coalition.observer, standing.id)
    assert await coalition.missing(action) == {"consent:family"}
    await says_it_happened(coalition, coalition.lantern_officer, standing.id)
    assert await coalition.missing(action) == set()
    plain = await agrees(coalition)
    with pytest.raises(NothingAwaited):
        await says_it_happened(coalition, coalition.coordinator, plain.id)


async def test_a_release_puts_it_on_hold_until_it_is_confirmed(coalition: Coalition) -> None:
    standing = await agrees(coalition)
    action = await a_letter(coalition)
    who = coalition.coordinator
    async with coalition.database.session(who.person_id) as session:
        await record_event(session, who, coalition.case_id, "release", "2026-11", "She is free.")
    assert await coalition.missing(action) == {"consent:family"}
    assert not (await lines(coalition))[0].holds
    await answers(coalition, coalition.mother, standing.id, agrees=True)
    assert await coalition.missing(action) == set()
