"""What was released is handed over only while the family's consent holds and nothing stops the case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import psycopg
import pytest

from assent.actions.concerns import raise_concern
from assent.cases.pauses import pause_case, resume_case
from assent.publishing.deliveries import claim
from assent.publishing.queries import DeliveryLine, delivery_lines
from tests.coalition import Coalition
from tests.conftest import Place
from tests.web.visitors import Visitors

ADDRESS = "envoy@state.example"
Deed = Callable[[Coalition, UUID], Awaitable[object]]


async def a_letter_out(coalition: Coalition) -> UUID:
    """A letter to somebody reached by mail, and to somebody by hand, released and not handed over yet."""
    letter = await coalition.ready(kind="diplomatic_outreach", audience=[ADDRESS, "The ambassador"])
    await coalition.publishes(letter)
    return letter


async def deliveries(coalition: Coalition, letter: UUID) -> dict[str, DeliveryLine]:
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        return {line.channel: line for line in await delivery_lines(session, letter)}


async def claimed(coalition: Coalition, delivery: DeliveryLine) -> bool:
    """What the job does; whether a mail would leave."""
    async with coalition.database.session(job=True) as session:
        return await claim(session, delivery.id, "Assent <a@example.org>", ADDRESS) is not None


async def paused(coalition: Coalition, _: UUID) -> None:
    async with coalition.database.session(coalition.mother.person_id) as session:
        await pause_case(session, coalition.mother, coalition.case_id, "")


async def concerned(coalition: Coalition, letter: UUID) -> None:
    async with coalition.database.session(coalition.aunt.person_id) as session:
        await raise_concern(session, coalition.aunt, letter, "They moved her.")


async def asks(coalition: Coalition, letter: UUID) -> None:
    await coalition.says(coalition.brother, letter, "question")


async def wants_time(coalition: Coalition, letter: UUID) -> None:
    await coalition.says(coalition.brother, letter, "yes", waits=True)


@pytest.mark.parametrize("deed", [paused, concerned, asks, wants_time])
async def test_what_is_stopped_after_its_release_does_not_leave(
    coalition: Coalition, visitors: Visitors, deed: Deed
) -> None:
    letter = await a_letter_out(coalition)
    waiting = await deliveries(coalition, letter)
    await deed(coalition, letter)
    assert not await claimed(coalition, waiting["mail"])
    program = await visitors.program(coalition.coordinator)
    again = await program.post(
        f"deliveries/{waiting['mail'].id}/resolution", json={"outcome": "again"}
    )
    by_hand = await program.post(f"deliveries/{waiting['by_hand'].id}/handover", json={})
    assert {again.status_code, by_hand.status_code} == {409}
    assert {again.json()["type"], by_hand.json()["type"]} == {"/api/docs#problem-delivery-held"}
    after = await deliveries(coalition, letter)
    assert {c: line.state for c, line in after.items()} == {
        "mail": "not_sent",
        "by_hand": "pending",
    }
    tasks = (await program.get("cases/teacher/tasks")).json()["items"]
    assert [t["kind"] for t in tasks if t["kind"] == "delivery" and not t["closed_at"]]


async def test_once_it_is_settled_somebody_sends_it(
    coalition: Coalition, visitors: Visitors
) -> None:
    letter = await a_letter_out(coalition)
    waiting = await deliveries(coalition, letter)
    await paused(coalition, letter)
    assert not await claimed(coalition, waiting["mail"])
    async with coalition.database.session(coalition.mother.person_id) as session:
        await resume_case(session, coalition.mother, coalition.case_id)
    assert not await claimed(coalition, waiting["mail"]), "nothing leaves by itself after a stop"
    program = await visitors.program(coalition.coordinator)
    again = await program.post(
        f"deliveries/{waiting['mail'].id}/resolution", json={"outcome": "again"}
    )
    by_hand = await program.post(f"deliveries/{waiting['by_hand'].id}/handover", json={})
    assert {again.status_code, by_hand.status_code} == {204}
    assert await claimed(coalition, waiting["mail"])


async def test_a_yes_that_lapsed_since_lets_nothing_leave(
    coalition: Coalition, place: Place
) -> None:
    letter = await a_letter_out(coalition)
    waiting = await deliveries(coalition, letter)
    with psycopg.connect(place.superuser_dsn) as superuser:
        superuser.execute("update assent.ledger_head set last_at = last_at + interval '31 days'")
    assert not await claimed(coalition, waiting["mail"])


async def test_a_stop_that_is_under_way_is_waited_for(coalition: Coalition) -> None:
    """The mother has pressed the button, the server has not answered yet; a mail is taken up at that moment."""
    letter = await a_letter_out(coalition)
    waiting = await deliveries(coalition, letter)
    async with coalition.database.session(coalition.mother.person_id) as session:
        await pause_case(session, coalition.mother, coalition.case_id, "")
        leaving = asyncio.create_task(claimed(coalition, waiting["mail"]))
        done, _ = await asyncio.wait({leaving}, timeout=0.3)
        assert not done
    assert not await leaving


async def test_a_withdrawal_waits_for_a_mail_that_is_being_taken_up(coalition: Coalition) -> None:
    letter = await a_letter_out(coalition)
    waiting = await deliveries(coalition, letter)
    (given,) = (await coalition.facts(letter)).facts.consents
    async with coalition.database.session(job=True) as session:
        assert await claim(session, waiting["mail"].id, "Assent <a@example.org>", ADDRESS)
        taking_back = asyncio.create_task(
            coalition.withdraws(coalition.mother, UUID(given.id or ""))
        )
        done, _ = await asyncio.wait({taking_back}, timeout=0.3)
        assert not done
    await taking_back
    after = await deliveries(coalition, letter)
    assert {c: line.state for c, line in after.items()} == {
        "mail": "claimed",
        "by_hand": "cancelled",
    }
