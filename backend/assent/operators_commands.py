"""Commands of whoever runs Assent: serving, loading, letting people in, looking whether all is well."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent import serving
from assent.doctor import Finding, findings, look_at_ledger
from assent.gate.rules import GateBook
from assent.importing.reading import read_import
from assent.importing.schema import ImportFile
from assent.importing.service import apply_import
from assent.operating import SERVED_AT, data_option, foreseen, settings_for, tell
from assent.people.links import make_link
from assent.people.models import Person
from assent.people.tokens import make_token
from assent.settings import ROOT, Settings

T = TypeVar("T")
DEMO_FILE = ROOT / "demo" / "coalition.yaml"
_OPERATOR_LINK_LASTS = timedelta(hours=12)
_GIVING_UP_SECONDS = 10


def in_transaction(settings: Settings, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Do some work in one transaction, as the operator."""

    async def run(app_url: str, book: GateBook) -> T:
        async with (
            serving.at_work(settings, app_url, book) as database,
            database.session(job=True) as session,
        ):
            return await work(session)

    with serving.prepared(settings, tell) as (addresses, book):
        return asyncio.run(run(addresses.app, book))


@click.command()
@data_option
@click.option("--port", default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--workers", default=1, show_default=True, help="Processes that answer requests.")
@click.option("--no-worker", is_flag=True, help="Leave jobs to `assent worker`.")
def serve(data: Path, port: int, host: str, workers: int, no_worker: bool) -> None:
    """Serve pages and API, and run jobs."""
    with foreseen():
        _serve(data, port, host, workers, run_jobs=not no_worker, ready=_say_ready)


def _serve(
    data: Path, port: int, host: str, workers: int, *, run_jobs: bool, ready: serving.Tell
) -> None:
    given: dict[str, object] = {"run_jobs": run_jobs} if not run_jobs else {}
    settings = Settings.load(data=data, **given)
    if "base_url" not in settings.model_fields_set:
        settings = Settings.load(data=data, base_url=f"http://127.0.0.1:{port}", **given)
    _require_free(host, port)

    def answers(address: str) -> None:
        (data / SERVED_AT).write_text(settings.base_url, encoding="ascii")
        ready(address)

    serving.serve(settings, port, host, workers, tell, answers)


def _say_ready(address: str) -> None:
    click.echo(f"Assent is ready at {address}")


def _require_free(host: str, port: int) -> None:
    """Refuse a port that another holds; one that was just killed gives it up within seconds."""
    until = time.monotonic() + _GIVING_UP_SECONDS
    while not _is_free(host, port):
        if time.monotonic() > until:
            raise click.ClickException(
                f"Port {port} is in use: stop what listens there, or choose another with --port."
            )
        time.sleep(0.2)


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


@click.command()
@data_option
def worker(data: Path) -> None:
    """Run jobs apart from serve."""
    with foreseen():
        settings = settings_for(data)
        with serving.prepared(settings, tell) as (addresses, book):

            async def run() -> None:
                task = asyncio.ensure_future(serving.work(settings, addresses.app, book))
                for number in (signal.SIGTERM, signal.SIGINT):
                    asyncio.get_running_loop().add_signal_handler(number, task.cancel)
                tell("Jobs are running.")
                try:
                    await task
                except asyncio.CancelledError:
                    tell("Stopped.")

            asyncio.run(run())


@click.command()
@data_option
def migrate(data: Path) -> None:
    """Bring the database up to date and load the gates, as its owner."""
    with foreseen(), serving.prepared(settings_for(data), tell):
        tell("The database is up to date.")


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_option
def import_(file: Path, data: Path) -> None:
    """Make what FILE describes: organisations, people, cases. All of it or nothing."""
    with foreseen():
        content, places = read_import(file)
        in_transaction(settings_for(data), lambda s: apply_import(s, content, places, tell))
        click.echo(
            f"Imported {len(content.organisations)} organisations, {len(content.people)} people,"
            f" {len(content.cases)} cases."
        )


@click.command()
def schema() -> None:
    """Print the JSON Schema of import files."""
    click.echo(json.dumps(ImportFile.model_json_schema(), indent=2))


@click.command()
@click.argument("email")
@data_option
def token(email: str, data: Path) -> None:
    """Print a bearer token for the API for EMAIL, alone on one line."""

    async def make(session: AsyncSession) -> str:
        person = await _person(session, email)
        return await make_token(session, person.id, "made by the operator")

    with foreseen():
        click.echo(in_transaction(settings_for(data), make))


@click.command()
@click.argument("email")
@click.option("--to", default="/", help="Where signing in leads, such as /actions/ID/decide.")
@data_option
def link(email: str, to: str, data: Path) -> None:
    """Print a sign-in link for EMAIL that works once, for twelve hours."""
    settings = settings_for(data)
    with foreseen():
        paths = in_transaction(settings, lambda s: _operator_links(s, [email], to))
        click.echo(settings.base_url + paths[0])


async def _operator_links(session: AsyncSession, emails: list[str], to: str = "/") -> list[str]:
    paths = []
    for email in emails:
        person = await _person(session, email)
        paths.append(
            await make_link(
                session, person.id, "operator", next_path=to, lasts=_OPERATOR_LINK_LASTS
            )
        )
    return paths


async def _person(session: AsyncSession, email: str) -> Person:
    query = select(Person).where(Person.email == email.strip().lower(), Person.removed_at.is_(None))
    if (person := (await session.scalars(query)).one_or_none()) is None:
        raise click.ClickException(f"Nobody here has the address {email}.")
    return person


@click.command()
@data_option
@click.option("--every", type=int, help="Go on, and look again after so many seconds.")
def erase(data: Path, every: int | None) -> None:
    """Destroy what was asked to be destroyed and whose day has come, as the eraser's role."""
    settings = settings_for(data)
    with foreseen(), serving.prepared(settings, tell) as (addresses, _):
        while True:
            erased = serving.erase_due(settings, addresses, tell)
            click.echo(f"Erased: {len(erased)}.")
            if every is None:
                return
            time.sleep(every)


@click.command()
@data_option
def doctor(data: Path) -> None:
    """Check settings, database, jobs, mail, identity providers and disk; say what to mend."""
    settings = settings_for(data)

    def say(finding: Finding) -> bool:
        click.echo(f"{'mend' if finding.mend else 'ok':<5} {finding.subject}: {finding.found}")
        if finding.mend:
            click.echo(f"      → {finding.mend}")
        return bool(finding.mend)

    async def look(app_url: str, book: GateBook) -> int:
        async with serving.at_work(settings, app_url, book) as database:
            async with database.session(job=True) as session:
                wrong = [say(finding) async for finding in findings(session, settings)]
            tell("the ledger …")
            return sum(wrong) + say(await look_at_ledger(database, settings))

    with foreseen(), serving.prepared(settings, tell) as (addresses, book):
        if wrong := asyncio.run(look(addresses.app, book)):
            raise click.ClickException(f"{wrong} to mend.")


@click.command()
@data_option
@click.option("--port", default=8000, show_default=True)
def demo(data: Path, port: int) -> None:
    """Load the demo coalition into an empty data folder and serve it."""
    with foreseen():
        content, places = read_import(DEMO_FILE)
        roles = {m.person: m.role for case in content.cases for m in case.memberships}
        emails = [person.email for person in content.people if person.email in roles]
        # One coalition alone at one desk has no minute to wait for each answer.
        os.environ.setdefault("ASSENT_UNDO_SECONDS", "0")
        settings = settings_for(data)

        async def load(session: AsyncSession) -> list[str]:
            if (await session.scalars(select(Person.id).limit(1))).one_or_none() is None:
                tell("Loading the demo coalition …")
                await apply_import(session, content, places, tell)
            return await _operator_links(session, emails)

        paths = in_transaction(settings, load)

        def ready(address: str) -> None:
            _say_ready(address)
            click.echo("\nSign in as (each link works once; `assent link EMAIL` makes another):\n")
            for person, path in zip(
                (p for p in content.people if p.email in roles), paths, strict=True
            ):
                click.echo(f"  {roles[person.email]:<18} {person.name:<22} {address}{path}")
            click.echo(f"\nWhat the server notes goes to {log}. Stop with Ctrl-C.")

        # The links stay in sight: what the server notes would push them off the screen.
        log = os.environ.setdefault("ASSENT_LOG", str(settings.data / "log"))
        _serve(data, port, "127.0.0.1", 1, run_jobs=True, ready=ready)
