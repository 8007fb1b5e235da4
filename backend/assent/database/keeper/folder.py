"""What lies in DATA/database, and the locks and the state through which keeper and users find each other."""

import fcntl
import json
import os
import re
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from assent.database.keeper.refusals import CannotStart

# The kernel's room for a socket's path is 104 bytes on macOS and 108 on Linux, its end included.
LONGEST_SOCKET_PATH = 100
SOCKET_NAME = ".s.PGSQL.5432"
# A comma separates sockets for libpq and PostgreSQL; a colon means a port to SQLAlchemy.
PLAIN_PATH = re.compile(r"[\w ./+@-]+")

# Exit codes of a keeper: it could not do its work; another one is there.
FAILED, NOT_NEEDED = 1, 3
StateName = Literal["starting", "ready", "failed", "stopping"]


@dataclass(frozen=True)
class State:
    """What the keeper last said of itself; only true while somebody holds `keeper.lock`."""

    name: StateName
    detail: str = ""
    socket: str = ""
    postmaster: int = 0


class Folder:
    """The folder DATA/database.

    `cluster/` (PostgreSQL's own, readable by the account it runs under), `socket/`, `log`, `users.lock`,
    `keeper.lock`, `state.json`. Everything but the first two belongs to the owner of DATA.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data = data_dir.expanduser().absolute()
        self.path = self.data / "database"
        self.cluster = self.path / "cluster"
        self.log = self.path / "log"

    def make(self) -> None:
        """Make the folder, private to its owner. Raises CannotStart."""
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            self.path.mkdir(mode=0o700, exist_ok=True)
            self._hand_over(os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW))
        except OSError as error:
            raise CannotStart(f"{self.path} cannot be used: {error.strerror}.") from error

    def owner(self) -> int:
        """The uid to whom DATA belongs."""
        return self.data.stat().st_uid

    def _hand_over(self, descriptor: int) -> None:
        """Give an open file to the owner of DATA (root may work in somebody's folder), and close it."""
        try:
            if os.geteuid() == 0 and os.fstat(descriptor).st_uid != self.owner():
                os.fchown(descriptor, self.owner(), -1)
        finally:
            os.close(descriptor)

    def open_own(self, name: str, flags: int) -> int:
        """Open a file of ours in the folder, made if missing; never through a symbolic link."""
        path = self.path / name
        try:
            opened = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            self._hand_over(os.dup(opened))
        except OSError as error:
            raise CannotStart(f"{path} cannot be opened: {error.strerror}.") from error
        return opened

    # -- who is there ------------------------------------------------------------------------------

    def try_lock(self, name: str, how: int) -> int | None:
        """Lock a file without waiting; returns the descriptor that holds the lock, or None."""
        descriptor = self.open_own(name, os.O_RDWR)
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def could_lock(self, name: str, how: int) -> bool:
        """Whether the lock could be had at this moment."""
        descriptor = self.try_lock(name, how)
        if descriptor is None:
            return False
        os.close(descriptor)
        return True

    def keeper_is_alive(self) -> bool:
        """Whether a keeper holds its lock."""
        return not self.could_lock("keeper.lock", fcntl.LOCK_SH)

    # -- what the keeper says ----------------------------------------------------------------------

    def write_state(self, state: State) -> None:
        """Replace the state in one step."""
        descriptor = self.open_own("state.new", os.O_WRONLY | os.O_TRUNC)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(state), file)
        os.replace(self.path / "state.new", self.path / "state.json")

    def read_state(self) -> State | None:
        """The last state, or None if there is none yet."""
        try:
            return State(**json.loads((self.path / "state.json").read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def forget_failure(self) -> None:
        """Before a keeper is started: no user takes what an earlier one failed of for what this one says."""
        held = self.try_lock("keeper.lock", fcntl.LOCK_EX)
        if held is None:
            return  # there is one already, which speaks for itself
        try:
            before = self.read_state()
            if before is not None and before.name == "failed":
                self.write_state(State("starting", "", before.socket))
        finally:
            os.close(held)

    # -- the socket --------------------------------------------------------------------------------

    def make_socket_folder(self, uid: int) -> Path:
        """A folder for the socket that only `uid` can enter: in DATA, or a short private one when that is too long.

        The short one keeps its name from one start to the next, so that addresses stay true.
        """
        own = self.path / "socket"
        length = len(os.fsencode(own / SOCKET_NAME))
        if length <= LONGEST_SOCKET_PATH and PLAIN_PATH.fullmatch(str(own)):
            return _private(own, uid)
        before = self.read_state()
        if before is not None and before.socket:
            try:
                return _private(Path(before.socket), uid)
            except CannotStart:
                pass  # somebody else has taken the name meanwhile: choose another
        chosen = Path(tempfile.mkdtemp(prefix="assent-", dir="/tmp"))
        return _private(chosen, uid)

    # -- the log -----------------------------------------------------------------------------------

    def open_log(self) -> int:
        """The log that PostgreSQL and the keeper append to."""
        return self.open_own("log", os.O_WRONLY | os.O_APPEND)

    def log_since(self, start: int, most: int = 2000) -> str:
        """The end of the log, from the byte `start` on."""
        with self.log.open("rb") as file:
            file.seek(max(start, file.seek(0, os.SEEK_END) - most))
            return file.read().decode("utf-8", "replace").strip()

    def shorten_log(self, longest: int = 10_000_000) -> None:
        """Keep the log below `longest` bytes: the second half is kept, the first dropped."""
        if self.log.exists() and self.log.stat().st_size > longest:
            kept = self.log_since(0, longest // 2)
            os.truncate(self.log, 0)
            with os.fdopen(self.open_log(), "w", encoding="utf-8") as file:
                file.write(kept + "\n")


def _private(path: Path, uid: int) -> Path:
    """Make or accept a folder that belongs to `uid` alone; raises CannotStart if it is anybody else's."""
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() != uid:
            os.chown(path, uid, -1, follow_symlinks=False)
            found = path.lstat()
    except OSError as error:
        raise CannotStart(f"{path} cannot be used for the socket: {error.strerror}.") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
        raise CannotStart(f"{path} is not private to the account PostgreSQL runs under.")
    return path
