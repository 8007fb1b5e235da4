"""Builders in the domain's words: a coalition, its people and a case, made through the services.

coalition = await a_coalition(database)
action = await coalition.a_statement()
await coalition.everybody_clears(action)
await coalition.says(coalition.mother, action, "yes")
await coalition.publishes(action)
"""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import insert, select

from assent.actions.clearing import give_clearance
from assent.actions.models import Clearance, Revision
from assent.actions.queries import latest_revision
from assent.actions.service import Submitted, create_action, submit_revision
from assent.cases.arrangement_wishes import answer_wish, arrangement_in_force
from assent.cases.arrangements import held_arrangement
from assent.cases.models import Case
from assent.cases.service import (
    CaseDetails,
    create_case,
    record_arrangement,
    record_membership,
)
from assent.consents.models import Consent
from assent.consents.service import decide
from assent.consents.taking_back import withdraw_consent
from assent.database.ids import new_id
from assent.database.session import Database, present
from assent.facts import ActionFacts, read_action_facts
from assent.gate.evaluate import GateStatus
from assent.gate.roles import Role
from assent.people.caller import Caller
from assent.people.models import Organisation, OrganisationRole, Person
from assent.publishing.service import Published, publish
from assent.refusal import Refusal

STATEMENT = {
    "en": {"title": "Free the teacher", "body": "She taught children to read. Let her go home."},
    "fa": {
        "title": "معلم را آزاد کنید",
        "body": "او به کودکان خواندن آموخت. بگذارید به خانه برگردد.",
    },
}
RISKS = {"en": "Visits may stop for a while."}
_keys = itertools.count()


def content(**changes: Any) -> dict[str, Any]:
    """A statement's content; pass what should differ."""
    return {
        "languages": STATEMENT,
        "form": {},
        "cosigners": ["harbour", "lantern"],
        "audience": "public",
    } | changes


@dataclass
class Coalition:
    """Two organisations and a family around one case; every attribute is a caller."""

    database: Database
    organisations: dict[str, UUID] = field(default_factory=dict)
    case_id: UUID = field(default_factory=new_id)
    people: dict[str, Caller] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Caller:
        try:
            return cast("Caller", self.__dict__["people"][name])
        except KeyError as error:
            raise AttributeError(name) from error

    async def an_action(self, kind: str = "public_statement", visibility: str = "case") -> UUID:
        """An action begun by the drafter, without a text yet."""
        async with self.database.session(self.drafter.person_id) as session:
            action = await create_action(
                session, self.drafter, self.case_id, kind, "An action", visibility
            )
        return action.id

    async def a_statement(self, **changes: Any) -> UUID:
        """An action with its first revision put to the gate."""
        action_id = await self.an_action(changes.pop("kind", "public_statement"))
        await self.writes(action_id, **changes)
        return action_id

    async def writes(self, action_id: UUID, by: Caller | None = None, **changes: Any) -> Submitted:
        """Put a (changed) text to the gate."""
        writer = by or self.drafter
        async with self.database.session(writer.person_id) as session:
            return await submit_revision(session, writer, action_id, content(**changes))

    async def revision(self, action_id: UUID) -> Revision:
        """The latest revision."""
        async with self.database.session(job=True) as session:
            found = await latest_revision(session, action_id)
        assert found is not None
        return found

    async def clears(
        self,
        who: Caller,
        action_id: UUID,
        role: Role = Role.CLEARANCE_OFFICER,
        decision: str = "cleared",
    ) -> Clearance:
        """Somebody clears (or refuses) the latest text."""
        digest = (await self.revision(action_id)).digest
        async with self.database.session(who.person_id) as session:
            return await give_clearance(
                session,
                who,
                action_id,
                digest,
                role,
                decision,
                "" if decision == "cleared" else "because",
                RISKS if role == Role.SAFETY_REVIEWER and decision == "cleared" else None,
            )

    async def everybody_clears(self, action_id: UUID) -> None:
        """Both organisations' officers and the safety reviewer clear."""
        await self.clears(self.harbour_officer, action_id)
        await self.clears(self.lantern_officer, action_id)
        await self.clears(self.reviewer, action_id, Role.SAFETY_REVIEWER)

    async def says(self, who: Caller, action_id: UUID, decision: str, **more: Any) -> Consent:
        """A relative decides on the latest text."""
        digest = (await self.revision(action_id)).digest
        if decision == "question":
            more.setdefault("question", "Will they name the school?")
        async with self.database.session(who.person_id) as session:
            return await decide(session, who, action_id, digest, decision, **more)

    async def withdraws(self, who: Caller, consent_id: UUID) -> None:
        """A relative takes a yes back."""
        async with self.database.session(who.person_id) as session:
            await withdraw_consent(session, who, consent_id)

    async def publishes(
        self, action_id: UUID, by: Caller | None = None, key: str | None = None
    ) -> Published:
        """The coordinator releases the latest text."""
        who, digest = by or self.coordinator, (await self.revision(action_id)).digest
        async with self.database.session(who.person_id) as session:
            return await publish(session, who, action_id, digest, key or f"key-{next(_keys)}")

    async def ready(self, **changes: Any) -> UUID:
        """A statement that lacks nothing but somebody to release it."""
        answers = changes.pop("answers", {})
        action_id = await self.a_statement(**changes)
        await self.everybody_clears(action_id)
        await self.says(self.mother, action_id, "yes", answers=answers)
        return action_id

    async def facts(self, action_id: UUID) -> ActionFacts:
        """What is on record."""
        async with self.database.session(job=True) as session:
            return await read_action_facts(session, action_id)

    async def gate(self, action_id: UUID) -> GateStatus:
        """The gate's answer now."""
        return (await self.facts(action_id)).status()

    async def missing(self, action_id: UUID) -> set[str]:
        """Keys of the requirements that are not met."""
        return {r.key for r in (await self.gate(action_id)).requirements if not r.met}

    async def a_screening(self, target_id: UUID) -> UUID:
        """One candidate found in a list, as a screening records it."""
        from assent.ledger.events import EventKind
        from assent.ledger.store import append
        from assent.sanctions.models import Screening

        screening_id = new_id()
        async with self.database.session(self.drafter.person_id) as session:
            now = await present(session)
            index = await append(
                session, event=EventKind.TARGET_SCREENED, actor=self.drafter, case_id=self.case_id, at=now, body={}
            )  # fmt: skip
            row = {
                "id": screening_id, "case_id": self.case_id, "target_id": target_id, "source": "file",
                "dataset": "a list", "candidates": [{"id": "Q1"}], "made_by": self.drafter.person_id, "at": now,
                "ledger_index": index,
            }  # fmt: skip
            await session.execute(insert(Screening).values(**row))
        return screening_id

    async def arranges(self, rule: str, *deciders: str, quorum: int | None = None) -> None:
        """Record another arrangement of the family."""
        async with self.database.session(job=True) as session:
            people = {self.people[name].person_id: "decision_maker" for name in deciders}
            before = await held_arrangement(session, self.case_id)
            wanted = await record_arrangement(session, None, self.case_id, rule, quorum, people)
            held = await arrangement_in_force(session, self.case_id)
        if before is None or held is None:
            return
        for person_id, _, _ in held.decision_makers:
            who = next(c for c in self.people.values() if c.person_id == person_id)
            async with self.database.session(person_id) as session:
                with suppress(Refusal):  # it is in force already
                    await answer_wish(session, who, self.case_id, wanted.version, agrees=True)


# name -> (role in the case or None, organisation or None for the family, language)
PEOPLE: dict[str, tuple[Role | None, str | None, str]] = {
    "drafter": (Role.DRAFTER, "harbour", "en"),
    "harbour_officer": (Role.CLEARANCE_OFFICER, "harbour", "en"),
    "lantern_officer": (Role.CLEARANCE_OFFICER, "lantern", "en"),
    "lantern_drafter": (Role.DRAFTER, "lantern", "en"),
    "reviewer": (Role.SAFETY_REVIEWER, "lantern", "en"),
    "observer": (Role.OBSERVER, "lantern", "en"),
    "mother": (Role.DECISION_MAKER, None, "fa"),
    "brother": (Role.DECISION_MAKER, None, "en"),
    "uncle": (Role.DECISION_MAKER, None, "ru"),
    "aunt": (Role.INFORMED_RELATIVE, None, "fa"),
    "administrator": (None, "lantern", "en"),
    "stranger": (None, "outside", "en"),
}


async def a_coalition(
    database: Database, rule: str = "any", *deciders: str, slug: str = "teacher"
) -> Coalition:
    """Make organisations, people, a case and the family's arrangement (mother and brother, any of them).

    In a copy of a database that has it already it is found, not made.
    """
    coalition = Coalition(database)
    if await _is_there(coalition, slug):
        assert (rule, deciders) == ("any", ()), "the one that is there decides by any"
        return coalition
    async with database.session(job=True) as session:
        now = await present(session)
        for org, country in (("harbour", "SE"), ("lantern", "CA"), ("outside", "FR")):
            found = (
                await session.scalars(select(Organisation.id).where(Organisation.slug == org))
            ).one_or_none()
            coalition.organisations[org] = found or new_id()
            if found is None:
                values = {
                    "id": coalition.organisations[org], "slug": org, "name": org.title(), "country": country,
                    "email_domains": [f"{org}.example"], "created_at": now,
                }  # fmt: skip
                await session.execute(insert(Organisation).values(**values))
        for name, (_, employer, language) in {
            "coordinator": (None, "harbour", "en"),
            **PEOPLE,
        }.items():
            coalition.people[name] = await _person(
                session, slug, name, employer, language, coalition
            )
        administers = {
            "person_id": coalition.administrator.person_id,
            "organisation_id": coalition.organisations["lantern"],
            "role": Role.ORGANISATION_ADMIN.value,
            "granted_at": now,
        }
        await session.execute(insert(OrganisationRole).values(**administers))
    coordinator = coalition.coordinator
    async with database.session(coordinator.person_id) as session:
        details = CaseDetails(slug, "The teacher", {"name": "A Teacher"}, "IR", "mixed")
        coalition.case_id = (await create_case(session, coordinator, details)).id
    async with database.session(job=True) as session:
        for name, (role, employer, _) in PEOPLE.items():
            if role is not None:
                organisation_id = coalition.organisations[employer] if employer else None
                await record_membership(
                    session,
                    None,
                    coalition.case_id,
                    coalition.people[name].person_id,
                    role,
                    organisation_id,
                )
        assert await session.get(Case, coalition.case_id)
    await coalition.arranges(rule, *(deciders or ("mother", "brother")))
    return coalition


async def _is_there(coalition: Coalition, slug: str) -> bool:
    """Whether the database has this coalition; if so, it is filled in."""
    async with coalition.database.session(job=True) as session:
        case = (await session.scalars(select(Case.id).where(Case.slug == slug))).one_or_none()
        if case is None:
            return False
        coalition.case_id = case
        organisations = await session.scalars(select(Organisation))
        coalition.organisations = {one.slug: one.id for one in organisations}
        for person in await session.scalars(select(Person)):
            name, _, rest = person.email.partition(".")
            if rest.startswith(f"{slug}@"):
                coalition.people[name] = _caller(person)
    return True


def _caller(person: Person) -> Caller:
    known_by = f"session:{person.id}"
    return Caller(
        person.id, person.name, person.email, person.organisation_id, person.language, known_by, "session"
    )  # fmt: skip


async def _person(
    session: Any, slug: str, name: str, org: str | None, language: str, coalition: Coalition
) -> Caller:
    person_id = new_id()
    email = f"{name}.{slug}@{org or 'family'}.example"
    organisation_id = coalition.organisations[org] if org else None
    values = {
        "id": person_id, "email": email, "name": name.replace("_", " ").title(), "language": language,
        "organisation_id": organisation_id, "born": date(1970, 1, 1), "created_at": await present(session),
    }  # fmt: skip
    await session.execute(insert(Person).values(**values))
    return _caller(Person(**values))
