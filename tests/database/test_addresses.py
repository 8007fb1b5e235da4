"""Embedded or elsewhere: the database is found, brought up to date, and refused where its guards would not hold."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from assent.database.addresses import Addresses, database_at
from assent.database.embedded import EmbeddedPostgres
from assent.database.keeper.folder import Folder
from assent.database.migrate import NotAtHead, RoleTooStrong, current, head, libpq
from assent.database.roles import CannotProvideRole
from assent.settings import Settings

PASSWORD = "correct horse battery staple"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """A server that somebody else runs and that asks for passwords; gives the address of a new database's owner."""
    with (
        EmbeddedPostgres(tmp_path / "elsewhere", durable=False) as server,
        psycopg.connect(server.superuser_dsn(), autocommit=True) as superuser,
    ):
        superuser.execute("drop database assent")
        superuser.execute("drop role assent_app, assent_owner")
        hba = Folder(tmp_path / "elsewhere").cluster / "pg_hba.conf"
        hba.write_text("local all postgres peer map=assent\nlocal all all scram-sha-256\n")
        superuser.execute("select pg_reload_conf()")

        def owner_of_new_database(rights: str = "createrole") -> str:
            name = f"campaign_{secrets.token_hex(3)}"
            for statement in (
                "create role {name} login password {password} " + rights,
                "create database {name} owner {name}",
            ):
                superuser.execute(
                    sql.SQL(statement).format(name=sql.Identifier(name), password=PASSWORD)
                )
            url = make_url(server.url(name, name)).set(password=PASSWORD)
            return url.render_as_string(hide_password=False)

        yield owner_of_new_database


def ask(url: str, question: str) -> object:
    with psycopg.connect(libpq(url)) as connection:
        row = connection.execute(question).fetchone()
        return row[0] if row else None


def test_brought_along(tmp_path: Path) -> None:
    told: list[str] = []
    with database_at(Settings.load(data=tmp_path / "data")) as addresses:
        addresses.bring_up_to_date(told.append)
        assert current(addresses.app) == head()
        assert ask(addresses.app, "select current_user") == "assent_app"
        addresses.bring_up_to_date(told.append)
    assert [line for line in told if "0001_foundation" in line] == told[1:], (
        "each step is told once"
    )


def test_elsewhere_with_the_owners_address_alone(
    elsewhere: Callable[..., str], tmp_path: Path
) -> None:
    settings = Settings.load(data=tmp_path / "data", database_url=elsewhere())
    with database_at(settings) as addresses:
        addresses.bring_up_to_date()
        addresses.bring_up_to_date()
        assert ask(addresses.app, "select current_user") == "assent_app"
        assert make_url(addresses.app).password == settings.app_password()
    kept = tmp_path / "data" / "secrets" / "app-password"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_elsewhere_without_the_right_to_migrate(
    elsewhere: Callable[..., str], tmp_path: Path
) -> None:
    owner = elsewhere()
    app = make_url(owner).set(username="assent_app", password=PASSWORD)
    app_url = app.render_as_string(hide_password=False)
    both = Settings.load(data=tmp_path, database_url=owner, database_app_url=app_url)
    with database_at(both) as whole:
        with psycopg.connect(libpq(owner), autocommit=True) as connection:
            connection.execute(sql.SQL("create role assent_app login password {}").format(PASSWORD))
        with database_at(Settings.load(data=tmp_path, database_app_url=app_url)) as alone:
            assert alone == Addresses(app_url, None)
            with pytest.raises(NotAtHead, match=r"version none.*assent migrate"):
                alone.bring_up_to_date()
            whole.bring_up_to_date()
            alone.bring_up_to_date()


def test_both_addresses(elsewhere: Callable[..., str], tmp_path: Path) -> None:
    owner = elsewhere()
    app = make_url(owner).set(username="assent_app", password="another one").render_as_string(False)
    settings = Settings.load(data=tmp_path, database_url=owner, database_app_url=app)
    with database_at(settings) as addresses:
        addresses.bring_up_to_date()
        assert ask(addresses.app, "select current_user") == "assent_app"
    assert not (tmp_path / "secrets").exists(), "no password was made up"


def test_an_owner_who_may_not_make_the_role(elsewhere: Callable[..., str], tmp_path: Path) -> None:
    settings = Settings.load(data=tmp_path, database_url=elsewhere(rights=""))
    with database_at(settings) as addresses, pytest.raises(CannotProvideRole, match="CREATEROLE"):
        addresses.bring_up_to_date()


@pytest.mark.parametrize("rights", ["owner", "superuser", "bypassrls", "member of the owner"])
def test_no_start_as_a_role_the_guards_do_not_bind(
    elsewhere: Callable[..., str], tmp_path: Path, rights: str
) -> None:
    owner = elsewhere(rights="superuser")
    with database_at(Settings.load(data=tmp_path, database_url=owner)) as addresses:
        addresses.bring_up_to_date()
    app = make_url(owner)
    if rights != "owner":
        app = app.set(username="strong")
        with psycopg.connect(libpq(owner), autocommit=True) as superuser:
            of_owner = sql.SQL("create role strong login password {} in role {}").format(
                PASSWORD, sql.Identifier(make_url(owner).username or "")
            )
            plain = sql.SQL(f"create role strong login password {{}} {rights}").format(PASSWORD)
            superuser.execute(of_owner if rights.startswith("member") else plain)
            superuser.execute("grant assent_app to strong")
    settings = Settings.load(data=tmp_path, database_app_url=app.render_as_string(False))
    with database_at(settings) as addresses, pytest.raises(RoleTooStrong, match="assent_app"):
        addresses.bring_up_to_date()
