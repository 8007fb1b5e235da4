"""What was recorded by mistake is taken out: it stays on record, and goes nowhere any more."""

import pytest

from assent.ledger.store import read_case_records
from assent.people.caller import Caller
from assent.refusal import Forbidden, NotFound
from assent.sanctions.dossiers import begin_dossier
from assent.sanctions.mistakes import take_out
from assent.sanctions.queries import case_targets, target_line
from assent.sanctions.refusals import CommandCircle, EntityTaken, InUse, IsMerged, TakenOut
from assent.sanctions.relations import relate, relations_of
from assent.sanctions.targets import change_target, merge_targets, undo_merge
from tests.coalition import Coalition
from tests.sanctions.conftest import Add, a_person


async def test_a_wrong_link_is_taken_out_and_the_right_one_made(
    coalition: Coalition, add: Add
) -> None:
    one, two, who = await add(a_person("One")), await add(a_person("Two")), coalition.drafter
    async with coalition.database.session(who.person_id) as session:
        link = await relate(session, who, one.id, "commands", two.id)
    with pytest.raises(CommandCircle):
        async with coalition.database.session(who.person_id) as session:
            await relate(session, who, two.id, "commands", one.id)
    async with coalition.database.session(who.person_id) as session:
        await take_out(session, who, link.id)
        await relate(session, who, two.id, "commands", one.id)
        [relation] = await relations_of(session, one)
    assert (relation.other.id, relation.outward) == (two.id, False)


async def test_a_target_goes_with_its_links_and_stays_on_record(
    coalition: Coalition, add: Add
) -> None:
    one, two, who = await add(a_person("One")), await add(a_person("Two")), coalition.drafter

    async def out(by: Caller) -> None:
        async with coalition.database.session(by.person_id) as session:
            await take_out(session, by, one.id)

    async with coalition.database.session(who.person_id) as session:
        await relate(session, who, one.id, "family", two.id, role="brother")
    with pytest.raises(NotFound):
        await out(coalition.stranger)
    with pytest.raises(Forbidden):
        await out(coalition.observer)
    await out(coalition.coordinator)
    with pytest.raises(TakenOut):
        await out(coalition.coordinator)
    async with coalition.database.session(who.person_id) as session:
        assert [line.id for line in await case_targets(session, coalition.case_id)] == [two.id]
        gone = await target_line(session, one.id)
        assert gone.entity == one.entity
        assert gone.ended_at is not None
        with pytest.raises(TakenOut):
            await change_target(session, who, one.id, a_person("Other"))
        with pytest.raises(TakenOut):
            await merge_targets(session, who, two.id, one.id)
        records = await read_case_records(session, coalition.case_id)
    assert [r.record["event"] for r in records][-2:] == ["target_ended", "target_ended"]
    with pytest.raises(EntityTaken):
        await add({**a_person("One"), "id": one.entity.id})
    await add(a_person("Three"))


async def test_what_something_hangs_on_stays(coalition: Coalition, add: Add) -> None:
    kept, other, asked = await add(), await add(), await add()
    who = coalition.drafter
    async with coalition.database.session(who.person_id) as session:
        await merge_targets(session, who, kept.id, other.id)
        await begin_dossier(session, who, asked.id, "uk")
        with pytest.raises(IsMerged):
            await take_out(session, who, other.id)
        for held in (kept, asked):
            with pytest.raises(InUse):
                await take_out(session, who, held.id)
        await undo_merge(session, who, other.id)
        await take_out(session, who, kept.id)
