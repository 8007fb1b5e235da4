"""Reads of the contact book."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.contacts.models import Authority, Contact
from assent.contacts.recipients import contacts_by_id, mail_address, words_of
from assent.refusal import NotFound


@dataclass(frozen=True)
class ContactLine:
    """A contact as it stands in the book.

    Attributes:
        words: how a text that picks them names them.
    """

    contact: Contact
    authority: Authority | None

    @property
    def words(self) -> str:
        """How a text that picks them names them."""
        return words_of(self.contact, self.authority)

    def is_meant_by(self, recipient: str) -> bool:
        """Whether a text's recipient is this contact: by the same words, or the same mail address."""
        address = mail_address(recipient)
        if self.contact.address and address:
            return address.lower() == self.contact.address.lower()
        return recipient == self.words


async def authorities_of(session: AsyncSession, case_id: UUID) -> list[Authority]:
    """Return the authorities of a case, by name."""
    query = select(Authority).where(Authority.case_id == case_id)
    return list(await session.scalars(query.order_by(Authority.set_aside, Authority.name)))


async def contacts_of(session: AsyncSession, case_id: UUID) -> list[ContactLine]:
    """Return the contacts of a case that the session's person may see, by name."""
    query = (
        select(Contact, Authority)
        .outerjoin(Authority, Authority.id == Contact.authority_id)
        .where(Contact.case_id == case_id)
        .order_by(Contact.set_aside, Contact.name, Contact.id)
    )
    return [ContactLine(row[0], row[1]) for row in await session.execute(query)]


async def visible_authority(session: AsyncSession, authority_id: UUID) -> Authority:
    """Return an authority of a case the session's person takes part in.

    Raises:
        NotFound: there is none for them.
    """
    authority = await session.get(Authority, authority_id)
    if authority is None:
        raise NotFound
    return authority


async def visible_contact(session: AsyncSession, contact_id: UUID) -> ContactLine:
    """Return a contact the session's person may see.

    Raises:
        NotFound: there is none for them.
    """
    contact = await session.get(Contact, contact_id)
    if contact is None:
        raise NotFound
    found = await contacts_by_id(session, contact.case_id, [contact_id])
    return ContactLine(*found[contact_id])
