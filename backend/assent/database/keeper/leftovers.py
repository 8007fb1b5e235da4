"""What an earlier PostgreSQL left behind when it or its keeper was killed.

`postmaster.pid` alone proves nothing: the number in it may by now be anybody's, and an old server process may outlive
its postmaster. On Linux we ask the kernel who works in the cluster's folder; nobody may be left there before the file
is removed, for two servers on one cluster destroy it.
"""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from assent.database.keeper.folder import SOCKET_NAME
from assent.database.keeper.refusals import CannotStart
from assent.database.keeper.waiting import comes_true

# How long each signal is given, in seconds: clean shutdown, leave at once, be gone.
CLEANLY, AT_ONCE, GONE = 60.0, 2.0, 5.0


def clear_leftovers(cluster: Path, socket: Path) -> None:
    """End whatever still serves this cluster and remove its stale marks. Only for the holder of `keeper.lock`.

    Raises CannotStart when something cannot be ended.
    """
    marks = [cluster / "postmaster.pid", socket / SOCKET_NAME, socket / f"{SOCKET_NAME}.lock"]
    named = _named_in(marks[0])
    if not Path("/proc/self/cwd").exists() and not _is_alive(named):
        return  # PostgreSQL itself can tell
    if named in processes_in(cluster, named):
        _signal([named], signal.SIGINT)
        comes_true(lambda: named not in processes_in(cluster, named), CLEANLY)
    # Without their postmaster the others notice by themselves within moments, unless they are busy.
    comes_true(lambda: not processes_in(cluster, named), 1.0)
    for last_words, patience in ((signal.SIGQUIT, AT_ONCE), (signal.SIGKILL, GONE)):
        if left := processes_in(cluster, named):
            _signal(left, last_words)
            comes_true(lambda: not processes_in(cluster, named), patience)
    if left := processes_in(cluster, named):
        raise CannotStart(
            f"Processes of an earlier PostgreSQL do not end: {left}. Restart the machine."
        )
    for mark in marks:
        mark.unlink(missing_ok=True)


def processes_in(cluster: Path, named: int) -> list[int]:
    """The ids of PostgreSQL's processes that serve this cluster; `named` is the id in its postmaster.pid."""
    if not Path("/proc/self/cwd").exists():
        return [named] if named and _looks_like_ours(named, cluster) else []
    if not cluster.exists():
        return []
    here = cluster.stat()
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            with suppress(OSError):  # ended meanwhile, or somebody else's
                there = os.stat(f"/proc/{entry}/cwd")
                program = os.readlink(f"/proc/{entry}/exe").removesuffix(" (deleted)")
                if os.path.samestat(here, there) and os.path.basename(program) == "postgres":
                    found.append(int(entry))
    return found


def _looks_like_ours(process: int, cluster: Path) -> bool:
    """Where there is no /proc: does a process's command line name PostgreSQL and this cluster?"""
    command = subprocess.run(
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(process)],
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    return "postgres" in command and str(cluster) in command


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != 0


def _named_in(mark: Path) -> int:
    try:
        return abs(int(mark.read_text().split("\n", 1)[0]))
    except (OSError, ValueError):
        return 0


def _signal(processes: list[int], what: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, what)
