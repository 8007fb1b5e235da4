"""The tree's stored hashes, read where proofs, tiles and roots need them: each in one statement."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.ledger.tiles import Tile, make_bundle
from assent.ledger.tree import (
    Node,
    consistency_proof,
    inclusion_proof,
    nodes_for_consistency,
    nodes_for_inclusion,
)

_NODES = text(
    "select n.level, n.index as place, n.hash from unnest(cast(:levels as integer[]), cast(:places as bigint[]))"
    " as wanted (level, place) join assent.ledger_nodes n on n.level = wanted.level and n.index = wanted.place"
    " union all select 0, e.index, sha256('\\x00'::bytea || e.entry) from assent.ledger_entries e"
    " where e.index = any (cast(:leaves as bigint[]))"
)
_LEAVES = text(
    "select sha256('\\x00'::bytea || entry) from assent.ledger_entries"
    " where index >= :first and index < :end order by index"
)
_LEVEL = text(
    "select hash from assent.ledger_nodes where level = :level and index >= :first and index < :end order by index"
)
_ENTRIES = text(
    "select entry from assent.ledger_entries where index >= :first and index < :end order by index"
)
_ROOT = text("select assent.ledger_root(:size)")


async def read_nodes(session: AsyncSession, nodes: Iterable[Node]) -> dict[Node, bytes]:
    """Read the hashes of these nodes; what does not exist is left out."""
    wanted = list(nodes)
    inner = [node for node in wanted if node.level]
    values = {
        "levels": [node.level for node in inner],
        "places": [node.position for node in inner],
        "leaves": [node.position for node in wanted if not node.level],
    }
    rows = await session.execute(_NODES, values)
    return {Node(row.level, row.place): bytes(row.hash) for row in rows}


async def prove_inclusion(session: AsyncSession, index: int, size: int) -> list[bytes]:
    """Make the proof that an entry is in the tree of this size.

    Raises:
        assent.ledger.tree.ProofProblem: if it is not.
        KeyError: if the tree here has lost one of its hashes.
    """
    known = await read_nodes(session, nodes_for_inclusion(index, size))
    return inclusion_proof(index, size, known.__getitem__)


async def prove_consistency(session: AsyncSession, old: int, new: int) -> list[bytes]:
    """Make the proof that the tree of size `new` begins with the tree of size `old`.

    Raises:
        assent.ledger.tree.ProofProblem, KeyError: as for inclusion.
    """
    known = await read_nodes(session, nodes_for_consistency(old, new))
    return consistency_proof(old, new, known.__getitem__)


async def root_at(session: AsyncSession, size: int) -> bytes | None:
    """Return the root the tree had at this size; None if it never had so many entries."""
    root = (await session.execute(_ROOT, {"size": size})).scalar_one()
    return None if root is None else bytes(root)


async def read_tile(session: AsyncSession, tile: Tile) -> bytes:
    """Return the bytes of a tile or bundle, as many as there are."""
    span = {"first": tile.first, "end": tile.first + tile.width}
    if tile.level is None:
        rows = await session.scalars(_ENTRIES, span)
        return make_bundle(bytes(entry) for entry in rows)
    if tile.level == 0:
        return b"".join(map(bytes, await session.scalars(_LEAVES, span)))
    return b"".join(map(bytes, await session.scalars(_LEVEL, {"level": tile.level * 8, **span})))
