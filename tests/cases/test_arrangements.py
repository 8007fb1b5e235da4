"""The family's arrangement: who may record it, what can be met, who is told."""

from datetime import date
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text

from assent.cases.arrangement_wishes import answer_wish, arrangement_in_force, open_wish
from assent.cases.arrangements import is_minor
from assent.cases.models import Arrangement
from assent.cases.refusals import NotYoursToAgree, NoWish, UnfitArrangement
from assent.cases.service import set_arrangement
from assent.database.session import Database
from assent.ledger.store import read_case_records
from assent.people.caller import Caller
from assent.publishing.refusals import GateShut
from assent.refusal import Forbidden, NotFound
from tests.coalition import Coalition, a_coalition


@pytest.fixture
async def coalition(database: Database) -> Coalition:
    return await a_coalition(database)


async def arranges(
    coalition: Coalition,
    by: Caller,
    rule: str,
    *deciders: str,
    quorum: int | None = None,
    alternates: Any = (),
) -> Arrangement:
    def emails(names: Any) -> list[str]:
        return [coalition.people[n].email if n in coalition.people else n for n in names]

    async with coalition.database.session(by.person_id) as session:
        return await set_arrangement(
            session, by, coalition.case_id, rule, quorum, emails(deciders), emails(alternates)
        )


async def answers(coalition: Coalition, name: str, version: int, *, agrees: bool = True) -> bool:
    who = coalition.people[name]
    async with coalition.database.session(who.person_id) as session:
        return await answer_wish(session, who, coalition.case_id, version, agrees=agrees)


async def in_force(coalition: Coalition) -> tuple[int, str]:
    async with coalition.database.session(coalition.mother.person_id) as session:
        found = await arrangement_in_force(session, coalition.case_id)
    assert found is not None
    return found.version, found.rule


async def told(coalition: Coalition) -> set[str]:
    """Names of those for whom a mail waits."""
    query = text(
        "select distinct args ->> 'person_id' from jobs.procrastinate_jobs"
        " where args ->> 'kind' in ('something_changed', 'something_waits')"
    )
    async with coalition.database.session(job=True) as session:
        ids = set(await session.scalars(query))
    return {name for name, caller in coalition.people.items() if str(caller.person_id) in ids}


async def test_nobody_a_drafter_a_relative_a_coordinator(coalition: Coalition) -> None:
    with pytest.raises(NotFound):
        await arranges(coalition, coalition.stranger, "one", "mother")
    for member in (coalition.drafter, coalition.uncle):  # the uncle is not named so far
        with pytest.raises(Forbidden):
            await arranges(coalition, member, "one", "mother")
    made = await arranges(coalition, coalition.coordinator, "one", "mother", alternates=["aunt"])
    assert (made.version, made.rule, made.set_by) == (2, "one", coalition.coordinator.person_id)


async def test_versions_are_kept_and_the_one_agreed_to_is_in_force(coalition: Coalition) -> None:
    await arranges(
        coalition, coalition.coordinator, "quorum", "mother", "brother", "uncle", quorum=2
    )
    async with coalition.database.session(coalition.mother.person_id) as session:
        recorded = (await read_case_records(session, coalition.case_id))[-1]
    for name in ("mother", "brother"):
        await answers(coalition, name, 2)
    async with coalition.database.session(coalition.mother.person_id) as session:
        found = await arrangement_in_force(session, coalition.case_id)
        versions = list(
            await session.scalars(select(Arrangement.version).order_by(Arrangement.version))
        )
        body = recorded.record["body"]
    assert found is not None
    assert (found.version, found.rule, found.quorum, len(found.decision_makers)) == (
        2,
        "quorum",
        2,
        3,
    )
    assert versions == [1, 2]
    assert (body["version"], body["quorum"], len(body["people"])) == (2, 2, 3)


async def test_the_same_again_is_not_recorded_again(coalition: Coalition) -> None:
    first = await arranges(
        coalition, coalition.coordinator, "all", "mother", "uncle", alternates=["aunt"]
    )
    again = await arranges(
        coalition, coalition.coordinator, "all", "uncle", "mother", alternates=["aunt"]
    )
    assert (again.id, again.version) == (first.id, 2)
    assert (await arranges(coalition, coalition.coordinator, "all", "uncle", "mother")).version == 3


async def test_everybody_named_now_or_before_is_told(coalition: Coalition) -> None:
    await arranges(coalition, coalition.coordinator, "one", "uncle", alternates=["aunt"])
    assert await told(coalition) == {"mother", "brother", "uncle", "aunt"}


async def test_a_change_waits_for_all_who_decide_so_far(coalition: Coalition) -> None:
    await arranges(coalition, coalition.coordinator, "one", "uncle")
    assert await in_force(coalition) == (1, "any")
    assert not await answers(coalition, "mother", 2)
    assert not await answers(coalition, "mother", 2), "once is enough"
    assert await in_force(coalition) == (1, "any")
    assert await answers(coalition, "brother", 2)
    assert await in_force(coalition) == (2, "one")
    with pytest.raises(NoWish):
        await answers(coalition, "uncle", 2)


async def test_a_no_keeps_a_change_out_until_it_is_recorded_anew(coalition: Coalition) -> None:
    await arranges(coalition, coalition.coordinator, "one", "mother")
    await answers(coalition, "mother", 2)
    assert not await answers(coalition, "brother", 2, agrees=False)
    assert await in_force(coalition) == (1, "any")
    async with coalition.database.session(coalition.mother.person_id) as session:
        wish = await open_wish(session, coalition.case_id)
    assert wish is not None
    assert wish.refused == {coalition.brother.person_id}
    again = await arranges(coalition, coalition.coordinator, "one", "mother")
    assert again.version == 3
    with pytest.raises(NoWish):
        await answers(coalition, "mother", 2)
    await answers(coalition, "brother", 3)
    assert await answers(coalition, "mother", 3)


async def test_a_quorum_changes_by_its_quorum(coalition: Coalition) -> None:
    await coalition.arranges("quorum", "mother", "brother", "uncle", quorum=2)
    assert await in_force(coalition) == (2, "quorum")
    await arranges(coalition, coalition.coordinator, "all", "mother", "brother")
    assert not await answers(coalition, "uncle", 3)
    assert await answers(coalition, "brother", 3)
    assert await in_force(coalition) == (3, "all")


async def test_nobody_else_agrees_for_them(coalition: Coalition) -> None:
    await arranges(coalition, coalition.coordinator, "one", "uncle")
    with pytest.raises(NotYoursToAgree):
        await answers(coalition, "uncle", 2)
    for name in ("coordinator", "aunt"):
        with pytest.raises(Forbidden):
            await answers(coalition, name, 2)
    with pytest.raises(NotFound):
        await answers(coalition, "stranger", 2)


async def test_a_relatives_no_is_not_got_round_by_naming_others(coalition: Coalition) -> None:
    action = await coalition.ready()
    await coalition.says(coalition.brother, action, "no")
    await arranges(coalition, coalition.coordinator, "one", "mother")
    await answers(coalition, "mother", 2)
    assert await coalition.missing(action) == {"consent:family"}
    with pytest.raises(GateShut):
        await coalition.publishes(action)


async def test_a_night_to_sleep_over_it(coalition: Coalition) -> None:
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        who, emails = coalition.coordinator, [coalition.mother.email, coalition.brother.email]
        for hours in (-1, 169):
            with pytest.raises(UnfitArrangement):
                await set_arrangement(
                    session, who, coalition.case_id, "any", None, emails, cooling_off_hours=hours
                )
        await set_arrangement(
            session, who, coalition.case_id, "any", None, emails, cooling_off_hours=12
        )
    for name in ("mother", "brother"):
        await answers(coalition, name, 2)
    action = await coalition.ready()
    assert await coalition.missing(action) == {"release:not_before"}


@pytest.mark.parametrize(
    ("rule", "deciders", "quorum", "field"),
    [
        ("most", ["mother"], None, "rule"),
        ("any", [], None, "decision_makers"),
        ("one", ["mother", "brother"], None, "decision_makers"),
        ("any", ["mother", "mother"], None, "decision_makers"),
        ("any", ["aunt"], None, "decision_makers"),
        ("any", ["drafter"], None, "decision_makers"),
        ("any", ["nobody@nowhere.example"], None, "decision_makers"),
        ("quorum", ["mother", "brother"], None, "quorum"),
        ("quorum", ["mother", "brother"], 0, "quorum"),
        ("quorum", ["mother", "brother"], 3, "quorum"),
        ("any", ["mother", "brother"], 1, "quorum"),
    ],
)
async def test_what_nobody_could_meet_is_refused(
    coalition: Coalition, rule: str, deciders: list[str], quorum: int | None, field: str
) -> None:
    with pytest.raises(UnfitArrangement) as refused:
        await arranges(coalition, coalition.coordinator, rule, *deciders, quorum=quorum)
    assert refused.value.field == field
    assert str(refused.value)


async def test_an_alternate_is_of_the_family(coalition: Coalition) -> None:
    with pytest.raises(UnfitArrangement) as refused:
        await arranges(coalition, coalition.coordinator, "one", "mother", alternates=["reviewer"])
    assert refused.value.field == "alternates"


async def test_a_minor_neither_decides_nor_stands_in(coalition: Coalition, owner_dsn: str) -> None:
    with psycopg.connect(owner_dsn) as owner:
        younger = "update assent.people set born = current_date - interval '17 years' where id = %s"
        owner.execute(younger, [coalition.uncle.person_id])
    for deciders, alternates in ((["uncle"], []), (["mother"], ["uncle"])):
        with pytest.raises(UnfitArrangement) as refused:
            await arranges(
                coalition, coalition.coordinator, "one", *deciders, alternates=alternates
            )
        assert coalition.uncle.email in str(refused.value)


@pytest.mark.parametrize(
    ("born", "today", "minor"),
    [
        (None, date(2026, 11, 24), False),
        (date(2008, 11, 24), date(2026, 11, 24), False),
        (date(2008, 11, 25), date(2026, 11, 24), True),
        (date(2008, 2, 29), date(2026, 2, 28), True),
        (date(2008, 2, 29), date(2026, 3, 1), False),
    ],
)
def test_of_age_on_the_birthday(born: date | None, today: date, minor: bool) -> None:
    assert is_minor(born, today) is minor
