"""Keeping the contact book: who can move something in a case, and how to reach them.

Names and addresses stand in the book alone: the ledger says that it was changed, by whom and what of it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.cases.countries import is_country
from assent.contacts.models import Authority, Contact
from assent.contacts.queries import visible_authority, visible_contact
from assent.contacts.recipients import mail_address
from assent.contacts.refusals import (
    UnfitAddress,
    UnknownAuthority,
    UnknownCountry,
    UnknownSide,
    UnknownSort,
)
from assent.database.ids import new_id
from assent.database.session import lock_case, present
from assent.evidence.labels import label_of
from assent.gate.content import ContentProblem, language_tag
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import Standing, require
from assent.refusal import N_, Invalid
from assent.wording import clean_line, clean_text

SIDES = ("home", "detaining", "third")
SORTS = ("ministry", "envoy", "mission", "parliament", "court", "body", "other")
Kept = TypeVar("Kept", Authority, Contact)


@dataclass(frozen=True)
class AuthorityDetails:
    """An authority as somebody describes it.

    Attributes:
        side: one of SIDES.
        country: ISO 3166-1 code; empty for an international body.
        sort: one of SORTS.
    """

    side: str
    country: str
    sort: str
    name: str
    notes: str = ""


@dataclass(frozen=True)
class ContactDetails:
    """A contact as somebody describes them.

    Attributes:
        office: what they are there, such as "Head of the consular section".
        address: where mail reaches them; empty: what is for them is handed over.
        language: in which they are written to, BCP 47; empty: not known.
        visibility: label; None for the narrowest.
    """

    name: str
    authority: UUID | None = None
    office: str = ""
    address: str = ""
    language: str = ""
    notes: str = ""
    visibility: str | None = None


async def add_authority(
    session: AsyncSession, caller: Caller, case_id: UUID, details: AuthorityDetails
) -> Authority:
    """Write an authority into the contact book.

    Raises:
        NotFound, Forbidden: not somebody who keeps the book here.
        UnknownSide, UnknownCountry, UnknownSort, UnfitText: unfit input.
    """
    await require(session, caller, case_id, Permission.AUTHORITY_RECORD)
    values = _authority_values(details)
    key = await _add(session, caller, case_id, Authority, EventKind.AUTHORITY_ADDED, values)
    return await session.get_one(Authority, key)


async def change_authority(
    session: AsyncSession,
    caller: Caller,
    authority_id: UUID,
    details: AuthorityDetails,
    *,
    set_aside: bool,
) -> Authority:
    """Bring an authority's entry up to date, or set it aside.

    Raises:
        NotFound, Forbidden, UnknownSide, UnknownCountry, UnknownSort, UnfitText: as in `add_authority`.
    """
    authority = await visible_authority(session, authority_id)
    await require(session, caller, authority.case_id, Permission.AUTHORITY_RECORD)
    values = _authority_values(details) | {"set_aside": set_aside}
    return await _change(session, caller, authority, EventKind.AUTHORITY_CHANGED, values)


async def add_contact(
    session: AsyncSession, caller: Caller, case_id: UUID, details: ContactDetails
) -> Contact:
    """Write a contact into the book, under the narrowest label unless another is asked for.

    Raises:
        NotFound, Forbidden: not somebody who keeps the book here.
        UnknownAuthority, UnfitAddress, UnfitText, Invalid: unfit input.
    """
    standing = await require(session, caller, case_id, Permission.AUTHORITY_RECORD)
    values = await _contact_values(session, caller, standing, details)
    key = await _add(session, caller, case_id, Contact, EventKind.CONTACT_ADDED, values)
    return await session.get_one(Contact, key)


async def change_contact(
    session: AsyncSession,
    caller: Caller,
    contact_id: UUID,
    details: ContactDetails,
    *,
    set_aside: bool,
) -> Contact:
    """Bring a contact up to date, or set them aside. Texts that name them stay as they are.

    Raises:
        NotFound, Forbidden, UnknownAuthority, UnfitAddress, UnfitText, Invalid: as in `add_contact`.
    """
    contact = (await visible_contact(session, contact_id)).contact
    standing = await require(session, caller, contact.case_id, Permission.AUTHORITY_RECORD)
    values = await _contact_values(session, caller, standing, details)
    if details.visibility in (None, contact.visibility):
        values |= {"visibility": contact.visibility, "organisation_id": contact.organisation_id}
    values["set_aside"] = set_aside
    return await _change(session, caller, contact, EventKind.CONTACT_CHANGED, values)


def _authority_values(details: AuthorityDetails) -> dict[str, Any]:
    if details.side not in SIDES:
        raise UnknownSide(field="side")
    if details.sort not in SORTS:
        raise UnknownSort(field="sort")
    country = details.country.strip()
    if country and not is_country(country):
        raise UnknownCountry(field="country")
    return {
        "side": details.side,
        "country": country or None,
        "sort": details.sort,
        "name": clean_line(details.name, field="name"),
        "notes": clean_text(details.notes, field="notes"),
    }


async def _contact_values(
    session: AsyncSession, caller: Caller, standing: Standing, details: ContactDetails
) -> dict[str, Any]:
    if details.authority is not None:
        authority = await session.get(Authority, details.authority)
        if authority is None or authority.case_id != standing.case_id:
            raise UnknownAuthority(field="authority")
    address = clean_text(details.address, field="address", longest=254)
    if address and mail_address(address) != address:
        raise UnfitAddress(field="address")
    try:
        language = language_tag(details.language, "language") if details.language else ""
    except ContentProblem as problem:
        raise Invalid(
            N_("Give the language's tag, such as en, fa or pt-BR."), field="language"
        ) from problem
    label = label_of(caller, standing, details.visibility)
    return {
        **asdict(details),
        "name": clean_line(details.name, field="name", longest=120),
        "authority_id": details.authority,
        "office": clean_text(details.office, field="office", longest=120),
        "address": address,
        "language": language,
        "notes": clean_text(details.notes, field="notes"),
        "visibility": label.visibility,
        "organisation_id": label.organisation_id,
    }


async def _add(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    table: type[Kept],
    event: EventKind,
    values: dict[str, Any],
) -> UUID:
    key, now = new_id(), await present(session)
    index = await append(
        session, event=event, actor=caller, case_id=case_id, at=now, body={"entry": str(key)}
    )
    values = {name: value for name, value in values.items() if name in table.__table__.columns}
    values |= {
        "id": key,
        "case_id": case_id,
        "recorded_by": caller.person_id,
        "recorded_at": now,
        "changed_by": caller.person_id,
        "changed_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(table).values(**values))
    return key


async def _change(
    session: AsyncSession, caller: Caller, kept: Kept, event: EventKind, values: dict[str, Any]
) -> Kept:
    await lock_case(session, kept.case_id)
    await session.refresh(kept)
    columns = kept.__table__.columns
    changed = {
        name: value
        for name, value in values.items()
        if name in columns and getattr(kept, name) != value
    }
    if not changed:
        return kept
    now = await present(session)
    index = await append(
        session,
        event=event,
        actor=caller,
        case_id=kept.case_id,
        at=now,
        body={"entry": str(kept.id), "changed": sorted(changed)},
    )
    changed |= {"changed_by": caller.person_id, "changed_at": now, "ledger_index": index}
    table = type(kept)
    await session.execute(update(table).where(table.id == kept.id).values(**changed))
    await session.refresh(kept)
    return kept
