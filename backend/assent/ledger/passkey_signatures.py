"""A decision signed with a passkey, checked without any library of WebAuthn: the challenge is the statement.

What a passkey signs is `authenticator data ‖ SHA-256(client data)`; the client data name the
challenge, which is the digest of what was agreed to. So the signature is over exactly that.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from assent.ledger.records import canonical_record

STATEMENT_PREFIX = b"assent/consent/v1\n"
ES256, EDDSA, RS256 = -7, -8, -257
_PRESENT, _VERIFIED = 0x01, 0x04
_SHORTEST_AUTHENTICATOR_DATA = 37
_LARGEST_KEY = 2048
_SMALLEST_MODULUS = 2048


class SignatureProblem(ValueError):
    """A passkey's signature that is malformed or does not show what it should."""


@dataclass(frozen=True)
class PasskeySignature:
    """What a relative's own device signed.

    Attributes:
        statement: what was agreed to, in the ledger's profile of JSON.
        authenticator_data, client_data, signature: as the device gave them.
        public_key: the passkey's, as a COSE key.
    """

    statement: Mapping[str, Any]
    authenticator_data: bytes
    client_data: bytes
    signature: bytes
    public_key: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the passkey's public key."""
        return hashlib.sha256(self.public_key).hexdigest()

    def verify(self) -> str:
        """Check that the device signed this statement, with the person's unlocking it.

        Returns:
            the origin of the page on which it was signed.

        Raises:
            SignatureProblem: saying what does not hold.
        """
        origin = self._check_client_data()
        flags = self.authenticator_data[32] if len(self.authenticator_data) > 32 else 0
        if len(self.authenticator_data) < _SHORTEST_AUTHENTICATOR_DATA:
            raise SignatureProblem("the authenticator data are too short")
        if not flags & _PRESENT or not flags & _VERIFIED:
            raise SignatureProblem("the device did not check who was holding it")
        message = self.authenticator_data + hashlib.sha256(self.client_data).digest()
        _check_signature(self.public_key, message, self.signature)
        return origin

    def _check_client_data(self) -> str:
        try:
            client = json.loads(self.client_data.decode("utf-8"))
            kind, challenge, origin = client["type"], client["challenge"], client["origin"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise SignatureProblem("the client data are malformed") from error
        if kind != "webauthn.get":
            raise SignatureProblem("the client data are not of a signature")
        if challenge != challenge_of(self.statement):
            raise SignatureProblem("the passkey signed another statement")
        return str(origin)


def challenge_of(statement: Mapping[str, Any]) -> str:
    """Return the challenge that stands for a statement, as client data write it."""
    digest = hashlib.sha256(STATEMENT_PREFIX + canonical_record(statement)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _check_signature(cose: bytes, message: bytes, signature: bytes) -> None:
    key = parse_cose(cose)
    try:
        match key:
            case ec.EllipticCurvePublicKey():
                key.verify(signature, message, ec.ECDSA(SHA256()))
            case rsa.RSAPublicKey():
                key.verify(signature, message, padding.PKCS1v15(), SHA256())
            case _:
                key.verify(signature, message)
    except InvalidSignature as error:
        raise SignatureProblem("the passkey's signature does not hold") from error


def parse_cose(data: bytes) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey | Ed25519PublicKey:
    """Read a COSE key (RFC 9053) of one of the three kinds that passkeys have.

    Raises:
        SignatureProblem: if it is none.
    """
    members = _cbor_map(data)
    try:
        match (members.get(1), members.get(3)):
            case (2, -7) if members[-1] == 1:
                x, y = (int.from_bytes(_bytes(members[label]), "big") for label in (-2, -3))
                return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
            case (1, -8) if members[-1] == 6:
                return Ed25519PublicKey.from_public_bytes(_bytes(members[-2]))
            case (3, -257):
                n, e = (int.from_bytes(_bytes(members[label]), "big") for label in (-1, -2))
                if n.bit_length() < _SMALLEST_MODULUS:
                    raise SignatureProblem("the passkey is too weak")
                return rsa.RSAPublicNumbers(e, n).public_key()
    except (KeyError, ValueError) as error:
        raise SignatureProblem("the passkey is malformed") from error
    raise SignatureProblem("the passkey is of an unknown kind")


def _bytes(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise SignatureProblem("the passkey is malformed")
    return value


def _cbor_map(data: bytes) -> dict[int, int | bytes]:
    """Read a CBOR map of whole numbers to whole numbers and byte strings: all that a COSE key is."""
    if len(data) > _LARGEST_KEY:
        raise SignatureProblem("the passkey is too large")
    major, count, at = _cbor_head(data, 0)
    members: dict[int, int | bytes] = {}
    if major != 5 or count > 16:
        raise SignatureProblem("the passkey is malformed")
    for _ in range(count):
        label, at = _cbor_item(data, at)
        value, at = _cbor_item(data, at)
        if not isinstance(label, int) or label in members:
            raise SignatureProblem("the passkey is malformed")
        members[label] = value
    if at != len(data):
        raise SignatureProblem("the passkey is malformed")
    return members


def _cbor_item(data: bytes, at: int) -> tuple[int | bytes, int]:
    major, argument, at = _cbor_head(data, at)
    match major:
        case 0:
            return argument, at
        case 1:
            return -1 - argument, at
        case 2 if at + argument <= len(data):
            return data[at : at + argument], at + argument
    raise SignatureProblem("the passkey is malformed")


def _cbor_head(data: bytes, at: int) -> tuple[int, int, int]:
    if at >= len(data):
        raise SignatureProblem("the passkey is malformed")
    major, short = data[at] >> 5, data[at] & 0x1F
    if short < 24:
        return major, short, at + 1
    if short > 27 or at + 1 + (1 << (short - 24)) > len(data):
        raise SignatureProblem("the passkey is malformed")
    end = at + 1 + (1 << (short - 24))
    return major, int.from_bytes(data[at + 1 : end], "big"), end
