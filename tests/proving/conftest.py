"""A log of one database with a key of its own."""

from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import sql

from assent.database.session import Database, present
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.proving.signer import Secret, Signer
from tests.conftest import Place
from tests.web.conftest import app, coalition, visitors

__all__ = ["app", "coalition", "visitors"]

ORIGIN = "assent.example/ledger"


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    """A signer with a fresh key, which has signed nothing."""
    return a_signer(tmp_path / "secrets")


def a_signer(folder: Path) -> Signer:
    """A signer with a fresh key and its memory in this folder."""
    return Signer(Secret(Ed25519PrivateKey.generate()), folder)


def as_superuser(place: Place, *statements: str) -> None:
    """What only the host can do: the guards are put to sleep, rows changed, the guards woken again."""
    with psycopg.connect(place.superuser_dsn) as superuser:
        guards = superuser.execute(
            "select tgrelid::regclass::text, tgname from pg_trigger join pg_class c on c.oid = tgrelid"
            " where c.relnamespace = 'assent'::regnamespace"
        ).fetchall()
        for state in ("disable", "enable always"):
            for table, name in guards:
                statement = f"alter table {table} {state} trigger {{}}"
                superuser.execute(sql.SQL(statement).format(sql.Identifier(name)))
            if state == "disable":
                for change in statements:
                    superuser.execute(change)


async def record(database: Database, times: int = 1) -> None:
    """Something is decided."""
    async with database.session(job=True) as session:
        for _ in range(times):
            await append(
                session,
                event=EventKind.GATES_LOADED,
                actor=None,
                case_id=None,
                at=await present(session),
                body={},
            )
