"""The command `assent screen`: lists of those who are under sanctions already."""

from __future__ import annotations

import time
from pathlib import Path

import click
import psycopg
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from assent import serving
from assent.database.migrate import libpq
from assent.operating import data_option, foreseen, settings_for
from assent.sanctions.watchlists import load_watchlist


@click.group()
def screen() -> None:
    """Lists in which targets are looked for."""


@screen.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--name", help="Of the list; an earlier one of this name is replaced. Unset: the file's."
)
@data_option
def load(file: Path, name: str | None, data: Path) -> None:
    """Load FILE: FollowTheMoney JSON, an entity a line, as OpenSanctions publishes it; gzip too.

    All of it, or nothing: a broken or cut-off file leaves the lists as they were.
    """
    try:
        with foreseen(), serving.prepared(settings_for(data)) as (addresses, _):
            if addresses.owner is None:
                raise click.ClickException(
                    "Lists are loaded by the database's owner: set ASSENT_DATABASE_URL."
                )
            _load(libpq(addresses.owner), file, name or file.name.split(".")[0])
    except psycopg.Error as error:
        raise click.ClickException(f"The database refused it: {type(error).__name__}") from error


def _load(owner: str, file: Path, name: str) -> None:
    began = time.monotonic()
    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(name, total=100)

        def tell(entities: int, percent: int) -> None:
            progress.update(task, completed=percent, description=f"{name}: {entities:,} entities")

        loaded = load_watchlist(owner, file, name, tell)
    click.echo(
        f"{loaded.entities:,} entities of “{loaded.name}” can be looked in"
        f" ({loaded.skipped:,} without a name left out), after {time.monotonic() - began:.0f} s."
    )
