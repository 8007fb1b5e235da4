"""A witness's secret key in a file, in the form in which signed notes' keys are written."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assent.ledger.cosignatures import WitnessSigner
from assent.ledger.notes import COSIGNATURE, NoteProblem, decode, encode
from assent.ledger.witness.memory import replace_file

_START = "PRIVATE+KEY+"
_SEED_BYTES = 32


class KeyFileProblem(Exception):
    """A key file that cannot be read or used."""


def write_secret(signer: WitnessSigner) -> str:
    """Return a secret key as text: PRIVATE+KEY+name+id+key."""
    seed = signer.secret.private_bytes_raw()
    return f"{_START}{signer.name}+{signer.key.key_id.hex()}+{encode(bytes([COSIGNATURE]) + seed)}"


def read_secret(text: str) -> WitnessSigner:
    """Read the text of a secret key.

    Raises:
        KeyFileProblem: if it is malformed, or no witness's.
    """
    try:
        if not text.startswith(_START):
            raise KeyFileProblem("not a witness's secret key")
        name, _, rest = text.removeprefix(_START).partition("+")
        written_id, _, encoded = rest.partition("+")
        material = decode(encoded)
        if len(material) != 1 + _SEED_BYTES or material[0] != COSIGNATURE:
            raise KeyFileProblem("not a witness's secret key")
        signer = WitnessSigner(name, Ed25519PrivateKey.from_private_bytes(material[1:]))
        if written_id != signer.key.key_id.hex():
            raise KeyFileProblem("the secret key does not have the id it says")
    except NoteProblem as error:
        raise KeyFileProblem("not a witness's secret key") from error
    return signer


def load_secret(path: Path) -> WitnessSigner:
    """Read a key file.

    Raises:
        KeyFileProblem: if it cannot be read, is no key, or others may read it.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise KeyFileProblem(f"others may read {path}: chmod 600 {path}")
        return read_secret(path.read_text(encoding="ascii").strip())
    except (OSError, UnicodeError) as error:
        raise KeyFileProblem(f"{path} cannot be read: {error}") from error


def make_secret(path: Path, name: str) -> WitnessSigner:
    """Make a key and write it to a file that nobody else can read.

    Raises:
        NoteProblem: if no key can have that name.
    """
    signer = WitnessSigner(name, Ed25519PrivateKey.generate())
    text = write_secret(signer)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, f"{text}\n".encode())
    return signer
