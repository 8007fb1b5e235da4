"""An export takes as much memory for a long ledger as for a short one."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path

import psycopg

from assent.database.session import Database
from assent.exporting.service import export_case
from assent.proving.checkpoints import sign_what_is_new
from assent.proving.signer import Signer
from tests.coalition import Coalition, a_coalition
from tests.conftest import Place
from tests.proving.conftest import ORIGIN, signer

__all__ = ["signer"]

_MANY = (
    "insert into assent.ledger_entries (entry)"
    " select convert_to(E'assent/leaf/v1\\n', 'UTF8') || sha256(n::text::bytea) from generate_series(1, %s) n"
)


async def peak_bytes(database: Database, signer: Signer, coalition: Coalition, file: Path) -> int:
    """The most that Python holds while the case is exported."""
    await sign_what_is_new(database, signer, ORIGIN)
    async with database.session(job=True) as session:
        tracemalloc.start()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            await export_case(session, coalition.case_id, archive)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return most


async def test_a_long_ledger_takes_no_more_memory_than_a_short_one(
    place: Place, database: Database, signer: Signer, tmp_path: Path
) -> None:
    coalition = await a_coalition(database)
    await coalition.ready()
    found = []
    for entries in (6_000, 24_000):
        with psycopg.connect(place.owner_dsn) as owner:
            owner.execute(_MANY, [entries])
        found.append(await peak_bytes(database, signer, coalition, tmp_path / f"{entries}.zip"))
    short, long = found
    size = (tmp_path / "24000.zip").stat().st_size
    assert size > 30_000 * 47
    assert long < short * 1.2
