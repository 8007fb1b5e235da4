"""What a family agrees to in advance: given, answered, ended; and that what it waits for has happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent import gates
from assent.access import Permission
from assent.cases.arrangement_wishes import arrangement_in_force
from assent.cases.arrangements import is_minor
from assent.cases.detainee import listed
from assent.consents.refusals import (
    ExpiryOutOfRange,
    MinorCannotConsent,
    NotDecisionMaker,
    NothingAwaited,
    OnePersonOneOrganisation,
    StandingEnded,
    UnfitScope,
    WiderThanTheGate,
)
from assent.consents.standing_models import (
    StandingConsent,
    StandingConsentAnswer,
    StandingConsentEnd,
    StandingConsentTrigger,
)
from assent.database.ids import new_id
from assent.database.session import acting_as_job, lock_case, present
from assent.facts import retractions_caused_by
from assent.gate.content import ContentProblem, language_tag
from assent.gate.roles import STAFF_ROLES, Role
from assent.gate.rules import GateBook
from assent.ledger.events import EventKind
from assent.ledger.store import append, as_utc
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import people_with_role, require
from assent.people.models import Person
from assent.refusal import N_, NotFound
from assent.tasks.gate_tasks import refresh_case
from assent.tasks.service import open_retraction_task
from assent.wording import clean_text

LASTS = timedelta(days=90)
_TAKEN_BACK = text("select action_id from assent.retractions where ledger_index = :index")


@dataclass(frozen=True)
class Scope:
    """What is agreed to in advance.

    Attributes:
        kinds: of action; only such as their gate lets be agreed to in advance.
        audiences: recipients as they will stand in the text, or `public`.
        languages: tags.
        excludes: `photograph`, `names_of_relatives`, or words that must not be in it.
        only_when: what has to have happened first, in words; empty: nothing.
        expires_at: its end; None: 90 days, or as long as the gates allow.
    """

    kinds: Sequence[str]
    audiences: Sequence[str]
    languages: Sequence[str]
    excludes: Sequence[str] = ()
    only_when: str = ""
    expires_at: datetime | None = None


async def give_standing_consent(
    session: AsyncSession, caller: Caller, case_id: UUID, scope: Scope
) -> StandingConsent:
    """Agree in advance to a scope, as one who decides. The others of the family are asked.

    It counts once as many have agreed as the arrangement asks for, and none is against it.

    Raises:
        NotFound, Forbidden, NotDecisionMaker, MinorCannotConsent: not entitled.
        WiderThanTheGate: a kind that is asked about each time, or a longer time than its gate allows.
        UnfitScope, ExpiryOutOfRange, UnfitText: unfit input.
    """
    await require(session, caller, case_id, Permission.CONSENT_DECIDE)
    await lock_case(session, case_id)
    await _require_decider(session, caller, case_id)
    now = await present(session)
    values = _checked(scope, now)
    standing_id = new_id()
    index = await append(
        session,
        event=EventKind.STANDING_CONSENT_GIVEN,
        actor=caller,
        case_id=case_id,
        at=now,
        body=_statement(standing_id, values),
    )
    values |= {
        "id": standing_id,
        "case_id": case_id,
        "given_by": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(StandingConsent).values(**values))
    standing = await session.get_one(StandingConsent, standing_id)
    await _answer(session, caller, standing, agrees=True)
    await _follow(session, caller, case_id, MailKind.SOMETHING_WAITS)
    return standing


async def answer_standing_consent(
    session: AsyncSession, caller: Caller, standing_id: UUID, *, agrees: bool
) -> StandingConsentAnswer:
    """Say yes or no to what another of the family would agree to in advance; or once more, after something happened.

    A later answer supersedes an earlier one. A no takes back what it let out.

    Raises:
        NotFound, Forbidden, NotDecisionMaker, MinorCannotConsent: not entitled.
        StandingEnded: it has been ended, or has lapsed.
    """
    standing = await _standing(session, standing_id)
    await require(session, caller, standing.case_id, Permission.CONSENT_DECIDE)
    await lock_case(session, standing.case_id)
    await _require_decider(session, caller, standing.case_id)
    if await session.get(StandingConsentEnd, standing_id) is not None:
        raise StandingEnded
    if standing.expires_at <= await present(session):
        raise StandingEnded
    answer = await _answer(session, caller, standing, agrees=agrees)
    await _see_to_what_was_out(session, caller, standing.case_id, answer.ledger_index)
    await _follow(session, caller, standing.case_id, MailKind.SOMETHING_CHANGED)
    return answer


async def end_standing_consent(
    session: AsyncSession, caller: Caller, standing_id: UUID
) -> StandingConsentEnd:
    """End a standing consent: at any time, no reason. What it had let out is taken back with it.

    Ending it twice answers with the end on record.

    Raises:
        NotFound, Forbidden, NotDecisionMaker: not somebody who decides, nor who had agreed to it.
    """
    standing = await _standing(session, standing_id)
    await require(session, caller, standing.case_id, Permission.CONSENT_WITHDRAW)
    await lock_case(session, standing.case_id)
    if (before := await session.get(StandingConsentEnd, standing_id)) is not None:
        return before
    if not await _has_answered(session, caller, standing_id):
        await _require_decider(session, caller, standing.case_id)
    now = await present(session)
    index = await append(
        session,
        event=EventKind.STANDING_CONSENT_ENDED,
        actor=caller,
        case_id=standing.case_id,
        at=now,
        body={"standing_consent": str(standing_id)},
    )
    values = {
        "standing_consent_id": standing_id,
        "case_id": standing.case_id,
        "person_id": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(StandingConsentEnd).values(**values))
    await _see_to_what_was_out(session, caller, standing.case_id, index)
    await _follow(session, caller, standing.case_id, MailKind.SOMETHING_CHANGED)
    return await session.get_one(StandingConsentEnd, standing_id)


async def record_trigger(
    session: AsyncSession, caller: Caller, standing_id: UUID
) -> StandingConsentTrigger:
    """Say, for one's organisation, that what a standing consent waits for has happened.

    It counts once two people of different organisations have said so. The family is told each time.

    Raises:
        NotFound, Forbidden: not staff of an organisation in this case.
        NothingAwaited, StandingEnded, OnePersonOneOrganisation: what is on record forbids it.
    """
    standing = await _standing(session, standing_id)
    held = await require(session, caller, standing.case_id, Permission.TRIGGER_RECORD)
    if not standing.only_when:
        raise NothingAwaited
    await lock_case(session, standing.case_id)
    if await session.get(StandingConsentEnd, standing_id) is not None:
        raise StandingEnded
    said = await triggers_of(session, standing_id)
    taken = {trigger.organisation_id for trigger in said}
    speaks_for = [
        organisation
        for role in sorted(STAFF_ROLES - {Role.OBSERVER})
        for organisation in held.organisations_for(role)
        if organisation not in taken
    ]
    if not speaks_for or caller.person_id in {trigger.person_id for trigger in said}:
        raise OnePersonOneOrganisation
    now = await present(session)
    index = await append(
        session,
        event=EventKind.STANDING_CONSENT_TRIGGERED,
        actor=caller,
        case_id=standing.case_id,
        at=now,
        body={"standing_consent": str(standing_id), "organisation": str(speaks_for[0])},
    )
    values = {
        "standing_consent_id": standing_id,
        "case_id": standing.case_id,
        "organisation_id": speaks_for[0],
        "person_id": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(StandingConsentTrigger).values(**values))
    await _follow(session, caller, standing.case_id, MailKind.SOMETHING_CHANGED)
    query = select(StandingConsentTrigger).where(StandingConsentTrigger.ledger_index == index)
    return (await session.scalars(query)).one()


async def triggers_of(session: AsyncSession, standing_id: UUID) -> list[StandingConsentTrigger]:
    """Return who has said that what a standing consent waits for has happened."""
    query = select(StandingConsentTrigger).where(
        StandingConsentTrigger.standing_consent_id == standing_id
    )
    return list(await session.scalars(query.order_by(StandingConsentTrigger.ledger_index)))


def kinds_agreed_in_advance(book: GateBook) -> dict[str, int]:
    """Return the kinds whose gate takes a standing consent, and for how many days at most."""
    return {
        kind: rule.family_consent.max_days
        for kind, rule in book.kinds.items()
        if rule.family_consent.standing == "allowed" and rule.family_consent.max_days is not None
    }


async def _standing(session: AsyncSession, standing_id: UUID) -> StandingConsent:
    standing = await session.get(StandingConsent, standing_id)
    if standing is None:
        raise NotFound
    return standing


async def _require_decider(session: AsyncSession, caller: Caller, case_id: UUID) -> None:
    held = await arrangement_in_force(session, case_id)
    if held is None or caller.person_id not in {person for person, _, _ in held.decision_makers}:
        raise NotDecisionMaker
    person = await session.get_one(Person, caller.person_id)
    if is_minor(person.born, (await present(session)).date()):
        raise MinorCannotConsent


async def _has_answered(session: AsyncSession, caller: Caller, standing_id: UUID) -> bool:
    query = select(StandingConsentAnswer.id).where(
        StandingConsentAnswer.standing_consent_id == standing_id,
        StandingConsentAnswer.person_id == caller.person_id,
    )
    return (await session.scalars(query.limit(1))).one_or_none() is not None


async def _answer(
    session: AsyncSession, caller: Caller, standing: StandingConsent, *, agrees: bool
) -> StandingConsentAnswer:
    answer_id, now = new_id(), await present(session)
    index = await append(
        session,
        event=EventKind.STANDING_CONSENT_ANSWERED,
        actor=caller,
        case_id=standing.case_id,
        at=now,
        body={"standing_consent": str(standing.id), "agrees": agrees, "channel": caller.via},
    )
    values = {
        "id": answer_id,
        "standing_consent_id": standing.id,
        "case_id": standing.case_id,
        "person_id": caller.person_id,
        "agrees": agrees,
        "channel": caller.via,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(StandingConsentAnswer).values(**values))
    return await session.get_one(StandingConsentAnswer, answer_id)


async def _see_to_what_was_out(
    session: AsyncSession, caller: Caller, case_id: UUID, ledger_index: int
) -> None:
    """Whatever the end of a standing consent took back is somebody's to see to."""
    if await retractions_caused_by(session, ledger_index):
        async with acting_as_job(session):
            rows = await session.scalars(_TAKEN_BACK, {"index": ledger_index})
            for action_id in sorted(set(rows)):
                await open_retraction_task(session, caller, case_id, action_id)


async def _follow(session: AsyncSession, caller: Caller, case_id: UUID, kind: MailKind) -> None:
    await refresh_case(session, case_id)
    for role in (Role.DECISION_MAKER, Role.COORDINATOR):
        for person_id in await people_with_role(session, case_id, role):
            if person_id != caller.person_id:
                await enqueue_mail(session, person_id, kind, f"/cases/{case_id}/in-advance")


def _statement(standing_id: UUID, values: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in values.items() if value not in ("", [])}
    return kept | {
        "standing_consent": str(standing_id),
        "expires_at": as_utc(values["expires_at"]),
    }


def _checked(scope: Scope, now: datetime) -> dict[str, Any]:
    """The scope as it is recorded, if every gate it is about allows it."""
    kinds = listed(scope.kinds, field="kinds")
    allowed = kinds_agreed_in_advance(gates.current().book)
    if not kinds:
        raise UnfitScope(N_("Name at least one kind of action."), field="kinds")
    for kind in kinds:
        if kind not in allowed:
            raise WiderThanTheGate(
                N_("{kind} is asked about each time, with its exact text."), field="kinds", kind=kind
            )  # fmt: skip
    longest = timedelta(days=min(allowed[kind] for kind in kinds))
    ends = scope.expires_at or now + min(LASTS, longest)
    if ends.tzinfo is None or ends <= now:
        raise ExpiryOutOfRange(field="expires_at")
    if ends > now + longest:
        raise WiderThanTheGate(
            N_("It can hold for {days} days at most."), field="expires_at", days=longest.days
        )
    audiences = listed(scope.audiences, field="audiences")
    if not audiences:
        raise UnfitScope(N_("Name at least one recipient."), field="audiences")
    return {
        "kinds": kinds,
        "audiences": audiences,
        "languages": _languages(scope.languages),
        "excludes": listed(scope.excludes, field="excludes"),
        "only_when": clean_text(scope.only_when, field="only_when", longest=2_000),
        "expires_at": ends,
    }


def _languages(tags: Sequence[str]) -> list[str]:
    if not tags:
        raise UnfitScope(N_("Name at least one language."), field="languages")
    try:
        return list(dict.fromkeys(language_tag(tag.strip(), "languages") for tag in tags))
    except ContentProblem as error:
        raise UnfitScope(
            N_("Give language tags such as en, fa or pt-BR."), field="languages"
        ) from error
