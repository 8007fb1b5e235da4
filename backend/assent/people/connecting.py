"""An organisation's own sign-in: connected after asking it who it is, changed, and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.session import present
from assent.ledger import sealing
from assent.ledger.events import EventKind
from assent.people import discovery, sessions
from assent.people.administration import lock_administrators, record
from assent.people.caller import Caller
from assent.people.domains import checked_domains, require_only_ours
from assent.people.models import BrowserSession, IdentityProvider, Organisation, Person
from assent.refusal import N_, Invalid, NotFound
from assent.wording import clean_line


class UnfitProvider(Invalid):
    """A sign-in that cannot be connected as described."""

    type = "unfit-provider"
    title = N_("This sign-in cannot be connected like that.")


class ProviderSilent(discovery.ProviderAway):
    """Nothing that speaks OpenID Connect answers at the address to be connected."""

    title = N_("Nothing answers at this address as a sign-in does.")
    advice = N_("Check the address, and that it is reached from outside your own network.")


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
        client_secret: kept sealed, never shown again; empty to keep the one there is, at the same issuer.
        email_domains: whose addresses sign in there.
        trial: allow a provider on this very machine, without TLS.

    Raises:
        UnfitProvider, UnfitDomain, DomainTaken: saying what does not fit.
        ProviderSilent: it does not answer.
    """
    issuer = issuer.strip()
    _require_issuer(issuer, trial=trial)
    client_id = clean_line(client_id, field="client_id", longest=200)
    domains = checked_domains(email_domains)
    await _require_fit(issuer)
    await lock_administrators(session, organisation)
    before = await session.get(IdentityProvider, organisation.id, populate_existing=True)
    sealed = _sealed(client_secret.strip(), issuer, before)
    moved = before is not None and before.issuer != issuer
    await require_only_ours(session, organisation, domains)
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
    if moved:
        await _end_provider_sessions(session, organisation.id)
    await record(session, caller, organisation, EventKind.PROVIDER_CONNECTED, issuer=issuer)


async def disconnect_provider(
    session: AsyncSession, caller: Caller, organisation: Organisation
) -> None:
    """Take the organisation's sign-in away: whoever came through it is signed out, links go on.

    Raises:
        NotFound: there is none.
    """
    await lock_administrators(session, organisation)
    provider = await session.get(IdentityProvider, organisation.id, populate_existing=True)
    if provider is None:
        raise NotFound
    issuer = provider.issuer
    await session.delete(provider)
    await session.flush()
    await _end_provider_sessions(session, organisation.id)
    await record(session, caller, organisation, EventKind.PROVIDER_REMOVED, issuer=issuer)


async def _end_provider_sessions(session: AsyncSession, organisation_id: UUID) -> None:
    """The provider's row is changed already: a sign-in under way there has committed, or is refused."""
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


async def _require_fit(issuer: str) -> None:
    try:
        metadata = await discovery.ask(issuer)
    except discovery.ProviderAway as error:
        raise ProviderSilent(field="issuer") from error
    if wrong := discovery.wrong_with(issuer, metadata):
        raise UnfitProvider(wrong, field="issuer")
    discovery.keep(issuer, metadata)


def _sealed(client_secret: str, issuer: str, before: IdentityProvider | None) -> bytes:
    """Return the secret to keep; the one there is goes to no other address than it was given for."""
    if client_secret:
        return sealing.current().seal("client-secret", client_secret.encode())
    if before is None:
        raise UnfitProvider(N_("Give the client's secret."), field="client_secret")
    if before.issuer != issuer:
        raise UnfitProvider(
            N_("Another address needs its own client secret: the one there is stays where it is."),
            field="client_secret",
        )
    return before.client_secret_sealed


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
    if discovery.is_inside(host):
        raise UnfitProvider(N_("Give an address that is reached from outside."), field="issuer")


def _is_this_machine(host: str) -> bool:
    address = discovery.address_of(host)
    return host == "localhost" or (address is not None and address.is_loopback)
