"""What the detained person wants, as far as it is known, and whether anybody can reach them at all.

No record here asks for a signature: whoever is in a cell may have no pen, and whatever is known is
kept with the way it came and how far that way can be trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent import gates
from assent.access import Permission
from assent.cases.days import checked_day
from assent.cases.family_models import ContactState, Wish
from assent.cases.refusals import AlreadyRecorded, UnfitWish
from assent.database.ids import new_id
from assent.database.session import lock_case, present
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import people_with_role, require
from assent.people.models import Person
from assent.refusal import N_, NotFound
from assent.tasks.gate_tasks import refresh_case
from assent.wording import clean_line, clean_text

CHANNELS = ("said_directly", "lawyer", "prior_writing", "power_of_attorney", "intermediary")
TRUST = ("trusted", "uncertain", "imposed")
MOST_LISTED = 50


@dataclass(frozen=True)
class WishGiven:
    """A wish as counsel brings it.

    Attributes:
        says: `no`: not this; `yes`: it may be, as far as the person is concerned.
        known_through: said_directly, lawyer, prior_writing, power_of_attorney or intermediary.
        trust: trusted, uncertain or imposed.
        kinds, audiences, details: what it is about; empty: everything.
        words: the wish as it was said.
        said_on: a day, a month or a year; empty where nobody knows.
        replaces: an earlier wish whose place it takes.
    """

    says: str
    known_through: str
    trust: str
    kinds: Sequence[str] = ()
    audiences: Sequence[str] = ()
    details: Sequence[str] = ()
    words: str = ""
    said_on: str = ""
    replaces: UUID | None = None


@dataclass(frozen=True)
class WishShown:
    """A wish on record that no later one has replaced."""

    id: UUID
    says: str
    known_through: str
    trust: str
    kinds: list[str]
    audiences: list[str]
    details: list[str]
    words: str
    said_on: str
    recorded_by: str
    at: datetime


async def record_wish(
    session: AsyncSession, caller: Caller, case_id: UUID, given: WishGiven
) -> Wish:
    """Put a wish of the detained person on record, as their counsel.

    A no by a way that can be trusted shuts the gate for what it is about, whatever the family says,
    until a later wish takes its place. A no by any other way makes the family decide again, knowing it. A
    yes opens nothing: only the family's consent does.

    Raises:
        NotFound, Forbidden: not counsel of this case, or no such wish to replace.
        UnfitWish, UnfitDay, UnfitText: unfit input; word that cannot be trusted takes no trusted word's place.
        AlreadyRecorded: another wish has taken that place.
    """
    await require(session, caller, case_id, Permission.WISH_RECORD)
    await lock_case(session, case_id)
    now = await present(session)
    values = _checked(given, now)
    if given.replaces is not None:
        await _require_replaceable(session, case_id, given)
    wish_id = new_id()
    body = {key: value for key, value in values.items() if value not in ("", [])}
    if given.replaces is not None:
        body["replaces"] = str(given.replaces)
    index = await append(
        session,
        event=EventKind.WISH_RECORDED,
        actor=caller,
        case_id=case_id,
        at=now,
        body={"wish": str(wish_id), **body},
    )
    values |= {
        "id": wish_id,
        "case_id": case_id,
        "replaces": given.replaces,
        "recorded_by": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Wish).values(**values))
    await refresh_case(session, case_id)
    waits = given.says == "no"
    kind = MailKind.SOMETHING_WAITS if waits else MailKind.SOMETHING_CHANGED
    await _tell(session, caller, case_id, kind)
    return await session.get_one(Wish, wish_id)


async def wishes_of(session: AsyncSession, case_id: UUID) -> list[WishShown]:
    """Return the wishes on record that no later one has replaced, newest first."""
    query = (
        select(Wish, Person.name)
        .join(Person, Person.id == Wish.recorded_by)
        .where(Wish.case_id == case_id)
        .order_by(Wish.ledger_index.desc())
    )
    rows = (await session.execute(query)).all()
    replaced = {wish.replaces for wish, _ in rows}
    return [
        WishShown(
            w.id, w.says, w.known_through, w.trust, w.kinds, w.audiences, w.details, w.words, w.said_on, name, w.at,
        )
        for w, name in rows
        if w.id not in replaced
    ]  # fmt: skip


async def record_contact_state(
    session: AsyncSession, caller: Caller, case_id: UUID, *, incommunicado: bool, since: str
) -> ContactState:
    """Record that the person is cut off from everybody, or is no longer, and since when.

    Raises:
        NotFound, Forbidden: not a decision maker, counsel or coordinator of this case.
        UnfitDay, AlreadyRecorded.
    """
    await require(session, caller, case_id, Permission.CONTACT_RECORD)
    await lock_case(session, case_id)
    now = await present(session)
    day = checked_day(since, field="since", today=now.date())
    last = await contact_state(session, case_id)
    if last is not None and (last.incommunicado, last.since) == (incommunicado, day):
        raise AlreadyRecorded
    state_id = new_id()
    index = await append(
        session,
        event=EventKind.CONTACT_RECORDED,
        actor=caller,
        case_id=case_id,
        at=now,
        body={"incommunicado": incommunicado, "since": day},
    )
    values = {
        "id": state_id,
        "case_id": case_id,
        "incommunicado": incommunicado,
        "since": day,
        "recorded_by": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(ContactState).values(**values))
    await _tell(session, caller, case_id, MailKind.SOMETHING_CHANGED)
    return await session.get_one(ContactState, state_id)


async def contact_state(session: AsyncSession, case_id: UUID) -> ContactState | None:
    """Return what was recorded last; None if nobody has said anything."""
    query = select(ContactState).where(ContactState.case_id == case_id)
    last = query.order_by(ContactState.ledger_index.desc()).limit(1)
    return (await session.scalars(last)).one_or_none()


def listed(values: Sequence[str], *, field: str) -> list[str]:
    """Return a list as it is recorded: each entry once, on one line, in the order given.

    Raises:
        UnfitWish, UnfitText: too many, or an entry that says nothing.
    """
    if len(values) > MOST_LISTED:
        raise UnfitWish(N_("At most {most} entries."), field=field, most=MOST_LISTED)
    return list(dict.fromkeys(clean_line(value, field=field) for value in values))


def _checked(given: WishGiven, now: datetime) -> dict[str, Any]:
    known = (("says", ("yes", "no")), ("known_through", CHANNELS), ("trust", TRUST))
    for field, values in known:
        if getattr(given, field) not in values:
            raise UnfitWish(N_("It is one of: {values}."), field=field, values=", ".join(values))
    kinds = listed(given.kinds, field="kinds")
    declared = gates.current().book.kinds
    if unknown := [kind for kind in kinds if kind not in declared]:
        raise UnfitWish(
            N_("There is no such kind of action: {kinds}."), field="kinds", kinds=", ".join(unknown)
        )
    day = given.said_on.strip()
    return {
        "says": given.says,
        "known_through": given.known_through,
        "trust": given.trust,
        "kinds": kinds,
        "audiences": listed(given.audiences, field="audiences"),
        "details": listed(given.details, field="details"),
        "words": clean_text(given.words, field="words"),
        "said_on": checked_day(day, field="said_on", today=now.date()) if day else "",
    }


async def _require_replaceable(session: AsyncSession, case_id: UUID, given: WishGiven) -> None:
    earlier = await session.get(Wish, given.replaces)
    if earlier is None or earlier.case_id != case_id:
        raise NotFound
    query = select(Wish.id).where(Wish.replaces == earlier.id)
    if (await session.scalars(query)).one_or_none() is not None:
        raise AlreadyRecorded
    if earlier.trust == "trusted" and given.trust != "trusted":
        raise UnfitWish(
            N_("Word that came by a way that cannot be trusted does not take the place of word that can."),
            field="trust",
        )  # fmt: skip


async def _tell(session: AsyncSession, caller: Caller, case_id: UUID, kind: MailKind) -> None:
    for role in (Role.DECISION_MAKER, Role.COORDINATOR):
        for person_id in await people_with_role(session, case_id, role):
            if person_id != caller.person_id:
                await enqueue_mail(session, person_id, kind, f"/cases/{case_id}/family")
