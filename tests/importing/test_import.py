"""A right import file: everything of it is there, recorded, and waits for people to decide."""

import random
import re
from pathlib import Path

import pytest
from sqlalchemy import select, text

from assent.actions.models import Action, Revision
from assent.cases.models import Case
from assent.database.session import Database
from assent.importing.reading import ImportProblem, read_import
from assent.importing.schema import ImportFile
from assent.importing.service import apply_import
from assent.ledger.store import read_case_records
from assent.people.models import Person
from assent.settings import ROOT
from tests.conftest import Place
from tests.importing.conftest import RIGHT, Imports, import_text, rows

_PIECES = (
    "", " ", "x", "-", ":", "{", "}", "[", "]", "\n", "'", '"', "null", "true", "7", "1.5", "2027-02-30", "&a", "*a",
    "!!x", "\u202e", "\x00", "\ud800", "é", "e\u0301", "clearances", "harbour", "mother@family.example", "? ", "<<",
)  # fmt: skip

_WORDS = (
    "null", "true", "7", "-1", "1.5", "2027-01-01", "1900-02-30", "9999-12-31T23:59:59Z", "harbour", "haven",
    "en", "fa",
    "mother@family.example", "ada@harbour.example", "child@family.example", "any", "all", "quorum", "observer",
    "family", "SE", "NO", "'\\0'", '"\\ud800"', '"\\u202e"', "99999999999999999999", "[]", "{}", "[harbour]",
    "{ a: b }",
)  # fmt: skip


async def test_everything_is_there_and_on_record(imports: Imports, database: Database) -> None:
    await imports(RIGHT)
    async with database.session(job=True) as session:
        case = (await session.scalars(select(Case))).one()
        action = (await session.scalars(select(Action))).one()
        revision = (await session.scalars(select(Revision))).one()
        ada = (await session.scalars(select(Person).where(Person.name == "Ada"))).one()
        events = [r.record for r in await read_case_records(session, case.id)]
        tasks = await session.execute(
            text(
                "select coalesce(gate_key, title) from assent.tasks where closed_at is null order by 1"
            )
        )
        waiting = list(tasks.scalars())
        mails = (
            await session.execute(text("select count(*) from jobs.procrastinate_jobs"))
        ).scalar_one()
    assert case.detained_person == {
        "name": "Mina", "names": {"fa": "مینا"}, "born": "1988-03-01", "nationalities": ["IR"],
    }  # fmt: skip
    assert [e["event"] for e in events] == [
        "case_created", "membership_granted", "membership_granted", "membership_granted", "arrangement_set",
        "action_created", "revision_submitted", "posture_set",
    ]  # fmt: skip
    # The operator imports; the words stay those of who wrote them.
    assert "actor" not in events[0]
    assert events[-2]["actor"] == {"person": str(ada.id), "credential": "import"}
    assert (action.author_id, revision.author_id, revision.number) == (ada.id, ada.id, 1)
    assert revision.content is not None
    assert revision.content["form"] == {"pages": 2, "urgent": True}
    assert waiting == [
        "", "Call the lawyer", "membership:clearance_officer:harbour", "membership:safety_reviewer",
    ]  # fmt: skip
    assert mails == 0


async def test_the_demo_coalition_is_right(database: Database, tmp_path: Path) -> None:
    await import_text(database, tmp_path, (ROOT / "demo" / "coalition.yaml").read_text("utf-8"))
    async with database.session(job=True) as session:
        kinds = set(await session.scalars(select(Action.kind)))
        languages = set(await session.scalars(select(Person.language)))
    assert kinds == {
        "public_statement",
        "sanctions_request",
        "diplomatic_outreach",
        "un_submission",
    }
    assert {"fa", "en"} <= languages


def test_the_schema_describes_what_is_read() -> None:
    schema = ImportFile.model_json_schema()
    assert set(schema["properties"]) == {"organisations", "people", "cases"}
    assert schema["additionalProperties"] is False


class TakenBack(Exception):
    """A whole import that the test undoes."""


async def taken(database: Database, folder: Path, content: str) -> ImportProblem | None:
    """Import a file and undo it; the problem it has, if it has one. Anything else is a crash."""
    path = folder / "coalition.yaml"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    try:
        file, places = read_import(path)
        async with database.session(job=True) as session:
            await apply_import(session, file, places)
            raise TakenBack
    except TakenBack:
        return None
    except ImportProblem as problem:
        return problem


def changed(luck: random.Random) -> str:
    """The right file with a few letters changed, or a few words."""
    content = RIGHT
    for _ in range(luck.randint(1, 2)):
        if luck.random() < 0.5:
            start = luck.randrange(len(content))
            content = content[:start] + luck.choice(_PIECES) + content[start + luck.randint(0, 8) :]
        else:
            word = luck.choice(list(re.finditer(r"[\w@.-]+", content)))
            content = content[: word.start()] + luck.choice(_WORDS) + content[word.end() :]
    return content


@pytest.mark.parametrize("seed", range(4))
async def test_a_file_changed_at_random_is_taken_whole_or_not_at_all(
    shared_place: Place, tmp_path: Path, seed: int
) -> None:
    luck = random.Random(seed)
    shared = Database(shared_place.app_url, pool=1)
    before, whole = await rows(shared), 0
    for _ in range(50):
        content = changed(luck)
        problem = await taken(shared, tmp_path, content)
        whole += problem is None
        if problem is not None:
            assert 1 <= problem.line <= content.count("\n") + 2
            assert problem.field
            assert problem.reason
        assert await rows(shared) == before
    assert 0 < whole < 50
    await shared.close()


async def test_what_happened_comes_in_as_exactly_as_it_is_known(
    imports: Imports, database: Database
) -> None:
    told = "events: [" + ", ".join(
        f"{{ kind: {kind}, happened_on: {day}, title: It happened, effect: {effect} }}"
        for kind, day, effect in [
            ("arrest", "2021", "worse"), ("transfer", "'2021-05'", "worse"), ("visit", "2021-05-03", "better"),
        ]
    ) + "]"  # fmt: skip
    await imports(RIGHT.replace("events: []", told))
    async with database.session(job=True) as session:
        question = text("select happened_on, effect from assent.events order by id")
        found = [tuple(row) for row in await session.execute(question)]
    assert found == [("2021", "worse"), ("2021-05", "worse"), ("2021-05-03", "better")]
