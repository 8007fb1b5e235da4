"""Opening a case: by staff, with its key, its record and its first coordinator."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from assent.cases.models import Case
from assent.cases.refusals import SlugTaken, StaffOnly
from assent.cases.service import CaseDetails, create_case
from assent.database.session import Database
from assent.database.violations import refusal_of
from assent.ledger.store import read_case_records
from assent.people.memberships import standing
from assent.refusal import Invalid
from tests.coalition import Coalition, a_coalition

DETAILS = CaseDetails(
    "the-nurse",
    "Free the nurse",
    {
        "name": "Mina Tavakoli",
        "names": {"fa": "مینا توکلی"},
        "born": "1988-03",
        "nationalities": ["IR", "SE"],
    },
    "IR",
    "quiet",
)


@pytest.fixture
async def coalition(database: Database) -> Coalition:
    return await a_coalition(database)


async def test_staff_open_a_case_and_coordinate_it(coalition: Coalition) -> None:
    opener = coalition.stranger
    async with coalition.database.session(opener.person_id) as session:
        case = await create_case(session, opener, DETAILS)
    async with coalition.database.session(opener.person_id) as session:
        found = await standing(session, opener, case.id)
        assert found is not None
        assert found.roles == {("coordinator", coalition.organisations["outside"])}
        records = [r.record for r in await read_case_records(session, case.id)]
    assert [r["event"] for r in records] == ["case_created", "membership_granted"]
    assert records[0]["actor"]["person"] == str(opener.person_id)
    assert records[0]["body"]["detained_person"]["names"] == {"fa": "مینا توکلی"}


async def test_a_relative_does_not_open_cases(coalition: Coalition) -> None:
    async with coalition.database.session(coalition.mother.person_id) as session:
        with pytest.raises(StaffOnly):
            await create_case(session, coalition.mother, DETAILS)


async def test_a_short_name_is_given_once(coalition: Coalition) -> None:
    async with coalition.database.session(coalition.stranger.person_id) as session:
        with pytest.raises(SlugTaken) as refused:
            await create_case(session, coalition.stranger, replace(DETAILS, slug="teacher"))
        assert refused.value.field == "slug"


async def test_two_who_want_the_same_short_name_at_once(coalition: Coalition) -> None:
    async def open_one(who: str) -> None:
        caller = coalition.people[who]
        async with coalition.database.session(caller.person_id) as session:
            await create_case(session, caller, DETAILS)

    wanting = (open_one(who) for who in ("stranger", "drafter", "coordinator"))
    ended = await asyncio.gather(*wanting, return_exceptions=True)
    assert ended.count(None) == 1
    for refused in ended:
        if isinstance(refused, DBAPIError):
            refused = refusal_of(refused)
        assert refused is None or isinstance(refused, SlugTaken)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "The Nurse"}, "slug"),
        ({"slug": ""}, "slug"),
        ({"slug": "a" * 65}, "slug"),
        ({"slug": "new"}, "slug"),
        ({"title": " "}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"title": "a" * 301}, "title"),
        ({"detaining_state": "ZZ"}, "detaining_state"),
        ({"detaining_state": "ir"}, "detaining_state"),
        ({"posture": "loud"}, "posture"),
        ({"detained_person": {}}, "detained_person.name"),
        ({"detained_person": {"name": 7}}, "detained_person.name"),
        ({"detained_person": {"name": "\u202eanim"}}, "detained_person.name"),
        ({"detained_person": {"name": "M", "names": ["M"]}}, "detained_person.names"),
        ({"detained_person": {"name": "M", "names": {"??": "M"}}}, "detained_person.names"),
        ({"detained_person": {"name": "M", "born": "1988-13"}}, "detained_person.born"),
        ({"detained_person": {"name": "M", "born": "1988-02-30"}}, "detained_person.born"),
        (
            {"detained_person": {"name": "M", "nationalities": ["Iran"]}},
            "detained_person.nationalities",
        ),
        ({"detained_person": {"name": "M", "prison": "Evin"}}, "detained_person.prison"),
    ],
)
async def test_what_does_not_fit_is_refused_by_field(
    coalition: Coalition, change: dict[str, Any], field: str
) -> None:
    async with coalition.database.session(coalition.stranger.person_id) as session:
        with pytest.raises(Invalid) as refused:
            await create_case(session, coalition.stranger, replace(DETAILS, **change))
        assert refused.value.field == field
        assert str(refused.value)


async def test_a_refused_case_leaves_nothing(coalition: Coalition) -> None:
    async with coalition.database.session(coalition.stranger.person_id) as session:
        with pytest.raises(SlugTaken):
            await create_case(session, coalition.stranger, replace(DETAILS, slug="teacher"))
        # The narrow step as a job is over: the stranger still sees no case.
        assert await session.get(Case, coalition.case_id) is None
        assert (await session.execute(text("select assent.is_job()"))).scalar_one() is False
