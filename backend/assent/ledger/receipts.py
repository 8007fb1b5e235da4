"""Receipts: a proof of the log that carries what opens it, sealed or not.

The file is a C2SP tlog-proof; what it carries as `extra` is canonical JSON. C2SP does not
authenticate `extra`: here it holds record and secret, and those are bound to the log by being what
the entry commits to. Three forms: bare (proof and commitment, nothing to open), sealed under a
passphrase, and opened.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from assent.ledger.cosignatures import parse_key
from assent.ledger.notes import NoteProblem, decode, encode
from assent.ledger.passkey_signatures import PasskeySignature
from assent.ledger.proofs import LogProof, LogProofProblem, parse_proof
from assent.ledger.records import (
    SECRET_BYTES,
    RecordProblem,
    canonical_record,
    entry_of,
    parse_record,
)

VERSION = 1
# Says nothing about what is in it to whoever finds it on a phone.
FILE_NAME = "document.txt"
# PBKDF2, so that a browser can open it by itself (WebCrypto has no other); the count is OWASP's for
# PBKDF2-HMAC-SHA256 (Password Storage Cheat Sheet, checked November 2026), and half as much again.
ITERATIONS = 900_000
_MOST_ITERATIONS = 10_000_000
_SALT_BYTES = 16
_NONCE_BYTES = 12
_KEY_BYTES = 32
_PLACE = b"assent/receipt/v1\n"
_MEMBERS = frozenset({"v", "check", "entry", "keys", "needed", "opening", "sealed"})
_SEALED_MEMBERS = frozenset({"kdf", "iterations", "salt", "nonce", "ciphertext"})
_OPENING_MEMBERS = frozenset({"record", "secret", "fields", "passkey"})


class ReceiptProblem(ValueError):
    """A receipt that is malformed, or does not open."""


@dataclass(frozen=True)
class Opening:
    """What opens an entry.

    Attributes:
        record: the decision as the ledger has it.
        secret: the 32 bytes with which the entry commits to it.
        fields: the same in the names of consent-receipt standards; said by who made the receipt.
        passkey: the signature of the relative's own device, where there is one.
    """

    record: Mapping[str, Any]
    secret: bytes = field(repr=False)
    fields: Mapping[str, Any] = field(default_factory=dict)
    passkey: PasskeySignature | None = None

    @property
    def entry(self) -> bytes:
        """The log entry that commits to this record."""
        return entry_of(canonical_record(self.record), self.secret)

    def as_json(self) -> dict[str, Any]:
        """Return it as values of the ledger's profile."""
        opening: dict[str, Any] = {"record": dict(self.record), "secret": encode(self.secret)}
        if self.fields:
            opening["fields"] = _composed(self.fields)
        if self.passkey is not None:
            opening["passkey"] = _passkey_as_json(self.passkey)
        return opening


@dataclass(frozen=True)
class Sealed:
    """An opening that a passphrase opens."""

    iterations: int
    salt: bytes
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True)
class Receipt:
    """One decision's proof, as it is given to people.

    Attributes:
        proof: that the entry stands in the log.
        entry: the commitment itself.
        keys: public keys of log and witnesses, for convenience: that a file names a key is no
            reason to trust it.
        needed: how many witnesses the case wanted.
        opening: what it says, if the receipt is open.
        sealed: what it says, under a passphrase.
        is_whole: whether the file is, to the last bit, the one that was made. A checksum and no
            proof: it covers what nothing else does, the standards' fields and strangers' signatures.
    """

    proof: LogProof
    entry: bytes
    keys: tuple[str, ...] = ()
    needed: int = 0
    opening: Opening | None = None
    sealed: Sealed | None = None
    is_whole: bool = True

    def __str__(self) -> str:
        return str(self.proof)


def make_receipt(
    proof: LogProof, opening: Opening, *, keys: tuple[str, ...] = (), needed: int = 0
) -> Receipt:
    """Return an open receipt.

    Args:
        proof: without `extra`.
        keys: public keys of log and witnesses as text.
        needed: how many witnesses the case wants.
    """
    return _written(Receipt(proof, opening.entry, keys, needed, opening=opening))


def bare(receipt: Receipt) -> Receipt:
    """Return the receipt without what it says: only that this commitment stands in the log."""
    return _written(replace(receipt, opening=None, sealed=None))


def seal(receipt: Receipt, passphrase: str) -> Receipt:
    """Return an open receipt sealed under a passphrase.

    Raises:
        ReceiptProblem: if there is nothing to seal, or the passphrase is empty.
    """
    if receipt.opening is None:
        raise ReceiptProblem("the receipt has nothing to seal")
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    key = _key_of(passphrase, salt, ITERATIONS)
    plain = canonical_record(receipt.opening.as_json())
    ciphertext = AESGCM(key).encrypt(nonce, plain, _PLACE + receipt.entry)
    sealed = Sealed(ITERATIONS, salt, nonce, ciphertext)
    return _written(replace(receipt, opening=None, sealed=sealed))


def unseal(receipt: Receipt, passphrase: str) -> Receipt:
    """Return a sealed receipt opened.

    Raises:
        ReceiptProblem: if it is not sealed, or the passphrase does not open it.
    """
    sealed = receipt.sealed
    if sealed is None:
        raise ReceiptProblem("the receipt is not sealed")
    key = _key_of(passphrase, sealed.salt, sealed.iterations)
    try:
        plain = AESGCM(key).decrypt(sealed.nonce, sealed.ciphertext, _PLACE + receipt.entry)
    except InvalidTag as error:
        raise ReceiptProblem("the passphrase does not open it, or the file was changed") from error
    opening = _opening(_read(plain))
    return _written(replace(receipt, opening=opening, sealed=None))


def parse_receipt(data: bytes | str) -> Receipt:
    """Read a receipt; nothing of it is verified yet.

    Raises:
        ReceiptProblem: if it is malformed.
    """
    try:
        proof = parse_proof(data)
    except LogProofProblem as error:
        raise ReceiptProblem(str(error)) from error
    members = _read(proof.extra)
    try:
        _only(members, _MEMBERS)
        if members["v"] != VERSION:
            raise ReceiptProblem("the receipt is of a version that is not known here")
        opening = _opening(members["opening"]) if "opening" in members else None
        sealed = _sealed(members["sealed"]) if "sealed" in members else None
        keys, needed = tuple(members.get("keys", [])), members.get("needed", 0)
        if type(needed) is not int or needed < 0:
            raise ReceiptProblem("the receipt is malformed")
        for key in keys:
            parse_key(key)
        is_whole = members.pop("check") == _check(proof, members)
        return Receipt(proof, decode(members["entry"]), keys, needed, opening, sealed, is_whole)
    except (KeyError, TypeError, AttributeError, NoteProblem, RecordProblem) as error:
        raise ReceiptProblem("the receipt is malformed") from error


def _written(receipt: Receipt) -> Receipt:
    members: dict[str, Any] = {"v": VERSION, "entry": encode(receipt.entry)}
    if receipt.keys:
        members["keys"] = list(receipt.keys)
    if receipt.needed:
        members["needed"] = receipt.needed
    if receipt.opening is not None:
        members["opening"] = receipt.opening.as_json()
    if receipt.sealed is not None:
        members["sealed"] = {
            "kdf": "PBKDF2-HMAC-SHA256",
            "iterations": receipt.sealed.iterations,
            "salt": encode(receipt.sealed.salt),
            "nonce": encode(receipt.sealed.nonce),
            "ciphertext": encode(receipt.sealed.ciphertext),
        }
    members["check"] = _check(receipt.proof, members)
    extra = canonical_record(members)
    return replace(receipt, proof=replace(receipt.proof, extra=extra), is_whole=True)


def _check(proof: LogProof, members: Mapping[str, Any]) -> str:
    """Return the checksum over the whole file but for itself."""
    text = str(replace(proof, extra=canonical_record(members)))
    return encode(hashlib.sha256(text.encode()).digest())


def _read(data: bytes) -> dict[str, Any]:
    try:
        return parse_record(data)
    except RecordProblem as error:
        raise ReceiptProblem(f"what the receipt carries is malformed: {error}") from error


def _opening(members: dict[str, Any]) -> Opening:
    _only(members, _OPENING_MEMBERS)
    try:
        secret, record = decode(members["secret"]), members["record"]
        fields, passkey = members.get("fields", {}), members.get("passkey")
        if len(secret) != SECRET_BYTES or not isinstance(record, dict):
            raise ReceiptProblem("the receipt is malformed")
        if not isinstance(fields, dict):
            raise ReceiptProblem("the receipt is malformed")
        return Opening(record, secret, fields, None if passkey is None else _passkey(passkey))
    except (KeyError, TypeError, AttributeError, NoteProblem) as error:
        raise ReceiptProblem("the receipt is malformed") from error


def _sealed(members: dict[str, Any]) -> Sealed:
    _only(members, _SEALED_MEMBERS)
    iterations = members["iterations"]
    if members["kdf"] != "PBKDF2-HMAC-SHA256" or type(iterations) is not int:
        raise ReceiptProblem("the receipt is sealed in a way that is not known here")
    # Whoever wrote the file chose the number: it must not keep the reader busy for hours.
    if not 1 <= iterations <= _MOST_ITERATIONS:
        raise ReceiptProblem("the receipt is sealed in a way that is not known here")
    salt, nonce, ciphertext = (decode(members[key]) for key in ("salt", "nonce", "ciphertext"))
    if len(salt) != _SALT_BYTES or len(nonce) != _NONCE_BYTES:
        raise ReceiptProblem("the receipt is malformed")
    return Sealed(iterations, salt, nonce, ciphertext)


def _passkey(members: dict[str, Any]) -> PasskeySignature:
    parts = ("authenticator_data", "client_data", "signature", "public_key")
    _only(members, frozenset({"statement", *parts}))
    if not isinstance(members["statement"], dict):
        raise ReceiptProblem("the receipt is malformed")
    return PasskeySignature(members["statement"], *(decode(members[part]) for part in parts))


def _passkey_as_json(passkey: PasskeySignature) -> dict[str, Any]:
    return {
        "statement": dict(passkey.statement),
        "authenticator_data": encode(passkey.authenticator_data),
        "client_data": encode(passkey.client_data),
        "signature": encode(passkey.signature),
        "public_key": encode(passkey.public_key),
    }


def _only(members: object, known: frozenset[str]) -> None:
    if not isinstance(members, dict) or not known >= set(members):
        raise ReceiptProblem("the receipt is malformed")


def _key_of(passphrase: str, salt: bytes, iterations: int) -> bytes:
    words = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    if not words:
        raise ReceiptProblem("the passphrase is empty")
    return PBKDF2HMAC(SHA256(), _KEY_BYTES, salt, iterations).derive(words)


def _composed(value: Any) -> Any:
    """Bring the words of standards' fields to NFC: they come from names people typed."""
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case Mapping():
            return {key: _composed(item) for key, item in value.items()}
        case list() | tuple():
            return [_composed(item) for item in value]
        case _:
            return value
