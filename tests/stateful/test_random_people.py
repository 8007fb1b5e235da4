"""Random people doing random things to the real service on the real database; the promise holds after each step."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from assent.actions.concerns import answer_concern, raise_concern, raise_hold
from assent.cases.absences import end_absence, open_absences, record_absence
from assent.cases.detainee import WishGiven, record_wish, wishes_of
from assent.cases.events import record_event
from assent.cases.pauses import pause_case, resume_case
from assent.cases.service import end_membership, grant_membership, set_arrangement
from assent.consents.standing import (
    answer_standing_consent,
    end_standing_consent,
    give_standing_consent,
)
from assent.consents.standing_scope import Scope
from assent.database.session import Database
from assent.gate.roles import Role
from assent.proving.examining import examine
from assent.refusal import Refusal
from tests.cases.test_family import counsel_of
from tests.coalition import Coalition, a_coalition

DESK = "Desk <desk@ministry.example>"
STEPS = int(os.environ.get("ASSENT_STATEFUL_STEPS", "120"))

# The invariant of the promise, asked of the rows alone at the moment a publication was recorded: the
# grounds it names, and nothing that had been recorded before it and stood against it.
# ruff: noqa: E501 (SQL reads better in its own lines)
BROKEN = text("""
  select p.id from assent.publications p where
    not exists (select 1 from assent.publication_grounds g join assent.consents c on c.id = g.consent_id
      where g.publication_id = p.id and c.revision_id = p.revision_id and c.digest = p.digest and c.decision = 'yes'
        and c.ledger_index < p.ledger_index and c.expires_at > p.released_at
        and c.ledger_index > coalesce((select max(v.ledger_index) from assent.events v where v.case_id = p.case_id and v.kind = 'release'
          and v.ledger_index < p.ledger_index), -1)
        and not exists (select 1 from assent.consent_withdrawals w where w.consent_id = c.id and w.ledger_index < p.ledger_index))
    and not exists (select 1 from assent.publication_grounds g join assent.standing_consents s on s.id = g.standing_consent_id
      join assent.actions a on a.id = p.action_id join assent.revisions r on r.id = p.revision_id
      where g.publication_id = p.id and s.ledger_index < p.ledger_index and s.expires_at > p.released_at and a.kind = any (s.kinds)
        and s.audiences @> array(select jsonb_array_elements_text(r.content -> 'audience'))
        and s.languages @> array(select jsonb_object_keys(r.content -> 'languages'))
        and exists (select 1 from assent.standing_consent_answers n where n.standing_consent_id = s.id and n.person_id = g.person_id and n.agrees
          and n.ledger_index < p.ledger_index and n.ledger_index > coalesce((select max(v.ledger_index) from assent.events v
            where v.case_id = p.case_id and v.kind = 'release' and v.ledger_index < p.ledger_index), -1))
        and not exists (select 1 from assent.standing_consent_ends e where e.standing_consent_id = s.id and e.ledger_index < p.ledger_index))
    or exists (select 1 from assent.wishes w where w.case_id = p.case_id and w.says = 'no' and w.trust = 'trusted' and w.ledger_index < p.ledger_index
      and not exists (select 1 from assent.wishes n where n.replaces = w.id and n.ledger_index < p.ledger_index))
    or exists (select 1 from assent.consents c where c.revision_id = p.revision_id and c.decision <> 'yes' and c.ledger_index < p.ledger_index
      and exists (select 1 from assent.arrangement_people a where a.person_id = c.person_id and a.standing = 'decision_maker'
        and a.arrangement_id = (select f.id from assent.arrangements f where f.case_id = p.case_id and f.ledger_index < p.ledger_index order by f.version desc limit 1))
      and not exists (select 1 from assent.consents later where later.revision_id = c.revision_id and later.person_id = c.person_id
        and later.ledger_index between c.ledger_index + 1 and p.ledger_index))
    or exists (select 1 from assent.pauses s left join assent.pause_ends e on e.pause_id = s.id where s.case_id = p.case_id
      and s.ledger_index < p.ledger_index and (e.ledger_index is null or e.ledger_index > p.ledger_index))
    or exists (select 1 from assent.concerns k left join assent.concern_answers n on n.concern_id = k.id where k.case_id = p.case_id
      and k.ledger_index < p.ledger_index and (n.ledger_index is null or n.ledger_index > p.ledger_index))
    or exists (select 1 from assent.revisions r where r.action_id = p.action_id and r.ledger_index < p.ledger_index
      and r.number > (select o.number from assent.revisions o where o.id = p.revision_id))
    or exists (select 1 from assent.publication_grounds g join assent.clearances c on c.id = g.clearance_id
      join assent.revisions r on r.action_id = p.action_id and r.ledger_index < p.ledger_index
      where g.publication_id = p.id and (r.author_id = c.person_id or c.revision_id <> p.revision_id or c.decision <> 'cleared'))
    or (select count(*) <> count(distinct g.person_id) from assent.publication_grounds g where g.publication_id = p.id)
""")
# Whoever took a yes back, or said no, after it was out: it is out no longer.
STILL_OUT = text("""
  select p.id from assent.publications p left join assent.retractions t on t.publication_id = p.id
  where t.publication_id is null and (
    exists (select 1 from assent.publication_grounds g join assent.consent_withdrawals w on w.consent_id = g.consent_id where g.publication_id = p.id)
    or exists (select 1 from assent.publication_grounds g join assent.standing_consent_ends e on e.standing_consent_id = g.standing_consent_id
      where g.publication_id = p.id)
    or exists (select 1 from assent.consents c where c.revision_id = p.revision_id and c.decision = 'no' and c.ledger_index > p.ledger_index))
""")
DENSE = text("""
  select count(*) = coalesce(max(e.index) + 1, 0) and count(*) = (select size from assent.ledger_head)
    and count(*) = (select count(*) from assent.ledger_records) from assent.ledger_entries e
""")


class World:
    """A coalition, its actions, and everything somebody could do."""

    def __init__(self, coalition: Coalition, seed: int) -> None:
        self.coalition, self.random = coalition, random.Random(seed)
        self.actions: list[UUID] = []
        self.consents: list[tuple[Any, UUID]] = []
        self.concerns: list[UUID] = []
        self.standing: list[UUID] = []
        self.refused: UUID | None = None
        self.written = 0
        self.published = 0

    async def step(self) -> None:
        """Somebody does something; what they may not do is refused."""
        people = list(self.coalition.people.values())
        who = self.random.choice(people)
        deeds: list[tuple[int, Callable[[Any], Awaitable[None]]]] = [
            (3, self.begin), (5, self.write), (16, self.clear), (14, self.say), (3, self.withdraw),
            (22, self.publish), (1, self.pause), (3, self.resume), (1, self.worry), (4, self.soothe),
            (9, self.push),
            (1, self.leave), (2, self.rearrange),
            (3, self.agree_in_advance), (2, self.answer_in_advance), (1, self.end_in_advance), (8, self.send_a_letter),
            (1, self.happen), (1, self.wish), (1, self.lose), (1, self.find),
        ]  # fmt: skip
        deed = self.random.choices([d for _, d in deeds], [weight for weight, _ in deeds])[0]
        try:
            await deed(who)
        except Refusal:
            return

    def some_action(self) -> UUID:
        return self.random.choice(self.actions[-3:])

    async def begin(self, _: Any) -> None:
        self.actions.append(await self.coalition.a_statement(form={"n": len(self.actions)}))

    async def write(self, who: Any) -> None:
        self.written += 1
        form = {"n": self.random.choice([0, self.written])}
        await self.coalition.writes(self.some_action(), by=who, form=form)

    async def clear(self, _: Any) -> None:
        c = self.coalition
        who = self.random.choice(
            [c.harbour_officer, c.lantern_officer, c.reviewer, c.drafter, c.stranger]
        )
        role = Role.SAFETY_REVIEWER if who is c.reviewer else Role.CLEARANCE_OFFICER
        decision = self.random.choice(["cleared"] * 6 + ["refused"])
        await c.clears(who, self.some_action(), role, decision)

    async def say(self, who: Any) -> None:
        c = self.coalition
        relative = self.random.choice([c.mother, c.mother, c.brother, c.uncle, who])
        word = self.random.choice(["yes"] * 6 + ["no", "question"])
        consent = await c.says(relative, self.some_action(), word)
        if word == "yes":
            self.consents.append((relative, consent.id))

    async def withdraw(self, who: Any) -> None:
        if self.consents:
            giver, consent_id = self.random.choice(self.consents)
            await self.coalition.withdraws(self.random.choice([giver, giver, who]), consent_id)

    async def publish(self, who: Any) -> None:
        by = self.random.choice([self.coalition.coordinator] * 4 + [who])
        await self.coalition.publishes(self.some_action(), by=by)
        self.published += 1

    async def push(self, _: Any) -> None:
        """Everybody does their part for one text, each unless refused; then it is released."""
        c, action = self.coalition, self.some_action()
        if self.random.random() < 0.4:
            action = await c.a_statement(form={"n": len(self.actions)})
            self.actions.append(action)
        parts = [
            c.clears(c.harbour_officer, action),
            c.clears(c.lantern_officer, action),
            c.clears(c.reviewer, action, Role.SAFETY_REVIEWER),
        ]
        for part in parts:
            with suppress(Refusal):
                await part
        for relative in (c.mother, c.brother, c.uncle):
            with suppress(Refusal):
                self.consents.append((relative, (await c.says(relative, action, "yes")).id))
        for who in (c.coordinator, c.mother):
            with suppress(Refusal):
                async with self.database.session(who.person_id) as session:
                    await resume_case(session, who, c.case_id)
        for who, concern in itertools.product((c.coordinator, c.reviewer), self.concerns):
            with suppress(Refusal):
                async with self.database.session(who.person_id) as session:
                    await answer_concern(session, who, concern, "It is safe now.")
        if self.refused is not None:
            with suppress(Refusal):
                await self.wish(c.people["counsel"])
        await c.publishes(action)
        self.published += 1

    async def pause(self, who: Any) -> None:
        async with self.database.session(who.person_id) as session:
            await pause_case(session, who, self.coalition.case_id)

    async def resume(self, _: Any) -> None:
        who = self.random.choice([self.coalition.coordinator, self.coalition.mother])
        async with self.database.session(who.person_id) as session:
            await resume_case(session, who, self.coalition.case_id)

    async def worry(self, _: Any) -> None:
        c = self.coalition
        action = self.some_action()
        who, raising = self.random.choice([(c.aunt, raise_concern), (c.reviewer, raise_hold)])
        async with self.database.session(who.person_id) as session:
            self.concerns.append((await raising(session, who, action, "Not now.")).id)

    async def soothe(self, _: Any) -> None:
        if self.concerns:
            who = self.random.choice([self.coalition.coordinator, self.coalition.reviewer])
            async with self.database.session(who.person_id) as session:
                await answer_concern(session, who, self.concerns[-1], "It is safe now.")

    async def leave(self, _: Any) -> None:
        c = self.coalition
        who = self.random.choice([c.lantern_officer, c.brother])
        async with self.database.session(c.coordinator.person_id) as session:
            query = text(
                "select id from assent.memberships where person_id = :p and ended_at is null"
            )
            found = (await session.execute(query, {"p": who.person_id})).scalar_one_or_none()
            if found is None:
                role, org = (
                    ("clearance_officer", "lantern")
                    if who is c.lantern_officer
                    else ("decision_maker", None)
                )
                await grant_membership(session, c.coordinator, c.case_id, who.email, role, org)
            else:
                await end_membership(session, c.coordinator, found)

    async def rearrange(self, _: Any) -> None:
        c = self.coalition
        rule, quorum = self.random.choice(
            [("any", None), ("all", None), ("quorum", 2), ("one", None)]
        )
        named = self.random.sample([c.mother, c.brother, c.uncle], self.random.randint(1, 3))
        async with self.database.session(c.coordinator.person_id) as session:
            await set_arrangement(
                session, c.coordinator, c.case_id, rule, quorum, [p.email for p in named]
            )

    async def agree_in_advance(self, who: Any) -> None:
        c = self.coalition
        relative = self.random.choice([c.mother, c.brother, c.uncle, who])
        scope = Scope(["diplomatic_outreach"], [DESK], ["en", "fa"])
        async with self.database.session(relative.person_id) as session:
            made = await give_standing_consent(session, relative, c.case_id, scope)
        self.standing.append(made.id)

    async def answer_in_advance(self, who: Any) -> None:
        if self.standing:
            c = self.coalition
            relative = self.random.choice([c.mother, c.brother, c.uncle, who])
            agrees = self.random.random() < 0.8
            async with self.database.session(relative.person_id) as session:
                await answer_standing_consent(session, relative, self.standing[-1], agrees=agrees)

    async def end_in_advance(self, who: Any) -> None:
        if self.standing:
            relative = self.random.choice([self.coalition.mother, self.coalition.brother, who])
            async with self.database.session(relative.person_id) as session:
                await end_standing_consent(
                    session, relative, self.random.choice(self.standing[-3:])
                )

    async def send_a_letter(self, _: Any) -> None:
        """A letter that mostly fits what was agreed to in advance, if anything was."""
        c = self.coalition
        audience = self.random.choice([[DESK]] * 3 + [["Somebody else"]])
        action = await c.a_statement(kind="diplomatic_outreach", audience=audience, cosigners=[])
        await c.clears(c.harbour_officer, action)
        self.actions.append(action)
        await c.publishes(action)
        self.published += 1

    async def happen(self, who: Any) -> None:
        by = self.random.choice([self.coalition.coordinator, who])
        kind = self.random.choice(["trial", "visit", "release"])
        async with self.database.session(by.person_id) as session:
            await record_event(session, by, self.coalition.case_id, kind, "2026", "It happened.")

    async def wish(self, who: Any) -> None:
        """Counsel brings a no, and next time that the person has changed their mind."""
        c = self.coalition
        lawyer = c.people.get("counsel") or await counsel_of(c)
        by = self.random.choice([lawyer, lawyer, who])
        says = "yes" if self.refused else "no"
        async with self.database.session(by.person_id) as session:
            last = await wishes_of(session, c.case_id)
            noes = [one for one in last if one.says == "no"]
            replaces = noes[0].id if says == "yes" and noes else None
            given = WishGiven(says, "lawyer", "trusted", replaces=replaces)
            made = await record_wish(session, by, c.case_id, given)
        self.refused = made.id if says == "no" else None

    async def lose(self, who: Any) -> None:
        c = self.coalition
        by = self.random.choice([c.coordinator, c.brother, who])
        async with self.database.session(by.person_id) as session:
            await record_absence(session, by, c.case_id, c.mother.email, "2026-11-20")

    async def find(self, who: Any) -> None:
        async with self.database.session(who.person_id) as session:
            for absence in await open_absences(session, self.coalition.case_id):
                await end_absence(session, who, absence.id)

    @property
    def database(self) -> Database:
        return self.coalition.database

    async def check(self) -> None:
        """The promise, the retractions and the ledger, as the rows tell them."""
        async with self.database.session(job=True) as session:
            assert (await session.execute(BROKEN)).all() == []
            assert (await session.execute(STILL_OUT)).all() == []
            assert (await session.execute(DENSE)).scalar_one()


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_people_do_the_promise_holds(database: Database, seed: int) -> None:
    world = World(await a_coalition(database), seed)
    await world.begin(None)
    for _ in range(STEPS):
        await world.step()
        await world.check()
    # What people do never looks like what a superuser does by hand.
    assert (await examine(database, None)).faults == []
    # A test in which nothing ever goes out would show nothing.
    assert world.published


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(100, 140))
async def test_whatever_people_do_for_long_the_promise_holds(database: Database, seed: int) -> None:
    world = World(await a_coalition(database), seed)
    await world.begin(None)
    for _ in range(600):
        await world.step()
        await world.check()
