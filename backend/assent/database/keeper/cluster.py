"""The cluster: PostgreSQL's own folder, made once by initdb, configured anew at each start."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assent.database.keeper.account import Account, Programs, names_that_may_connect
from assent.database.keeper.folder import Folder
from assent.database.keeper.refusals import CannotStart

SUPERUSER = "postgres"
ROOM_TO_BEGIN = (
    200_000_000  # bytes: a fresh cluster with its first write-ahead log takes about 40 MB
)

SETTINGS = """\
# Written by assent at each start. What ALTER SYSTEM sets takes precedence.
cluster_name = 'assent'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.simple'

# For a small machine that is also used for other things.
max_connections = 100
shared_buffers = '96MB'
work_mem = '8MB'
maintenance_work_mem = '64MB'
effective_cache_size = '512MB'
max_wal_size = '512MB'
jit = off

# People's words and names do not belong into a log: neither statements nor the values in a refusal.
log_min_messages = warning
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length_on_error = 0
log_line_prefix = '%m [%p] '
"""

# Only for databases that are thrown away after a test.
NOT_DURABLE = """\

fsync = off
synchronous_commit = off
full_page_writes = off
"""

# The kernel says who is at the other end of the socket; there are no passwords to lose, and no network.
HBA = """\
local all         all peer map=assent
local replication all peer map=assent
"""


def prepare_cluster(folder: Folder, programs: Programs, account: Account, *, durable: bool) -> None:
    """Make the cluster if there is none, and write its configuration. Raises CannotStart."""
    if (folder.cluster / "PG_VERSION").exists():
        made_by = (folder.cluster / "PG_VERSION").read_text().strip()
        if made_by != str(programs.major):
            raise CannotStart(
                f"{folder.cluster} was made by PostgreSQL {made_by}, and this is {programs.major}. "
                "Export it with the old one and import it with the new one, or name a folder with "
                f"the programs of {made_by}."
            )
        _configure(folder.cluster, folder, account, durable=durable)
        return
    if folder.cluster.exists() and any(folder.cluster.iterdir()):
        raise CannotStart(f"{folder.cluster} holds something, but no database: move it away.")
    _make(folder, programs, account, durable=durable)


def _make(folder: Folder, programs: Programs, account: Account, *, durable: bool) -> None:
    """Run initdb beside the final place and rename: a cluster is there whole, or not at all."""
    free = shutil.disk_usage(folder.path).free
    if free < ROOM_TO_BEGIN:
        raise CannotStart(
            f"The disk under {folder.path} has {free // 1_000_000} MB left; "
            f"a new database needs {ROOM_TO_BEGIN // 1_000_000} MB."
        )
    for unfinished in folder.path.glob("cluster.new-*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix="cluster.new-", dir=folder.path))
    # Deterministic sorting, the same on every system: not what each C library believes today.
    locale = ["--locale=C", "--encoding=UTF8"]
    if programs.major >= 17:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    try:
        if account.dropped:
            os.chown(fresh, account.uid, account.gid)
        with handed_over(fresh, account) as (name, descriptors):
            done = subprocess.run(
                [
                    programs.path("initdb"), f"--pgdata={name}", f"--username={SUPERUSER}",
                    "--data-checksums", "--auth=peer", "--no-instructions", *locale,
                    *([] if durable else ["--no-sync"]),
                ],
                capture_output=True, text=True, check=False, pass_fds=descriptors,
                **account.start_options(),
            )  # fmt: skip
        if done.returncode != 0:
            raise CannotStart(f"A new database could not be made: {_essence(done.stderr)}")
        _configure(fresh, folder, account, durable=durable)
        fresh.rename(folder.cluster)
        _flush(folder.path)
    except (OSError, ValueError) as error:
        raise CannotStart(f"A new database could not be made: {error}.") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _essence(said: str) -> str:
    """Of what initdb printed, the lines that say what is wrong."""
    lines = [
        line for line in said.splitlines() if "error" in line.lower() or "fatal" in line.lower()
    ]
    return "; ".join(lines) or said.strip()


def _configure(cluster: Path, folder: Folder, account: Account, *, durable: bool) -> None:
    names = names_that_may_connect(folder)
    ident = "".join('assent "{}" all\n'.format(name.replace('"', '""')) for name in names)
    _write(cluster / "postgresql.conf", SETTINGS + ("" if durable else NOT_DURABLE), account)
    _write(cluster / "pg_hba.conf", HBA, account)
    _write(cluster / "pg_ident.conf", ident, account)


def _write(path: Path, text: str, account: Account) -> None:
    """Replace a file of the cluster. The account owns that folder: follow nothing it may have put there."""
    new = path.with_name(path.name + ".new")
    try:
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            if account.dropped:
                os.fchown(descriptor, account.uid, account.gid)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        new.replace(path)
    except OSError as error:
        raise CannotStart(f"{path} cannot be written: {error.strerror}.") from error


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def handed_over(path: Path, account: Account) -> Iterator[tuple[str, list[int]]]:
    """A name for a folder under which the account reaches it, and the descriptors its programs must inherit."""
    if not account.dropped:
        yield str(path), []
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield f"/proc/self/fd/{descriptor}", [descriptor]
    finally:
        os.close(descriptor)
