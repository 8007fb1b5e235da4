"""Migrations, as the owner's role; the application's role can run none."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.conninfo import make_conninfo
from sqlalchemy import create_engine, make_url

from assent.database.roles import APP
from assent.settings import ROOT

MIGRATIONS = ROOT / "migrations"


class NotAtHead(Exception):
    """The database's tables are of another version than this program's."""


class RoleTooStrong(Exception):
    """The application would run as a role that the database's guards do not bind."""


def alembic_config(owner_url: str, tell: Callable[[str], None] = lambda _: None) -> Config:
    """Return Alembic's configuration for the owner's URL."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(url=owner_url, tell=tell)
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
    """Check that the database is at this program's version, and that its guards bind the application.

    Args:
        app_url: SQLAlchemy URL of the role the application runs as.

    Raises:
        NotAtHead, RoleTooStrong: saying what to do.
    """
    if (found := current(app_url)) != (wanted := head()):
        raise NotAtHead(
            f"The database is at version {found or 'none'}, this program needs {wanted}:"
            " run `assent migrate` with the owner's address."
        )
    with psycopg.connect(libpq(app_url)) as connection:
        row = connection.execute(_UNBOUND).fetchone()
    if row is not None and row[0]:
        raise RoleTooStrong(
            f"The application's address is that of the role {row[1]}, which may pass row-level security"
            f" or change the tables. It has to be {APP}, or a role with no more rights."
        )


# Superusers and owners, and whoever may become one of them.
_UNBOUND = """
select exists (select from pg_roles r where (r.rolsuper or r.rolbypassrls or r.oid in (
    select nspowner from pg_namespace where nspname in ('assent', 'public', 'jobs')
    union select relowner from pg_class where relnamespace = 'assent'::regnamespace))
  and pg_has_role(current_user, r.oid, 'member')), current_user
"""


def libpq(url: str) -> str:
    """Return a SQLAlchemy URL in the form psycopg itself reads."""
    parsed = make_url(url)
    named = parsed.translate_connect_args(username="user", database="dbname") | parsed.query
    return make_conninfo("", **{name: str(value) for name, value in named.items()})
