"""Targets of a case: who may, import, merge with undo, another case that learns nothing."""

import pytest
from sqlalchemy import select

from assent.database.session import Database
from assent.ledger.store import read_case_records
from assent.people.caller import Caller
from assent.refusal import Forbidden, NotFound
from assent.sanctions.claims import end_claim, make_claim
from assent.sanctions.listings import record_listing
from assent.sanctions.models import Claim, Target, TargetCopy, TargetVersion
from assent.sanctions.queries import (
    case_standings,
    case_targets,
    other_cases,
    target_claims,
    target_line,
)
from assent.sanctions.refusals import (
    AlreadyEnded,
    BrokenEntity,
    CannotBeOne,
    CommandCircle,
    EntityTaken,
    IsMerged,
    NobodyLinked,
    NotMerged,
)
from assent.sanctions.relations import chain_of_command, relate, relations_of
from assent.sanctions.targets import (
    change_target,
    copy_target,
    import_targets,
    merge_targets,
    undo_merge,
)
from tests.coalition import Coalition, a_coalition
from tests.sanctions.conftest import WARDEN, Add, a_person


async def test_who_adds_targets(coalition: Coalition, add: Add) -> None:
    for outsider in (coalition.stranger, coalition.administrator):
        with pytest.raises(NotFound):
            await add(by=outsider)
    for member in (coalition.observer, coalition.mother, coalition.reviewer):
        with pytest.raises(Forbidden):
            await add(by=member)
    line = await add()
    assert line.entity.caption.startswith("رضا")
    async with coalition.database.session(job=True) as session:
        events = [r.record["event"] for r in await read_case_records(session, coalition.case_id)]
    assert events[-1] == "target_added"


async def test_who_sees_them(coalition: Coalition, add: Add) -> None:
    line = await add()
    async with coalition.database.session(coalition.observer.person_id) as session:
        assert (await target_line(session, line.id)).entity == line.entity
    async with coalition.database.session(coalition.stranger.person_id) as session:
        with pytest.raises(NotFound):
            await target_line(session, line.id)


async def test_an_import_is_all_or_nothing(coalition: Coalition) -> None:
    who = coalition.drafter
    good = [
        {"id": "general", **a_person("A General")},
        {"id": "warden", **WARDEN},
        {"id": "link", "schema": "UnknownLink",
         "properties": {"subject": ["general"], "object": ["warden"], "role": ["commander"]}},
    ]  # fmt: skip
    back = {"id": "back", "schema": "UnknownLink",
            "properties": {"subject": ["warden"], "object": ["general"], "role": ["commands"]}}  # fmt: skip
    lost = {
        "id": "lost",
        "schema": "Family",
        "properties": {"person": ["general"], "relative": ["nobody"]},
    }
    for broken, refusal in (
        ([*good, {"schema": "Nope"}], BrokenEntity),
        ([*good, back], CommandCircle),
        ([*good, lost], NobodyLinked),
        ([*good, good[0]], EntityTaken),
        ({"schema": "Person"}, BrokenEntity),
    ):
        with pytest.raises(refusal):
            async with coalition.database.session(who.person_id) as session:
                await import_targets(session, who, coalition.case_id, broken)
    async with coalition.database.session(who.person_id) as session:
        assert await case_targets(session, coalition.case_id) == []
    async with coalition.database.session(who.person_id) as session:
        general, warden, _ = await import_targets(session, who, coalition.case_id, good)
    async with coalition.database.session(who.person_id) as session:
        lines = await case_targets(session, coalition.case_id)
        [chain] = chain_of_command(lines, warden)
        assert [one.id for one in chain] == [warden.id, general.id]
        # What goes out comes in again unchanged.
        exported = [line.entity.as_json() for line in lines]
    other = await a_coalition(coalition.database, slug="another")
    async with coalition.database.session(other.drafter.person_id) as session:
        again = await import_targets(session, other.drafter, other.case_id, exported)
    assert [line.entity.as_json() for line in again] == exported


async def test_a_link_that_closes_a_circle_is_refused(coalition: Coalition, add: Add) -> None:
    one, two = await add(a_person("One")), await add(a_person("Two"))
    who = coalition.drafter
    async with coalition.database.session(who.person_id) as session:
        await relate(session, who, one.id, "commands", two.id, since="2019")
    with pytest.raises(CommandCircle, match="One → Two"):
        async with coalition.database.session(who.person_id) as session:
            await relate(session, who, two.id, "commands", one.id)
    async with coalition.database.session(who.person_id) as session:
        [relation] = await relations_of(session, two)
    assert (relation.words, relation.other.id, relation.outward) == ("commands", one.id, False)
    assert relation.since == "2019"


async def test_a_change_keeps_the_id_and_what_was_said_before(
    coalition: Coalition, add: Add
) -> None:
    line, who = await add(), coalition.drafter
    async with coalition.database.session(who.person_id) as session:
        changed = await change_target(session, who, line.id, a_person("Another Name"))
        assert (changed.entity.id, changed.number) == (line.entity.id, 2)
        same = await change_target(session, who, line.id, a_person("Another Name"))
        assert same.number == 2


async def test_two_that_are_one_are_merged_and_parted_again(coalition: Coalition, add: Add) -> None:
    who = coalition.drafter
    kept, other = (
        await add(),
        await add(a_person("R. Nemunei", nationality=["ir"], email=["r@example.org"])),
    )
    async with coalition.database.session(who.person_id) as session:
        claim = await make_claim(session, who, other.id, "abuse", "He ordered the beatings.")
        await record_listing(session, who, other.id, "uk", "listed")
    async with coalition.database.session(who.person_id) as session:
        whole = await merge_targets(session, who, kept.id, other.id)
    assert "R. Nemunei" in whole.entity.names
    async with coalition.database.session(who.person_id) as session:
        assert (await target_line(session, other.id)).merged_into == kept.id
        # What is said of one is said of the whole.
        assert [c.id for c in await target_claims(session, kept.id)] == [claim.id]
        lines = await case_targets(session, coalition.case_id)
        standings = await case_standings(session, lines, coalition.case_id)
        assert standings[(kept.id, "uk")].status == "listed"
        with pytest.raises(IsMerged):
            await change_target(session, who, other.id, a_person("x"))
        with pytest.raises(IsMerged):
            await merge_targets(session, who, kept.id, other.id)
        with pytest.raises(CannotBeOne):
            await merge_targets(session, who, kept.id, kept.id)
    edited = whole.entity.as_json()
    edited["properties"]["birthPlace"] = ["A Town"]
    async with coalition.database.session(who.person_id) as session:
        await change_target(session, who, kept.id, edited)
    async with coalition.database.session(who.person_id) as session:
        await undo_merge(session, who, other.id)
    async with coalition.database.session(who.person_id) as session:
        parted, apart = await target_line(session, kept.id), await target_line(session, other.id)
        assert parted.entity.names == kept.entity.names
        # What was added meanwhile stays.
        assert parted.entity.values("birthPlace") == ("A Town",)
        assert (apart.merged_into, apart.entity) == (None, other.entity)
        assert await target_claims(session, kept.id) == []
        with pytest.raises(NotMerged):
            await undo_merge(session, who, other.id)


async def test_one_target_serves_two_cases_without_exposing_them(
    coalition: Coalition, add: Add, database: Database
) -> None:
    other = await a_coalition(database, slug="another")
    line, who = await add(), coalition.drafter
    async with database.session(job=True) as session:
        from assent.cases.service import record_membership
        from assent.gate.roles import Role

        harbour = other.organisations["harbour"]
        await record_membership(session, None, other.case_id, who.person_id, Role.DRAFTER, harbour)
    with pytest.raises(NotFound):
        async with database.session(other.drafter.person_id) as session:
            await copy_target(session, other.drafter, line.id, other.case_id)
    async with database.session(who.person_id) as session:
        await make_claim(session, who, line.id, "abuse", "He ordered the beatings.")
        copy = await copy_target(session, who, line.id, other.case_id)
    assert copy.entity.properties == line.entity.properties
    assert copy.entity.id != line.entity.id
    async with database.session(who.person_id) as session:
        assert [c.slug for c in await other_cases(session, line.id)] == ["another"]
        assert [c.slug for c in await other_cases(session, copy.id)] == ["teacher"]
        assert await target_claims(session, copy.id) == []
    for insider, theirs, foreign in (
        (coalition.coordinator, line, copy),
        (other.coordinator, copy, line),
    ):
        async with database.session(insider.person_id) as session:
            assert await other_cases(session, theirs.id) == []
            # Asked without any filter of ours, the database shows this case's rows alone.
            assert set(await session.scalars(select(Target.id))) == {theirs.id}
            assert list(await session.scalars(select(TargetCopy.id))) == []
            assert foreign.id not in set(await session.scalars(select(TargetVersion.target_id)))
            assert foreign.id not in set(await session.scalars(select(Claim.target_id)))
    async with database.session(other.coordinator.person_id) as session:
        records = await read_case_records(session, other.case_id)
    assert str(line.id) not in str([r.record for r in records])


async def test_a_claim_is_taken_back_once(coalition: Coalition, add: Add) -> None:
    line = await add()

    async def by(who: Caller) -> None:
        async with coalition.database.session(who.person_id) as session:
            await end_claim(session, who, claim.id)

    async with coalition.database.session(coalition.drafter.person_id) as session:
        claim = await make_claim(
            session, coalition.drafter, line.id, "link", "He gave the order.", category="ordered"
        )
    with pytest.raises(NotFound):
        await by(coalition.stranger)
    with pytest.raises(Forbidden):
        await by(coalition.observer)
    await by(coalition.coordinator)
    with pytest.raises(AlreadyEnded):
        await by(coalition.coordinator)
