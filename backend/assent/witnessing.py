"""`assent witness`: what a member organisation runs on its own machine, so that the host cannot rewrite the log."""

from __future__ import annotations

from pathlib import Path

import click

from assent.ledger.cosignatures import WitnessSigner, parse_key
from assent.ledger.notes import LogKey, NoteProblem
from assent.ledger.witness.key_file import KeyFileProblem
from assent.ledger.witness.memory import MemoryProblem
from assent.ledger.witness.serving import WitnessSetup, serve_witness

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option(
    "--state", type=_FILE, required=True, help="File in which it keeps what it has cosigned."
)
@click.option(
    "--key", type=_FILE, required=True, help="File with its secret key; made if there is none."
)
@click.option("--name", help="What a new key is called, such as witness.example.org/assent.")
@click.option(
    "--log", "logs", multiple=True, envvar="ASSENT_WITNESS_LOGS",
    help="Public key of a log to follow, as NAME+ID+KEY. May be repeated.",
)  # fmt: skip
@click.option(
    "--logs", "logs_file", type=_FILE, help="File with such keys, one a line; # begins a remark."
)
@click.option(
    "--peer", "peers", multiple=True,
    help="Address of another witness, whose heads are compared with those seen here. May be repeated.",
)  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8001, show_default=True)
def witness(
    state: Path,
    key: Path,
    name: str | None,
    logs: tuple[str, ...],
    logs_file: Path | None,
    peers: tuple[str, ...],
    host: str,
    port: int,
) -> None:
    """Cosign the checkpoints of logs that only grow, and keep evidence of those that do not.

    Stands alone: its own key, one file of memory, no database. The key is made at the first start,
    together with an empty memory; never start it again from an older copy of that file.
    """

    def ready(signer: WitnessSigner) -> None:
        click.echo(f"The witness is ready at http://{host}:{port}")
        click.echo(f"Its key: {signer.key}")
        click.echo(f"Fingerprint: {signer.key.fingerprint}")

    try:
        setup = WitnessSetup(state, key, _logs(logs, logs_file), name, peers)
        serve_witness(setup, host, port, ready)
    except (MemoryProblem, KeyFileProblem, NoteProblem, OSError) as error:
        words = str(error)
        raise click.ClickException(f"{words[:1].upper()}{words[1:]}.") from error


def _logs(given: tuple[str, ...], file: Path | None) -> tuple[LogKey, ...]:
    lines = [] if file is None else file.read_text(encoding="utf-8").split("\n")
    kept = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    keys = [parse_key(text) for text in (*given, *kept)]
    followed = [key for key in keys if isinstance(key, LogKey)]
    if len(followed) != len(keys):
        raise NoteProblem("a witness follows logs, and one of the keys is a witness's")
    if not followed:
        raise NoteProblem("there is no log to follow: give its public key with --log")
    return tuple(dict.fromkeys(followed))
