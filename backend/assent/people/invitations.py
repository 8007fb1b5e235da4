"""Finding the person behind an e-mail address, or inviting somebody new."""

from __future__ import annotations

from uuid import UUID

from confusable_homoglyphs import categories, confusables
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import any_, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.ids import new_id
from assent.database.session import present
from assent.people.models import Organisation, Person
from assent.refusal import N_, Invalid
from assent.wording import clean_line

# Scripts that one word is properly written in: Japanese and Korean.
_WRITTEN_TOGETHER = (
    {"HAN", "HIRAGANA"},
    {"HAN", "KATAKANA"},
    {"HIRAGANA", "KATAKANA"},
    {"HAN", "HIRAGANA", "KATAKANA"},
    {"HAN", "HANGUL"},
)


class UnfitAddress(Invalid):
    """Not an e-mail address."""

    type = "unfit-address"
    title = N_("This is not an e-mail address.")


class UnknownPerson(Invalid):
    """Nobody has this address, and it cannot be invited as asked."""

    type = "unknown-person"
    title = N_("Nobody with this address can be added like that.")


class LookAlikeName(Invalid):
    """A name that mixes scripts so that it can be taken for another."""

    type = "look-alike-name"
    title = N_(
        "This name mixes letters of different scripts that look alike. Please type it in one script."
    )


async def person_for(
    session: AsyncSession,
    email: str,
    organisation_id: UUID | None,
    *,
    name: str | None = None,
    language: str | None = None,
) -> Person:
    """Return the person with this address; somebody new is entered, if that is allowed.

    Staff have to belong to the organisation, or to one of its mail domains. For the family anybody
    may be entered: a relative has no employer to vouch for them.

    Args:
        organisation_id: on whose behalf the person is to act; None for the family.
        name, language: for somebody new; the address itself, and English, unless given.

    Raises:
        UnfitAddress, UnknownPerson, LookAlikeName: saying what does not fit.
    """
    address = normal_address(email)
    person = (await session.scalars(select(Person).where(Person.email == address))).one_or_none()
    if person is not None:
        if person.removed_at is not None:
            raise UnknownPerson(
                N_("The organisation this person worked for has removed them from Assent."),
                field="person",
            )
        if organisation_id is not None and person.organisation_id != organisation_id:
            raise UnknownPerson(
                N_("This person does not work for that organisation."), field="person"
            )
        return person
    if organisation_id is not None:
        await _require_domain(session, address, organisation_id)
    else:
        await _require_unclaimed(session, address)
    return await enter_person(session, address, name or address, language or "en", organisation_id)


async def enter_person(
    session: AsyncSession, address: str, name: str, language: str, organisation_id: UUID | None
) -> Person:
    """Enter somebody new.

    Raises:
        LookAlikeName: the name mixes scripts.
    """
    person_id = new_id()
    values = {
        "id": person_id,
        "email": address,
        "name": checked_name(name),
        "language": language,
        "organisation_id": organisation_id,
        "created_at": await present(session),
    }
    await session.execute(insert(Person).values(**values))
    return await session.get_one(Person, person_id)


def normal_address(email: str) -> str:
    """Return an address in lower case, checked for its form.

    Raises:
        UnfitAddress: it has none.
    """
    try:
        checked = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise UnfitAddress(field="person") from error
    return checked.normalized.lower()


def checked_name(name: str) -> str:
    """Return a person's or organisation's name, if nobody can mistake its letters.

    Raises:
        LookAlikeName: letters of several scripts that look alike stand in one word.
    """
    line = clean_line(name, field="name", longest=200)
    for word in line.split():
        written_together = categories.unique_aliases(word) - {"COMMON", "INHERITED"}
        if written_together not in _WRITTEN_TOGETHER and confusables.is_dangerous(word):
            raise LookAlikeName(field="name")
    return line


async def _require_domain(session: AsyncSession, address: str, organisation_id: UUID) -> None:
    query = select(Organisation.email_domains).where(Organisation.id == organisation_id)
    domains = (await session.scalars(query)).one()
    if address.rpartition("@")[2] not in domains:
        raise UnknownPerson(
            N_("Ask an administrator of that organisation to invite this person first."),
            field="person",
        )


async def _require_unclaimed(session: AsyncSession, address: str) -> None:
    """A relative signs in by a link: under a domain that an organisation claims they would be led to its sign-in."""
    claimed = select(Organisation.id).where(
        any_(Organisation.email_domains) == address.rpartition("@")[2]
    )
    if (await session.scalars(claimed.limit(1))).first() is not None:
        raise UnknownPerson(
            N_("Ask them for another address: this one cannot be invited."), field="person"
        )
