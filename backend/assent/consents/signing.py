"""Signing a decision with a passkey: what is signed is the digest of the whole statement.

The challenge is SHA-256("assent/consent/v1\n" ‖ JCS(statement)). Whoever holds statement, signature and
public key can check, without us, what somebody decided; see tools/check-decision.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785
from sqlalchemy.ext.asyncio import AsyncSession

from assent.ledger.store import as_utc
from assent.people.caller import Caller
from assent.people.passkeys import Assertion, PasskeyRefused, Server, check_assertion, new_challenge

PREFIX = b"assent/consent/v1\n"
_AS_RECORDED = (
    "digest",
    "decision",
    "conditions",
    "question",
    "language",
    "shown_digest",
)


@dataclass(frozen=True)
class Signed:
    """A statement that a passkey has signed."""

    statement: bytes
    assertion: Assertion

    def columns(self) -> dict[str, Any]:
        """Return what is kept of it."""
        return {
            "passkey_id": self.assertion.passkey.id,
            "statement": self.statement,
            "authenticator_data": self.assertion.authenticator_data,
            "client_data": self.assertion.client_data,
            "signature": self.assertion.signature,
        }

    def parts(self) -> dict[str, Any]:
        """Return what the ledger keeps of it: everything that proves it without us."""
        parts = {
            "statement": self.statement.decode(),
            "public_key": _written(self.assertion.passkey.public_key),
            "authenticator_data": _written(self.assertion.authenticator_data),
            "client_data": _written(self.assertion.client_data),
            "signature": _written(self.assertion.signature),
        }
        return {"signed": parts}

    def says(self, values: Mapping[str, Any]) -> bool:
        """Whether what was signed is what is about to be recorded."""
        said = json.loads(self.statement)
        return bool(said == statement_of(values, said.get("at"), said.get("text")))


def statement_of(values: Mapping[str, Any], at: Any, text: Any) -> dict[str, Any]:
    """Return a decision as it is signed.

    Args:
        values: of the row that records it.
        at: when it was put to its giver.
        text: languages and audience of the content, for readers of the statement alone.
    """
    return {key: values[key] for key in _AS_RECORDED} | {
        "v": 1,
        "person": str(values["person_id"]),
        "case": str(values["case_id"]),
        "action": str(values["action_id"]),
        "notice": values["notice_version"],
        "scope": "this exact text",
        "text": text,
        "at": at,
    }


async def put_to_sign(
    session: AsyncSession, caller: Caller, values: Mapping[str, Any], content: Mapping[str, Any]
) -> tuple[str, bytes]:
    """Return a decision's statement, canonical, and the challenge by which a passkey signs it, once."""
    text = {"languages": sorted(content["languages"]), "audience": content["audience"]}
    canonical = rfc8785.dumps(statement_of(values, as_utc(values["at"]), text))
    challenge = challenge_of(canonical)
    await new_challenge(session, "decide", caller.person_id, challenge=challenge)
    return canonical.decode(), challenge


async def check_signed(
    session: AsyncSession, caller: Caller, server: Server, statement: str, answer: str
) -> Signed:
    """Check a signed statement, and use its challenge up.

    Raises:
        PasskeyRefused: it is not the statement put to the caller, or not signed by a passkey of theirs.
    """
    written = statement.encode()
    try:
        if rfc8785.dumps(json.loads(written)) != written:
            raise PasskeyRefused
    except (ValueError, RecursionError) as error:
        raise PasskeyRefused from error
    assertion = await check_assertion(
        session,
        server,
        answer,
        "decide",
        person_id=caller.person_id,
        challenge=challenge_of(written),
    )
    return Signed(written, assertion)


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def challenge_of(statement: bytes) -> bytes:
    """Return what a passkey signs for a statement."""
    return hashlib.sha256(PREFIX + statement).digest()
