"""What every test may ask for: a database made by the real migrations, the policies, an instance key.

One PostgreSQL serves the whole run, xdist's workers together, from memory where the machine lends enough:
copying a database of a thousand files takes a tenth of the time there, or less. `database` is a fresh copy for one
test, which may commit; `session` and `shared_database` are for tests that roll everything back.
"""

import itertools
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from xdist.scheduler import LoadScopeScheduling

from assent.database.embedded import EmbeddedPostgres
from assent.database.migrate import migrate
from assent.database.roles import APP, DATABASE, ERASER, OWNER
from assent.database.session import Database
from assent.settings import ROOT

POLICIES = ROOT / "policies"
INSTANCE_KEY = bytes(range(32))


_MEMORY, _NAME, _ENOUGH_BYTES = Path("/dev/shm"), "assent-tests-", 2 * 2**30
# What xdist's workers are told by the run they belong to.
_IN_MEMORY = "TEST_FOLDER_IN_MEMORY"


def pytest_configure(config: pytest.Config) -> None:
    """Find the run's server a place in memory."""
    if hasattr(config, "workerinput") or not os.access(_MEMORY, os.W_OK):
        return
    for left in _MEMORY.glob(f"{_NAME}*"):  # by a run that was killed
        if not Path("/proc", left.name.removeprefix(_NAME)).exists():
            shutil.rmtree(left, ignore_errors=True)
    if shutil.disk_usage(_MEMORY).free >= _ENOUGH_BYTES:
        folder = _MEMORY / f"{_NAME}{os.getpid()}"
        folder.mkdir()
        os.environ[_IN_MEMORY] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the memory back."""
    if not hasattr(config, "workerinput") and (folder := os.environ.pop(_IN_MEMORY, None)):
        shutil.rmtree(folder, ignore_errors=True)


class _Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Gives out one test after the other, but these files whole: their tests share a server of their own."""

    SHARING = (
        "tests/api/test_stranger.py",
        "tests/deploy/test_production_path.py",
        "tests/evidence/test_bucket.py",
        "tests/evidence/test_clamd.py",
        "tests/keeping/test_keeping.py",
    )

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file in self.SHARING else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _Scheduling:
    """Say which tests stay together; marks do not with this pytest (pytest-dev/pytest-xdist#1386)."""
    return _Scheduling(config, log)


@dataclass(frozen=True)
class Place:
    """One database of the test server, as each role reaches it: `…_url` for SQLAlchemy, `…_dsn` for psycopg."""

    server: EmbeddedPostgres
    name: str

    @property
    def app_url(self) -> str:
        return self.server.url(APP, self.name)

    @property
    def app_dsn(self) -> str:
        return self.server.dsn(APP, self.name)

    @property
    def owner_url(self) -> str:
        return self.server.url(OWNER, self.name)

    @property
    def owner_dsn(self) -> str:
        return self.server.dsn(OWNER, self.name)

    @property
    def eraser_url(self) -> str:
        return self.server.url(ERASER, self.name)

    @property
    def superuser_dsn(self) -> str:
        return self.server.superuser_dsn(self.name)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """PostgreSQL, shared by xdist's workers; the last of them stops it.

    TEST_POSTGRES_BIN names the folder of another PostgreSQL's programs, to run the tests on that one.
    """
    folder = Path(os.environ.get(_IN_MEMORY) or _folder_of_the_run(tmp_path_factory))
    other = Path(bin_dir) if (bin_dir := os.environ.get("TEST_POSTGRES_BIN")) else None
    with EmbeddedPostgres(folder / "postgres", other, durable=False) as running:
        yield running


@pytest.fixture(scope="session")
def policies() -> None:
    """Who may attempt what, from the real files; answers count at once, and private words are quick to compare."""
    from assent import access
    from assent.actions.kinds import declared, procedures
    from assent.people import marks, private_signs
    from assent.sanctions import dossier_forms, jurisdictions

    access.set_current(access.load_access(POLICIES))
    known = jurisdictions.load_jurisdictions(POLICIES)
    jurisdictions.set_current(known)
    dossier_forms.set_current(dossier_forms.load_dossier_forms(POLICIES, known))
    marks.set_undo(timedelta(0))
    private_signs.COST = 2**4  # slow on purpose elsewhere
    forms = declared.load_forms(POLICIES)
    declared.set_current(forms)
    procedures.set_current(procedures.load_procedures(POLICIES, forms))


@pytest.fixture(scope="session")
def instance_key() -> bytes:
    """The same key for the whole run: the template's rows are sealed with it."""
    from assent.ledger.sealing import InstanceKey, set_current

    set_current(InstanceKey(INSTANCE_KEY))
    return INSTANCE_KEY


@pytest.fixture(scope="session")
async def template(server: EmbeddedPostgres, instance_key: bytes, policies: None) -> Place:
    """The migrated database with the real gates loaded; nobody works in it, all copies come from it."""
    from assent.gates import bring_into_force, load_gate_book, read_gates

    place, book = Place(server, DATABASE), read_gates(POLICIES)
    with _alone(server):
        migrate(place.owner_url)
        engine = create_async_engine(place.owner_url)
        async with AsyncSession(engine) as session, session.begin():
            await load_gate_book(session, book)
            await bring_into_force(session, book)
        await engine.dispose()
    return place


_names = (f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{n}" for n in itertools.count())


@contextmanager
def _alone(server: EmbeddedPostgres) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The superuser's connection; nobody else touches the template meanwhile, or copying it would fail."""
    with psycopg.connect(server.superuser_dsn(), autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext('the template'))")
        yield connection


@contextmanager
def _copy(template: Place) -> Iterator[Place]:
    place = Place(template.server, next(_names))
    name = sql.Identifier(place.name)
    with _alone(template.server) as superuser:
        superuser.execute(
            sql.SQL("create database {} template {} owner {} strategy file_copy").format(
                name, sql.Identifier(template.name), sql.Identifier(OWNER)
            )
        )
        superuser.execute(
            sql.SQL(
                "revoke all on database {0} from public; grant connect on database {0} to {1}, {2}"
            ).format(name, sql.Identifier(APP), sql.Identifier(ERASER))
        )
    try:
        yield place
    finally:
        with psycopg.connect(template.server.superuser_dsn(), autocommit=True) as superuser:
            superuser.execute(sql.SQL("drop database {} with (force)").format(name))


@pytest.fixture(scope="session")
def copied(template: Place) -> Callable[[], AbstractContextManager[Place]]:
    """Makes a fresh database, for as long as the block lasts."""
    return lambda: _copy(template)


@pytest.fixture(scope="session")
async def founded(template: Place) -> AsyncIterator[Place]:
    """A database in which there is a coalition with its case; nobody works in it, copies come from it."""
    from tests.coalition import a_coalition

    with _copy(template) as place:
        database = Database(place.app_url, pool=1)
        await a_coalition(database)
        await database.close()
        yield place


@pytest.fixture
def place(request: pytest.FixtureRequest, template: Place) -> Iterator[Place]:
    """A fresh database for this test alone, with the coalition in it if the test asks for that."""
    with_coalition = "coalition" in request.fixturenames
    with _copy(request.getfixturevalue("founded") if with_coalition else template) as fresh:
        yield fresh


@pytest.fixture
def app_dsn(place: Place) -> str:
    """psycopg's address of the fresh database, as the application's role."""
    return place.app_dsn


@pytest.fixture
def owner_dsn(place: Place) -> str:
    """psycopg's address of the fresh database, as the owner of the tables."""
    return place.owner_dsn


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    """The application's connections to a fresh database of this test alone; it may commit."""
    opened = Database(place.app_url, pool=5)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def shared_place(copied: Callable[[], AbstractContextManager[Place]]) -> Iterator[Place]:
    """One database for all tests of a worker that roll back what they do."""
    with copied() as shared:
        yield shared


@pytest.fixture
async def session(shared_place: Place) -> AsyncIterator[AsyncSession]:
    """A job's session that is rolled back after the test: for tests that need no commit."""
    opened = Database(shared_place.app_url, pool=1)
    try:
        async with opened.session(job=True) as session:
            yield session
            await session.rollback()
    finally:
        await opened.close()


def _folder_of_the_run(factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
