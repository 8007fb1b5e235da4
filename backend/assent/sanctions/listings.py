"""What became of a target in a jurisdiction: recorded by people, each day kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.ids import new_id
from assent.database.session import present
from assent.evidence.service import visible_evidence
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.refusal import N_, Invalid, NotFound
from assent.sanctions import jurisdictions
from assent.sanctions.models import Listing
from assent.sanctions.queries import target_listings
from assent.sanctions.refusals import NotListable, UnknownJurisdiction, UnknownStatus
from assent.sanctions.targets import open_target
from assent.wording import clean_text

STATUSES = ("not_asked", "drafting", "filed", "listed", "refused", "delisted")
DAYS = ("adopted_on", "submitted_on", "effective_on", "announced_on", "published_on")


async def record_listing(
    session: AsyncSession,
    caller: Caller,
    target_id: UUID,
    jurisdiction: str,
    status: str,
    *,
    on: date | None = None,
    days: Mapping[str, date | None] | None = None,
    reference: str = "",
    address: str = "",
    note: str = "",
    evidence_id: UUID | None = None,
) -> Listing:
    """Record where a target stands in a jurisdiction from now on.

    Args:
        on: the day of the status itself.
        days: of `DAYS`, as far as they are known: in real campaigns they fall apart.
        address: of the document that says so.
        evidence_id: that document, where its file is among the case's evidence.

    Raises:
        NotFound, Forbidden, IsMerged: not somebody who records targets here.
        UnknownJurisdiction, UnknownStatus, NotListable, Invalid.
    """
    line = await open_target(session, caller, target_id)
    known = jurisdictions.current()
    before = {listing.jurisdiction for listing in await target_listings(session, target_id)}
    # A jurisdiction that was taken out of the policies can still be closed where something is under way.
    jurisdiction = known.code_of(jurisdiction) or jurisdiction
    if known.get(jurisdiction) is None and jurisdiction not in before:
        raise UnknownJurisdiction(
            N_("Known are: {known}."), field="jurisdiction", known=", ".join(known.by_code)
        )
    if status not in STATUSES:
        raise UnknownStatus(N_("Known are: {known}."), field="status", known=", ".join(STATUSES))
    if not line.entity.may_be_listed:
        raise NotListable
    values = {
        "jurisdiction": jurisdiction,
        "status": status,
        "happened_on": on,
        **{name: (days or {}).get(name) for name in DAYS},
        "reference": clean_text(reference, field="reference", longest=300),
        "address": _web_address(address),
        "note": clean_text(note, field="note"),
        "evidence_id": await evidence_of(session, line.case_id, evidence_id),
    }
    return await record(session, caller, line.case_id, target_id, values)


async def record(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    target_id: UUID,
    values: Mapping[str, object],
) -> Listing:
    """Write a listing and its ledger record; the case is locked by the caller of this."""
    listing_id, now = new_id(), await present(session)
    said = {name: str(value) for name, value in values.items() if value not in (None, "")}
    index = await append(
        session,
        event=EventKind.LISTING_RECORDED,
        actor=caller,
        case_id=case_id,
        at=now,
        body={"listing": str(listing_id), "target": str(target_id), **said},
    )
    row = {
        **values,
        "id": listing_id,
        "case_id": case_id,
        "target_id": target_id,
        "made_by": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Listing).values(**row))
    return await session.get_one(Listing, listing_id)


async def evidence_of(
    session: AsyncSession, case_id: UUID, evidence_id: UUID | None
) -> UUID | None:
    """Return the id of evidence, checked to be of this case.

    Raises:
        NotFound: it is not, or not for this person to see.
    """
    if (
        evidence_id is not None
        and (await visible_evidence(session, evidence_id)).case_id != case_id
    ):
        raise NotFound
    return evidence_id


def _web_address(value: str) -> str:
    address = clean_text(value, field="address", longest=2_000)
    if address and (urlsplit(address).scheme not in ("https", "http") or " " in address):
        raise Invalid(N_("A web address begins with https://."), field="address")
    return address
