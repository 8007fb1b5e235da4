"""Every setting of Assent, typed, in one place. From the environment (ASSENT_…); secrets also from files."""

from __future__ import annotations

import base64
import binascii
import difflib
import os
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from assent.kept_secrets import kept_secret

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "ASSENT_"
_REFUSED_SECRETS = {"changeme", "change-me", "secret", "password", "assent", "default", "example"}
_KEY_BYTES = 32
_DATABASE_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")


class SettingsProblem(ValueError):
    """Settings that cannot be used: a line for each, saying what to do."""


def _split(value: object) -> object:
    """Read "a, b" as a list."""
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


class Settings(BaseSettings):
    """What an operator can decide. Each is read from ASSENT_ and the name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        validate_default=True,
        hide_input_in_errors=True,  # secrets would be quoted in them
    )

    data: Path = Field(
        Path("data"), description="Folder for the embedded database, secrets and files."
    )
    base_url: str = Field(
        "http://127.0.0.1:8000",
        description="Address people reach Assent at; links in mails begin with it.",
    )
    policies: Path = Field(
        ROOT / "policies", description="Folder with gates.yaml, roles.csv and model.conf."
    )
    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL 16 or later, as the role that owns the database. "
        "Unset: the embedded one under the data folder.",
    )
    database_app_url: SecretStr | None = Field(
        None,
        description="The same database as assent_app. Unset: derived from the owner's URL. "
        "Alone, it runs the application without any right to migrate.",
    )
    database_eraser_url: SecretStr | None = Field(
        None,
        description="The same database as assent_eraser, for `assent erase` alone: the role that may carry out "
        "an erasure whose time has come.",
    )
    database_app_password: SecretStr | None = Field(
        None, description="Password of assent_app; unset: made once and kept in the data folder."
    )
    database_pool: int = Field(
        8, ge=1, le=200, description="Connections a process keeps to the database."
    )
    postgres_bin: Path | None = Field(
        None,
        description="Folder of PostgreSQL's programs for the embedded database; unset: those that came with Assent.",
    )
    instance_key: SecretStr | None = Field(
        None,
        description="32 bytes in base64: wraps every case's data key. Unset: made once and kept in the data folder.",
    )
    log_key: SecretStr | None = Field(
        None,
        description="32 bytes in base64: the Ed25519 key that signs the ledger's checkpoints. "
        "Unset: made once and kept in the data folder.",
    )
    log_sign_command: str | None = Field(
        None,
        description="A command that signs checkpoints with a key kept elsewhere: it reads the text and "
        "prints the Ed25519 signature in base64. Needs ASSENT_LOG_PUBLIC_KEY.",
    )
    log_public_key: str | None = Field(
        None, description="The public half, 32 bytes in base64, of the key behind that command."
    )
    log_origin: str | None = Field(
        None,
        description="The ledger's name in its checkpoints and receipts, given once for ever: best one that says "
        "nothing of who you are. Unset: `log-` and some digits of its first key.",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="smtp://user:password@host:port (STARTTLS where offered), smtps://… for TLS from the start; "
        "unset: mails are written to the data folder.",
    )
    mail_from: str = Field("Assent <assent@localhost>", description="Sender of all mails.")
    leave_url: str = Field(
        "https://www.bing.com/",
        pattern="^https://",
        description="Where the link “Leave now” leads: a site that is open everywhere and says nothing.",
    )
    log: Path | None = Field(
        None,
        description="File for what the server notes of requests, jobs and faults; unset: standard error.",
    )
    files_bucket: str | None = Field(
        None,
        description="Bucket of an S3-compatible store for files; unset: the data folder. Sealed either way.",
    )
    files_endpoint: str | None = Field(
        None, description="Address of that store, where it is not Amazon's own."
    )
    files_region: str = Field("us-east-1", description="Region of the bucket.")
    files_key_id: SecretStr | None = Field(
        None, description="Access key id for the bucket; unset: from the machine's own role."
    )
    files_key: SecretStr | None = Field(None, description="Secret access key for the bucket.")
    files_most_bytes: int = Field(
        2 * 1024**3, ge=1024**2, description="The largest file that is taken, in bytes."
    )
    clamav: str | None = Field(
        None,
        description="Where clamd listens, unix:/path or host:port: every file is shown to it first; unset: to nobody.",
    )
    yente_url: str | None = Field(
        None,
        description="Address of a matching service that speaks yente's protocol, for screening targets; unset: only "
        "lists loaded with `assent screen load` are looked in.",
    )
    yente_dataset: str = Field("sanctions", description="The data set asked of that service.")
    yente_api_key: SecretStr | None = Field(
        None, description="Key for that service, where it asks for one."
    )
    run_jobs: bool = Field(
        True,
        description="Whether `assent serve` runs jobs itself; false where `assent worker` does.",
    )
    session_days: int = Field(
        14, ge=1, le=90, description="Days after which an unused session ends."
    )
    undo_seconds: int = Field(
        60,
        ge=0,
        le=600,
        description="How long a relative's yes, given by hand, can be undone before anything goes out on it.",
    )
    trusted_proxies: Annotated[list[str], NoDecode, BeforeValidator(_split)] = Field(
        default_factory=lambda: ["127.0.0.1"],
        description="Addresses of reverse proxies, with commas, whose X-Forwarded headers are believed.",
    )
    allowed_hosts: Annotated[list[str], NoDecode, BeforeValidator(_split)] = Field(
        default_factory=list,
        description="Further host names, with commas, besides the one in the base URL.",
    )

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Read the settings; what is `given`, by the command line say, goes before the environment.

        Raises:
            SettingsProblem: with a line for each setting that cannot be used, never quoting a value.
        """
        if unknown := [problem for name in os.environ if (problem := cls._unknown(name))]:
            raise SettingsProblem("\n".join(sorted(unknown)))
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            raise SettingsProblem("\n".join(_line(problem) for problem in error.errors())) from None

    @classmethod
    def names(cls) -> list[str]:
        """Return every name the environment may have: `ASSENT_…`, and `…_FILE` for secrets."""
        names = [PREFIX + field.upper() for field in cls.model_fields]
        return names + [f"{PREFIX}{field.upper()}_FILE" for field in cls.secrets()]

    @classmethod
    def secrets(cls) -> list[str]:
        """Return the settings that are secrets and may be read from a file."""
        return [
            name for name, field in cls.model_fields.items() if "SecretStr" in str(field.annotation)
        ]

    @classmethod
    def _unknown(cls, name: str) -> str:
        """Say what is wrong with a name in the environment: a slip of the pen would be a silent default."""
        if not name.startswith(PREFIX) or name in cls.names():
            return ""
        known = [own.removeprefix(PREFIX) for own in cls.names()]
        near = difflib.get_close_matches(name.removeprefix(PREFIX), known, 1)
        return f"There is no setting {name}" + (
            f": did you mean {PREFIX}{near[0]}?" if near else "."
        )

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, values: dict[str, object]) -> dict[str, object]:
        for name in cls.secrets():
            variable = f"{PREFIX}{name.upper()}_FILE"
            if not (path := os.environ.get(variable)):
                continue
            if values.get(name):
                raise ValueError(f"set {PREFIX}{name.upper()} or {variable}, not both")
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeError) as error:
                raise ValueError(f"the file of {variable} cannot be read ({error})") from None
        return values

    @field_validator("data", "policies")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return folder.absolute()

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, address: str) -> str:
        if not address.startswith(("https://", "http://")):
            raise ValueError("it begins with https:// or http://")
        return address.rstrip("/")

    @field_validator("database_url", "database_app_url", "database_eraser_url")
    @classmethod
    def _database_address(cls, address: SecretStr | None) -> SecretStr | None:
        """Bring the usual spellings to SQLAlchemy's."""
        if address is None:
            return None
        scheme, separator, rest = address.get_secret_value().strip().partition("://")
        if scheme not in _DATABASE_SCHEMES or not separator:
            raise ValueError("it begins with postgresql://")
        return SecretStr(f"postgresql+psycopg://{rest}")

    @field_validator("database_app_password", "instance_key", "log_key")
    @classmethod
    def _own_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and secret.get_secret_value().strip().lower() in _REFUSED_SECRETS | {
            ""
        }:
            raise ValueError("it is empty or a default: make one of your own")
        return secret

    @property
    def root(self) -> Path:
        """The folder of the program: policies/, migrations/ and frontend/ are in it."""
        return ROOT

    @property
    def embedded(self) -> bool:
        """Whether the database is the one under the data folder."""
        given = (self.database_url, self.database_app_url, self.database_eraser_url)
        return given == (None, None, None)

    @property
    def secure(self) -> bool:
        """Whether people reach Assent by https."""
        return self.base_url.startswith("https://")

    def instance_key_bytes(self) -> bytes:
        """Return the instance key; made and kept with mode 0600 at the first call without one.

        Raises:
            SettingsProblem: if it is not 32 bytes in base64.
        """
        given = self.instance_key
        text = given.get_secret_value() if given else kept_secret(self.data, "instance.key")
        try:
            key = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise SettingsProblem(f"{PREFIX}INSTANCE_KEY is not base64.") from None
        if len(key) != _KEY_BYTES:
            raise SettingsProblem(f"{PREFIX}INSTANCE_KEY has to be {_KEY_BYTES} bytes in base64.")
        return key

    def app_password(self) -> str:
        """Return the password of assent_app; made and kept at the first call without one."""
        given = self.database_app_password
        return given.get_secret_value() if given else kept_secret(self.data, "app-password")


def _line(problem: Any) -> str:
    """Say one problem pydantic found, by the name an operator knows."""
    names = [str(part).upper() for part in problem["loc"][:1]]
    reason = str(problem["msg"]).removeprefix("Value error, ")
    return f"{PREFIX}{names[0]}: {reason}" if names else reason[:1].upper() + reason[1:]
