"""`assent doctor` says of each thing that it is fine, or what to mend."""

from pathlib import Path

import pytest
from sqlalchemy import insert

from assent.database.session import Database, present
from assent.doctor import findings, look_at_ledger
from assent.people.models import IdentityProvider
from assent.settings import Settings
from tests.coalition import a_coalition
from tests.conftest import Place
from tests.proving.conftest import as_superuser


async def mended(database: Database, settings: Settings) -> dict[str, str]:
    async with database.session(job=True) as session:
        return {f.subject: f.mend async for f in findings(session, settings)}


async def test_all_is_fine_on_a_fresh_machine(database: Database, tmp_path: Path) -> None:
    said = await mended(database, Settings(data=tmp_path))
    assert set(said) == {"settings", "database", "clock", "jobs", "mail", "law", "disk"}
    said.pop("law")  # it runs out by itself; see tests/kinds/test_checked_facts.py
    assert not any(said.values())


async def test_what_is_wrong_is_said(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    coalition = await a_coalition(database)
    async with database.session(job=True) as session:
        values = {
            "organisation_id": coalition.organisations["harbour"], "issuer": "http://127.0.0.1:9",
            "client_id": "assent", "client_secret_sealed": b"x", "created_at": await present(session),
        }  # fmt: skip
        await session.execute(insert(IdentityProvider).values(**values))
    monkeypatch.setattr("assent.doctor._LEAST_FREE_BYTES", 2**62)
    said = await mended(database, Settings(data=tmp_path, base_url="http://assent.example"))
    assert "https" in said["settings"]
    assert "127.0.0.1:9/.well-known" in said["sign-in of harbour"]
    assert "make room" in said["disk"]


async def test_what_was_changed_by_hand_is_said(
    place: Place, database: Database, tmp_path: Path
) -> None:
    await a_coalition(database)
    settings = Settings(data=tmp_path)
    assert "as they were signed" in (await look_at_ledger(database, settings)).found
    as_superuser(place, "update assent.memberships set role = 'coordinator' where role = 'drafter'")
    said = await look_at_ledger(database, settings)
    assert "the row of memberships for entry" in said.found
    assert "go on from a backup" in said.mend
