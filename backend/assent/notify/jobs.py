"""The job queue: procrastinate in the same PostgreSQL, so that a job exists exactly if its transaction does.

Jobs carry ids only. They run inside `assent serve`, or apart from it in `assent worker`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from procrastinate import App, PsycopgConnector
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.migrate import libpq
from assent.database.session import Database
from assent.settings import Settings

log = logging.getLogger(__name__)
_PAUSE_SECONDS = 1.0

app = App(connector=PsycopgConnector())

_database: Database | None = None
_settings: Settings | None = None


@asynccontextmanager
async def running(database: Database, settings: Settings) -> AsyncIterator[None]:
    """Make jobs able to run and to be deferred in this process while the block lasts.

    Args:
        database: what jobs work on.
        settings: what they need to know, such as the mail server.
    """
    global _database, _settings
    # The queue's functions name each other without a schema.
    connector = PsycopgConnector(
        conninfo=libpq(database.url),
        kwargs={"options": "-csearch_path=jobs,assent,public", "application_name": "assent jobs"},
        min_size=1,
        max_size=4,
    )
    _database, _settings = database, settings
    with app.replace_connector(connector):
        async with app.open_async():
            yield


async def work(*, concurrency: int = 4) -> None:
    """Run jobs until cancelled, through times without a database; what is under way is finished first."""
    while True:
        try:
            await app.run_worker_async(
                concurrency=concurrency,
                install_signal_handlers=False,
                shutdown_graceful_timeout=5,
                delete_jobs="successful",
            )
        except Exception as error:  # whatever it was, jobs have to go on
            log.warning("jobs were interrupted (%s)", type(error).__name__)
        # A worker that loses its listening connection ends as if it had been asked to.
        await asyncio.sleep(_PAUSE_SECONDS)


@app.periodic(cron="* * * * *")
@app.task(name="notify.take_up_abandoned", queueing_lock="notify.take_up_abandoned")
async def take_up_abandoned(timestamp: int) -> None:
    """Once a minute: jobs whose worker died are run again; each is written so that this does no harm."""
    for job in await app.job_manager.get_stalled_jobs():
        log.warning("job %s was left behind by its worker and is run again", job.id)
        await app.job_manager.retry_job(job)


async def defer(
    session: AsyncSession, task_name: str, *, at: datetime | None = None, **ids: str
) -> None:
    """Defer a job in the session's transaction: rolled back, it never was.

    Args:
        task_name: the registered name, such as `publishing.deliver`.
        at: when to run it; None for at once.
        ids: ids as text; never content.
    """
    raw = await (await session.connection()).get_raw_connection()
    job = app.configure_task(task_name, connection=raw.driver_connection, schedule_at=at)
    await job.defer_async(**ids)


def database() -> Database:
    """Return what jobs work on.

    Raises:
        RuntimeError: outside `running`.
    """
    if _database is None:
        raise RuntimeError("jobs are not running in this process")
    return _database


def settings() -> Settings:
    """Return the settings of the process that runs jobs.

    Raises:
        RuntimeError: outside `running`.
    """
    if _settings is None:
        raise RuntimeError("jobs are not running in this process")
    return _settings
