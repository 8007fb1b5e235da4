"""Recipients as a text names them: "Name <address>", a bare address, or only a name.

A text put to the gate names its recipients in words, and the family agrees to these words. Who is picked from the
contact book is written out here, once; what changes in the book afterwards changes no text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.contacts.models import Authority, Contact
from assent.contacts.refusals import ContactSetAside, SameAddressTwice, UnknownContact
from assent.refusal import N_

_LONGEST = 300
# What ends or splits a name in a mail's header.
_PLAIN = str.maketrans(dict.fromkeys('<>()[]",;:\\@', " "))


def mail_address(recipient: str) -> str | None:
    """Return the e-mail address in a recipient, or None where Assent cannot deliver by mail."""
    _, address = parseaddr(recipient)
    if "@" not in address:
        return None
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None


def words_of(contact: Contact, authority: Authority | None) -> str:
    """Return a contact as a text names them: name, office and authority, and the address where there is one."""
    name, address = _plain(contact.name), f" <{contact.address}>" if contact.address else ""
    whose = [_plain(part) for part in (contact.office, authority.name if authority else "") if part]
    about = f" ({', '.join(whose)})" if whose else ""
    room = _LONGEST - len(address)
    return f"{name}{about}"[:room].rstrip() + address


async def recipients_written_out(session: AsyncSession, case_id: UUID, content: object) -> object:
    """Return raw content whose recipients are words: whoever was given by a contact's id is written out.

    Raises:
        UnknownContact, ContactSetAside: with `field` the recipient.
    """
    if not isinstance(content, Mapping):
        return content
    changed = dict(content)
    if (audience := content.get("audience")) is not None:
        changed["audience"] = await written_out(session, case_id, audience, "audience")
    form = content.get("form")
    press = form.get("press") if isinstance(form, Mapping) else None
    if isinstance(form, Mapping) and isinstance(press, Mapping) and "recipients" in press:
        told = await written_out(session, case_id, press["recipients"], "form.press.recipients")
        changed["form"] = {**form, "press": {**press, "recipients": told}}
    return changed


async def written_out(
    session: AsyncSession, case_id: UUID, recipients: object, path: str
) -> object:
    """Return a list of recipients in words; what is no list of them is left for others to refuse.

    Raises:
        UnknownContact, ContactSetAside: with `field` the recipient, by its place under `path`.
    """
    if not isinstance(recipients, list | tuple):
        return recipients
    ids = {number: key for number, one in enumerate(recipients) if (key := contact_id(one))}
    found = await contacts_by_id(session, case_id, list(ids.values())) if ids else {}
    written: list[Any] = list(recipients)
    for number, key in ids.items():
        contact, authority = found.get(key, (None, None))
        if contact is None:
            raise UnknownContact(field=f"{path}[{number}]")
        if contact.set_aside:
            raise ContactSetAside(
                N_("It is about {name}."), field=f"{path}[{number}]", name=contact.name
            )
        written[number] = words_of(contact, authority)
    return written


async def contacts_by_id(
    session: AsyncSession, case_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, tuple[Contact, Authority | None]]:
    """Return those of a case's contacts that the session's person may see, each with its authority."""
    query = (
        select(Contact, Authority)
        .outerjoin(Authority, Authority.id == Contact.authority_id)
        .where(Contact.case_id == case_id, Contact.id.in_(ids))
    )
    return {row[0].id: (row[0], row[1]) for row in await session.execute(query)}


def require_each_once(recipients: Sequence[str], field: str) -> None:
    """Check that nobody would get the same text twice at one address, under whatever name.

    Raises:
        SameAddressTwice: with `field` the second of them.
    """
    seen: set[str] = set()
    for number, recipient in enumerate(recipients):
        if (address := mail_address(recipient)) is None:
            continue
        if address.lower() in seen:
            raise SameAddressTwice(
                N_("It is {address}."), field=f"{field}[{number}]", address=address
            )
        seen.add(address.lower())


def contact_id(recipient: object) -> UUID | None:
    """Return the id in a recipient that is nothing but one."""
    try:
        key = UUID(recipient) if isinstance(recipient, str) else None
    except ValueError:
        return None
    return key if key is not None and str(key) == str(recipient).lower() else None


def _plain(text: str) -> str:
    return " ".join(text.translate(_PLAIN).split())
