"""Signing in through an organisation's own OpenID Connect provider (Authlib).

Everything that could be swapped is pinned: the issuer of the discovery document, of the ID token
and of the callback to the configured one, the algorithm to asymmetric ones, state to the browser
that began, identities to issuer and subject.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import any_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.ids import new_id
from assent.database.session import present
from assent.ledger import sealing
from assent.people.discovery import TIMEOUT_SECONDS, ProviderAway, discover, get_json
from assent.people.models import Identity, IdentityProvider, Organisation, Person, ProviderSignIn
from assent.people.secrets import hash_of
from assent.refusal import N_, NotFound, Refusal

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
SCOPE = "openid email profile"
LASTS = timedelta(minutes=15)
_LEEWAY_SECONDS = 60


class SignInBroken(Refusal):
    """What came back does not belong to a sign-in of this browser, or was used before."""

    type = "sign-in-broken"
    status = 400
    title = N_("This sign-in could not be completed.")
    advice = N_("Please begin again from the sign-in page, in the same browser.")


class NotInvited(Refusal):
    """The provider knows this person; no organisation here has invited them."""

    type = "not-invited"
    status = 403
    title = N_("Your organisation's sign-in knows you, but nobody has invited you here.")
    advice = N_("Ask your organisation's administrator for an invitation.")


@dataclass(frozen=True)
class SignedInPerson:
    """Who came back from a provider, and where they were going."""

    person_id: UUID
    next_path: str


async def provider_for_address(session: AsyncSession, email: str) -> str | None:
    """Return the short name of the organisation whose provider signs this address in, if any."""
    query = (
        select(Organisation.slug)
        .join(IdentityProvider, IdentityProvider.organisation_id == Organisation.id)
        .where(any_(Organisation.email_domains) == email.rpartition("@")[2].lower())
        .order_by(Organisation.slug)
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def begin_at_provider(
    session: AsyncSession, organisation: str, browser: str, callback: str, next_path: str
) -> str:
    """Begin a sign-in and return the provider's address to go to.

    Args:
        browser: the cookie that binds the sign-in to this browser.
        callback: our own address, one for each organisation.

    Raises:
        NotFound: the organisation has no provider.
        ProviderAway: it does not answer properly.
    """
    provider = await _provider(session, organisation)
    metadata = await discover(provider.issuer)
    state, nonce, verifier = generate_token(43), generate_token(43), generate_token(64)
    client = _client(provider, callback)
    address, _ = client.create_authorization_url(
        metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
    )
    secret = json.dumps({"nonce": nonce, "verifier": verifier}).encode()
    values = {
        "state_hash": hash_of(state),
        "organisation_id": provider.organisation_id,
        "browser_hash": hash_of(browser),
        "sealed": sealing.current().seal("provider-sign-in", secret),
        "next_path": next_path,
        "created_at": await present(session),
    }
    await session.execute(insert(ProviderSignIn).values(**values))
    return str(address)


async def finish_at_provider(
    session: AsyncSession, organisation: str, browser: str, callback: str, answer: dict[str, str]
) -> SignedInPerson:
    """Complete a sign-in with what the provider sent back.

    Args:
        answer: the callback's parameters: code, state and, if the provider says it, iss.

    Raises:
        SignInBroken: it does not belong to a sign-in begun here, or was used.
        NotInvited: nobody here is meant.
        ProviderAway: the provider does not answer properly.
    """
    provider = await _provider(session, organisation)
    begun = await _take(session, provider, browser, answer.get("state", ""))
    if answer.get("error") or not answer.get("code"):
        raise SignInBroken
    if answer.get("iss", provider.issuer) != provider.issuer:
        raise SignInBroken
    kept = json.loads(sealing.current().unseal("provider-sign-in", begun.sealed))
    metadata = await discover(provider.issuer)
    claims = await _claims(provider, metadata, callback, answer["code"], kept)
    await _require_connected_still(session, provider)
    person_id = await _person_of(session, provider, claims)
    return SignedInPerson(person_id, begun.next_path)


async def _provider(session: AsyncSession, organisation: str) -> IdentityProvider:
    query = (
        select(IdentityProvider)
        .join(Organisation, Organisation.id == IdentityProvider.organisation_id)
        .where(Organisation.slug == organisation)
    )
    if (provider := (await session.scalars(query)).one_or_none()) is None:
        raise NotFound
    return provider


def _client(provider: IdentityProvider, callback: str) -> AsyncOAuth2Client:
    secret = sealing.current().unseal("client-secret", provider.client_secret_sealed).decode()
    return AsyncOAuth2Client(
        provider.client_id,
        secret,
        scope=SCOPE,
        redirect_uri=callback,
        code_challenge_method="S256",
        timeout=TIMEOUT_SECONDS,
    )


async def _take(
    session: AsyncSession, provider: IdentityProvider, browser: str, state: str
) -> ProviderSignIn:
    """Use a sign-in up: once, by the browser that began it, in time, at the same organisation."""
    now = await present(session)
    taken = (
        update(ProviderSignIn)
        .where(
            ProviderSignIn.state_hash == hash_of(state),
            ProviderSignIn.organisation_id == provider.organisation_id,
            ProviderSignIn.browser_hash == hash_of(browser),
            ProviderSignIn.used_at.is_(None),
            ProviderSignIn.created_at > now - LASTS,
        )
        .values(used_at=now)
        .returning(ProviderSignIn)
    )
    if (begun := (await session.scalars(taken)).one_or_none()) is None:
        raise SignInBroken
    return begun


async def _claims(
    provider: IdentityProvider,
    metadata: dict[str, Any],
    callback: str,
    code: str,
    kept: dict[str, str],
) -> dict[str, Any]:
    """Exchange the code and return the ID token's claims, checked."""
    try:
        async with _client(provider, callback) as client:
            token = await client.fetch_token(
                metadata["token_endpoint"], code=code, code_verifier=kept["verifier"]
            )
    except OAuthError as error:
        raise SignInBroken from error
    except (httpx2.HTTPError, ValueError) as error:
        raise ProviderAway from error
    keys = KeySet.import_key_set(await get_json(metadata["jwks_uri"]))  # type: ignore[arg-type]
    registry = jwt.JWTClaimsRegistry(
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        nonce={"essential": True, "value": kept["nonce"]},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        decoded = jwt.decode(str(token.get("id_token", "")), keys, algorithms=ALGORITHMS)
        registry.validate(decoded.claims)
    except (JoseError, ValueError) as error:
        raise SignInBroken from error
    claims = dict(decoded.claims)
    if "email" not in claims and "userinfo_endpoint" in metadata:
        claims |= await _userinfo(metadata, str(token.get("access_token", "")), claims["sub"])
    return claims


async def _userinfo(metadata: dict[str, Any], access_token: str, subject: str) -> dict[str, Any]:
    """Some providers give the address only at their userinfo endpoint; it has to be of the same subject."""
    bearer = {"Authorization": f"Bearer {access_token}"}
    info = await get_json(metadata["userinfo_endpoint"], bearer)
    if info.get("sub") != subject:
        raise SignInBroken
    return {key: info[key] for key in ("email", "email_verified") if key in info}


async def _require_connected_still(session: AsyncSession, provider: IdentityProvider) -> None:
    """Asking the provider took its time: whoever disconnects it waits from here on, and ends this session too."""
    query = select(IdentityProvider.organisation_id).where(
        IdentityProvider.organisation_id == provider.organisation_id,
        IdentityProvider.issuer == provider.issuer,
        IdentityProvider.client_id == provider.client_id,
    )
    if (await session.scalars(query.with_for_update(read=True))).one_or_none() is None:
        raise SignInBroken


async def _person_of(
    session: AsyncSession, provider: IdentityProvider, claims: dict[str, Any]
) -> UUID:
    known = (
        select(Person)
        .join(Identity, Identity.person_id == Person.id)
        .where(Identity.issuer == provider.issuer, Identity.subject == claims["sub"])
    )
    person = (await session.scalars(known)).one_or_none()
    if person is None:
        person = await _invited(session, provider, claims)
        values = {
            "id": new_id(),
            "person_id": person.id,
            "organisation_id": provider.organisation_id,
            "issuer": provider.issuer,
            "subject": claims["sub"],
            "created_at": await present(session),
        }
        await session.execute(insert(Identity).values(**values))
    if person.removed_at is not None or person.organisation_id != provider.organisation_id:
        raise NotInvited
    return person.id


async def _invited(
    session: AsyncSession, provider: IdentityProvider, claims: dict[str, Any]
) -> Person:
    """Return whom the organisation invited under the verified address; only until the first sign-in."""
    email = str(claims.get("email", "")).lower()
    if not email or claims.get("email_verified") is not True:
        raise NotInvited
    organisation = await session.get_one(Organisation, provider.organisation_id)
    if email.rpartition("@")[2] not in organisation.email_domains:
        raise NotInvited
    bound = select(Identity.person_id).where(Identity.issuer == provider.issuer)
    query = select(Person).where(
        Person.email == email,
        Person.organisation_id == provider.organisation_id,
        Person.removed_at.is_(None),
        Person.id.not_in(bound),
    )
    if (person := (await session.scalars(query)).one_or_none()) is None:
        raise NotInvited
    return person
