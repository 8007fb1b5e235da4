"""What `serve`, `worker` and the other commands stand on: a database that is up to date, keys, policies."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType

import uvicorn
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

import assent.consents.jobs
import assent.evidence.jobs
import assent.people.jobs
import assent.proving.jobs
import assent.publishing.jobs
import assent.tasks.jobs
from assent import access, gates
from assent.database.addresses import Addresses, database_at
from assent.database.session import Database
from assent.evidence import storage
from assent.gate.rules import GateBook
from assent.ledger import sealing
from assent.notify import jobs
from assent.sanctions import jurisdictions
from assent.settings import Settings

_GRACE_SECONDS = 3
_PATIENCE_SECONDS = 120
# Imported so that their tasks are registered.
JOBS = (
    assent.consents.jobs,
    assent.evidence.jobs,
    assent.people.jobs,
    assent.publishing.jobs,
    assent.tasks.jobs,
)


Tell = Callable[[str], None]


def bring_up_to_date(addresses: Addresses, book: GateBook, tell: Tell) -> None:
    """Migrate and load the gates as the owner; without the owner only check that this was done.

    Raises:
        assent.database.migrate.NotAtHead: it was not.
        assent.database.migrate.RoleTooStrong, assent.database.roles.CannotProvideRole: see there.
    """
    addresses.bring_up_to_date(tell)
    if addresses.owner is not None:
        asyncio.run(_load_gates(addresses.owner, book))


async def _load_gates(owner: str, book: GateBook) -> None:
    engine = create_async_engine(owner)
    try:
        async with AsyncSession(engine) as session, session.begin():
            await gates.load_gate_book(session, book)
    finally:
        await engine.dispose()


def read_policies(settings: Settings) -> GateBook:
    """Read keys and policies, refuse what is malformed, and make them this process's.

    Raises:
        assent.gate.rules.GateFileError, assent.access.PolicyFileError: with file, line and reason.
    """
    book = gates.read_gates(settings.policies)
    access.set_current(access.load_access(settings.policies))
    jurisdictions.set_current(jurisdictions.load_jurisdictions(settings.policies))
    sealing.set_current(sealing.InstanceKey(settings.instance_key_bytes()))
    storage.set_current(storage.file_store(settings))
    return book


@asynccontextmanager
async def at_work(settings: Settings, app_url: str, book: GateBook) -> AsyncIterator[Database]:
    """Have database, gates and the job queue ready in this process while the block lasts."""
    database = Database(app_url, pool=settings.database_pool)
    try:
        async with database.session(job=True) as session:
            await gates.bring_into_force(session, book)
        async with jobs.running(database, settings):
            yield database
    finally:
        await database.close()


@contextmanager
def prepared(
    settings: Settings, tell: Tell = lambda _: None
) -> Iterator[tuple[Addresses, GateBook]]:
    """Everything a command needs before it opens its own connections."""
    book = read_policies(settings)
    with database_at(settings, tell) as addresses:
        bring_up_to_date(addresses, book, tell)
        yield addresses, book


def serve(settings: Settings, port: int, host: str, workers: int, tell: Tell, ready: Tell) -> None:
    """Serve pages and API until told to stop.

    Args:
        tell: called with sentences about progress.
        ready: called with the address once it answers.
    """
    # The server ends by the signal it was stopped with: without these, before our own ends are tidy.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    with prepared(settings, tell) as (addresses, _):
        # The server's processes read their settings from the environment.
        os.environ["ASSENT_DATA"] = str(settings.data)
        os.environ["ASSENT_BASE_URL"] = settings.base_url
        os.environ["ASSENT_DATABASE_APP_URL"] = addresses.app
        os.environ["ASSENT_RUN_JOBS"] = "true" if settings.run_jobs else "false"
        # The owner's secret ends here; the application's address was read from its file already.
        for name in ("DATABASE_URL", "DATABASE_URL_FILE", "DATABASE_APP_URL_FILE"):
            os.environ.pop(f"ASSENT_{name}", None)
        threading.Thread(target=_say_when_ready, args=(port, ready), daemon=True).start()
        uvicorn.run(
            "assent.cli:application",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )


def _leave(number: int, frame: FrameType | None) -> None:
    """Leave in order: the database is let go, and the command has done what it was told."""
    raise SystemExit(0)


def _say_when_ready(port: int, ready: Tell) -> None:
    address = f"http://127.0.0.1:{port}"
    for _ in range(_PATIENCE_SECONDS * 10):
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):  # noqa: S310 (our own address)
                ready(address)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)


async def work(settings: Settings, app_url: str, book: GateBook) -> None:
    """Run jobs until cancelled."""
    async with at_work(settings, app_url, book) as database:
        await run_jobs(database, settings)


async def run_jobs(database: Database, settings: Settings) -> None:
    """Run the queue's jobs and sign the ledger until cancelled, where `at_work`."""
    async with asyncio.TaskGroup() as group:
        group.create_task(jobs.work())
        group.create_task(assent.proving.jobs.keep_signing(database, settings))
