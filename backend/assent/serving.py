"""What `serve`, `worker` and the other commands stand on: a database that is up to date, keys, policies."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
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
from assent.actions.kinds import declared, procedures
from assent.database.addresses import Addresses, database_at
from assent.database.migrate import libpq
from assent.database.session import Database
from assent.erasure.carrying_out import Erased, carry_out_due, sweep
from assent.evidence import storage
from assent.gate.rules import GateBook
from assent.ledger import sealing
from assent.notify import jobs
from assent.people import marks
from assent.proving import witness_list
from assent.proving.rewinds import shut_if_rewound
from assent.sanctions import dossier_forms, jurisdictions
from assent.settings import Settings, SettingsProblem

log = logging.getLogger(__name__)
_GRACE_SECONDS = 3
_ERASE_SECONDS = 3600
_PATIENCE_SECONDS = 120
_LOADING_SECONDS = 60
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
    witness_list.set_current(witness_list.read_witnesses(settings.policies))
    known = jurisdictions.load_jurisdictions(settings.policies)
    jurisdictions.set_current(known)
    dossier_forms.set_current(dossier_forms.load_dossier_forms(settings.policies, known))
    forms = declared.load_forms(settings.policies)
    declared.set_current(forms)
    procedures.set_current(procedures.load_procedures(settings.policies, forms))
    sealing.set_current(sealing.InstanceKey(settings.instance_key_bytes()))
    storage.set_current(storage.file_store(settings))
    marks.set_undo(timedelta(seconds=settings.undo_seconds))
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
        os.environ["ASSENT_UNDO_SECONDS"] = str(settings.undo_seconds)
        os.environ["ASSENT_BASE_URL"] = settings.base_url
        os.environ["ASSENT_DATABASE_APP_URL"] = addresses.app
        os.environ["ASSENT_RUN_JOBS"] = "true" if settings.run_jobs else "false"
        # The owner's secret ends here; the application's address was read from its file already.
        for name in ("DATABASE_URL", "DATABASE_ERASER_URL"):
            os.environ.pop(f"ASSENT_{name}", None)
            os.environ.pop(f"ASSENT_{name}_FILE", None)
        os.environ.pop("ASSENT_DATABASE_APP_URL_FILE", None)
        if settings.embedded:
            threading.Thread(target=_erase_always, args=(settings, addresses), daemon=True).start()
        threading.Thread(target=_say_when_ready, args=(port, ready), daemon=True).start()
        uvicorn.run(
            "assent.serving_process:application",
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
            # A busy machine takes its time to load the program: killed for that, it would never start.
            timeout_worker_healthcheck=_LOADING_SECONDS,
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


def erase_due(settings: Settings, addresses: Addresses, tell: Tell) -> list[Erased]:
    """Carry out the erasures whose day has come, and sweep what they leave in the database's files.

    Raises:
        SettingsProblem: this process has no address of the eraser's role.
    """
    if addresses.eraser is None:
        raise SettingsProblem(
            "ASSENT_DATABASE_ERASER_URL is needed: the database as assent_eraser."
        )
    erased = asyncio.run(_erase(addresses.eraser, settings))
    if erased and addresses.owner is None:
        tell("Run `vacuum full` as the owner: until then traces are left in the database's files.")
    elif erased and addresses.owner is not None and not sweep(libpq(addresses.owner)):
        tell("A table was in use and could not be swept: run `assent erase` again.")
    return erased


async def _erase(eraser_url: str, settings: Settings) -> list[Erased]:
    """Rows first: what the files' key was is gone with them, whatever becomes of the files."""
    erased = await carry_out_due(eraser_url, settings.data)
    for one in erased:
        if one.person_id is None:
            await storage.file_store(settings).remove(str(one.case_id))
    return erased


def _erase_always(settings: Settings, addresses: Addresses) -> None:
    """Look every hour, where the database is our own; elsewhere `assent erase` does it, with its own secret."""
    while True:
        try:
            erase_due(settings, addresses, log.warning)
        except Exception as error:  # whatever it was, the next hour has its own chance
            log.error("erasing was interrupted (%s)", type(error).__name__)
        time.sleep(_ERASE_SECONDS)


async def work(settings: Settings, app_url: str, book: GateBook) -> None:
    """Run jobs until cancelled."""
    async with at_work(settings, app_url, book) as database:
        await shut_if_rewound(database, settings)
        await run_jobs(database, settings)


async def run_jobs(database: Database, settings: Settings) -> None:
    """Run the queue's jobs and sign the ledger until cancelled, where `at_work`."""
    async with asyncio.TaskGroup() as group:
        group.create_task(jobs.work())
        group.create_task(assent.proving.jobs.keep_signing(database, settings))
