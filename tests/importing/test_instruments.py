"""Targets with what is claimed of them, from a file: as the people it names, with their rights; or nothing at all."""

from pathlib import Path

import pytest
from sqlalchemy import select

from assent.cases.models import Case
from assent.database.session import Database
from assent.evidence.files import find_file, read_whole
from assent.evidence.models import Evidence, StoredFile
from assent.evidence.sources import agreements
from assent.importing.reading import ImportProblem
from assent.ledger.store import read_case_records
from assent.sanctions.queries import (
    case_standings,
    case_targets,
    target_claims,
    target_listings,
)
from tests.importing.conftest import RIGHT, Imports

TOLD = """\
    targets:
      - { id: warden, schema: Person, properties: { name: [رضا نمونه‌ای], birthDate: ["1970"] } }
    evidence:
      - { title: A letter, tier: primary, author: ada@harbour.example, text: He was beaten., agreed_by_source: [GB] }
    claims:
      - target: warden
        part: abuse
        category: torture
        happened_on: 2025-06
        author: ada@harbour.example
        statement: He had him beaten.
        exhibits:
          - { title: The letter, tier: primary, evidence: A letter }
          - { title: A report, tier: official, address: "https://example.org/report", confidential: false }
    listings:
      - { target: warden, jurisdiction: uk, status: listed, author: ada@harbour.example, document: A letter }
"""
WHOLE = RIGHT.replace("    targets: []\n", TOLD)


async def test_what_is_claimed_comes_in_with_what_shows_it(
    imports: Imports, database: Database
) -> None:
    await imports(WHOLE)
    async with database.session(job=True) as session:
        case = (await session.scalars(select(Case))).one()
        lines = await case_targets(session, case.id)
        evidence = (await session.scalars(select(Evidence))).one()
        file = (await session.scalars(select(StoredFile))).one()
        assert await find_file(session, case.id, file.sha256) is file
        assert await read_whole(session, file, 100) == b"He was beaten."
        assert await agreements(session, [evidence.id]) == {evidence.id: {"GB": True}}
        [claim] = await target_claims(session, lines[0].id)
        [listing] = await target_listings(session, lines[0].id)
        standings = await case_standings(session, lines, case.id)
        records = [r.record for r in await read_case_records(session, case.id)]
    assert lines[0].entity.names == ("رضا نمونه‌ای",)
    assert (claim.category, claim.happened_on) == ("torture", "2025-06")
    assert [e.evidence_id for e in claim.exhibits] == [evidence.id, None]
    assert listing.document == evidence.id
    assert standings[(lines[0].id, "uk")].document == evidence.id
    [said] = [r for r in records if r["event"] == "claim_made"]
    assert said["actor"]["credential"] == "import"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("- target: warden", "- target: nobody", "claims[0].target"),
        ("category: torture", "category: rudeness", "claims[0].category"),
        ("part: abuse", "part: rumour", "claims[0].part"),
        ("evidence: A letter }", "evidence: Another }", "claims[0].exhibits[0].evidence"),
        ("evidence: A letter }", "source: a friend }", "claims[0].exhibits[0].address"),
        ("jurisdiction: uk", "jurisdiction: atlantis", "listings[0].jurisdiction"),
        ("document: A letter", "document: No letter", "listings[0].document"),
        ("[GB]", "[Britain]", "evidence[0].country"),
        (
            "ada@harbour.example\n        statement",
            "mother@family.example\n        statement",
            "claims[0]",
        ),
        ("text: He was beaten.", 'text: ""', "evidence[0].file"),
    ],
)
async def test_what_does_not_fit_is_named_and_nothing_stays(
    imports: Imports, database: Database, tmp_path: Path, old: str, new: str, field: str
) -> None:
    assert old in WHOLE
    with pytest.raises(ImportProblem) as refused:
        await imports(WHOLE.replace(old, new, 1))
    assert refused.value.field == f"cases[0].{field}"
    async with database.session(job=True) as session:
        assert (await session.scalars(select(Case))).all() == []
    assert [
        path
        for path in (tmp_path / "stored").rglob("*")
        if path.is_file() and "files" in path.parts
    ] == []
