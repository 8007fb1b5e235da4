"""What every command shares: its data folder, its settings, and how it says that something went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy.exc import IntegrityError, OperationalError

from assent.access import PolicyFileError
from assent.database.embedded import CannotStart
from assent.database.migrate import NotAtHead, RoleTooStrong
from assent.database.roles import CannotProvideRole
from assent.database.violations import refusal_of
from assent.gate.rules import GateFileError
from assent.importing.reading import ImportProblem
from assent.keeping.backup import CannotKeep
from assent.keeping.programs import ProgramFailed
from assent.proving.signer import SignerRefuses
from assent.proving.witness_list import WitnessFileError
from assent.refusal import Refusal
from assent.settings import Settings, SettingsProblem

SERVED_AT = "address"
_FORESEEN = (
    CannotKeep, ProgramFailed, SignerRefuses,
    CannotProvideRole, CannotStart, GateFileError, ImportProblem, NotAtHead, PolicyFileError, Refusal,
    RoleTooStrong, SettingsProblem, WitnessFileError,
)  # fmt: skip


data_option = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), default=Path("data"), show_default=True,
    envvar="ASSENT_DATA", help="Folder for the embedded database, secrets and files.",
)  # fmt: skip


@contextmanager
def foreseen() -> Iterator[None]:
    """Say what went wrong in one line instead of a traceback."""
    try:
        yield
    except OperationalError as error:
        raise click.ClickException(f"The database does not answer: {error.orig}") from error
    except IntegrityError as error:
        if (refusal := refusal_of(error)) is None:
            raise
        raise click.ClickException(refusal.message()) from error
    except _FORESEEN as error:
        raise click.ClickException(str(error)) from error


def tell(sentence: str) -> None:
    """Say something about progress, on the error stream: the output stays for results."""
    click.echo(sentence, err=True)


def settings_for(data: Path, **given: object) -> Settings:
    """Return the settings with this data folder; unless set, the address is where it is served."""
    settings = Settings.load(data=data, **given)
    served_at = data / SERVED_AT
    if "base_url" in settings.model_fields_set or not served_at.exists():
        return settings
    return Settings.load(data=data, base_url=served_at.read_text(encoding="ascii"), **given)
