"""The largest file that is taken: in pieces, broken off once, in memory that does not grow with it. Prints both."""

from __future__ import annotations

import hashlib
import resource
import time
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from assent.evidence import storage
from assent.evidence.files import open_file
from assent.evidence.models import Evidence, StoredFile
from tests.coalition import Coalition
from tests.web.visitors import Visitors

BLOCK = bytes(range(256)) * 4096  # a megabyte
PIECE = 64  # megabytes


def megabytes() -> float:
    """The most memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_two_gigabytes_come_in_and_out(
    coalition: Coalition, visitors: Visitors, capsys: pytest.CaptureFixture[str]
) -> None:
    size = storage.current().most
    drafter = await visitors.program(coalition.drafter)
    announced = {
        "name": "film.bin",
        "size": size,
        "fingerprint": "film",
        "title": "A film",
        "tier": "primary",
    }
    begun = (await drafter.post("cases/teacher/uploads", json=announced)).json()
    here, before, began = f"uploads/{begun['id']}", megabytes(), time.monotonic()

    async def piece(blocks: int, broken: bool) -> AsyncIterator[bytes]:
        for _ in range(blocks):
            yield BLOCK
        if broken:
            raise ConnectionError

    arrived = 0
    while arrived < size:
        blocks = min(PIECE, (size - arrived) // len(BLOCK))
        broken = arrived == 8 * PIECE * len(BLOCK)
        if broken:
            lost = await drafter.patch(
                here, content=piece(blocks, broken=True), headers={"Upload-Offset": str(arrived)}
            )
            assert lost.status_code == 503
            assert (await drafter.get(here)).json()["offset"] == arrived
        sent = await drafter.patch(
            here, content=piece(blocks, broken=False), headers={"Upload-Offset": str(arrived)}
        )
        arrived = sent.json()["offset"]
    sending = time.monotonic() - began
    made = (await drafter.post(f"{here}/completion", timeout=600)).json()
    whole = time.monotonic() - began
    expected, seen = hashlib.sha256(), hashlib.sha256()
    for _ in range(size // len(BLOCK)):
        expected.update(BLOCK)
    async with coalition.database.session(coalition.drafter.person_id) as session:
        evidence = await session.get_one(Evidence, UUID(made["id"]))
        async for part in await open_file(
            session, await session.get_one(StoredFile, evidence.file_id)
        ):
            seen.update(part)
    more = megabytes() - before
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{size / 2**30:.1f} GB sent in {sending:.0f} s, read back and recorded {whole - sending:.0f} s later;"
            f" {more:.0f} MB of memory more"
        )
    assert made["sha256"] == seen.hexdigest() == expected.hexdigest()
    assert more < 300
