"""The tree agrees with the published vectors, with the definition, and with another implementation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as pymerkle_verify_consistency
from pymerkle import verify_inclusion as pymerkle_verify_inclusion

from assent.ledger import tree
from assent.ledger.tree import EMPTY_ROOT, Frontier, ProofProblem, leaf_hash
from tests.ledger.trees import (
    PUBLISHED_ENTRIES,
    PUBLISHED_ROOTS,
    entries,
    nodes_of,
    root_by_definition,
)

# transparency-dev/merkle, proof/verify_test.go; leaves counted from 0.
PUBLISHED_INCLUSION = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
PUBLISHED_CONSISTENCY = [
    (1, 1, []),
    (1, 8, PUBLISHED_INCLUSION[1][2]),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        6,
        7,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
]
sizes = st.integers(1, 300)
ALL = entries(300)
NODES = nodes_of(ALL)
LEAVES = [leaf_hash(entry) for entry in ALL]
ROOTS = [root_by_definition(ALL[:size]) for size in range(len(ALL) + 1)]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    leaves = [leaf_hash(entry) for entry in PUBLISHED_ENTRIES[:size]]
    frontier = Frontier()
    for leaf in leaves:
        frontier, _ = frontier.grown(leaf)
    assert frontier.root() == tree.root_of_leaves(leaves) == PUBLISHED_ROOTS[size]


@pytest.mark.parametrize(("index", "size", "proof"), PUBLISHED_INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int, proof: list[str]) -> None:
    made = tree.inclusion_proof(index, size, nodes_of(PUBLISHED_ENTRIES).__getitem__)
    assert [step.hex() for step in made] == proof
    leaf = leaf_hash(PUBLISHED_ENTRIES[index])
    tree.verify_inclusion(leaf, index, size, made, PUBLISHED_ROOTS[size])


@pytest.mark.parametrize(("old", "new", "proof"), PUBLISHED_CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(old: int, new: int, proof: list[str]) -> None:
    made = tree.consistency_proof(old, new, nodes_of(PUBLISHED_ENTRIES).__getitem__)
    assert [step.hex() for step in made] == proof
    tree.verify_consistency(old, new, PUBLISHED_ROOTS[old], PUBLISHED_ROOTS[new], made)


def test_every_root_is_the_one_by_definition_on_every_way_to_it() -> None:
    frontier = Frontier()
    for size, expected in enumerate(ROOTS):
        assert frontier.root() == expected
        assert tree.root(size, NODES.__getitem__) == expected
        assert tree.root_of_leaves(LEAVES[:size]) == expected
        assert Frontier.unpacked(size, frontier.packed()) == frontier
        assert [NODES[node] for node in tree.nodes_for_root(size)] == list(frontier.peaks)
        if size < len(LEAVES):
            frontier, _ = frontier.grown(LEAVES[size])


def test_every_proof_of_every_small_tree_holds() -> None:
    for size in range(1, 40):
        for index in range(size):
            needed = {node: NODES[node] for node in tree.nodes_for_inclusion(index, size)}
            proof = tree.inclusion_proof(index, size, needed.__getitem__)
            tree.verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])
        for old in range(size + 1):
            needed = {node: NODES[node] for node in tree.nodes_for_consistency(old, size)}
            proof = tree.consistency_proof(old, size, needed.__getitem__)
            tree.verify_consistency(old, size, ROOTS[old], ROOTS[size], proof)


@given(st.data())
def test_pymerkle_makes_the_same_roots_and_accepts_the_same_proofs(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 60))
    other = InmemoryTree.init_from_entries(ALL[:size])
    assert other.get_root() == ROOTS[size]
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    theirs = other.prove_inclusion(index + 1)
    pymerkle_verify_inclusion(other.get_leaf(index + 1), ROOTS[size], theirs)
    ours = tree.inclusion_proof(index, size, NODES.__getitem__)
    assert theirs.path[1:] == ours
    pymerkle_verify_consistency(ROOTS[old], ROOTS[size], other.prove_consistency(old, size))


@given(sizes, st.data())
def test_an_inclusion_proof_with_one_bit_changed_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion_proof(index, size, NODES.__getitem__)
    parts = [LEAVES[index], ROOTS[size], *proof]
    changed = data.draw(st.integers(0, len(parts) - 1))
    parts[changed] = flipped(parts[changed], data.draw(st.integers(0, 255)))
    with pytest.raises(ProofProblem, match="another root"):
        tree.verify_inclusion(parts[0], index, size, parts[2:], parts[1])


@given(sizes, st.data())
def test_an_inclusion_proof_is_for_one_place_alone(size: int, data: st.DataObject) -> None:
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-1, 300))
    proof = tree.inclusion_proof(index, size, NODES.__getitem__)
    if other != index:
        with pytest.raises(ProofProblem):
            tree.verify_inclusion(LEAVES[index], other, size, proof, ROOTS[size])


@given(sizes, st.data())
def test_a_proof_of_another_length_is_refused(size: int, data: st.DataObject) -> None:
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    included = tree.inclusion_proof(index, size, NODES.__getitem__)
    with pytest.raises(ProofProblem, match="too long"):
        tree.verify_inclusion(LEAVES[index], index, size, [*included, ROOTS[size]], ROOTS[size])
    consistent = tree.consistency_proof(old, size, NODES.__getitem__)
    longer = [*consistent, ROOTS[old]]
    with pytest.raises(ProofProblem, match="too long"):
        tree.verify_consistency(old, size, ROOTS[old], ROOTS[size], longer)
    if included:
        with pytest.raises(ProofProblem, match="too short"):
            tree.verify_inclusion(LEAVES[index], index, size, included[:-1], ROOTS[size])
    if consistent:
        with pytest.raises(ProofProblem, match="too short"):
            tree.verify_consistency(old, size, ROOTS[old], ROOTS[size], consistent[:-1])


@given(sizes, st.data())
def test_a_consistency_proof_with_one_bit_changed_is_refused(
    size: int, data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, size))
    parts = [ROOTS[old], ROOTS[size], *tree.consistency_proof(old, size, NODES.__getitem__)]
    changed = data.draw(st.integers(0, len(parts) - 1))
    parts[changed] = flipped(parts[changed], data.draw(st.integers(0, 255)))
    with pytest.raises(ProofProblem, match=r"another (old|new) root|two different trees"):
        tree.verify_consistency(old, size, parts[0], parts[1], parts[2:])


@given(st.sampled_from(["swapped", "dropped", "doubled", "inserted", "cut"]), st.data())
def test_another_history_never_has_the_same_root(how: str, data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 100))
    at, other = data.draw(st.integers(0, size - 2)), list(LEAVES[:size])
    match how:
        case "swapped":
            other[at], other[at + 1] = other[at + 1], other[at]
        case "dropped":
            del other[at]
        case "doubled":
            other.insert(at, other[at])
        case "inserted":
            other.insert(at, leaf_hash(b"foreign"))
        case "cut":
            other = other[:at]
    assert tree.root_of_leaves(other) != ROOTS[size]


@given(
    st.integers(-5, 2**70),
    st.integers(-5, 2**70),
    st.lists(st.binary(max_size=40), max_size=80),
    st.binary(max_size=40),
    st.binary(max_size=40),
)
def test_nonsense_is_refused_and_never_crashes(
    old: int, new: int, proof: list[bytes], first: bytes, second: bytes
) -> None:
    with pytest.raises(ProofProblem):
        tree.verify_inclusion(first, old, new, proof, second)
    if not (old == new and first == second and not proof) and first != EMPTY_ROOT:
        with pytest.raises(ProofProblem):
            tree.verify_consistency(old, new, first, second, proof)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 4), (2**63, 2**63 + 1)])
def test_there_is_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ProofProblem):
        tree.inclusion_proof(index, size, NODES.__getitem__)


def test_a_larger_tree_is_no_beginning_of_a_smaller_one() -> None:
    with pytest.raises(ProofProblem):
        tree.consistency_proof(5, 4, NODES.__getitem__)
    with pytest.raises(ProofProblem, match="did not grow"):
        tree.verify_consistency(5, 4, ROOTS[5], ROOTS[4], [])


@pytest.mark.parametrize(
    ("old", "new", "old_root", "new_root"),
    [(0, 4, ROOTS[1], ROOTS[4]), (0, 0, EMPTY_ROOT, ROOTS[1]), (4, 4, ROOTS[4], ROOTS[3])],
)
def test_an_empty_or_equal_tree_has_the_root_it_has(
    old: int, new: int, old_root: bytes, new_root: bytes
) -> None:
    with pytest.raises(ProofProblem):
        tree.verify_consistency(old, new, old_root, new_root, [])


@pytest.mark.parametrize(("size", "packed"), [(1, b""), (2, bytes(64)), (3, bytes(63)), (0, b"x")])
def test_a_frontier_has_the_peaks_of_its_size(size: int, packed: bytes) -> None:
    with pytest.raises(ValueError, match=r"peaks|bytes"):
        Frontier.unpacked(size, packed)


def flipped(data: bytes, bit: int) -> bytes:
    return bytes([*data[: bit // 8], data[bit // 8] ^ (1 << bit % 8), *data[bit // 8 + 1 :]])
