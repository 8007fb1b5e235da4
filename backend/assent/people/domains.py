"""Mail domains: whose people sign in where, claimed by one organisation each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import any_, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.people.models import Organisation, Person
from assent.refusal import N_, Conflict, Invalid

MOST_DOMAINS = 20
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
# Who claims a domain is decided one after the other.
_LOCK_DOMAINS = text("select pg_advisory_xact_lock(hashtext('assent.email_domains'))")


class UnfitDomain(Invalid):
    """Not a mail domain, or none, or too many."""

    type = "unfit-domain"
    title = N_("These are not mail domains of your people.")


class DomainTaken(Conflict):
    """People of another organisation, or of no organisation, have addresses there."""

    type = "domain-taken"
    title = N_("This mail domain cannot be claimed.")
    advice = N_("Claim only domains under which nobody but your own people have addresses.")


class AddressElsewhere(Conflict):
    """The address lies in a domain that another organisation claims."""

    type = "address-elsewhere"
    title = N_("This address belongs to another organisation.")
    advice = N_("Only that organisation can invite it.")


def checked_domains(given: Sequence[str]) -> list[str]:
    """Return domains in lower case, each once, in order.

    Raises:
        UnfitDomain: none, too many, or something else than domains.
    """
    domains = sorted({domain.strip().lower().lstrip("@") for domain in given if domain.strip()})
    if not domains or len(domains) > MOST_DOMAINS:
        raise UnfitDomain(
            N_("Name the mail domains of your people, at most {most}."),
            field="email_domains",
            most=MOST_DOMAINS,
        )
    for domain in domains:
        if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
            raise UnfitDomain(
                N_("“{domain}” is not a mail domain such as example.org."),
                field="email_domains",
                domain=domain,
            )
    return domains


async def require_only_ours(
    session: AsyncSession, organisation: Organisation, domains: Sequence[str]
) -> None:
    """A claimed domain leads its people to the organisation's sign-in: nobody else may have addresses there.

    Raises:
        DomainTaken: another organisation claims one, or somebody else has an address there.
    """
    await session.execute(_LOCK_DOMAINS)
    for domain in domains:
        if await _claimed_elsewhere(session, organisation, domain):
            raise DomainTaken(
                N_("Another organisation claims “{domain}”."), field="email_domains", domain=domain
            )
        others = select(Person.id).where(
            func.split_part(Person.email, "@", 2) == domain,
            Person.organisation_id.is_distinct_from(organisation.id),
        )
        if (await session.scalars(others.limit(1))).one_or_none() is not None:
            raise DomainTaken(
                N_("Somebody who is not on your list has an address at “{domain}”."),
                field="email_domains",
                domain=domain,
            )


async def require_not_elsewhere(
    session: AsyncSession, organisation: Organisation, address: str
) -> None:
    """Refuse an address in a domain that another organisation claims.

    Raises:
        AddressElsewhere
    """
    await session.execute(_LOCK_DOMAINS)
    if await _claimed_elsewhere(session, organisation, address.rpartition("@")[2]):
        raise AddressElsewhere(field="email")


async def _claimed_elsewhere(
    session: AsyncSession, organisation: Organisation, domain: str
) -> bool:
    claimed = select(Organisation.id).where(
        Organisation.id != organisation.id, any_(Organisation.email_domains) == domain
    )
    return (await session.scalars(claimed.limit(1))).one_or_none() is not None
