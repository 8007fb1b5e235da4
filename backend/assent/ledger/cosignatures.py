"""Witnesses' cosignatures (C2SP tlog-cosignature, v1, Ed25519): at this time, this was the longest I had seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assent.ledger.notes import (
    COSIGNATURE,
    LogKey,
    Note,
    NoteProblem,
    SignatureLine,
    check_ed25519,
    key_hash,
    read_key,
    require_name,
    require_public,
    verified,
    write_key,
)

_TIME_BYTES = 8
_SIGNATURE_BYTES = 64
_LATEST = 2**63 - 1


@dataclass(frozen=True)
class WitnessKey:
    """The public key of a witness."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        require_name(self.name)
        require_public(self.public)

    @property
    def key_id(self) -> bytes:
        return key_hash(self.name, COSIGNATURE, self.public)[:4]

    @property
    def fingerprint(self) -> str:
        return key_hash(self.name, COSIGNATURE, self.public).hex()

    def __str__(self) -> str:
        return write_key(self.name, COSIGNATURE, self.public)

    def check(self, text: str, signature: bytes) -> None:
        """Check a cosignature of this witness.

        Raises:
            NoteProblem: unless it is this key's, over this text and the time it names.
        """
        message = cosigned_message(text, time_of(self.name, signature))
        check_ed25519(self.public, message, signature[_TIME_BYTES:], self.name)


@dataclass(frozen=True)
class WitnessSigner:
    """The secret key of a witness."""

    name: str
    secret: Ed25519PrivateKey

    @property
    def key(self) -> WitnessKey:
        return WitnessKey(self.name, self.secret.public_key().public_bytes_raw())

    def cosign(self, text: str, seconds: int) -> SignatureLine:
        """Cosign a checkpoint's text at a time in seconds since 1970."""
        signature = self.secret.sign(cosigned_message(text, seconds))
        stamped = seconds.to_bytes(_TIME_BYTES, "big") + signature
        return SignatureLine(self.name, self.key.key_id, stamped)


def cosigned_message(text: str, seconds: int) -> bytes:
    """Return the bytes that a witness signs."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def time_of(name: str, signature: bytes) -> int:
    """Return the time that a cosignature names, in seconds since 1970.

    Raises:
        NoteProblem: if it has another form.
    """
    seconds = int.from_bytes(signature[:_TIME_BYTES], "big")
    if len(signature) != _TIME_BYTES + _SIGNATURE_BYTES or seconds > _LATEST:
        raise NoteProblem(f"the cosignature of {name} is malformed")
    return seconds


def cosigners(note: Note, witnesses: Iterable[WitnessKey]) -> dict[WitnessKey, int]:
    """Return which of these witnesses have cosigned, and when each did so last.

    Raises:
        NoteProblem: if a line that names one of them does not hold.
    """
    keys = list(witnesses)
    signers = {(key.name, key.key_id) for key in verified(note, keys)}
    times: dict[WitnessKey, int] = {}
    for key in keys:
        if (key.name, key.key_id) in signers:
            times[key] = max(
                time_of(line.name, line.signature)
                for line in note.signatures
                if (line.name, line.key_id) == (key.name, key.key_id)
            )
    return times


def parse_key(text: str) -> LogKey | WitnessKey:
    """Read the text of a public key; it says itself whether it is a log's or a witness's.

    Raises:
        NoteProblem: if it is malformed.
    """
    name, algorithm, public = read_key(text)
    return WitnessKey(name, public) if algorithm == COSIGNATURE else LogKey(name, public)
