"""The whole instance as one file, and back: what was restored stays shut until an operator has looked.

A restore is a rewind. Letters may have left since, a yes may have been taken back, a case may have
been erased. So nothing is recorded and nothing is public until `assent reopen` has replayed the
erasures and somebody has said how to go on.
"""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from assent.database.addresses import Addresses
from assent.database.migrate import libpq
from assent.erasure.carrying_out import LIST
from assent.keeping.programs import run_program
from assent.settings import Settings

Tell = Callable[[str], None]
_DUMP, _MANIFEST = "database.dump", "manifest.json"
_FILES, _SECRETS = "files", "secrets"
_STATE = "log-signed.json"
_HELD = "This server was restored from a backup."


class CannotKeep(Exception):
    """A backup cannot be made or restored like this; says what to do."""


def back_up(
    settings: Settings, addresses: Addresses, target: Path, *, with_keys: bool, tell: Tell
) -> None:
    """Write database, files and what the log remembers into one file, readable by its owner alone.

    Args:
        with_keys: also the keys of the data folder; whoever has the file then reads everything.

    Raises:
        CannotKeep, assent.keeping.programs.ProgramFailed
    """
    owner = _owner(addresses)
    with tempfile.TemporaryDirectory(prefix="assent-backup-") as folder:
        dump = Path(folder) / _DUMP
        run_program(settings, "pg_dump", owner, "--format=custom", f"--file={dump}", tell=tell)
        manifest = Path(folder) / _MANIFEST
        manifest.write_text(json.dumps(_described(owner, with_keys=with_keys)), encoding="utf-8")
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
            tar.add(manifest, _MANIFEST)
            tar.add(dump, _DUMP)
            for path in _parts(settings.data, with_keys=with_keys):
                name = path.relative_to(settings.data)
                tell(str(name))
                tar.add(path, str(name))
            file.flush()
            os.fsync(file.fileno())


def restore(settings: Settings, addresses: Addresses, source: Path, tell: Tell) -> None:
    """Put a backup into an empty database and data folder, and keep it shut.

    Raises:
        CannotKeep: the database is not empty, or the file is no backup.
        assent.keeping.programs.ProgramFailed
    """
    owner = _owner(addresses)
    with psycopg.connect(owner) as connection:
        there = connection.execute("select to_regnamespace('assent') is not null").fetchone()
    if there == (True,):
        raise CannotKeep("The database is not empty: restore into a new data folder or database.")
    with tempfile.TemporaryDirectory(prefix="assent-restore-") as folder:
        try:
            with tarfile.open(source) as tar:
                tar.extractall(folder, filter="data")
            made = json.loads((Path(folder) / _MANIFEST).read_text(encoding="utf-8"))
        except (OSError, tarfile.TarError, ValueError) as error:
            raise CannotKeep(f"{source} is no backup: {error}") from error
        tell(f"A backup of {made['at']}, with {made['size']} entries in its ledger.")
        arguments = ("--no-owner", "--exit-on-error", "--single-transaction", f"{folder}/{_DUMP}")
        run_program(settings, "pg_restore", owner, *arguments, tell=tell)
        _bring_back(Path(folder), settings.data)
    with psycopg.connect(owner) as connection:
        connection.execute("update assent.ledger_head set held = %s", [_HELD])


def _bring_back(folder: Path, data: Path) -> None:
    """Files go back where none are; what this data folder knows already stays: it may be newer."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        target = data / name
        if path.is_dir() or str(name) in (_DUMP, _MANIFEST) or target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        target.write_bytes(path.read_bytes())
        target.chmod(0o600)


def _owner(addresses: Addresses) -> str:
    if addresses.owner is None:
        raise CannotKeep("ASSENT_DATABASE_URL is needed: the database as its owner.")
    return libpq(addresses.owner)


def _described(owner: str, *, with_keys: bool) -> dict[str, object]:
    with psycopg.connect(owner) as connection:
        size = connection.execute("select size from assent.ledger_head").fetchone()
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"v": 1, "at": at, "size": size[0] if size else 0, "with_keys": with_keys}


def _parts(data: Path, *, with_keys: bool) -> Iterator[Path]:
    for folder in (_FILES, _SECRETS):
        for path in sorted((data / folder).rglob("*")):
            wanted = folder == _FILES or with_keys or path.name == _STATE
            if path.is_file() and wanted and not path.name.endswith(".lock"):
                yield path
    if (data / LIST).exists():
        yield data / LIST
