"""The database `assent` and its two roles, as migrations and the application expect to find them."""

import psycopg
from psycopg import sql

DATABASE = "assent"
OWNER = "assent_owner"
APP = "assent_app"


def provide_roles_and_database(superuser_dsn: str) -> None:
    """Make the owner of the tables, the application's role and their database; leave alone what is right.

    superuser_dsn: psycopg's address of any database of the server, as a superuser.
    """
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        # Several processes may come at once.
        connection.execute("select pg_advisory_lock(hashtext('assent: roles and database'))")
        for role in (OWNER, APP):
            _provide_role(connection, role)
        if not _ask(connection, "select true from pg_database where datname = %s", DATABASE):
            connection.execute(
                sql.SQL("create database {} owner {} template template0").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER)
                )
            )
        connection.execute(
            sql.SQL(
                "revoke all on database {0} from public; grant connect on database {0} to {1}"
            ).format(sql.Identifier(DATABASE), sql.Identifier(APP))
        )


def _provide_role(connection: psycopg.Connection[tuple[object, ...]], role: str) -> None:
    """A role that may sign in and nothing more."""
    found = _ask(
        connection,
        "select rolcanlogin and not"
        " (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)"
        " from pg_roles where rolname = %s",
        role,
    )
    if found is not True:
        connection.execute(
            sql.SQL(
                "{} role {} login nosuperuser nobypassrls nocreaterole nocreatedb noreplication"
            ).format(sql.SQL("create" if found is None else "alter"), sql.Identifier(role))
        )


def _ask(
    connection: psycopg.Connection[tuple[object, ...]], question: str, *values: object
) -> object:
    """The first column of the first row, or None."""
    row = connection.execute(question, values).fetchone()
    return row[0] if row else None
