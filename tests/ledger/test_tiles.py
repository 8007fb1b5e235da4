"""Tiles: the paths and sizes of the specification, and proofs read from tiles alone."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assent.ledger import tiles, tree
from assent.ledger.tiles import Tile, TileProblem
from assent.ledger.tree import Node, leaf_hash
from tests.ledger.trees import entries, nodes_of, root_by_definition

MANY = 70_000
MAX_INDEX = 2**63


def test_the_example_of_the_specification() -> None:
    # C2SP tlog-tiles: "a tree of size 70,000 will be represented by 273 full level 0 tiles …"
    found = Counter((tile.level, tile.width) for tile in tiles.tiles_of(MANY))
    assert found == {(0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}
    assert [tile.path for tile in tiles.tiles_of(256)] == ["0/000", "1/000.p/1"]
    assert sum(tile.width for tile in tiles.bundles_of(MANY)) == MANY
    assert Tile(0, 1234067).path == "0/x001/x234/067"


@given(st.none() | st.integers(0, 63), st.integers(0, MAX_INDEX), st.integers(1, tiles.TILE_WIDTH))
def test_a_path_reads_back(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert tiles.parse_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/",
        "0/0",
        "0/00",
        "0/0000",
        "00/000",
        "64/000",
        "-1/000",
        "0/x000/000",
        "0/001/000",
        "0/x001",
        "0/000.p/0",
        "0/000.p/00",
        "0/000.p/01",
        "0/000.p/256",
        "0/000.p/999",
        "0/000.p",
        "0/000/../001",
        "entries/000\n",
        "Entries/000",
        "0/٠٠٠",
        "0/" + "x001/" * 7 + "000",
    ],
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(TileProblem):
        tiles.parse_path(path)


@given(st.text(max_size=40))
def test_nonsense_is_refused_or_is_the_one_path_of_its_tile(path: str) -> None:
    try:
        tile = tiles.parse_path(path)
    except TileProblem:
        return
    assert tile.path == path


def test_every_proof_can_be_made_from_tiles_alone() -> None:
    size = 600
    everything = entries(size)
    nodes = nodes_of(everything)
    stored = {
        tile.path: b"".join(nodes[node] for node in tile.nodes()) for tile in tiles.tiles_of(size)
    }

    def read(node: Node) -> bytes:
        tile = tiles.tile_of(node, size)
        return tiles.hash_in_tile(node, tile, stored[tile.path])

    root = root_by_definition(everything)
    assert tree.root(size, read) == root
    for index in range(0, size, 7):
        proof = tree.inclusion_proof(index, size, read)
        tree.verify_inclusion(leaf_hash(everything[index]), index, size, proof, root)
    for old in range(1, size, 13):
        proof = tree.consistency_proof(old, size, read)
        tree.verify_consistency(old, size, root_by_definition(everything[:old]), root, proof)
    assert all(tiles.is_within(tiles.parse_path(path), size) for path in stored)


def test_a_tile_beyond_the_tree_is_not_within_it() -> None:
    assert tiles.is_within(Tile(0, 2, 88), 600)
    assert not tiles.is_within(Tile(0, 2, 89), 600)
    assert not tiles.is_within(Tile(1, 0, 3), 600)
    assert not tiles.is_within(Tile(None, 2), 600)


def test_a_node_is_not_read_from_a_tile_that_does_not_hold_it() -> None:
    data = bytes(32 * 4)
    with pytest.raises(TileProblem):
        tiles.hash_in_tile(Node(0, 4), Tile(0, 0, 4), data)
    with pytest.raises(TileProblem):
        tiles.hash_in_tile(Node(8, 0), Tile(0, 0, 4), data)
    with pytest.raises(TileProblem, match="bytes"):
        tiles.hash_in_tile(Node(0, 0), Tile(0, 0, 4), data[1:])
    with pytest.raises(tree.ProofProblem):
        tiles.tile_of(Node(8, 3), 600)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=20), st.data())
def test_a_bundle_reads_back_and_no_piece_of_it_does(
    bundled: list[bytes], data: st.DataObject
) -> None:
    tile = Tile(None, 0, len(bundled))
    whole = tiles.make_bundle(bundled)
    assert tiles.parse_bundle(tile, whole) == bundled
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(TileProblem, match="ends early"):
        tiles.parse_bundle(tile, whole[:cut])
    with pytest.raises(TileProblem, match="goes on"):
        tiles.parse_bundle(tile, whole + b"\0")


@given(st.binary(max_size=2000), st.integers(1, 256))
def test_nonsense_bundles_never_crash(data: bytes, width: int) -> None:
    try:
        bundled = tiles.parse_bundle(Tile(None, 0, width), data)
    except TileProblem:
        return
    assert tiles.make_bundle(bundled) == data


def test_an_entry_too_long_for_a_bundle_is_refused() -> None:
    with pytest.raises(TileProblem, match="too long"):
        tiles.make_bundle([bytes(2**16)])
