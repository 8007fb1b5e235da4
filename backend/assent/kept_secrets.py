"""Secrets nobody has to invent: made at first need, kept in the data folder."""

import base64
import os
import secrets
from pathlib import Path

BYTES = 32


def kept_secret(data: Path, name: str) -> str:
    """Return the secret of this name in base64; made, with mode 0600, if there is none yet.

    Args:
        data: the data folder; secrets are in its folder `secrets`.

    Raises:
        OSError: if it can be neither read nor made.
    """
    path = data / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(path)
    return path.read_text(encoding="ascii").strip()


def _make(path: Path) -> None:
    """Write it whole and lasting before it has its name: what it seals must not outlive it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its secret stays
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
