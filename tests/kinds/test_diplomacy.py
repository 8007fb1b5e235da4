"""Every side stands on one page; what was promised at a meeting becomes a task."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from assent.contacts.refusals import UnknownCountry, UnknownSide
from assent.database.session import Database
from assent.diplomacy.queries import sides_of
from assent.diplomacy.refusals import UnfitNote
from assent.diplomacy.service import MeetingDetails, note_meeting, record_meeting
from assent.refusal import Forbidden, Invalid, NotFound
from assent.tasks.models import Task
from assent.wording import UnfitText
from tests.coalition import a_coalition
from tests.kinds.forms import OUTREACH

DAY = date(2026, 11, 2)
MEETING = MeetingDetails("home", "SE", "Foreign ministry", DAY, "Ask for a visit.")


WRONG: dict[MeetingDetails, type[Invalid]] = {
    MeetingDetails("inner", "SE", "Somebody", DAY): UnknownSide,
    MeetingDetails("home", "Sweden", "Somebody", DAY): UnknownCountry,
    MeetingDetails("home", "SE", " ", DAY): UnfitText,
}


async def test_all_sides_stand_beside_each_other(database: Database) -> None:
    coalition = await a_coalition(database)
    await coalition.a_statement(kind="diplomatic_outreach", form=OUTREACH, audience=["A desk"])
    await coalition.a_statement(kind="diplomatic_outreach", audience=["Another desk"])
    async with database.session(coalition.drafter.person_id) as session:
        await record_meeting(session, coalition.drafter, coalition.case_id, MEETING)
    async with database.session(coalition.observer.person_id) as session:
        sides, unsaid = await sides_of(session, coalition.case_id)
    assert [side.name for side in sides] == ["home", "detaining", "third"]
    home, detaining, _ = sides
    assert [(line.body, line.sort) for line in home.outreach] == [("Foreign ministry", "letter")]
    assert home.last_on == DAY
    assert (detaining.outreach, detaining.meetings, detaining.last_on) == ([], [], None)
    assert len(unsaid) == 1
    async with database.session(coalition.stranger.person_id) as session:
        hidden, _ = await sides_of(session, coalition.case_id)
    assert not any(side.outreach or side.meetings for side in hidden)


async def test_a_promise_becomes_a_task_and_minutes_do_not(database: Database) -> None:
    coalition = await a_coalition(database)
    drafter = coalition.drafter
    async with database.session(drafter.person_id) as session:
        meeting = await record_meeting(session, drafter, coalition.case_id, MEETING)
        await note_meeting(session, drafter, meeting.id, "They listened.")
        await note_meeting(
            session, drafter, meeting.id, "Raise it\nin May.", promised_by="The desk officer", due_on=date(2026, 5, 31)
        )  # fmt: skip
    async with database.session(coalition.coordinator.person_id) as session:
        query = select(Task).where(Task.case_id == coalition.case_id, Task.kind == "assigned")
        tasks = list(await session.scalars(query))
        sides, _ = await sides_of(session, coalition.case_id)
    assert [(t.title, t.due_on, t.role) for t in tasks] == [
        ("The desk officer: Raise it in May.", date(2026, 5, 31), "coordinator")
    ]
    assert [n.kind for n in sides[0].meetings[0].notes] == ["minutes", "promise"]


async def test_what_is_refused(database: Database) -> None:
    coalition = await a_coalition(database)
    drafter = coalition.drafter
    for who, refusal in (
        (coalition.stranger, NotFound),
        (coalition.observer, Forbidden),
        (coalition.mother, Forbidden),
    ):
        async with database.session(who.person_id) as session:
            with pytest.raises(refusal):
                await record_meeting(session, who, coalition.case_id, MEETING)
    async with database.session(drafter.person_id) as session:
        for wrong, unfit in WRONG.items():
            with pytest.raises(unfit):
                await record_meeting(session, drafter, coalition.case_id, wrong)
        meeting = await record_meeting(session, drafter, coalition.case_id, MEETING)
        with pytest.raises(UnfitNote):
            await note_meeting(session, drafter, meeting.id, " ")
        with pytest.raises(UnfitNote):
            await note_meeting(session, drafter, meeting.id, "A visit.", due_on=DAY)
    async with database.session(coalition.stranger.person_id) as session:
        with pytest.raises(NotFound):
            await note_meeting(session, coalition.stranger, meeting.id, "Overheard.")
