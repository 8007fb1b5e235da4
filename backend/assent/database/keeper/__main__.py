"""The keeper's process: `python -m assent.database.keeper ORDERS`, started by EmbeddedPostgres."""

import ctypes
import fcntl
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from assent.database.keeper.account import Account, Programs, choose_account, find_programs
from assent.database.keeper.cluster import handed_over, prepare_cluster
from assent.database.keeper.folder import FAILED, NOT_NEEDED, Folder, State, StateName
from assent.database.keeper.leftovers import clear_leftovers
from assent.database.keeper.refusals import CannotStart
from assent.database.keeper.waiting import comes_true

LONGEST_PAUSE = 5.0  # seconds between two tries to start a PostgreSQL that keeps dying
PR_SET_PDEATHSIG = 1


class Keeper:
    """Runs PostgreSQL from the first user to the last. One per cluster; lives in its main thread."""

    def __init__(self, folder: Folder, programs: Programs, account: Account) -> None:
        self.folder = folder
        self.programs = programs
        self.account = account
        self.socket = folder.make_socket_folder(account.uid)
        self.postgres: subprocess.Popen[bytes] | None = None
        # "gone": nobody uses the database; "stop": we were told to; "exited": a PostgreSQL of ours ended.
        self.happenings: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.ending = False

    def run(self) -> None:
        """Keep PostgreSQL running until nobody needs it. Raises CannotStart if it does not come up at first."""
        threading.Thread(target=self._wait_for_the_last_user, daemon=True).start()
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, lambda *_: self.happenings.put("stop"))
        self._start()
        pause = 0.0
        began = time.monotonic()
        while not self.ending:
            if self._is_running():
                self._hear(3600)
                self.folder.shorten_log()
                continue
            if time.monotonic() - began > 60:
                pause = 0.0
            self._rest(pause)
            if not self.ending:
                pause = min(max(pause * 2, 0.1), LONGEST_PAUSE)
                began = time.monotonic()
                self._start_again()
        self._say("stopping")
        self._stop()

    def _hear(self, seconds: float) -> None:
        """Wait until something happens, or that long."""
        with suppress(queue.Empty):
            self.ending |= self.happenings.get(timeout=seconds) in {"gone", "stop"}

    def _rest(self, seconds: float) -> None:
        """Wait that long, whatever news of an ended PostgreSQL comes in, unless told to end."""
        until = time.monotonic() + seconds
        while not self.ending and (left := until - time.monotonic()) > 0:
            self._hear(left)

    def _is_running(self) -> bool:
        return self.postgres is not None and self.postgres.poll() is None

    def _say(self, name: StateName, detail: str = "", postmaster: int = 0) -> None:
        self.folder.write_state(State(name, detail, str(self.socket), postmaster))

    def _wait_for_the_last_user(self) -> None:
        """Users hold the lock shared. Once we have it alone, a new user waits until we are done."""
        users = self.folder.open_own("users.lock", os.O_RDWR)
        fcntl.flock(users, fcntl.LOCK_EX)
        self.happenings.put("gone")

    # -- PostgreSQL --------------------------------------------------------------------------------

    def _start(self) -> None:
        """Start PostgreSQL and wait until it answers, however long it has to recover."""
        clear_leftovers(self.folder.cluster, self.socket)
        log = self.folder.open_log()
        log_began = os.fstat(log).st_size
        with (
            handed_over(self.folder.cluster, self.account) as (cluster, cluster_descriptors),
            handed_over(self.socket, self.account) as (socket, socket_descriptors),
        ):
            started: subprocess.Popen[bytes] = subprocess.Popen(
                [
                    self.programs.path("postgres"), "-D", cluster,
                    "-c", "listen_addresses=",
                    "-c", f'unix_socket_directories="{socket}"',
                    "-c", "unix_socket_permissions=0700",
                ],
                stdout=log, stderr=log, pass_fds=[*cluster_descriptors, *socket_descriptors],
                # Not in the terminal's group: Ctrl-C is for the program in front, which stops us in order.
                start_new_session=True,
                preexec_fn=_end_with_the_keeper(), **self.account.start_options(),
            )  # fmt: skip
        os.close(log)
        self.postgres = started
        threading.Thread(target=self._wait_for_the_end_of, args=[started], daemon=True).start()
        while not comes_true(lambda: self._is_ready(started) or started.poll() is not None, 2.0):
            self._say("starting", "The database is recovering what was not yet in its files.")
            self._hear(0)
            if self.ending:
                return
        if started.returncode is not None:
            said = self.folder.log_since(log_began)
            raise CannotStart(f"PostgreSQL does not start: {said or started.returncode}")
        self._say("ready", postmaster=started.pid)

    def _start_again(self) -> None:
        self._say("starting", "The database ended unexpectedly and is started again.")
        try:
            self._start()
        except (CannotStart, OSError) as problem:
            self._say("failed", str(problem))

    def _is_ready(self, started: subprocess.Popen[bytes]) -> bool:
        """PostgreSQL writes its id in the first line of its mark, and in the eighth how far it is."""
        try:
            lines = (self.folder.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(started.pid) and lines[7].strip() == "ready"

    def _wait_for_the_end_of(self, started: subprocess.Popen[bytes]) -> None:
        started.wait()
        self.happenings.put("exited")

    def _stop(self) -> None:
        """End PostgreSQL: cleanly if it can, at once if it must; what was committed stays in either case."""
        if self.postgres is not None:
            for how, patience in ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
                self.postgres.send_signal(how)
                try:
                    self.postgres.wait(patience)
                    break
                except subprocess.TimeoutExpired:
                    continue
        clear_leftovers(self.folder.cluster, self.socket)
        with suppress(OSError):
            self.socket.rmdir()


def _end_with_the_keeper() -> Callable[[], None] | None:
    """For the child, between fork and exec: on Linux, have the kernel stop it cleanly when we die.

    The signal comes when the *thread* that forked ends: hence PostgreSQL is started by the main thread only. The
    kernel forgets it when the account changes: hence here, where that is done, and not before.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    keeper = os.getpid()

    def in_the_child() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != keeper:
            os._exit(1)

    return in_the_child


def main() -> int:
    """Returns the exit code: 0 after work, 1 when PostgreSQL cannot run, 3 when another keeper is there."""
    data_dir, bin_dir, durable, run_as = json.loads(sys.argv[1])
    folder = Folder(Path(data_dir))
    held: list[int] = []

    def take_the_lock() -> bool:
        taken = folder.try_lock("keeper.lock", fcntl.LOCK_EX)
        held.extend([] if taken is None else [taken])
        return taken is not None

    # A user who only looks whether a keeper is there holds the lock for a moment.
    if not comes_true(take_the_lock, 1.0):
        return NOT_NEEDED
    before = folder.read_state()
    socket = before.socket if before else ""
    folder.write_state(State("starting", "", socket))
    try:
        folder.shorten_log()
        account = choose_account(folder, run_as)
        programs = find_programs(Path(bin_dir) if bin_dir else None, account)
        if not folder.cluster.exists():
            folder.write_state(State("starting", "A new database is made.", socket))
        prepare_cluster(folder, programs, account, durable=durable)
        Keeper(folder, programs, account).run()
    except (CannotStart, OSError) as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - the log
        with suppress(OSError):  # the disk may be full
            folder.write_state(State("failed", str(problem), socket))
        return FAILED
    return 0


if __name__ == "__main__":
    # Nothing waits for the watching threads, and no lock is released before PostgreSQL has ended.
    code = FAILED
    try:
        code = main()
    finally:
        sys.stderr.flush()
        os._exit(code)
