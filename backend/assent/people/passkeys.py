"""Passkeys: made on a person's own device, to sign in with and to sign what they decide.

A challenge is used once. Origin, server name and counter are checked, and the device must have seen its
owner. What enrolment showed is kept whole: a decision that a passkey signed verifies without us.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    decode_credential_public_key,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from assent.database.ids import new_id
from assent.database.session import present
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.models import Person
from assent.people.passkey_models import Passkey, PasskeyChallenge
from assent.people.secrets import hash_of
from assent.refusal import N_, Invalid

Purpose = Literal["enrol", "sign_in", "decide"]
LASTS = timedelta(minutes=10)
ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LONGEST = 20_000


class PasskeyRefused(Invalid):
    """What the device answered does not fit: another challenge, server or key, or one used before."""

    type = "passkey-refused"
    title = N_("This passkey could not be used.")
    advice = N_("Try again, or go on without it.")


@dataclass(frozen=True)
class Server:
    """The name to which passkeys are bound, and the address their pages come from."""

    name: str
    origin: str


@dataclass(frozen=True)
class Assertion:
    """What a passkey signed, whole."""

    passkey: Passkey
    authenticator_data: bytes
    client_data: bytes
    signature: bytes


def server_of(base_url: str) -> Server:
    """Return this server's name for passkeys; on the machine itself browsers know it as localhost alone."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if host in _LOOPBACK:
        port = f":{parts.port}" if parts.port else ""
        return Server("localhost", f"{parts.scheme}://localhost{port}")
    return Server(host, f"{parts.scheme}://{parts.netloc}")


async def new_challenge(
    session: AsyncSession,
    purpose: Purpose,
    person_id: UUID | None,
    browser: str = "",
    challenge: bytes = b"",
) -> bytes:
    """Keep a challenge for one use, by one person or (for signing in) one browser."""
    made, now = challenge or os.urandom(32), await present(session)
    values = {
        "challenge_hash": hashlib.sha256(made).digest(),
        "purpose": purpose,
        "person_id": person_id,
        "browser_hash": hash_of(browser) if person_id is None else None,
        "created_at": now,
        "expires_at": now + LASTS,
    }
    await session.execute(insert(PasskeyChallenge).values(**values))
    return made


async def _take_challenge(
    session: AsyncSession, challenge: bytes, purpose: Purpose, person_id: UUID | None, browser: str
) -> None:
    now = await present(session)
    whose = (
        PasskeyChallenge.browser_hash == hash_of(browser)
        if person_id is None
        else PasskeyChallenge.person_id == person_id
    )
    taken = (
        update(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge_hash == hashlib.sha256(challenge).digest(),
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.used_at.is_(None),
            PasskeyChallenge.expires_at > now,
            whose,
        )
        .values(used_at=now)
        .returning(PasskeyChallenge.challenge_hash)
    )
    if (await session.execute(taken)).one_or_none() is None:
        raise PasskeyRefused


async def enrolment_options(session: AsyncSession, caller: Caller, server: Server) -> str:
    """Return what a browser needs to make a passkey for the caller, as JSON."""
    query = select(Passkey.credential_id).where(Passkey.person_id == caller.person_id)
    there = [PublicKeyCredentialDescriptor(id=key) for key in await session.scalars(query)]
    options = generate_registration_options(
        rp_id=server.name,
        rp_name="Assent",
        user_id=caller.person_id.bytes,
        user_name=caller.name,
        challenge=await new_challenge(session, "enrol", caller.person_id),
        exclude_credentials=there,
        supported_pub_key_algs=ALGORITHMS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return options_to_json(options)


async def enrol_passkey(
    session: AsyncSession, caller: Caller, server: Server, answer: str, label: str
) -> Passkey:
    """Keep a passkey that the caller has just made, with everything that shows it was made here.

    Raises:
        PasskeyRefused: another origin, challenge or algorithm, or the device did not see its owner.
    """
    try:
        credential = parse_registration_credential_json(answer[:_LONGEST])
        client_data = credential.response.client_data_json
        challenge = parse_client_data_json(client_data).challenge
    except (WebAuthnException, ValueError) as error:
        raise PasskeyRefused from error
    await _take_challenge(session, challenge, "enrol", caller.person_id, "")
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=server.name,
            expected_origin=server.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        algorithm = int(decode_credential_public_key(verified.credential_public_key).alg)
    except (WebAuthnException, ValueError) as error:
        raise PasskeyRefused from error
    known = select(Passkey.id).where(Passkey.credential_id == verified.credential_id)
    if (await session.scalars(known)).one_or_none() is not None:
        raise PasskeyRefused
    passkey_id, now = new_id(), await present(session)
    index = await append(
        session,
        event=EventKind.PASSKEY_ENROLLED,
        actor=caller,
        case_id=None,
        at=now,
        body={
            "passkey": str(passkey_id),
            "person": str(caller.person_id),
            "public_key": verified.credential_public_key.hex(),
            "server": server.name,
        },
    )
    values = {
        "id": passkey_id,
        "person_id": caller.person_id,
        "credential_id": verified.credential_id,
        "public_key": verified.credential_public_key,
        "algorithm": algorithm,
        "sign_count": verified.sign_count,
        "rp_id": server.name,
        "attestation": verified.attestation_object,
        "client_data": client_data,
        "label": label,
        "created_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Passkey).values(**values))
    return await session.get_one(Passkey, passkey_id)


async def assertion_options(
    session: AsyncSession, server: Server, challenge: bytes, person_id: UUID | None
) -> str:
    """Return what a browser needs to have a challenge signed, as JSON."""
    allowed = []
    if person_id is not None:
        allowed = [
            PublicKeyCredentialDescriptor(id=key.credential_id)
            for key in await live_passkeys(session, person_id)
        ]
    options = generate_authentication_options(
        rp_id=server.name,
        challenge=challenge,
        allow_credentials=allowed,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


async def check_assertion(
    session: AsyncSession,
    server: Server,
    answer: str,
    purpose: Purpose,
    *,
    person_id: UUID | None = None,
    browser: str = "",
    challenge: bytes | None = None,
) -> Assertion:
    """Check what a passkey signed, and use its challenge up.

    Args:
        person_id: whose passkey it has to be; None while signing in.
        challenge: the one it has to be; None: any that was made for this browser.

    Raises:
        PasskeyRefused: anything does not fit, a counter that does not go forward included.
    """
    try:
        credential = parse_authentication_credential_json(answer[:_LONGEST])
        signed = parse_client_data_json(credential.response.client_data_json).challenge
    except (WebAuthnException, ValueError) as error:
        raise PasskeyRefused from error
    if challenge is not None and signed != challenge:
        raise PasskeyRefused
    await _take_challenge(session, signed, purpose, person_id, browser)
    query = select(Passkey).where(
        Passkey.credential_id == credential.raw_id, Passkey.ended_at.is_(None)
    )
    passkey = (await session.scalars(query.with_for_update())).one_or_none()
    if passkey is None or (person_id is not None and passkey.person_id != person_id):
        raise PasskeyRefused
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=signed,
            expected_rp_id=passkey.rp_id,
            expected_origin=server.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise PasskeyRefused from error
    forward = update(Passkey).where(Passkey.id == passkey.id)
    now = await present(session)
    await session.execute(forward.values(sign_count=verified.new_sign_count, last_used_at=now))
    response = credential.response
    return Assertion(
        passkey, response.authenticator_data, response.client_data_json, response.signature
    )


async def sign_in_with_passkey(
    session: AsyncSession, server: Server, answer: str, browser: str
) -> UUID:
    """Return who signs in.

    Raises:
        PasskeyRefused: nobody does; also whom their organisation has removed.
    """
    used = await check_assertion(session, server, answer, "sign_in", browser=browser)
    person = await session.get_one(Person, used.passkey.person_id)
    if person.removed_at is not None:
        raise PasskeyRefused
    return person.id


async def live_passkeys(session: AsyncSession, person_id: UUID) -> list[Passkey]:
    """Return somebody's passkeys that have not been ended, the oldest first."""
    query = select(Passkey).where(Passkey.person_id == person_id, Passkey.ended_at.is_(None))
    return list(await session.scalars(query.order_by(Passkey.created_at)))
