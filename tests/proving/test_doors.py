"""The log's public doors: anybody can follow it with these alone, and learns nothing of a case."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from assent import serving
from assent.ledger.checkpoints import opened
from assent.ledger.notes import LogKey, read_key
from assent.ledger.tiles import bundles_of, parse_bundle, parse_hashes, tiles_of
from assent.ledger.tree import leaf_hash, root_of_leaves, verify_inclusion
from assent.proving.checkpoints import sign_what_is_new
from assent.proving.signer import signer_of
from tests.coalition import Coalition
from tests.proving.conftest import record
from tests.web.visitors import Visitors


async def sign(app: FastAPI) -> None:
    """What the jobs do within a second."""
    settings = app.state.settings
    await sign_what_is_new(app.state.database, signer_of(settings), "assent.example/ledger")


async def the_log(visitors: Visitors, key: LogKey) -> tuple[Any, list[bytes]]:
    """Follow the log as a monitor does: checkpoint, bundles, tiles."""
    nobody = await visitors.nobody()
    answer = await nobody.get("/ledger/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    head, _ = opened(answer.content, key)
    entries: list[bytes] = []
    for bundle in bundles_of(head.size):
        found = await nobody.get(f"/ledger/tile/{bundle.path}")
        assert "immutable" in found.headers["cache-control"]
        entries += parse_bundle(bundle, found.content)
    hashes = {
        tile: parse_hashes(tile, (await nobody.get(f"/ledger/tile/{tile.path}")).content)
        for tile in tiles_of(head.size)
    }
    leaves = [h for tile, found in hashes.items() if tile.level == 0 for h in found]
    assert leaves == [leaf_hash(entry) for entry in entries]
    assert head.root == root_of_leaves(leaves)
    for tile, kept in hashes.items():
        if tile.level == 1:
            assert kept == [
                root_of_leaves(leaves[n * 256 : (n + 1) * 256]) for n in range(tile.width)
            ]
    return head, entries


async def test_anybody_follows_the_log(
    app: FastAPI, coalition: Coalition, visitors: Visitors
) -> None:
    await record(coalition.database, 300)
    nobody = await visitors.nobody()
    assert (await nobody.get("/ledger/checkpoint")).status_code == 404
    await sign(app)
    program = await visitors.program(coalition.stranger)
    told = (await program.get("ledger/checkpoint")).json()
    name, _, public = read_key(told["keys"][-1]["key"])
    head, entries = await the_log(visitors, LogKey(name, public))
    assert head.size == told["size"] > 256
    proof = (await program.get("ledger/entries/7/proof")).json()
    assert base64.b64decode(proof["entry"]) == entries[7]
    steps = [base64.b64decode(step) for step in proof["proof"]]
    verify_inclusion(leaf_hash(entries[7]), 7, head.size, steps, head.root)


async def test_what_is_no_tile_or_not_signed_yet_is_not_there(
    app: FastAPI, coalition: Coalition, visitors: Visitors
) -> None:
    nobody, program = await visitors.nobody(), await visitors.program(coalition.coordinator)
    assert (await program.get("ledger/checkpoint")).status_code == 409
    assert (await program.get("ledger/entries/0/proof")).status_code == 409
    await sign(app)
    size = (await program.get("ledger/checkpoint")).json()["size"]
    await coalition.a_statement()
    for path in (
        f"0/000.p/{size + 1}", "0/000", "0/x000/000", "entries/000.p/0", "7/000.p/1", "..%2f..%2fetc", "0/000.p/1/2",
    ):  # fmt: skip
        assert (await nobody.get(f"/ledger/tile/{path}")).status_code == 404, path
    assert (await nobody.get(f"/ledger/tile/0/000.p/{size}")).status_code == 200
    for place, status in ((size, 409), (size + 999, 404), (-1, 404), ("x", 404), (2**63, 404)):
        answer = await program.get(f"ledger/entries/{place}/proof")
        assert answer.status_code == status, place
    assert (await program.get("ledger/entries/0/proof?size=1")).status_code == 404
    assert (await program.get(f"ledger/entries/0/proof?size={size}")).status_code == 200
    assert (await nobody.get("/api/v1/ledger/checkpoint")).status_code == 401


async def test_a_checkpoint_stands_within_a_second(
    app: FastAPI, coalition: Coalition, visitors: Visitors, tmp_path: Path
) -> None:
    running = asyncio.create_task(serving.run_jobs(app.state.database, app.state.settings))
    program = await visitors.program(coalition.coordinator)
    try:
        for _ in range(2):
            size = (await program.get("cases/teacher/ledger?limit=200")).json()["items"][-1][
                "index"
            ] + 1
            seen = 0
            for _ in range(100):  # ten seconds on a busy machine; alone it is half of one
                answer = await program.get("ledger/checkpoint")
                seen = answer.json()["size"] if answer.status_code == 200 else 0
                if seen >= size:
                    break
                await asyncio.sleep(0.1)
            assert seen >= size
            await coalition.a_statement()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
