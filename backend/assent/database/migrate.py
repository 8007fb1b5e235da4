"""Migrations, as the owner's role; the application's role can run none."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import create_engine, make_url

from assent.settings import ROOT

APP_ROLE = "assent_app"
MIGRATIONS = ROOT / "migrations"


class NotAtHead(Exception):
    """The database's tables are of another version than this program's."""


def alembic_config(owner_url: str, tell: Callable[[str], None] = lambda _: None) -> Config:
    """Return Alembic's configuration for the owner's URL."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = owner_url
    config.attributes["tell"] = tell
    return config


def migrate(owner_url: str, tell: Callable[[str], None] = lambda _: None) -> None:
    """Bring the database to this program's version.

    Args:
        owner_url: SQLAlchemy URL of the role that owns the database.
        tell: called with a sentence for each step.
    """
    if current(owner_url) == head():
        return
    tell("Bringing the database's tables up to date …")
    command.upgrade(alembic_config(owner_url, tell), "head")


def head() -> str | None:
    """Return the version this program needs."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def current(url: str) -> str | None:
    """Return the version the database is at; None before the first migration."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            options = {"version_table_schema": "public"}
            return MigrationContext.configure(connection, opts=options).get_current_revision()
    finally:
        engine.dispose()


def require_head(app_url: str) -> None:
    """Check that the database is at this program's version.

    Raises:
        NotAtHead: saying what to do.
    """
    if (found := current(app_url)) != (wanted := head()):
        raise NotAtHead(
            f"The database is at version {found}, this program needs {wanted}: run `assent migrate` as its owner."
        )


def provide_app_role(owner_url: str, password: str) -> None:
    """Make the role assent_app where it is missing, and give it this password.

    Args:
        owner_url: URL of a role with CREATEROLE.

    Raises:
        psycopg.Error: if the owner may not do that.
    """
    with psycopg.connect(libpq(owner_url), autocommit=True) as connection:
        exists = connection.execute(
            "select 1 from pg_roles where rolname = %s", [APP_ROLE]
        ).fetchone()
        verb = "alter" if exists else "create"
        connection.execute(
            sql.SQL(
                verb + " role {} login nosuperuser nobypassrls nocreatedb nocreaterole password {}"
            ).format(sql.Identifier(APP_ROLE), sql.Literal(password))
        )


def libpq(url: str) -> str:
    """Return a SQLAlchemy URL in the form psycopg itself reads."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def sqlalchemy_url(url: str) -> str:
    """Return any of postgres://, postgresql:// and postgresql+psycopg:// in SQLAlchemy's form."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise ValueError("a database URL begins with postgresql://")
    return f"postgresql+psycopg://{rest}"
