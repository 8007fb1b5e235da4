"""Signed notes (C2SP signed-note): a text, an empty line, and the signatures of it.

A verifier is given the keys it trusts and ignores lines of all others; what a line says about
itself is never a reason to trust it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 0x01
COSIGNATURE = 0x04
_LARGEST_NOTE = 256 * 1024
_MOST_SIGNATURES = 64
_LINE_START = "\N{EM DASH} "
_KEY_BYTES = 32
_ID_BYTES = 4
# Points of small order (cr.yp.to/ecdh.html): under such a "key" anybody can make signatures.
_WEAK_KEYS = frozenset(
    bytes.fromhex(point)[: _KEY_BYTES - 1] + bytes([bytes.fromhex(point)[-1] | sign])
    for sign in (0x00, 0x80)
    for point in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)


class NoteProblem(ValueError):
    """A note, a signature or a key that is malformed or does not hold."""


@dataclass(frozen=True)
class SignatureLine:
    """One signature under a note.

    Attributes:
        name: of the key, as the line says.
        key_id: the four bytes that tell keys of one name apart.
        signature: what follows them.
    """

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_LINE_START}{self.name} {encode(self.key_id + self.signature)}\n"


@dataclass(frozen=True)
class Note:
    """A text with the signatures under it; nothing of it is true before they are verified."""

    text: str
    signatures: tuple[SignatureLine, ...] = ()

    def __str__(self) -> str:
        return f"{self.text}\n" + "".join(map(str, self.signatures))

    def signed_also(self, lines: Iterable[SignatureLine]) -> Note:
        """Return the note with more signatures; a line that is there already is not repeated."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *lines))))


class VerifierKey(Protocol):
    """A key that is trusted for notes."""

    @property
    def name(self) -> str: ...
    @property
    def key_id(self) -> bytes: ...
    def check(self, text: str, signature: bytes) -> None:
        """Raise NoteProblem unless the signature is this key's, over this text."""


def parse_note(data: bytes | str) -> Note:
    """Read a signed note.

    Raises:
        NoteProblem: if it is malformed in any way, too large, or has no signature.
    """
    text = _decoded(data)
    body, separator, tail = text.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise NoteProblem("the note has no signatures")
    lines = tail[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise NoteProblem("the note has too many signatures")
    return Note(body + "\n", tuple(parse_signature_line(line) for line in lines))


def _decoded(data: bytes | str) -> str:
    if len(data) > _LARGEST_NOTE:
        raise NoteProblem("the note is too large")
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        text.encode("utf-8")
    except UnicodeError as error:
        raise NoteProblem("the note is not UTF-8") from error
    if any(character < " " and character != "\n" for character in text):
        raise NoteProblem("the note has control characters")
    return text


def parse_signature_line(line: str) -> SignatureLine:
    """Read one signature line, without its newline.

    Raises:
        NoteProblem: if it is malformed.
    """
    if not line.startswith(_LINE_START):
        raise NoteProblem("a signature line does not begin with a dash")
    name, _, encoded = line[len(_LINE_START) :].partition(" ")
    require_name(name)
    signature = decode(encoded)
    if len(signature) <= _ID_BYTES:
        raise NoteProblem("a signature is too short")
    return SignatureLine(name, signature[:_ID_BYTES], signature[_ID_BYTES:])


def verified(note: Note, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
    """Return those of the trusted keys that signed the note, each once.

    Lines of other keys are ignored, as are repeated lines of one key; but a line that names a
    trusted key and does not hold condemns the note.

    Raises:
        NoteProblem: if a trusted key's signature does not hold, or two keys cannot be told apart.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise NoteProblem(f"two trusted keys are both called {key.name} and have one id")
    signers: dict[tuple[str, bytes], VerifierKey] = {}
    for line in note.signatures:
        signer = known.get((line.name, line.key_id))
        if signer is not None:
            signer.check(note.text, line.signature)
            signers[line.name, line.key_id] = signer
    return list(signers.values())


# -- keys -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LogKey:
    """The public key of a log: plain Ed25519 over the note's text."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        require_name(self.name)
        require_public(self.public)

    @property
    def key_id(self) -> bytes:
        return key_hash(self.name, ED25519, self.public)[:_ID_BYTES]

    @property
    def fingerprint(self) -> str:
        return key_hash(self.name, ED25519, self.public).hex()

    def __str__(self) -> str:
        return write_key(self.name, ED25519, self.public)

    def check(self, text: str, signature: bytes) -> None:
        """Check a signature of the log's.

        Raises:
            NoteProblem: unless it is this key's, over this text.
        """
        check_ed25519(self.public, text.encode(), signature, self.name)


@dataclass(frozen=True)
class LogSigner:
    """The secret key of a log."""

    name: str
    secret: Ed25519PrivateKey

    @property
    def key(self) -> LogKey:
        return LogKey(self.name, self.secret.public_key().public_bytes_raw())

    def sign(self, text: str) -> SignatureLine:
        """Sign the text of a note, its final newline included.

        Raises:
            NoteProblem: if no note can have such a text.
        """
        parse_text(text)
        return SignatureLine(self.name, self.key.key_id, self.secret.sign(text.encode()))


def parse_text(text: str) -> str:
    """Return the text if a note can have it.

    Raises:
        NoteProblem: if it does not end in a newline, or holds what no note may hold.
    """
    if not _decoded(text).endswith("\n"):
        raise NoteProblem("the text of a note ends in a newline")
    return text


def key_hash(name: str, algorithm: int, public: bytes) -> bytes:
    """Return the fingerprint of a key; its first four bytes are the key's id in notes."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()


def write_key(name: str, algorithm: int, public: bytes) -> str:
    """Return a public key as the text by which people pass it on: name+id+key."""
    key_id = key_hash(name, algorithm, public)[:_ID_BYTES]
    return f"{name}+{key_id.hex()}+{encode(bytes([algorithm]) + public)}"


def read_key(text: str) -> tuple[str, int, bytes]:
    """Read the text of a public key.

    Returns:
        its name, its algorithm and its 32 bytes.

    Raises:
        NoteProblem: if it is malformed, or its id is another key's.
    """
    name, _, rest = text.partition("+")
    written_id, _, encoded = rest.partition("+")
    require_name(name)
    material = decode(encoded)
    algorithm, public = material[0] if material else 0, material[1:]
    if algorithm not in (ED25519, COSIGNATURE):
        raise NoteProblem(f"the key of {name} is of an unknown kind")
    require_public(public)
    if written_id != key_hash(name, algorithm, public)[:_ID_BYTES].hex():
        raise NoteProblem(f"the key of {name} does not have the id it says")
    return name, algorithm, public


def check_ed25519(public: bytes, message: bytes, signature: bytes, name: str) -> None:
    """Check an Ed25519 signature (RFC 8032).

    Raises:
        NoteProblem: if it does not hold.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise NoteProblem(f"the signature of {name} does not hold") from error


def require_name(name: str) -> None:
    """Refuse what cannot be the name of a key.

    Raises:
        NoteProblem: if it is empty or holds spaces, plus signs or control characters.
    """
    if not name or any(c.isspace() or c < "\x20" or c == "+" for c in name):
        raise NoteProblem("the name of a key is empty or holds spaces or a plus")


def require_public(public: bytes) -> None:
    """Refuse what cannot be an honest Ed25519 public key.

    Raises:
        NoteProblem: if it has another length, or is one under which everybody can sign.
    """
    if len(public) != _KEY_BYTES:
        raise NoteProblem(f"a public key has {_KEY_BYTES} bytes")
    if public in _WEAK_KEYS:
        raise NoteProblem("under this public key anybody could sign")


def encode(data: bytes) -> str:
    """Return standard base64 (RFC 4648, section 4)."""
    return base64.b64encode(data).decode()


def decode(text: str) -> bytes:
    """Read standard base64; only the one way in which it is written is accepted.

    Raises:
        NoteProblem: if it is not base64, or another spelling of it.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise NoteProblem("not base64") from error
    if encode(data) != text:
        raise NoteProblem("not base64 as it is written")
    return data
