"""`assent export`, `backup`, `restore`, `reopen`, `log-key`: what an operator keeps and brings back."""

from __future__ import annotations

import asyncio
import base64
import os
import zipfile
from pathlib import Path
from typing import Any

import click

from assent import serving
from assent.database.addresses import database_at
from assent.database.migrate import libpq
from assent.database.roles import APP, ERASER, provide_role
from assent.database.session import Database
from assent.exporting.service import export_case, note_export
from assent.keeping import backup as keeping
from assent.keeping.reopening import is_held, let_go, record_reopening, replay_erasures
from assent.ledger.notes import LogKey
from assent.operating import data_option, foreseen, settings_for, tell
from assent.proving.checkpoints import change_key, endorsement_text, log_keys, sign_what_is_new
from assent.proving.rewinds import Rewound, require_not_rewound
from assent.proving.signer import KEY_FILE, SignerRefuses, origin_of, signer_of

_SIGNING_SECONDS = 20


@click.command()
@click.argument("case")
@data_option
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), required=True)
def export(case: str, data: Path, output: Path) -> None:
    """Write everything of CASE into a zip: importable elsewhere, and verifiable without us."""
    settings = settings_for(data)

    async def run(app_url: str, book: Any) -> None:
        async with serving.at_work(settings, app_url, book) as database:
            async with database.session(job=True) as session:
                case_id = await note_export(session, case)
            signer = signer_of(settings)
            origin = origin_of(settings, signer)
            for _ in range(_SIGNING_SECONDS):
                # None: nothing is new, or the server signs at this moment.
                if await sign_what_is_new(database, signer, origin) is None:
                    break
                await asyncio.sleep(1)
            descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with (
                os.fdopen(descriptor, "wb") as raw,
                zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as file,
            ):
                async with database.session(job=True) as session:
                    await export_case(session, case_id, file, tell)

    with foreseen(), serving.prepared(settings, tell) as (addresses, book):
        asyncio.run(run(addresses.app, book))
        click.echo(f"Everything of {case} is in {output}.")


@click.command()
@data_option
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option(
    "--with-keys", is_flag=True, help="Also the keys: whoever has the file then reads everything."
)
def backup(data: Path, output: Path, with_keys: bool) -> None:
    """Write the whole instance into one file."""
    settings = settings_for(data)
    with foreseen(), serving.prepared(settings, tell) as (addresses, _):
        keeping.back_up(settings, addresses, output, with_keys=with_keys, tell=tell)
        click.echo(f"The instance is in {output}.")
        if not with_keys:
            click.echo(
                "Its keys are not: without the instance key nobody can open what was recorded."
            )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@data_option
def restore(file: Path, data: Path) -> None:
    """Bring the instance in FILE back, into an empty data folder or database. It stays shut until `assent reopen`."""
    settings = settings_for(data)
    with foreseen(), database_at(settings, tell) as addresses:
        if addresses.owner is not None:
            provide_role(libpq(addresses.owner), APP, libpq(addresses.app))
            provide_role(
                libpq(addresses.owner),
                ERASER,
                libpq(addresses.eraser or "") if addresses.eraser else "",
            )
        keeping.restore(settings, addresses, file, tell)
    click.echo(
        "Restored, and shut: nothing is recorded, nothing is public. Look at it, then run `assent reopen`."
    )


@click.command()
@data_option
@click.option(
    "--new-log",
    is_flag=True,
    help="What was signed is not what stands here, and will not come back: go on as a new log.",
)
def reopen(data: Path, new_log: bool) -> None:
    """Open what was restored: erasures are replayed first, and letters that may have left become questions."""
    settings = settings_for(data)

    async def run(app_url: str, book: Any, replayed: Any) -> int:
        async with (
            serving.at_work(settings, app_url, book) as database,
            database.session(job=True) as session,
        ):
            letters = 0 if replayed is None else await record_reopening(session, replayed)
            if new_log:
                await _new_log(session, settings)
            return letters

    with foreseen(), serving.prepared(settings, tell) as (addresses, book):
        if addresses.owner is None or addresses.eraser is None:
            raise keeping.CannotKeep(
                "ASSENT_DATABASE_URL and ASSENT_DATABASE_ERASER_URL are needed."
            )
        if new_log and not is_held(libpq(addresses.owner)):
            asyncio.run(run(addresses.app, book, None))
            click.echo("The ledger goes on as a new log: tell everybody who keeps its fingerprint.")
            return
        if not new_log:
            asyncio.run(_require_goes_on(addresses.app, settings))
        replayed = replay_erasures(libpq(addresses.eraser), settings.data, tell)
        if not let_go(libpq(addresses.owner)):
            raise keeping.CannotKeep("This instance is open already.")
        letters = asyncio.run(run(addresses.app, book, replayed))
        click.echo(
            f"Open. Erased again: {len(replayed)}. Letters somebody has to ask about: {letters}."
        )


async def _require_goes_on(app_url: str, settings: Any) -> None:
    database = Database(app_url, pool=1)
    try:
        await require_not_rewound(database, settings)
    except Rewound as rewound:
        raise SignerRefuses(
            f"{rewound}: they are lost. Tell the coalition, then `assent reopen --new-log`."
        ) from rewound
    finally:
        await database.close()


async def _new_log(session: Any, settings: Any) -> None:
    """Another key and another name: a log that lost entries is not the log that was signed."""
    known = await log_keys(session)
    folder = settings.data / "secrets"
    for name in (KEY_FILE, "log-signed.json"):
        if (folder / name).exists():
            (folder / name).rename(folder / f"{name}.{len(known)}")
    if known:
        origin = f"{known[-1].origin.partition('#')[0]}#{len(known) + 1}"
        await change_key(session, signer_of(settings), "lost", "", origin=origin)


@click.command(name="log-key")
@data_option
@click.option(
    "--change",
    "reason",
    type=click.Choice(["rotated", "lost", "stolen"]),
    help="Take up another key.",
)
def log_key(data: Path, reason: str | None) -> None:
    """Show the keys the ledger was signed with, or take up another one and say why."""
    settings = settings_for(data)

    async def run(app_url: str, book: Any) -> list[str]:
        async with (
            serving.at_work(settings, app_url, book) as database,
            database.session(job=True) as session,
        ):
            if reason is not None:
                await _change(session, settings, reason)
            return [
                f"{k.number} {k.reason:<8} {LogKey(k.origin, k.public_key)}"
                for k in await log_keys(session)
            ]

    with foreseen(), serving.prepared(settings, tell) as (addresses, book):
        for line in asyncio.run(run(addresses.app, book)):
            click.echo(line)


async def _change(session: Any, settings: Any, reason: str) -> None:
    """A key kept in the data folder is made anew; one from elsewhere has been replaced there already."""
    known = await log_keys(session)
    old = signer_of(settings)
    path = settings.data / "secrets" / KEY_FILE
    own = settings.log_key is None and settings.log_sign_command is None
    if own and known and known[-1].public_key == old.public:
        path.rename(path.with_name(f"{KEY_FILE}.{len(known)}"))
    new = signer_of(settings)
    endorsed = ""
    if (
        reason == "rotated"
        and known
        and old.public == known[-1].public_key
        and old.public != new.public
    ):
        key = LogKey(known[-1].origin, new.public)
        endorsed = base64.b64encode(old.held.signature(endorsement_text(key))).decode()
    await change_key(session, new, reason, endorsed)
