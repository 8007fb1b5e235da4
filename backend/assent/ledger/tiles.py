"""The tree and its entries as static files: C2SP tlog-tiles.

A tile holds 256 hashes of one level; each is, one tile level up, the hash of a whole tile. Where
a tree of some size ends inside a tile, the part that is there is served as a partial tile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assent.ledger.tree import HASH_BYTES, Node, ProofProblem, root_of_leaves

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
ENTRIES = "entries"
_HIGHEST_LEVEL = 63
_LONGEST_ENTRY = 2**16 - 1
_PATH = re.compile(
    r"(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


class TileProblem(ValueError):
    """A path or the bytes of a tile that are none."""


@dataclass(frozen=True)
class Tile:
    """One tile's place.

    Attributes:
        level: of the tiles, 0 at the leaves; None for a bundle of entries.
        index: position in its level.
        width: how many hashes or entries it has, 256 if it is full.
    """

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path below `/tile/`."""
        level = ENTRIES if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"{level}/{_index_path(self.index)}{partial}"

    @property
    def first(self) -> int:
        """The index of its first hash among all of that level, or of its first entry."""
        return self.index * TILE_WIDTH

    def nodes(self) -> list[Node]:
        """Return the nodes whose hashes it holds, in order."""
        level = (self.level or 0) * TILE_HEIGHT
        return [Node(level, self.first + offset) for offset in range(self.width)]


def parse_path(path: str) -> Tile:
    """Read a path below `/tile/`.

    Raises:
        TileProblem: if no tile has that path, or more than one path would name the tile.
    """
    found = _PATH.fullmatch(path)
    if found is None:
        raise TileProblem("not the path of a tile")
    level = None if found["level"] == ENTRIES else int(found["level"])
    index = int(found["index"].replace("x", "").replace("/", ""))
    width = TILE_WIDTH if found["width"] is None else int(found["width"])
    tile = Tile(level, index, width)
    if (level or 0) > _HIGHEST_LEVEL or width > TILE_WIDTH or tile.path != path:
        raise TileProblem("not the path of a tile")
    return tile


def tiles_of(size: int) -> Iterable[Tile]:
    """Yield the hash tiles of a tree of this size, full and partial, the lowest level first."""
    level = 0
    while size:
        full, width = divmod(size, TILE_WIDTH)
        yield from (Tile(level, index) for index in range(full))
        if width:
            yield Tile(level, full, width)
        size, level = full, level + 1


def bundles_of(size: int) -> Iterable[Tile]:
    """Yield the entry bundles of a tree of this size."""
    full, width = divmod(size, TILE_WIDTH)
    yield from (Tile(None, index) for index in range(full))
    if width:
        yield Tile(None, full, width)


def is_within(tile: Tile, size: int) -> bool:
    """Say whether a tree of this size has all hashes or entries of the tile."""
    available = size >> ((tile.level or 0) * TILE_HEIGHT)
    return tile.first + tile.width <= available


def tile_of(node: Node, size: int) -> Tile:
    """Return the tile from which a node's hash is read in a tree of this size.

    Raises:
        ProofProblem: if the tree has no such node.
    """
    if (node.position + 1) << node.level > size:
        raise ProofProblem(f"a tree of {size} entries has no such node")
    level, height = divmod(node.level, TILE_HEIGHT)
    index = (node.position << height) // TILE_WIDTH
    width = min(TILE_WIDTH, (size >> (level * TILE_HEIGHT)) - index * TILE_WIDTH)
    return Tile(level, index, width)


def hash_in_tile(node: Node, tile: Tile, data: bytes) -> bytes:
    """Return a node's hash from the bytes of a tile that spans it.

    Raises:
        TileProblem: if the tile does not span the node.
    """
    hashes = parse_hashes(tile, data)
    level, height = divmod(node.level, TILE_HEIGHT)
    start = (node.position << height) - tile.first
    end = start + (1 << height)
    if level != tile.level or start < 0 or end > tile.width:
        raise TileProblem("the tile does not hold this node")
    return root_of_leaves(hashes[start:end])


# -- bytes ------------------------------------------------------------------------------------------


def parse_hashes(tile: Tile, data: bytes) -> list[bytes]:
    """Read a hash tile.

    Raises:
        TileProblem: if it is not as wide as its path says.
    """
    if len(data) != tile.width * HASH_BYTES:
        raise TileProblem(f"the tile {tile.path} has {len(data)} bytes")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def make_bundle(entries: Iterable[bytes]) -> bytes:
    """Return the bytes of an entry bundle: each entry behind its length.

    Raises:
        TileProblem: if an entry is longer than a bundle can say.
    """
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > _LONGEST_ENTRY:
            raise TileProblem("an entry is too long for a bundle")
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def parse_bundle(tile: Tile, data: bytes) -> list[bytes]:
    """Read an entry bundle.

    Raises:
        TileProblem: if it ends early, goes on, or has another number of entries than its path says.
    """
    entries, at = [], 0
    for _ in range(tile.width):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise TileProblem(f"the bundle {tile.path} ends early")
        entries.append(data[at + 2 : end])
        at = end
    if at != len(data):
        raise TileProblem(f"the bundle {tile.path} goes on after its last entry")
    return entries


def _index_path(index: int) -> str:
    digits = str(index)
    groups = [
        digits.zfill(-(-len(digits) // 3) * 3)[at : at + 3] for at in range(0, len(digits), 3)
    ]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
