"""Races on the real database: publishing against everything that should stop it, at the same moment.

After each round: no publication that is out without the family's live consent, and what was
committed before the publication stopped it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from assent.actions.concerns import raise_hold
from assent.cases.detainee import WishGiven, record_wish, wishes_of
from assent.cases.events import record_event
from assent.cases.pauses import pause_case, resume_case
from assent.cases.service import end_membership, grant_membership
from assent.consents.standing import end_standing_consent, give_standing_consent
from assent.consents.standing_scope import Scope
from assent.database.session import Database
from assent.people.models import Membership
from assent.publishing.refusals import AlreadyPublished, GateShut
from assent.refusal import Refusal
from tests.cases.test_family import counsel_of
from tests.coalition import Coalition, a_coalition

ROUNDS = int(os.environ.get("ASSENT_RACE_ROUNDS", "12"))
LONG = [pytest.mark.soak, pytest.mark.timeout(1800)]
MANY = pytest.param(200, marks=LONG)

INVARIANT = text("""
    select count(*) from assent.publications p
    left join assent.retractions t on t.publication_id = p.id
    where t.publication_id is null and not exists (
      select 1 from assent.publication_grounds g join assent.consents c on c.id = g.consent_id
      left join assent.consent_withdrawals w on w.consent_id = c.id
      where g.publication_id = p.id and c.digest = p.digest and c.revision_id = p.revision_id
        and c.decision = 'yes' and w.consent_id is null)
    and not exists (
      select 1 from assent.publication_grounds g
      left join assent.standing_consent_ends e on e.standing_consent_id = g.standing_consent_id
      where g.publication_id = p.id and g.standing_consent_id is not null and e.standing_consent_id is null)
""")


async def no_publication_without_consent(database: Database) -> None:
    """The one invariant, asked of the database itself."""
    async with database.session(job=True) as session:
        assert (await session.execute(INVARIANT)).scalar_one() == 0


async def attempt(work: Awaitable[Any]) -> Any:
    """The result, or the refusal."""
    try:
        return await work
    except Refusal as refusal:
        return refusal


async def race(
    coalition: Coalition,
    stop: Callable[[Any, Any], Awaitable[Any]],
    rounds: int,
    **changes: Any,
) -> list[tuple[Any, Any]]:
    """Publish and stop at once, many times; returns how each pair ended."""
    ended = []
    for number in range(rounds):
        action_id = await coalition.a_statement(**changes)
        await coalition.everybody_clears(action_id)
        consent = await coalition.says(coalition.mother, action_id, "yes")
        works = [
            attempt(coalition.publishes(action_id, key=f"k{number}")),
            attempt(stop(action_id, consent)),
        ]
        if number % 2:
            works.reverse()
        results = await asyncio.gather(*works)
        if number % 2:
            results.reverse()
        await no_publication_without_consent(coalition.database)
        ended.append((action_id, results))
    return ended


@pytest.mark.parametrize("rounds", [ROUNDS, MANY])
async def test_publishing_against_withdrawing(database: Database, rounds: int) -> None:
    coalition = await a_coalition(database)

    async def withdraw(_: Any, consent: Any) -> None:
        await coalition.withdraws(coalition.mother, consent.id)

    for action_id, (published, _) in await race(coalition, withdraw, rounds):
        found = (await coalition.facts(action_id)).publication
        if isinstance(published, GateShut):
            assert found is None
        else:
            assert found is not None
            assert found.retracted_at is not None


@pytest.mark.parametrize("rounds", [ROUNDS, MANY])
async def test_publishing_against_a_no(database: Database, rounds: int) -> None:
    coalition = await a_coalition(database)

    async def refuse(action_id: Any, _: Any) -> None:
        await coalition.says(coalition.brother, action_id, "no")

    for action_id, (published, _) in await race(coalition, refuse, rounds):
        found = (await coalition.facts(action_id)).publication
        if isinstance(published, GateShut):
            assert found is None
        else:
            assert found is not None
            assert found.retracted_at is not None


@pytest.mark.parametrize("rounds", [ROUNDS, MANY])
async def test_publishing_against_a_new_revision(database: Database, rounds: int) -> None:
    coalition = await a_coalition(database)

    async def rewrite(action_id: Any, _: Any) -> None:
        await coalition.writes(action_id, form={"again": str(action_id)})

    for action_id, (published, submitted) in await race(coalition, rewrite, rounds):
        facts = await coalition.facts(action_id)
        if isinstance(published, Refusal):
            assert facts.publication is None
        else:
            assert facts.publication is not None
            assert facts.publication.revision != str(submitted) or facts.number == 2
            assert str(published.publication.revision_id) == facts.publication.revision


@pytest.mark.parametrize("rounds", [ROUNDS, MANY])
async def test_publishing_against_a_pause(database: Database, rounds: int) -> None:
    coalition = await a_coalition(database)

    async def pause(*_: Any) -> int:
        async with database.session(coalition.mother.person_id) as session:
            made = await pause_case(session, coalition.mother, coalition.case_id)
        return made.ledger_index

    for number in range(rounds):
        [(_, (published, paused_at))] = await race(coalition, pause, 1)
        if not isinstance(published, Refusal):
            assert published.publication.ledger_index < paused_at, number
        async with database.session(coalition.mother.person_id) as session:
            await resume_case(session, coalition.mother, coalition.case_id)


@pytest.mark.parametrize("rounds", [ROUNDS, MANY])
async def test_publishing_against_the_end_of_a_membership(database: Database, rounds: int) -> None:
    coalition = await a_coalition(database)
    officer = coalition.lantern_officer

    async def leave(*_: Any) -> int:
        who = coalition.coordinator
        async with database.session(who.person_id) as session:
            query = select(Membership).where(
                Membership.person_id == officer.person_id, Membership.ended_at.is_(None)
            )
            membership = (await session.scalars(query)).one()
            await end_membership(session, who, membership.id)
        async with database.session(job=True) as session:
            ended = await session.get_one(Membership, membership.id)
            assert ended.end_ledger_index is not None
            return ended.end_ledger_index

    for _ in range(rounds):
        [(_, (published, left_at))] = await race(coalition, leave, 1)
        if not isinstance(published, Refusal):
            assert published.publication.ledger_index < left_at
        async with database.session(coalition.coordinator.person_id) as session:
            await grant_membership(
                session, coalition.coordinator, coalition.case_id, officer.email,
                "clearance_officer", "lantern",
            )  # fmt: skip


async def test_publishing_against_a_hold(database: Database) -> None:
    coalition = await a_coalition(database)

    async def hold(action_id: Any, _: Any) -> int:
        async with database.session(coalition.reviewer.person_id) as session:
            made = await raise_hold(session, coalition.reviewer, action_id, "Wait.")
        return made.ledger_index

    [(_, (published, held_at))] = await race(coalition, hold, 1)
    assert isinstance(published, GateShut) or published.publication.ledger_index < held_at


@pytest.mark.parametrize("rounds", [ROUNDS, MANY])
async def test_publishing_twice_at_once_makes_one_publication(
    database: Database, rounds: int
) -> None:
    coalition = await a_coalition(database)
    for number in range(rounds):
        action_id = await coalition.ready()
        keys = [f"same-{number}"] * 2 if number % 2 else [f"one-{number}", f"other-{number}"]
        results = await asyncio.gather(
            *(attempt(coalition.publishes(action_id, key=key)) for key in keys)
        )
        made = [r for r in results if not isinstance(r, Refusal)]
        if number % 2:
            assert [r.created for r in sorted(made, key=lambda r: r.created)] == [False, True]
            assert len({r.publication.id for r in made}) == 1
        else:
            assert len(made) == 1
            assert any(isinstance(r, AlreadyPublished) for r in results)
        async with database.session(job=True) as session:
            count = text("select count(*) from assent.publications where action_id = :id")
            assert (await session.execute(count, {"id": action_id})).scalar_one() == 1


async def test_eight_people_deciding_at_once_leave_a_dense_ledger(database: Database) -> None:
    coalition = await a_coalition(database, "all", "mother", "brother", "uncle")
    actions = [await coalition.a_statement() for _ in range(4)]
    relatives = (coalition.mother, coalition.brother, coalition.uncle)
    words = [coalition.says(who, action, "yes") for who in relatives for action in actions]
    await asyncio.gather(*words, *(coalition.everybody_clears(action) for action in actions))
    async with database.session(job=True) as session:
        dense = text(
            "select count(*), max(index) + 1, (select size from assent.ledger_head) from assent.ledger_entries"
        )
        count, top, size = (await session.execute(dense)).one()
        assert count == top == size
    for action in actions:
        assert (await coalition.gate(action)).open


FEW = [5, MANY]
LETTER = {
    "kind": "diplomatic_outreach",
    "audience": ["Desk <desk@ministry.example>"],
    "cosigners": [],
}


@pytest.mark.parametrize("rounds", FEW)
async def test_publishing_against_the_end_of_a_standing_consent(
    database: Database, rounds: int
) -> None:
    coalition = await a_coalition(database)
    mother, coordinator = coalition.mother, coalition.coordinator
    scope = Scope(["diplomatic_outreach"], LETTER["audience"], ["en", "fa"])
    for number in range(rounds):
        async with database.session(mother.person_id) as session:
            standing = await give_standing_consent(session, mother, coalition.case_id, scope)
        action_id = await coalition.a_statement(**LETTER)
        await coalition.clears(coalition.harbour_officer, action_id)

        async def end(standing_id: Any = standing.id) -> None:
            async with database.session(mother.person_id) as session:
                await end_standing_consent(session, mother, standing_id)

        works = [attempt(coalition.publishes(action_id, by=coordinator)), attempt(end())]
        results = await asyncio.gather(*(works if number % 2 else works[::-1]))
        published = results[0 if number % 2 else 1]
        await no_publication_without_consent(database)
        found = (await coalition.facts(action_id)).publication
        if isinstance(published, GateShut):
            assert found is None
        else:
            assert found is not None
            assert found.retracted_at is not None


@pytest.mark.parametrize("rounds", FEW)
@pytest.mark.parametrize("what", ["an event", "a wish"])
async def test_publishing_against_what_asks_again_and_what_the_person_wants(
    database: Database, rounds: int, what: str
) -> None:
    """What is on record first stops it; what is on record after came too late to."""
    coalition = await a_coalition(database)
    lawyer = await counsel_of(coalition)
    coordinator, replaced = coalition.coordinator, None

    async def happen(*_: Any) -> int:
        if what == "an event":
            async with database.session(coordinator.person_id) as session:
                event = await record_event(
                    session, coordinator, coalition.case_id, "release", "2026", "She is free."
                )
            return event.ledger_index
        async with database.session(lawyer.person_id) as session:
            no = WishGiven("no", "lawyer", "trusted", replaces=replaced)
            return (await record_wish(session, lawyer, coalition.case_id, no)).ledger_index

    for _ in range(rounds):
        [(_, (published, happened_at))] = await race(coalition, happen, 1)
        if not isinstance(published, Refusal):
            assert published.publication.ledger_index < happened_at
        if what == "a wish":
            async with database.session(lawyer.person_id) as session:
                last = (await wishes_of(session, coalition.case_id))[0]
                yes = WishGiven("yes", "lawyer", "trusted", replaces=last.id)
                replaced = (await record_wish(session, lawyer, coalition.case_id, yes)).id
