"""Who evidence comes from, for those alone who have to know; and which governments that source lets see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.cases.countries import is_country
from assent.database.ids import new_id
from assent.database.session import acting_as_job, lock_case, present
from assent.evidence.models import EvidenceSource, EvidenceSourceReader, SourceAgreement
from assent.evidence.refusals import AlreadyAgreed, SourceNamed
from assent.evidence.service import visible_evidence
from assent.ledger.events import EventKind
from assent.ledger.sealing import seal, unseal
from assent.ledger.store import append, case_data_key
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.people.models import Membership, Person
from assent.refusal import N_, Invalid, NotFound
from assent.wording import clean_text

# Besides countries: bodies that receive requests as governments do.
UNIONS = ("EU", "UN")


@dataclass(frozen=True)
class Source:
    """Who evidence comes from.

    Attributes:
        words: name and how to reach them, as it was written down.
        readers: names of those who may read this.
    """

    words: str
    readers: tuple[str, ...]


async def name_source(session: AsyncSession, caller: Caller, evidence_id: UUID, words: str) -> None:
    """Write down who evidence comes from; only the writer can read it, until they let somebody in.

    Raises:
        NotFound, Forbidden: not somebody who brings in evidence here.
        SourceNamed: it is written down already.
        Invalid: nothing was written.
    """
    evidence = await visible_evidence(session, evidence_id)
    await require(session, caller, evidence.case_id, Permission.EVIDENCE_RECORD)
    text = clean_text(words, field="source", longest=2000)
    if not text:
        raise Invalid(N_("Please fill this in."), field="source")
    await lock_case(session, evidence.case_id)
    if await is_source_named(session, evidence_id):
        raise SourceNamed(field="source")
    key = await case_data_key(session, evidence.case_id)
    now = await present(session)
    index = await _record(
        session, caller, EventKind.SOURCE_NAMED, evidence.case_id, evidence_id, {}
    )
    values = {
        "evidence_id": evidence_id,
        "case_id": evidence.case_id,
        "sealed": seal(key.secret, text.encode(), _place(evidence_id)),
        "named_by": caller.person_id,
        "named_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(EvidenceSource).values(**values))
    await _admit(session, caller, evidence.case_id, evidence_id, caller.person_id)


async def admit_reader(
    session: AsyncSession, caller: Caller, evidence_id: UUID, email: str
) -> None:
    """Let somebody of the case read who evidence comes from. It cannot be taken back: they will have read it.

    Raises:
        NotFound: the caller may not read it themselves.
        Invalid: nobody of the case has that address.
    """
    evidence = await visible_evidence(session, evidence_id)
    if await session.get(EvidenceSource, evidence_id) is None:
        raise NotFound
    query = (
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.case_id == evidence.case_id,
            Membership.ended_at.is_(None),
            Person.email == email.strip().lower(),
        )
    )
    person_id = (await session.scalars(query.limit(1))).one_or_none()
    if person_id is None:
        raise Invalid(N_("Nobody in this case has this address."), field="person")
    if await session.get(EvidenceSourceReader, (evidence_id, person_id)) is None:
        await _admit(session, caller, evidence.case_id, evidence_id, person_id)


async def source_of(session: AsyncSession, evidence_id: UUID) -> Source | None:
    """Return who evidence comes from, if the session's person may know."""
    found = await session.get(EvidenceSource, evidence_id)
    if found is None:
        return None
    key = await case_data_key(session, found.case_id)
    words = unseal(key.secret, bytes(found.sealed), _place(evidence_id)).decode()
    names = (
        select(Person.name)
        .join(EvidenceSourceReader, EvidenceSourceReader.person_id == Person.id)
        .where(EvidenceSourceReader.evidence_id == evidence_id)
        .order_by(EvidenceSourceReader.admitted_at)
    )
    return Source(words, tuple(await session.scalars(names)))


async def record_agreement(
    session: AsyncSession, caller: Caller, evidence_id: UUID, country: str, *, agrees: bool
) -> SourceAgreement:
    """Record whether the source lets a government see this evidence.

    Args:
        country: ISO 3166-1 alpha-2, or EU or UN.

    Raises:
        NotFound, Forbidden: not somebody who brings in evidence here.
        Invalid: no such country.
        AlreadyAgreed: their latest word is the same.
    """
    evidence = await visible_evidence(session, evidence_id)
    await require(session, caller, evidence.case_id, Permission.EVIDENCE_RECORD)
    if country not in UNIONS and not is_country(country):
        raise Invalid(N_("Give the state as two letters, such as IR."), field="country")
    await lock_case(session, evidence.case_id)
    latest = (await agreements(session, [evidence_id])).get(evidence_id, {}).get(country)
    if latest is agrees:
        raise AlreadyAgreed(field="country")
    agreement_id, now = new_id(), await present(session)
    body = {"country": country, "agrees": agrees}
    index = await _record(
        session, caller, EventKind.SOURCE_AGREED, evidence.case_id, evidence_id, body
    )
    values = {
        "id": agreement_id,
        "evidence_id": evidence_id,
        "case_id": evidence.case_id,
        "country": country,
        "agrees": agrees,
        "recorded_by": caller.person_id,
        "recorded_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(SourceAgreement).values(**values))
    return await session.get_one(SourceAgreement, agreement_id)


async def agreements(
    session: AsyncSession, evidence_ids: list[UUID]
) -> dict[UUID, dict[str, bool]]:
    """Return, for each piece of evidence, which countries its source has a word on: the latest counts.

    A country that is missing has not been agreed to.
    """
    query = (
        select(SourceAgreement.evidence_id, SourceAgreement.country, SourceAgreement.agrees)
        .where(SourceAgreement.evidence_id.in_(evidence_ids))
        .order_by(SourceAgreement.ledger_index)
    )
    found: dict[UUID, dict[str, bool]] = {}
    for evidence_id, country, agrees in await session.execute(query):
        found.setdefault(evidence_id, {})[country] = agrees
    return found


async def is_source_named(session: AsyncSession, evidence_id: UUID) -> bool:
    """Whether it is written down who evidence comes from: anybody who sees the evidence may know that much."""
    async with acting_as_job(session):
        query = select(EvidenceSource.evidence_id).where(EvidenceSource.evidence_id == evidence_id)
        return (await session.scalars(query)).one_or_none() is not None


async def _admit(
    session: AsyncSession, caller: Caller, case_id: UUID, evidence_id: UUID, person_id: UUID
) -> None:
    body = {"person": str(person_id)}
    index = await _record(
        session, caller, EventKind.SOURCE_READER_ADMITTED, case_id, evidence_id, body
    )
    values = {
        "evidence_id": evidence_id,
        "case_id": case_id,
        "person_id": person_id,
        "admitted_by": caller.person_id,
        "admitted_at": await present(session),
        "ledger_index": index,
    }
    await session.execute(insert(EvidenceSourceReader).values(**values))


async def _record(
    session: AsyncSession,
    caller: Caller,
    event: EventKind,
    case_id: UUID,
    evidence_id: UUID,
    body: dict[str, Any],
) -> int:
    return await append(
        session,
        event=event,
        actor=caller,
        case_id=case_id,
        at=await present(session),
        body={"evidence": str(evidence_id), **body},
    )


def _place(evidence_id: UUID) -> str:
    return f"evidence_sources/{evidence_id}/sealed/v1"
