"""What an organisation's administrator does: people, administrators, the organisation's own sign-in."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.session import present
from assent.gate.roles import Role
from assent.ledger import sealing
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people import providers, sessions
from assent.people.caller import Caller
from assent.people.invitations import UnknownPerson, checked_name, enter_person, normal_address
from assent.people.models import (
    BrowserSession,
    IdentityProvider,
    Organisation,
    OrganisationRole,
    Person,
)
from assent.refusal import N_, Conflict, Invalid, NotFound
from assent.wording import clean_line

ADMIN = Role.ORGANISATION_ADMIN.value
MOST_DOMAINS = 20
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
# Who claims a domain is decided one after the other.
_LOCK_DOMAINS = text("select pg_advisory_xact_lock(hashtext('assent.email_domains'))")


class LastAdministrator(Conflict):
    """Nobody would be left to invite, remove and name administrators."""

    type = "last-administrator"
    title = N_("Nobody else administers this organisation.")
    advice = N_("Name another administrator first.")


class UnfitProvider(Invalid):
    """A sign-in that cannot be connected as described."""

    type = "unfit-provider"
    title = N_("This sign-in cannot be connected like that.")


class DomainTaken(Conflict):
    """People of another organisation, or of no organisation, have addresses there."""

    type = "domain-taken"
    title = N_("This mail domain cannot be claimed.")
    advice = N_("Claim only domains under which nobody but your own people have addresses.")


@dataclass(frozen=True)
class StaffLine:
    """Somebody who works for the organisation.

    Attributes:
        invited_only: they have never signed in.
    """

    id: UUID
    name: str
    email: str
    administers: bool
    invited_only: bool
    created_at: datetime


async def staff_of(session: AsyncSession, organisation_id: UUID) -> list[StaffLine]:
    """Return the organisation's people, by name, without those who were removed."""
    admin = exists().where(
        OrganisationRole.person_id == Person.id,
        OrganisationRole.organisation_id == organisation_id,
        OrganisationRole.role == ADMIN,
    )
    came = exists().where(BrowserSession.person_id == Person.id)
    query = (
        select(Person.id, Person.name, Person.email, admin, ~came, Person.created_at)
        .where(Person.organisation_id == organisation_id, Person.removed_at.is_(None))
        .order_by(func.lower(Person.name), Person.id)
    )
    return [StaffLine(*row) for row in await session.execute(query)]


async def administered_by(session: AsyncSession, caller: Caller) -> Organisation | None:
    """Return the organisation the caller administers, if any."""
    query = (
        select(Organisation)
        .join(OrganisationRole, OrganisationRole.organisation_id == Organisation.id)
        .where(OrganisationRole.person_id == caller.person_id, OrganisationRole.role == ADMIN)
    )
    return (await session.scalars(query)).one_or_none()


async def staff_member(session: AsyncSession, organisation_id: UUID, person_id: UUID) -> Person:
    """Return somebody who works for the organisation.

    Raises:
        NotFound: nobody of that id does.
    """
    person = await session.get(Person, person_id)
    if person is None or person.organisation_id != organisation_id or person.removed_at is not None:
        raise NotFound
    return person


async def invite_staff(
    session: AsyncSession,
    caller: Caller,
    organisation: Organisation,
    email: str,
    name: str,
    language: str,
) -> Person:
    """Enter somebody as the organisation's own; who was removed before may come back.

    Whoever is on the list already stays as they are.

    Args:
        language: BCP 47 tag; their mails and pages are in it.

    Raises:
        UnfitAddress, UnknownPerson, LookAlikeName: saying what does not fit.
    """
    address, shown = normal_address(email), checked_name(name)
    query = select(Person).where(Person.email == address).with_for_update()
    person = (await session.scalars(query)).one_or_none()
    if person is not None and person.organisation_id != organisation.id:
        raise UnknownPerson(
            N_("Ask them for another address: this one cannot be invited."), field="email"
        )
    if person is not None and person.removed_at is None:
        return person
    if person is None:
        await _require_unclaimed(session, organisation, [address.rpartition("@")[2]])
        person = await enter_person(session, address, shown, language, organisation.id)
    else:
        await session.execute(
            update(Person).where(Person.id == person.id).values(removed_at=None, name=shown)
        )
    await _record(session, caller, organisation, EventKind.STAFF_INVITED, person=person.id)
    return person


async def set_administrator(
    session: AsyncSession,
    caller: Caller,
    organisation: Organisation,
    person_id: UUID,
    *,
    wanted: bool,
) -> None:
    """Name an administrator, or end somebody's being one; what is so already is not recorded again.

    Raises:
        NotFound: nobody of that id works here.
        LastAdministrator: nobody else would be left.
    """
    await lock_administrators(session, organisation)
    person = await staff_member(session, organisation.id, person_id)
    now_admins = await administrators(session, organisation.id)
    if (person_id in now_admins) == wanted:
        return
    if not wanted:
        require_another(now_admins, person_id)
        await drop_administrator(session, organisation.id, person_id)
    else:
        values = {
            "person_id": person.id,
            "organisation_id": organisation.id,
            "role": ADMIN,
            "granted_at": await present(session),
        }
        await session.execute(insert(OrganisationRole).values(**values))
    event = EventKind.ADMINISTRATOR_NAMED if wanted else EventKind.ADMINISTRATOR_ENDED
    await _record(session, caller, organisation, event, person=person_id)


async def lock_administrators(session: AsyncSession, organisation: Organisation) -> None:
    """Changes of an organisation's people happen one after the other, until the transaction ends."""
    key = f"assent.organisation.{organisation.id}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(key))))


async def administrators(session: AsyncSession, organisation_id: UUID) -> frozenset[UUID]:
    """Return who administers an organisation now."""
    query = (
        select(OrganisationRole.person_id)
        .join(Person, Person.id == OrganisationRole.person_id)
        .where(
            OrganisationRole.organisation_id == organisation_id,
            OrganisationRole.role == ADMIN,
            Person.removed_at.is_(None),
        )
    )
    return frozenset(await session.scalars(query))


def require_another(now_admins: frozenset[UUID], leaving: UUID) -> None:
    """Refuse to leave an organisation without an administrator.

    Raises:
        LastAdministrator
    """
    if now_admins == {leaving}:
        raise LastAdministrator


async def drop_administrator(session: AsyncSession, organisation_id: UUID, person_id: UUID) -> None:
    """Take the role away."""
    await session.execute(
        delete(OrganisationRole).where(
            OrganisationRole.organisation_id == organisation_id,
            OrganisationRole.person_id == person_id,
            OrganisationRole.role == ADMIN,
        )
    )


async def provider_of(session: AsyncSession, organisation_id: UUID) -> IdentityProvider | None:
    """Return the organisation's own sign-in, if it has connected one."""
    return await session.get(IdentityProvider, organisation_id)


async def connect_provider(
    session: AsyncSession,
    caller: Caller,
    organisation: Organisation,
    issuer: str,
    client_id: str,
    client_secret: str,
    email_domains: Sequence[str],
    *,
    trial: bool = False,
) -> None:
    """Connect the organisation's OpenID Connect provider, after asking it who it is.

    Args:
        issuer: its address, exactly as it names itself.
        client_secret: kept sealed, never shown again; empty to keep the one there is.
        email_domains: whose addresses sign in there.
        trial: allow a provider on this very machine, without TLS.

    Raises:
        UnfitProvider, DomainTaken: saying what does not fit.
        ProviderAway: it does not answer, or names another issuer.
    """
    issuer = issuer.strip()
    _require_issuer(issuer, trial=trial)
    client_id = clean_line(client_id, field="client_id", longest=200)
    domains = _domains(email_domains)
    before = await provider_of(session, organisation.id)
    if not client_secret.strip() and before is None:
        raise UnfitProvider(N_("Give the client's secret."), field="client_secret")
    await providers.ask_anew(issuer)
    await _require_nobody_elses(session, organisation, domains)
    sealed = (
        sealing.current().seal("client-secret", client_secret.strip().encode())
        if client_secret.strip() or before is None
        else before.client_secret_sealed
    )
    values = {"issuer": issuer, "client_id": client_id, "client_secret_sealed": sealed}
    row = upsert(IdentityProvider).values(
        organisation_id=organisation.id, created_at=await present(session), **values
    )
    await session.execute(
        row.on_conflict_do_update(index_elements=["organisation_id"], set_=values)
    )
    await session.execute(
        update(Organisation).where(Organisation.id == organisation.id).values(email_domains=domains)
    )
    if before is not None and before.issuer != issuer:
        await _end_provider_sessions(session, organisation.id)
    await _record(session, caller, organisation, EventKind.PROVIDER_CONNECTED, issuer=issuer)


async def disconnect_provider(
    session: AsyncSession, caller: Caller, organisation: Organisation
) -> None:
    """Take the organisation's sign-in away: whoever came through it is signed out, links go on.

    Raises:
        NotFound: there is none.
    """
    provider = await provider_of(session, organisation.id)
    if provider is None:
        raise NotFound
    issuer = provider.issuer
    await session.delete(provider)
    await session.flush()
    await _end_provider_sessions(session, organisation.id)
    await _record(session, caller, organisation, EventKind.PROVIDER_REMOVED, issuer=issuer)


async def _end_provider_sessions(session: AsyncSession, organisation_id: UUID) -> None:
    query = (
        select(BrowserSession.id)
        .join(Person, Person.id == BrowserSession.person_id)
        .where(
            Person.organisation_id == organisation_id,
            BrowserSession.via == "provider",
            BrowserSession.revoked_at.is_(None),
        )
    )
    await sessions.end(session, list(await session.scalars(query)))


def _require_issuer(issuer: str, *, trial: bool) -> None:
    try:
        parts = urlsplit(issuer)
        host = parts.hostname or ""
    except ValueError:
        host, parts = "", urlsplit("")
    if (
        not host
        or parts.query
        or parts.fragment
        or parts.username
        or parts.scheme not in ("http", "https")
    ):
        raise UnfitProvider(
            N_("Give its address, such as https://login.example.org."), field="issuer"
        )
    if trial and _is_this_machine(host):
        return
    if parts.scheme != "https":
        raise UnfitProvider(N_("Its address begins with https://."), field="issuer")
    if _is_inside(host):
        raise UnfitProvider(N_("Give an address that is reached from outside."), field="issuer")


def _is_this_machine(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _is_inside(host: str) -> bool:
    """Whether a host is plainly not out in the world: nobody makes us knock at our own doors."""
    address = _address(host)
    return "." not in host if address is None else not address.is_global


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _domains(given: Sequence[str]) -> list[str]:
    domains = sorted({domain.strip().lower().lstrip("@") for domain in given if domain.strip()})
    if not domains or len(domains) > MOST_DOMAINS:
        raise UnfitProvider(
            N_("Name the mail domains of your people, at most {most}."),
            field="email_domains",
            most=MOST_DOMAINS,
        )
    for domain in domains:
        if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
            raise UnfitProvider(
                N_("“{domain}” is not a mail domain such as example.org."),
                field="email_domains",
                domain=domain,
            )
    return domains


async def _require_nobody_elses(
    session: AsyncSession, organisation: Organisation, domains: Sequence[str]
) -> None:
    """A claimed domain leads its people to the organisation's sign-in: nobody else may have addresses there."""
    await _require_unclaimed(session, organisation, domains)
    others = select(Person.id).where(
        func.split_part(Person.email, "@", 2).in_(domains),
        Person.organisation_id.is_distinct_from(organisation.id),
    )
    if (await session.scalars(others.limit(1))).one_or_none() is not None:
        raise DomainTaken(field="email_domains")


async def _require_unclaimed(
    session: AsyncSession, organisation: Organisation, domains: Sequence[str]
) -> None:
    await session.execute(_LOCK_DOMAINS)
    claimed = select(Organisation.id).where(
        Organisation.id != organisation.id, Organisation.email_domains.op("&&")(list(domains))
    )
    if (await session.scalars(claimed.limit(1))).one_or_none() is not None:
        raise DomainTaken(field="email_domains")


async def _record(
    session: AsyncSession,
    caller: Caller,
    organisation: Organisation,
    event: EventKind,
    *,
    person: UUID | None = None,
    issuer: str | None = None,
) -> None:
    body = {"organisation": str(organisation.id)}
    body |= {"person": str(person)} if person else {}
    body |= {"issuer": issuer} if issuer else {}
    now = await present(session)
    await append(session, event=event, actor=caller, case_id=None, at=now, body=body)
