"""Every setting of Assent, typed, in one place. From the environment (ASSENT_…); secrets also from files."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
_REFUSED_SECRETS = {"changeme", "change-me", "secret", "password", "assent", "default"}


class SettingsProblem(ValueError):
    """A setting that cannot be used; says which and what to do."""


def _split(value: object) -> object:
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


class Settings(BaseSettings):
    """What an operator can decide. Each is read from ASSENT_ and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="ASSENT_", extra="ignore", validate_default=True)

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
    smtp_url: SecretStr | None = Field(
        None,
        description="smtp://user:password@host:port (STARTTLS where offered), smtps://… for TLS from the start; "
        "unset: mails are written to the data folder.",
    )
    mail_from: str = Field("Assent <assent@localhost>", description="Sender of all mails.")
    session_days: int = Field(
        14, ge=1, le=90, description="Days after which an unused session ends."
    )
    trusted_proxies: Annotated[list[str], NoDecode, BeforeValidator(_split)] = Field(
        default_factory=lambda: ["127.0.0.1"],
        description="Addresses of reverse proxies, with commas, whose X-Forwarded headers are believed.",
    )
    allowed_hosts: Annotated[list[str], NoDecode, BeforeValidator(_split)] = Field(
        default_factory=list,
        description="Further host names, with commas, besides the one in the base URL.",
    )

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, values: dict[str, object]) -> dict[str, object]:
        """ASSENT_INSTANCE_KEY_FILE and the like: the secret is the file's content."""
        for name, field in cls.model_fields.items():
            path = os.environ.get(f"ASSENT_{name.upper()}_FILE")
            if path and "SecretStr" in str(field.annotation):
                if values.get(name):
                    raise ValueError(f"set ASSENT_{name.upper()} or its _FILE, not both")
                values[name] = Path(path).read_text(encoding="utf-8").strip()
        return values

    @model_validator(mode="after")
    def _no_default_secrets(self) -> Self:
        for name in ("database_app_password", "instance_key"):
            secret = getattr(self, name)
            if (
                secret is not None
                and secret.get_secret_value().strip().lower() in _REFUSED_SECRETS | {""}
            ):
                raise ValueError(
                    f"ASSENT_{name.upper()} is empty or a default: make one of your own"
                )
        self.base_url = self.base_url.rstrip("/")
        return self

    @property
    def embedded(self) -> bool:
        """Whether the database is the one under the data folder."""
        return self.database_url is None and self.database_app_url is None

    @property
    def secure(self) -> bool:
        """Whether people reach Assent by https."""
        return self.base_url.startswith("https://")

    def instance_key_bytes(self) -> bytes:
        """Return the instance key; made and kept with mode 0600 at the first call without one.

        Raises:
            SettingsProblem: if it is not 32 bytes in base64.
        """
        text = self._kept_secret("instance.key", self.instance_key)
        try:
            key = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise SettingsProblem("ASSENT_INSTANCE_KEY is not base64.") from error
        if len(key) != 32:
            raise SettingsProblem("ASSENT_INSTANCE_KEY has to be 32 bytes in base64.")
        return key

    def app_password(self) -> str:
        """Return the password of assent_app; made and kept at the first call without one."""
        return self._kept_secret("app-password", self.database_app_password)

    def _kept_secret(self, filename: str, given: SecretStr | None) -> str:
        if given is not None:
            return given.get_secret_value().strip()
        path = self.data / "secrets" / filename
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = path.with_suffix(f".{secrets.token_hex(4)}")
            made.touch(mode=0o600)
            made.write_text(base64.b64encode(secrets.token_bytes(32)).decode(), encoding="ascii")
            try:
                os.link(made, path)  # two processes at once: the first one's stays
            except FileExistsError:
                pass
            finally:
                made.unlink()
        return path.read_text(encoding="ascii").strip()
