"""The database `assent` and its two roles, as migrations and the application expect to find them."""

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict

DATABASE = "assent"
OWNER = "assent_owner"
APP = "assent_app"
ERASER = "assent_eraser"

_PLAIN = "login nosuperuser nobypassrls nocreaterole nocreatedb noreplication"
Connection = psycopg.Connection[tuple[object, ...]]


class CannotProvideRole(Exception):
    """The application's role is missing or has another password, and the owner may not mend that."""


def provide_roles_and_database(superuser_dsn: str) -> None:
    """Make the owner of the tables, the application's role and their database; leave alone what is right.

    superuser_dsn: psycopg's address of any database of the server, as a superuser.
    """
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        # Several processes may come at once.
        connection.execute("select pg_advisory_lock(hashtext('assent: roles and database'))")
        for role in (OWNER, APP, ERASER):
            if _ask(connection, _IS_PLAIN, role) is not True:
                _write_role(connection, role)
        if not _ask(connection, "select true from pg_database where datname = %s", DATABASE):
            connection.execute(
                sql.SQL("create database {} owner {} template template0").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER)
                )
            )
        connection.execute(
            sql.SQL(
                "revoke all on database {0} from public; grant connect on database {0} to {1}, {2}"
            ).format(sql.Identifier(DATABASE), sql.Identifier(APP), sql.Identifier(ERASER))
        )


def provide_role(owner_dsn: str, role: str, dsn: str = "") -> None:
    """Make a role where it is missing, and let it in with the password of its address.

    owner_dsn: psycopg's address of the database, as its owner.
    role:      APP or ERASER.
    dsn:       the same as that role; under another name, or left out, only the group is made.
    Raises CannotProvideRole.
    """
    named = conninfo_to_dict(dsn)
    password = str(named.get("password") or "") if named.get("user") == role else ""
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        exists = _ask(connection, _IS_PLAIN, role) is not None
        if exists and (not password or _lets_in(dsn)):
            return
        try:
            if not exists:
                _write_role(connection, role)
            if password:
                _let_in(connection, role, password)
        except errors.InsufficientPrivilege as error:
            lacks = "is missing" if not exists else "does not accept its password"
            raise CannotProvideRole(
                f"The role {role} {lacks}, and the role in the owner's address may not mend that:"
                " give it CREATEROLE, or make the role yourself."
            ) from error


_IS_PLAIN = (
    "select rolcanlogin and not"
    " (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)"
    " from pg_roles where rolname = %s"
)


def _write_role(connection: Connection, role: str) -> None:
    """A role that may sign in and nothing more."""
    verb = "create" if _ask(connection, _IS_PLAIN, role) is None else "alter"
    connection.execute(sql.SQL(f"{verb} role {{}} {_PLAIN}").format(sql.Identifier(role)))


def _let_in(connection: Connection, role: str, password: str) -> None:
    """Set a role's password. Only its verifier goes to the server: the statement may be logged."""
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    )
    connection.execute(
        sql.SQL("alter role {} login password {}").format(
            sql.Identifier(role), sql.Literal(verifier.decode())
        )
    )


def _lets_in(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def _ask(connection: Connection, question: str, *values: object) -> object:
    """The first column of the first row, or None."""
    row = connection.execute(question, values).fetchone()
    return row[0] if row else None
