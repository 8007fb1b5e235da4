"""An import file that is right, to be changed in one place at a time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from assent.database.session import Database
from assent.evidence import storage
from assent.importing.reading import ImportProblem, read_import
from assent.importing.service import apply_import
from assent.settings import Settings
from tests.conftest import Place

RIGHT = """\
organisations:
  - { slug: harbour, name: Harbour, country: SE, email_domains: [harbour.example] }
people:
  - { email: ada@harbour.example, name: Ada, language: en, organisation: harbour, organisation_admin: true }
  - { email: mother@family.example, name: Mother, language: fa }
  - { email: child@family.example, name: Child, language: fa, born: 2015-01-01 }
cases:
  - slug: the-nurse
    title: The nurse
    detained_person: { name: Mina, names: { fa: مینا }, born: 1988-03-01, nationalities: [IR] }
    detaining_state: IR
    posture: quiet
    memberships:
      - { person: ada@harbour.example, role: coordinator, organisation: harbour }
      - { person: mother@family.example, role: decision_maker }
      - { person: child@family.example, role: decision_maker }
    family_arrangement: { rule: one, decision_makers: [mother@family.example] }
    actions:
      - kind: public_statement
        title: Free the nurse
        visibility: case
        author: ada@harbour.example
        revisions:
          - languages: { en: { title: Free Mina, body: She is a nurse. } }
            form: { pages: 2, urgent: true }
            cosigners: [harbour]
            audience: public
            not_before: 2027-01-01T00:00:00Z
    events: []
    postures:
      - { posture: mixed, reason: Her colleagues speak out., owner: ada@harbour.example, review_on: 2026-12-31 }
    tasks:
      - { title: Call the lawyer, assignee: ada@harbour.example, due_on: 2027-01-01, action: Free the nurse }
    targets: []
"""
_COUNTS = text("""
    select (select count(*) from assent.organisations) + (select count(*) from assent.people)
      + (select count(*) from assent.cases) + (select count(*) from assent.memberships)
      + (select count(*) from assent.actions) + (select count(*) from assent.revisions)
      + (select count(*) from assent.tasks) + (select count(*) from assent.ledger_records where case_id is not null)
""")
Imports = Callable[[str | bytes], Awaitable[None]]


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> None:
    """Where the files go that an import brings."""
    storage.set_current(storage.file_store(Settings.load(data=tmp_path / "stored")))


@pytest.fixture
def imports(database: Database, tmp_path: Path) -> Imports:
    """Import a file with this text, in a transaction of its own."""

    async def run(content: str | bytes) -> None:
        await import_text(database, tmp_path, content)

    return run


@pytest.fixture
async def refused(
    shared_place: Place, tmp_path: Path
) -> AsyncIterator[Callable[[str | bytes], Awaitable[ImportProblem]]]:
    """Import a file that cannot be taken: nothing of it is there afterwards."""
    shared = Database(shared_place.app_url, pool=1)

    async def run(content: str | bytes) -> ImportProblem:
        before = await rows(shared)
        with pytest.raises(ImportProblem) as problem:
            await import_text(shared, tmp_path, content)
        assert await rows(shared) == before
        return problem.value

    yield run
    await shared.close()


async def import_text(database: Database, folder: Path, content: str | bytes) -> None:
    """Write a file and import it."""
    path = folder / "coalition.yaml"
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    path.write_bytes(data)
    file, places = read_import(path)
    async with database.session(job=True) as session:
        await apply_import(session, file, places)


async def rows(database: Database) -> int:
    """How much there is of everything an import makes."""
    async with database.session(job=True) as session:
        return int((await session.execute(_COUNTS)).scalar_one())
