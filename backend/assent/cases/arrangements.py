"""The family's arrangement: what can be recorded, and how it reads as a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.cases.arrangement_terms import FamilyTerms, checked_grounds, checked_terms, terms_of
from assent.cases.models import Arrangement, ArrangementAnswer, ArrangementPerson
from assent.cases.refusals import NotYoursToAgree, TermsAreTheFamilys, UnfitArrangement
from assent.database.ids import new_id
from assent.database.session import lock_case, present
from assent.gate.roles import FAMILY_ROLES, Role
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.jobs import defer
from assent.notify.mail import MailKind, enqueue_mail
from assent.people import marks
from assent.people.caller import Caller
from assent.people.marks import Why
from assent.people.memberships import require
from assent.people.models import Membership, Person
from assent.refusal import N_
from assent.tasks.gate_tasks import refresh_case

_IN_FORCE = text("select (assent.arrangement_in_force(:case_id)).id")
_HELD_AND_SHOWN = text("""
    select (assent.arrangement_in_force(:case_id)).id as held, (assent.arrangement_shown(:case_id)).id as shown
""")
LONGEST_COOLING_OFF_HOURS = 168
RULES = ("one", "any", "all", "quorum")
ADULT_YEARS = 18


async def set_arrangement(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    rule: str,
    quorum: int | None,
    decision_makers: Sequence[str],
    alternates: Sequence[str] = (),
    cooling_off_hours: int = 0,
    *,
    terms: FamilyTerms | None = None,
    grounds: Mapping[str, str] = MappingProxyType({}),
    word: str = "",
    waits: bool = False,
) -> Arrangement:
    """Record who speaks for the family and how.

    The first arrangement is in force at once. A later one is a wish: it comes into force once those
    who decide so far have agreed to it: all of them, or their quorum, and none against. One of them who
    wishes a change has agreed to it by that. Whoever is named, or
    was, is told. What was recorded last is not recorded again, unless somebody has refused it since.

    Args:
        rule: one, any, all or quorum.
        quorum: how many yeses, for the rule quorum.
        decision_makers: e-mail addresses of adults who hold the role decision_maker here.
        alternates: of adults of the family who stand in if somebody cannot be reached.
        cooling_off_hours: how long the family sleeps over its yes before anything goes out, 0 to 168.
        terms: what only the family sets; None: as they are in force.
        grounds: on what ground somebody named speaks, by e-mail address; next of kin unless said.
        word: one of the caller's own, kept nowhere; see `people.private_signs`.
        waits: whether the caller's own yes counts only once they record the change again.

    Raises:
        NotFound, Forbidden: the caller neither coordinates this case nor decides in it.
        NotYoursToAgree: a relative whom the arrangement in force does not name.
        TermsAreTheFamilys: staff would change what only the family sets.
        UnfitArrangement: nobody could meet it, or it names the wrong people.
    """
    standing = await require(session, caller, case_id, Permission.ARRANGEMENT_SET)
    if not 0 <= cooling_off_hours <= LONGEST_COOLING_OFF_HOURS:
        raise UnfitArrangement(
            N_("The time to sleep over a yes is 0 to {most} hours."),
            field="cooling_off_hours",
            most=LONGEST_COOLING_OFF_HOURS,
        )
    why = await marks.why_now(session, caller, word, waits=waits)
    await lock_case(session, case_id)
    people = await checked_arrangement(session, case_id, rule, quorum, decision_makers, alternates)
    emails = [email.strip().lower() for email in (*decision_makers, *alternates)]
    named = checked_grounds(grounds, emails)
    speaks = {p: named.get(email, "next_of_kin") for p, email in zip(people, emails, strict=True)}
    latest = await latest_arrangement(session, case_id)
    held = await held_arrangement(session, case_id)
    deciders = await _standings(session, held)
    decides = deciders.get(caller.person_id) == "decision_maker"
    if not decides and not standing.holds(Role.COORDINATOR):
        raise NotYoursToAgree
    wanted = terms_of(held) if terms is None else checked_terms(terms)
    if wanted != terms_of(held) and not decides:
        raise TermsAreTheFamilys
    before = await _standings(session, latest)
    recorded = await _as_named(session, latest)
    if latest is not None and recorded == _in_order(people, speaks):
        same = (latest.rule, latest.quorum, latest.cooling_off_hours, terms_of(latest))
        refused = await _was_refused(session, latest)
        if same == (rule, quorum, cooling_off_hours, wanted) and not refused:
            anew = word.strip() or (not waits and await waits_with(session, caller, latest))
            if not (decides and anew):
                return latest
    arrangement = await record_arrangement(
        session, caller, case_id, rule, quorum, people, cooling_off_hours=cooling_off_hours,
        terms=wanted, grounds=speaks,
    )  # fmt: skip
    if decides and latest is not None:
        await record_answer(session, caller, arrangement, agrees=True, why=why)
    await refresh_case(session, case_id)
    asked = deciders if latest is not None else {}
    for person_id in sorted(
        {*before, *people, *asked} - ({caller.person_id} if decides else set())
    ):
        waits = asked.get(person_id) == "decision_maker"
        kind = MailKind.SOMETHING_WAITS if waits else MailKind.SOMETHING_CHANGED
        await enqueue_mail(session, person_id, kind, f"/cases/{case_id}/family")
    return arrangement


async def record_arrangement(
    session: AsyncSession,
    actor: Caller | None,
    case_id: UUID,
    rule: str,
    quorum: int | None,
    people: Mapping[UUID, str],
    *,
    cooling_off_hours: int = 0,
    terms: FamilyTerms | None = None,
    grounds: Mapping[UUID, str] = MappingProxyType({}),
) -> Arrangement:
    """Write an arrangement as the next version, with its ledger record.

    Args:
        people: in the order in which alternates stand in.
        terms: what only the family sets; None: as they are in force.
    """
    if terms is None:
        terms = terms_of(await held_arrangement(session, case_id))
    latest = await latest_arrangement(session, case_id)
    version = latest.version + 1 if latest else 1
    arrangement_id, now = new_id(), await present(session)
    named = [
        {"person": str(p), "standing": s}
        | ({"ground": grounds[p]} if grounds.get(p, "next_of_kin") != "next_of_kin" else {})
        for p, s in people.items()
    ]
    body: dict[str, Any] = {
        "arrangement": str(arrangement_id),
        "version": version,
        "rule": rule,
        "people": named,
    }
    if quorum is not None:
        body["quorum"] = quorum
    if cooling_off_hours:
        body["cooling_off_hours"] = cooling_off_hours
    body |= terms.as_json()
    index = await append(
        session, event=EventKind.ARRANGEMENT_SET, actor=actor, case_id=case_id, at=now, body=body
    )
    values = {
        "id": arrangement_id,
        "case_id": case_id,
        "version": version,
        "rule": rule,
        "quorum": quorum,
        "cooling_off_hours": cooling_off_hours,
        "stand_in_after_hours": terms.stand_in_after_hours,
        "asks_again": list(terms.asks_again),
        "shows_votes": terms.shows_votes,
        "set_by": actor.person_id if actor else None,
        "set_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Arrangement).values(**values))
    rows = [
        {
            "arrangement_id": arrangement_id,
            "case_id": case_id,
            "person_id": p,
            "standing": s,
            "place": place,
            "ground": grounds.get(p, "next_of_kin"),
        }
        for place, (p, s) in enumerate(people.items())
    ]
    await session.execute(insert(ArrangementPerson), rows)
    return await session.get_one(Arrangement, arrangement_id)


async def record_answer(
    session: AsyncSession, caller: Caller, arrangement: Arrangement, *, agrees: bool, why: Why
) -> None:
    """Write what somebody who decides says to a change, and when that begins to count, with its ledger record."""
    now = await present(session)
    name = marks.answer_name(arrangement.id, caller.person_id)
    mark = marks.new_mark(name, why, now, by_hand=False)
    body = {
        "arrangement": str(arrangement.id),
        "version": arrangement.version,
        "agrees": agrees,
        "mark": mark.commitment,
    }
    index = await append(
        session,
        event=EventKind.ARRANGEMENT_ANSWERED,
        actor=caller,
        case_id=arrangement.case_id,
        at=now,
        body=body,
    )
    values = {
        "arrangement_id": arrangement.id,
        "case_id": arrangement.case_id,
        "person_id": caller.person_id,
        "agrees": agrees,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(ArrangementAnswer).values(**values))
    await marks.keep_arrangement_mark(session, arrangement.id, caller.person_id, mark)
    await defer(session, "consents.confide", person_id=str(caller.person_id))


async def waits_with(session: AsyncSession, caller: Caller, arrangement: Arrangement) -> bool:
    """Whether the caller has agreed to a change, and wants to wait with it."""
    found = await session.get(ArrangementAnswer, (arrangement.id, caller.person_id))
    if found is None or not found.agrees:
        return False
    return await marks.why_arranged(session, arrangement.id, caller.person_id) is Why.WAITS


async def latest_arrangement(session: AsyncSession, case_id: UUID) -> Arrangement | None:
    """Return what was recorded last, in force or not; None before the first."""
    query = select(Arrangement).where(Arrangement.case_id == case_id)
    return (
        await session.scalars(query.order_by(Arrangement.version.desc()).limit(1))
    ).one_or_none()


async def held_arrangement(session: AsyncSession, case_id: UUID) -> Arrangement | None:
    """Return the arrangement in force; None before the first."""
    found = (await session.execute(_IN_FORCE, {"case_id": case_id})).scalar_one()
    return await session.get_one(Arrangement, found) if found is not None else None


async def arrangement_on_screen(
    session: AsyncSession, caller: Caller, case_id: UUID
) -> Arrangement | None:
    """Return the arrangement as the caller's own screen shows it: their own yes to a change counts there at once.

    Whoever looks over their shoulder must not learn that it does not. For showing alone.
    """
    found = await on_screen_id(session, caller, case_id)
    return await session.get(Arrangement, found) if found is not None else None


async def on_screen_id(session: AsyncSession, caller: Caller, case_id: UUID) -> UUID | None:
    """Return which arrangement the caller's own screen shows; see `arrangement_on_screen`."""
    row = (await session.execute(_HELD_AND_SHOWN, {"case_id": case_id})).one()
    held, shown = row.held, row.shown
    if held != shown:
        latest = await latest_arrangement(session, case_id)
        if latest is not None and await waits_with(session, caller, latest):
            shown = held
    return None if shown is None else UUID(str(shown))


async def _was_refused(session: AsyncSession, arrangement: Arrangement) -> bool:
    query = select(ArrangementAnswer.person_id).where(
        ArrangementAnswer.arrangement_id == arrangement.id, ArrangementAnswer.agrees.is_(False)
    )
    return (await session.scalars(query.limit(1))).one_or_none() is not None


async def _standings(session: AsyncSession, arrangement: Arrangement | None) -> dict[UUID, str]:
    if arrangement is None:
        return {}
    query = select(ArrangementPerson.person_id, ArrangementPerson.standing).where(
        ArrangementPerson.arrangement_id == arrangement.id
    )
    return {row.person_id: row.standing for row in await session.execute(query)}


async def _as_named(session: AsyncSession, arrangement: Arrangement | None) -> object:
    if arrangement is None:
        return None
    query = (
        select(ArrangementPerson.person_id, ArrangementPerson.standing, ArrangementPerson.ground)
        .where(ArrangementPerson.arrangement_id == arrangement.id)
        .order_by(ArrangementPerson.place)
    )
    rows = (await session.execute(query)).all()
    return _in_order(
        {row.person_id: row.standing for row in rows}, {row.person_id: row.ground for row in rows}
    )


def _in_order(people: Mapping[UUID, str], grounds: Mapping[UUID, str]) -> object:
    """What tells two arrangements apart: who decides, in which order others stand in, on what grounds."""
    alternates = [p for p, standing in people.items() if standing == "alternate"]
    return frozenset(people.items()), alternates, dict(grounds)


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
        select(Person.email, Person.id, Person.born, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.case_id == case_id,
            Membership.role.in_(FAMILY_ROLES),
            Membership.ended_at.is_(None),
        )
    )
    rows = (await session.execute(query)).all()
    relatives = {row.email: row for row in rows}
    deciders = {row.email for row in rows if row.role == Role.DECISION_MAKER}
    today = (await present(session)).date()
    standings: dict[UUID, str] = {}
    for position, email in enumerate(emails):
        decides = position < len(decision_makers)
        field = "decision_makers" if decides else "alternates"
        if decides and email not in deciders:
            raise UnfitArrangement(
                N_("{email} has to take part in this case as a decision maker first."),
                field=field,
                email=email,
            )
        if email not in relatives:
            raise UnfitArrangement(
                N_("{email} has to take part in this case for the family first."),
                field=field,
                email=email,
            )
        if is_minor(relatives[email].born, today):
            raise UnfitArrangement(
                N_("{email} is under 18 and cannot decide for the family."),
                field=field,
                email=email,
            )
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
