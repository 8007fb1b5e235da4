"""The family's own terms, who stands in, what asks again, what the detained person wants, and who is told of votes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from assent.cases.absences import end_absence, open_absences, record_absence
from assent.cases.arrangement_terms import FamilyTerms
from assent.cases.arrangement_wishes import answer_wish, arrangement_in_force
from assent.cases.arrangements import set_arrangement
from assent.cases.detainee import (
    WishGiven,
    contact_state,
    record_contact_state,
    record_wish,
    wishes_of,
)
from assent.cases.events import record_event
from assent.cases.family_models import Absence, Wish
from assent.cases.refusals import (
    AlreadyRecorded,
    NotInTheArrangement,
    NotYoursToAgree,
    TermsAreTheFamilys,
    UnfitArrangement,
    UnfitDay,
    UnfitWish,
    UnknownEvent,
)
from assent.cases.service import grant_membership
from assent.consents.models import Consent
from assent.consents.refusals import NotDecisionMaker
from assent.consents.service import REMINDED_BEFORE
from assent.consents.statement import LASTS
from assent.database.session import Database, present
from assent.people.caller import Caller
from assent.publishing.refusals import GateShut
from assent.refusal import Forbidden, Refusal
from assent.web.arrangement_words import said_arrangement
from tests.coalition import Coalition, _person, a_coalition

DAY = "2026-11-20"


@pytest.fixture
async def coalition(database: Database) -> Coalition:
    return await a_coalition(database)


async def arranges(coalition: Coalition, by: Caller, *deciders: str, **more: Any) -> int:
    """A change, wished by somebody; returns its version."""
    emails = [coalition.people[name].email for name in deciders]
    alternates = [coalition.people[name].email for name in more.pop("alternates", ())]
    rule = more.pop("rule", "any")
    async with coalition.database.session(by.person_id) as session:
        made = await set_arrangement(
            session, by, coalition.case_id, rule, None, emails, alternates, **more
        )
    return made.version


async def in_force(coalition: Coalition) -> Any:
    async with coalition.database.session(coalition.mother.person_id) as session:
        return await arrangement_in_force(session, coalition.case_id)


async def all_agree(coalition: Coalition, version: int, *names: str) -> None:
    for name in names:
        who = coalition.people[name]
        async with coalition.database.session(who.person_id) as session:
            await answer_wish(session, who, coalition.case_id, version, agrees=True)


async def happens(coalition: Coalition, kind: str) -> None:
    who = coalition.coordinator
    async with coalition.database.session(who.person_id) as session:
        await record_event(session, who, coalition.case_id, kind, "2026-11", "It happened.")


async def is_away(
    coalition: Coalition, name: str, by: Caller | None = None, since: str = DAY
) -> Absence:
    who = by or coalition.coordinator
    async with coalition.database.session(who.person_id) as session:
        return await record_absence(
            session, who, coalition.case_id, coalition.people[name].email, since
        )


async def counsel_of(coalition: Coalition) -> Caller:
    async with coalition.database.session(job=True) as session:
        lawyer = await _person(session, "teacher", "counsel", None, "en", coalition)
    coalition.people["counsel"] = lawyer
    who = coalition.coordinator
    async with coalition.database.session(who.person_id) as session:
        await grant_membership(session, who, coalition.case_id, lawyer.email, "counsel", None)
    return lawyer


async def wishes(coalition: Coalition, lawyer: Caller, trust: str = "trusted", **more: Any) -> Wish:
    given = WishGiven(**({"says": "no", "known_through": "lawyer", "trust": trust} | more))
    async with coalition.database.session(lawyer.person_id) as session:
        return await record_wish(session, lawyer, coalition.case_id, given)


def hours_go_by(owner_dsn: str, hours: int) -> None:
    with psycopg.connect(owner_dsn) as owner:
        owner.execute(
            "update assent.ledger_head set last_at = assent.present() + make_interval(hours => %s)",
            [hours],
        )


# -- the family's own terms -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "terms",
    [FamilyTerms(48), FamilyTerms(asks_again=("trial",)), FamilyTerms(shows_votes=True)],
)
async def test_only_the_family_sets_its_terms(coalition: Coalition, terms: FamilyTerms) -> None:
    with pytest.raises(TermsAreTheFamilys):
        await arranges(coalition, coalition.coordinator, "mother", "brother", terms=terms)
    with pytest.raises(NotYoursToAgree):
        await arranges(coalition, coalition.uncle, "mother", "brother", terms=terms)
    version = await arranges(coalition, coalition.mother, "mother", "brother", terms=terms)
    assert (await in_force(coalition)).terms == FamilyTerms(), "her brother has not agreed yet"
    await all_agree(coalition, version, "brother")
    assert (await in_force(coalition)).terms == terms


async def test_a_coordinators_change_leaves_the_familys_terms_alone(coalition: Coalition) -> None:
    terms = FamilyTerms(72, ("trial", "illness"), shows_votes=True)
    version = await arranges(
        coalition, coalition.mother, "mother", "brother", terms=terms, alternates=["uncle"]
    )
    await all_agree(coalition, version, "brother")
    version = await arranges(coalition, coalition.coordinator, "mother", "brother", "uncle")
    await all_agree(coalition, version, "mother", "brother")
    held = await in_force(coalition)
    assert (len(held.decision_makers), held.terms) == (3, terms)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"terms": FamilyTerms(0)}, "stand_in_after_hours"),
        ({"terms": FamilyTerms(2161)}, "stand_in_after_hours"),
        ({"terms": FamilyTerms(asks_again=("weather",))}, "asks_again"),
        ({"grounds": {"nobody@family.example": "guardian"}}, "grounds"),
        ({"grounds": {"mother.teacher@family.example": "friend"}}, "grounds"),
    ],
)
async def test_terms_that_do_not_fit(
    coalition: Coalition, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(UnfitArrangement) as refused:
        await arranges(coalition, coalition.mother, "mother", "brother", **more)
    assert refused.value.field == field


async def test_it_reads_as_sentences(coalition: Coalition) -> None:
    version = await arranges(
        coalition, coalition.mother, "mother", "brother", alternates=["uncle", "aunt"],
        terms=FamilyTerms(48, ("trial",)), grounds={coalition.brother.email: "guardian"},
    )  # fmt: skip
    await all_agree(coalition, version, "brother")
    held = await in_force(coalition)
    assert said_arrangement(held) == [
        "The yes of any one of those who decide is enough.",
        "A no of any of them stops it, whatever the others say.",
        "If somebody who decides cannot be reached for 48 hours, somebody else decides in their place.",
        "Who that is, in this order: Uncle, Aunt.",
        "What was agreed to holds only once it is said again after: a trial, the person's release.",
        "Nobody of the family is told what another has said.",
        "Brother speaks as guardian.",
    ]
    assert not any("Uncle" in sentence for sentence in said_arrangement(held, names=False))


# -- who stands in ----------------------------------------------------------------------------------


async def stood_in_for(coalition: Coalition) -> Any:
    """The mother decides, the uncle stands in for her after 48 hours; a text waits for her."""
    await all_agree(
        coalition, await arranges(coalition, coalition.coordinator, "mother", rule="one"), "mother", "brother",
    )  # fmt: skip
    await arranges(
        coalition, coalition.mother, "mother", rule="one", alternates=["uncle"], terms=FamilyTerms(48),
    )  # fmt: skip
    action = await coalition.a_statement()
    await coalition.everybody_clears(action)
    return action


async def test_an_alternate_decides_once_the_familys_time_has_passed(
    coalition: Coalition, owner_dsn: str
) -> None:
    action = await stood_in_for(coalition)
    with pytest.raises(NotDecisionMaker):
        await coalition.says(coalition.uncle, action, "yes")
    absence = await is_away(coalition, "mother", since="2024-01-01")
    with pytest.raises(
        NotDecisionMaker
    ):  # a day long past moves nothing: the time runs from the record
        await coalition.says(coalition.uncle, action, "yes")
    hours_go_by(owner_dsn, 49)
    await coalition.says(coalition.uncle, action, "yes")
    assert await coalition.missing(action) == set()
    async with coalition.database.session(coalition.mother.person_id) as session:
        await end_absence(session, coalition.mother, absence.id)
    assert await coalition.missing(action) == {"consent:family"}, (
        "she is there, and has said nothing"
    )


async def test_whoever_decides_is_there(coalition: Coalition, owner_dsn: str) -> None:
    action = await stood_in_for(coalition)
    await is_away(coalition, "mother")
    hours_go_by(owner_dsn, 49)
    await coalition.says(coalition.uncle, action, "yes")
    await coalition.says(coalition.mother, action, "no")
    with pytest.raises(GateShut):
        await coalition.publishes(action)
    async with coalition.database.session(job=True) as session:
        assert await open_absences(session, coalition.case_id) == []


async def test_nobody_is_stood_in_for_where_the_family_has_set_no_time(
    coalition: Coalition, owner_dsn: str
) -> None:
    version = await arranges(
        coalition, coalition.coordinator, "mother", "brother", alternates=["uncle"]
    )
    await all_agree(coalition, version, "mother", "brother")
    action = await coalition.a_statement()
    await is_away(coalition, "mother")
    hours_go_by(owner_dsn, 3000)
    with pytest.raises(NotDecisionMaker):
        await coalition.says(coalition.uncle, action, "yes")


async def test_who_records_an_absence_and_of_whom(coalition: Coalition) -> None:
    with pytest.raises(Forbidden):
        await is_away(coalition, "mother", coalition.drafter)
    for name, by in (("mother", coalition.mother), ("mother", coalition.aunt), ("drafter", None)):
        with pytest.raises(NotInTheArrangement):
            await is_away(coalition, name, by)
    for day in ("2027-12-01", "last week", "2026-11"):
        with pytest.raises(UnfitDay):
            await is_away(coalition, "mother", since=day)
    await is_away(coalition, "mother", coalition.brother)
    with pytest.raises(AlreadyRecorded):
        await is_away(coalition, "mother")


# -- what asks again --------------------------------------------------------------------------------


async def test_what_the_family_chose_asks_again_and_the_same_word_confirms(
    coalition: Coalition,
) -> None:
    version = await arranges(
        coalition, coalition.mother, "mother", "brother", terms=FamilyTerms(asks_again=("trial",))
    )
    await all_agree(coalition, version, "brother")
    action = await coalition.ready()
    await happens(coalition, "illness")
    assert await coalition.missing(action) == set()
    await happens(coalition, "trial")
    assert await coalition.missing(action) == {"consent:family"}
    reasons = {r.key: r.why.code for r in (await coalition.gate(action)).requirements}
    assert reasons["consent:family"] == "family_asked_again"
    with pytest.raises(GateShut):
        await coalition.publishes(action)
    before = await coalition.says(coalition.brother, action, "yes")
    assert (await coalition.says(coalition.brother, action, "yes")).id == before.id
    assert await coalition.missing(action) == set()


async def test_a_release_always_asks_again(coalition: Coalition) -> None:
    action = await coalition.ready()
    await happens(coalition, "release")
    assert await coalition.missing(action) == {"consent:family"}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"kind": "rumour"}, UnknownEvent), ({"effect": "splendid"}, UnknownEvent), ({"happened_on": "soon"}, UnfitDay),
        ({"happened_on": "2031"}, UnfitDay), ({"title": " "}, Refusal),
    ],
)  # fmt: skip
async def test_what_is_no_event(
    coalition: Coalition, change: dict[str, str], refusal: type[Refusal]
) -> None:
    who, given = (
        coalition.coordinator,
        {"kind": "trial", "happened_on": "2026", "title": "t"} | change,
    )
    async with coalition.database.session(who.person_id) as session:
        with pytest.raises(refusal):
            await record_event(session, who, coalition.case_id, **given)


async def test_a_yes_about_to_lapse_is_renewed_by_the_same_word(coalition: Coalition) -> None:
    action = await coalition.a_statement()
    async with coalition.database.session(job=True) as session:
        soon = await present(session) + REMINDED_BEFORE
    first = await coalition.says(coalition.mother, action, "yes", expires_at=soon)
    renewed: Consent = await coalition.says(coalition.mother, action, "yes")
    assert renewed.id != first.id
    assert renewed.expires_at - renewed.at == LASTS


# -- what the detained person wants -----------------------------------------------------------------


async def test_a_trusted_no_binds_above_the_family(coalition: Coalition) -> None:
    lawyer, action = await counsel_of(coalition), await coalition.ready()
    no = await wishes(coalition, lawyer)
    assert await coalition.missing(action) == {"consent:detainee"}
    await coalition.says(coalition.mother, action, "yes")
    with pytest.raises(GateShut):
        await coalition.publishes(action)
    await wishes(coalition, lawyer, says="yes", replaces=no.id)
    assert await coalition.missing(action) == {"consent:family"}, (
        "whoever lifts it opens nothing alone"
    )
    await coalition.says(coalition.mother, action, "yes")
    assert await coalition.missing(action) == set()


async def test_a_wish_is_about_what_it_names(coalition: Coalition) -> None:
    lawyer, action = await counsel_of(coalition), await coalition.ready()
    others: list[dict[str, Any]] = [
        {"kinds": ["un_submission"]},
        {"audiences": ["A ministry"]},
        {"details": ["school"]},
    ]
    for about in others:
        await wishes(coalition, lawyer, **about)
    assert await coalition.missing(action) == set()
    await wishes(coalition, lawyer, details=["Children"], audiences=["public"])
    assert await coalition.missing(action) == {"consent:detainee"}


@pytest.mark.parametrize("trust", ["uncertain", "imposed"])
async def test_word_that_cannot_be_relied_on_opens_nothing_and_asks_again(
    coalition: Coalition, trust: str
) -> None:
    lawyer, action = await counsel_of(coalition), await coalition.ready()
    trusted = await wishes(coalition, lawyer, kinds=["un_submission"])
    with pytest.raises(UnfitWish) as refused:
        await wishes(coalition, lawyer, trust, says="yes", replaces=trusted.id)
    assert refused.value.field == "trust"
    await wishes(coalition, lawyer, trust, says="yes")
    assert await coalition.missing(action) == set(), "a yes changes nothing"
    await wishes(coalition, lawyer, trust)
    assert await coalition.missing(action) == {"consent:family"}
    await coalition.says(coalition.mother, action, "yes")
    assert await coalition.missing(action) == set(), "the family has decided, knowing it"
    async with coalition.database.session(coalition.mother.person_id) as session:
        kept = await wishes_of(session, coalition.case_id)
    assert {wish.trust for wish in kept} == {"trusted", trust}, "each with its mark"


@pytest.mark.parametrize(
    "channel", ["said_directly", "prior_writing", "power_of_attorney", "intermediary"]
)
async def test_no_way_it_may_come_asks_for_a_signature(coalition: Coalition, channel: str) -> None:
    """Whoever is in a cell may have no pen: says, known through, trust, and nothing more."""
    lawyer = await counsel_of(coalition)
    made = await wishes(coalition, lawyer, known_through=channel)
    assert not [column for column in Wish.__table__.columns if "sign" in column.name]
    assert made.words == ""


async def test_counsel_alone_puts_wishes_on_record(coalition: Coalition) -> None:
    for member in (coalition.coordinator, coalition.mother, coalition.drafter):
        with pytest.raises(Forbidden):
            await wishes(coalition, member)
    lawyer = await counsel_of(coalition)
    for unfit in (
        {"says": "maybe"},
        {"known_through": "dream"},
        {"trust": "blind"},
        {"kinds": ["letter"]},
    ):
        with pytest.raises(UnfitWish):
            await wishes(coalition, lawyer, **unfit)
    first = await wishes(coalition, lawyer)
    await wishes(coalition, lawyer, replaces=first.id)
    with pytest.raises(AlreadyRecorded):
        await wishes(coalition, lawyer, replaces=first.id)


async def test_incommunicado_is_a_state_with_its_date(coalition: Coalition) -> None:
    for who in (coalition.drafter, coalition.aunt):
        async with coalition.database.session(who.person_id) as session:
            with pytest.raises(Forbidden):
                await record_contact_state(
                    session, who, coalition.case_id, incommunicado=True, since="2026-05"
                )
    for cut_off, since in ((True, "2026-05"), (False, "2026-11-01")):
        who = coalition.mother
        async with coalition.database.session(who.person_id) as session:
            await record_contact_state(
                session, who, coalition.case_id, incommunicado=cut_off, since=since
            )
            with pytest.raises(AlreadyRecorded):
                await record_contact_state(
                    session, who, coalition.case_id, incommunicado=cut_off, since=since
                )
            found = await contact_state(session, coalition.case_id)
            assert found is not None
            assert (found.incommunicado, found.since) == (cut_off, since)
    assert timedelta(0) < LASTS
