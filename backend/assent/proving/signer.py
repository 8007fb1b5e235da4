"""Who signs the log's checkpoints, and remembers what was signed: never two trees of one size, never a shorter one.

What was signed last is kept in a file beside the key, outside the database: a database put back to
an earlier state does not make the signer forget.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assent.kept_secrets import kept_secret
from assent.ledger.checkpoints import Checkpoint
from assent.ledger.notes import LogKey, Note, NoteProblem, SignatureLine
from assent.settings import Settings, SettingsProblem

KEY_FILE = "log.key"
_STATE_FILE = "log-signed.json"
_PATIENCE_SECONDS = 10


class SignerRefuses(Exception):
    """The log that stands here is not the one that was signed before, or cannot be signed."""


class SignerBusy(Exception):
    """Another process signs at this moment."""


@dataclass(frozen=True)
class SignedBefore:
    """What was signed last.

    Attributes:
        origin: the log's name then.
        size: how many entries it had.
        root: of its tree.
    """

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Secret:
    """An Ed25519 key that this process holds."""

    key: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    def signature(self, text: str) -> bytes:
        return self.key.sign(text.encode())


@dataclass(frozen=True)
class Command:
    """An Ed25519 key that somebody else holds: a program is given the text and prints the signature in base64."""

    words: tuple[str, ...]
    public: bytes

    def signature(self, text: str) -> bytes:
        """Ask for a signature.

        Raises:
            SignerRefuses: if the program fails, or prints no signature of this key.
        """
        try:
            done = subprocess.run(
                self.words,
                input=text.encode(),
                capture_output=True,
                timeout=_PATIENCE_SECONDS,
                check=True,
            )
            return base64.b64decode(done.stdout.strip(), validate=True)
        except (OSError, subprocess.SubprocessError, binascii.Error) as error:
            raise SignerRefuses(
                f"the command that signs checkpoints failed ({type(error).__name__})"
            ) from error


@dataclass(frozen=True)
class Signer:
    """The log's key with its memory.

    Attributes:
        held: the key, or the command that reaches it.
        folder: where the memory is kept.
    """

    held: Secret | Command
    folder: Path

    @property
    def public(self) -> bytes:
        return self.held.public

    def before(self) -> SignedBefore | None:
        """Return what was signed last, or None if nothing was."""
        try:
            kept = json.loads((self.folder / _STATE_FILE).read_text(encoding="utf-8"))
            return SignedBefore(kept["origin"], int(kept["size"]), bytes.fromhex(kept["root"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SignerRefuses(
                f"{self.folder / _STATE_FILE} cannot be read: put it back from a backup of the data folder"
            ) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from signing meanwhile.

        Raises:
            SignerBusy: one of them signs now.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / f".{_STATE_FILE}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise SignerBusy from error
            yield

    def sign(self, checkpoint: Checkpoint, root_then: bytes | None) -> Note:
        """Sign a checkpoint, having remembered it first; call it while `alone`.

        Args:
            checkpoint: of the log as it stands here.
            root_then: the root the log that stands here had at the size signed before.

        Raises:
            SignerRefuses: if the log does not go on from what was signed before.
        """
        require_goes_on(checkpoint, self.before(), root_then)
        key = LogKey(checkpoint.origin, self.public)
        self._remember(checkpoint)
        line = SignatureLine(key.name, key.key_id, self.held.signature(checkpoint.text))
        try:
            key.check(checkpoint.text, line.signature)
        except NoteProblem as error:
            raise SignerRefuses(
                "what the command printed is no signature of the log's key"
            ) from error
        return Note(checkpoint.text, (line,))

    def _remember(self, checkpoint: Checkpoint) -> None:
        """Lastingly, before the signature exists: a crash in between loses a signature, never the memory of one."""
        path, draft = self.folder / _STATE_FILE, self.folder / f".{_STATE_FILE}.new"
        kept = {
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
        }
        with draft.open("w", encoding="utf-8") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def require_goes_on(
    checkpoint: Checkpoint, before: SignedBefore | None, root_then: bytes | None
) -> None:
    """Refuse a log that is shorter than, or not a continuation of, what was signed before.

    Raises:
        SignerRefuses: saying which.
    """
    if before is None or (before.origin != checkpoint.origin and before.size == 0):
        return
    if before.origin != checkpoint.origin:
        raise SignerRefuses(f"this key signs the log {before.origin}, not {checkpoint.origin}")
    if checkpoint.size < before.size:
        raise SignerRefuses(
            f"the log has {checkpoint.size} entries, and {before.size} were signed before:"
            " the database was put back to an earlier state"
        )
    if root_then != before.root:
        raise SignerRefuses(
            f"the first {before.size} entries are not those that were signed before: the log was rewritten"
        )


def signer_of(settings: Settings) -> Signer:
    """Return the log's signer as the settings have it; its key is made at first need.

    Raises:
        SettingsProblem: if what is set is no key.
    """
    folder = settings.data / "secrets"
    if settings.log_sign_command is not None:
        words = tuple(shlex.split(settings.log_sign_command))
        return Signer(
            Command(words, _bytes_of(settings.log_public_key or "", "public key")), folder
        )
    given = settings.log_key
    text = given.get_secret_value() if given else kept_secret(settings.data, KEY_FILE)
    return Signer(Secret(Ed25519PrivateKey.from_private_bytes(_bytes_of(text, "key"))), folder)


def origin_of(settings: Settings, signer: Signer) -> str:
    """Return the name a new log gets: the setting, or one made from its first key.

    It stands in every receipt, so by itself it says nothing of who runs the log or where.
    """
    return settings.log_origin or f"log-{hashlib.sha256(signer.public).hexdigest()[:16]}"


def _bytes_of(text: str, what: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise SettingsProblem(f"The {what} of the log has to be 32 bytes in base64.")
    return key
