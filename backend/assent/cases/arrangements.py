"""The family's arrangement: what can be recorded, and how it reads as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.cases.models import Arrangement, ArrangementPerson, Membership
from assent.cases.refusals import UnfitArrangement
from assent.database.session import present
from assent.gate.roles import Role
from assent.people.models import Person
from assent.refusal import N_

RULES = ("one", "any", "all", "quorum")
ADULT_YEARS = 18


async def checked_arrangement(
    session: AsyncSession,
    case_id: UUID,
    rule: str,
    quorum: int | None,
    decision_makers: Sequence[str],
    alternates: Sequence[str],
) -> dict[UUID, str]:
    """Check an arrangement and return who has which standing in it.

    Raises:
        UnfitArrangement: saying what does not fit.
    """
    check_rule(rule, quorum, len(decision_makers))
    emails = [email.strip().lower() for email in (*decision_makers, *alternates)]
    if len(set(emails)) != len(emails):
        raise UnfitArrangement(N_("Somebody is named twice."), field="decision_makers")
    query = (
        select(Person.email, Person.id, Person.born)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.case_id == case_id,
            Membership.role == Role.DECISION_MAKER.value,
            Membership.ended_at.is_(None),
        )
    )
    relatives = {row.email: row for row in await session.execute(query)}
    today = (await present(session)).date()
    standings: dict[UUID, str] = {}
    for position, email in enumerate(emails):
        if email not in relatives:
            raise UnfitArrangement(
                N_("{email} has to take part in this case as a decision maker first."),
                field="decision_makers",
                email=email,
            )
        if is_minor(relatives[email].born, today):
            raise UnfitArrangement(
                N_("{email} is under 18 and cannot decide for the family."),
                field="decision_makers",
                email=email,
            )
        decides = position < len(decision_makers)
        standings[relatives[email].id] = "decision_maker" if decides else "alternate"
    return standings


def check_rule(rule: str, quorum: int | None, deciders: int) -> None:
    """Check that so many decision makers can meet a rule.

    Raises:
        UnfitArrangement: saying what does not fit.
    """
    if rule not in RULES:
        raise UnfitArrangement(
            N_("The rule is one of: {rules}."), field="rule", rules=", ".join(RULES)
        )
    if deciders == 0:
        raise UnfitArrangement(N_("Name at least one decision maker."), field="decision_makers")
    if rule == "one" and deciders != 1:
        raise UnfitArrangement(
            N_("The rule one names exactly one person."), field="decision_makers"
        )
    if rule == "quorum" and (quorum is None or not 1 <= quorum <= deciders):
        raise UnfitArrangement(
            N_("Say how many of the {deciders} have to say yes."), field="quorum", deciders=deciders
        )
    if rule != "quorum" and quorum is not None:
        raise UnfitArrangement(N_("A number goes with the rule quorum only."), field="quorum")


def is_minor(born: date | None, today: date) -> bool:
    """Whether somebody born then is under 18; unknown counts as adult."""
    if born is None:
        return False
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return years < ADULT_YEARS


@dataclass(frozen=True)
class ArrangementInForce:
    """The arrangement as it is shown: names rather than ids."""

    version: int
    rule: str
    quorum: int | None
    decision_makers: tuple[tuple[UUID, str, str], ...]
    alternates: tuple[tuple[UUID, str, str], ...]


async def arrangement_in_force(session: AsyncSession, case_id: UUID) -> ArrangementInForce | None:
    """Return the latest arrangement with (id, name, e-mail) of everybody in it."""
    query = (
        select(Arrangement)
        .where(Arrangement.case_id == case_id)
        .order_by(Arrangement.version.desc())
        .limit(1)
    )
    arrangement = (await session.scalars(query)).one_or_none()
    if arrangement is None:
        return None
    people = (
        select(ArrangementPerson.standing, Person.id, Person.name, Person.email)
        .join(Person, Person.id == ArrangementPerson.person_id)
        .where(ArrangementPerson.arrangement_id == arrangement.id)
        .order_by(Person.name)
    )
    rows = (await session.execute(people)).all()
    return ArrangementInForce(
        arrangement.version,
        arrangement.rule,
        arrangement.quorum,
        tuple((r.id, r.name, r.email) for r in rows if r.standing == "decision_maker"),
        tuple((r.id, r.name, r.email) for r in rows if r.standing == "alternate"),
    )
