"""The Merkle tree of RFC 6962 and RFC 9162 (section 2.1): hashes, growth, proofs and their verification.

A node (level, position) is the hash of the entries [position·2^level, (position+1)·2^level), which never
changes once they are all there. Whoever keeps the nodes can make every proof: first ask which
nodes it takes, then read them, then make it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

HASH_BYTES = 32
LARGEST_SIZE = 2**63 - 1
# A path to the root of the largest tree has no more steps than this.
LONGEST_PROOF = 63
EMPTY_ROOT = hashlib.sha256(b"").digest()

_sha256 = hashlib.sha256


class ProofProblem(ValueError):
    """A proof that does not show what it should, or a question no proof can answer."""


class Node(NamedTuple):
    """The place of a hash over 2^level entries, all of them there."""

    level: int
    position: int


ReadHash = Callable[[Node], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a log entry."""
    return _sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two neighbouring subtrees."""
    return _sha256(b"\x01" + left + right).digest()


# -- growing ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Frontier:
    """The right edge of a tree: all that is needed to append to it and to know its root.

    Attributes:
        size: how many entries the tree has.
        peaks: the hashes of its complete subtrees, the largest (leftmost) first.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= LARGEST_SIZE or len(self.peaks) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} entries has {self.size.bit_count()} peaks")
        if any(len(peak) != HASH_BYTES for peak in self.peaks):
            raise ValueError(f"a hash has {HASH_BYTES} bytes")

    def grown(self, leaf: bytes) -> tuple[Frontier, list[tuple[Node, bytes]]]:
        """Append one leaf hash.

        Returns:
            the grown frontier, and the nodes completed by this leaf: itself first, then upwards.
        """
        node, peaks = Node(0, self.size), list(self.peaks)
        completed = [(node, leaf)]
        while node.position & 1:
            leaf = node_hash(peaks.pop(), leaf)
            node = Node(node.level + 1, node.position >> 1)
            completed.append((node, leaf))
        return Frontier(self.size + 1, (*peaks, leaf)), completed

    def root(self) -> bytes:
        """Return the hash of the whole tree."""
        return _fold(self.peaks) if self.peaks else EMPTY_ROOT

    def packed(self) -> bytes:
        """Return the peaks one after the other, as they are stored."""
        return b"".join(self.peaks)

    @classmethod
    def unpacked(cls, size: int, packed: bytes) -> Frontier:
        """Read what `packed` returned for a tree of this size.

        Raises:
            ValueError: if there are not as many peaks as such a tree has.
        """
        steps = range(0, len(packed), HASH_BYTES)
        return cls(size, tuple(packed[at : at + HASH_BYTES] for at in steps))


def root_of_leaves(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes, level by level: the quickest way from nothing to a root.

    Over the hashes of complete subtrees of one size it is the root over what they cover.
    """
    level = list(leaves)
    if not level:
        return EMPTY_ROOT
    sha256 = _sha256
    while len(level) > 1:
        pairs = iter(level)
        above = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(pairs, pairs, strict=False)
        ]
        if len(level) & 1:
            # An odd one at the right edge waits for the level at which it has a neighbour.
            above.append(level[-1])
        level = above
    return level[0]


class Growth:
    """A tree that grows by many leaves at a time and keeps nothing but its right edge."""

    def __init__(self) -> None:
        self._size = 0
        self._peaks: list[tuple[int, bytes]] = []

    @property
    def size(self) -> int:
        """How many leaves have been added."""
        return self._size

    def add(self, leaves: Sequence[bytes]) -> None:
        """Append leaf hashes."""
        at = 0
        while at < len(leaves):
            # As many as make one complete subtree where the last one ended.
            room = self._size & -self._size or LARGEST_SIZE + 1
            count = min(room, 1 << (len(leaves) - at).bit_length() - 1)
            self._push(count.bit_length() - 1, root_of_leaves(leaves[at : at + count]))
            self._size, at = self._size + count, at + count

    def root(self) -> bytes:
        """Return the hash of the whole tree."""
        return _fold([peak for _, peak in self._peaks]) if self._peaks else EMPTY_ROOT

    def _push(self, level: int, peak: bytes) -> None:
        while self._peaks and self._peaks[-1][0] == level:
            peak = node_hash(self._peaks.pop()[1], peak)
            level += 1
        self._peaks.append((level, peak))


# -- making proofs ----------------------------------------------------------------------------------


def nodes_for_inclusion(index: int, size: int) -> list[Node]:
    """Return the nodes whose hashes `inclusion_proof` reads."""
    return [node for a, b in _inclusion_ranges(index, size) for node in _complete_subtrees(a, b)]


def inclusion_proof(index: int, size: int, read: ReadHash) -> list[bytes]:
    """Make the proof that an entry is in the tree of this size, its nearest sibling first.

    Raises:
        ProofProblem: if such a tree has no such entry.
    """
    return [_range_hash(start, end, read) for start, end in _inclusion_ranges(index, size)]


def nodes_for_consistency(old: int, new: int) -> list[Node]:
    """Return the nodes whose hashes `consistency_proof` reads."""
    return [node for a, b in _consistency_ranges(old, new) for node in _complete_subtrees(a, b)]


def consistency_proof(old: int, new: int, read: ReadHash) -> list[bytes]:
    """Make the proof that the tree of size `new` begins with the tree of size `old`.

    Raises:
        ProofProblem: if `old` is larger than `new`.
    """
    return [_range_hash(start, end, read) for start, end in _consistency_ranges(old, new)]


def nodes_for_root(size: int) -> list[Node]:
    """Return the nodes whose hashes `root` reads: the peaks of a tree of this size."""
    return _complete_subtrees(0, size)


def root(size: int, read: ReadHash) -> bytes:
    """Return the root that the tree had at this size."""
    return _range_hash(0, size, read) if size else EMPTY_ROOT


def _inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """PATH of RFC 6962, 2.1.1: the ranges beside the entry, from the leaf upwards."""
    if not 0 <= index < size <= LARGEST_SIZE:
        raise ProofProblem(f"a tree of {size} entries has no entry {index}")
    ranges, start, end = [], 0, size
    while end - start > 1:
        middle = start + _largest_power_below(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def _consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """PROOF of RFC 6962, 2.1.2."""
    if not 0 <= old <= new <= LARGEST_SIZE:
        raise ProofProblem(f"a tree of {new} entries did not grow from one of {old}")
    if old in (0, new):
        return []
    ranges, start, end, whole = [], 0, new, True
    while old != end:
        middle = start + _largest_power_below(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, whole = middle, False
    if not whole:
        ranges.append((start, end))
    return ranges[::-1]


def _largest_power_below(count: int) -> int:
    return 1 << ((count - 1).bit_length() - 1)


def _complete_subtrees(start: int, end: int) -> list[Node]:
    """Split a range of a tree into its complete subtrees, the largest (leftmost) first."""
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def _range_hash(start: int, end: int, read: ReadHash) -> bytes:
    return _fold([read(node) for node in _complete_subtrees(start, end)])


def _fold(peaks: Sequence[bytes]) -> bytes:
    result = peaks[-1]
    for peak in reversed(peaks[:-1]):
        result = node_hash(peak, result)
    return result


# -- verifying proofs -------------------------------------------------------------------------------


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes
) -> None:
    """Check that a leaf hash stands at this index of the tree with the expected root.

    Raises:
        ProofProblem: saying what does not hold.
    """
    if root_from_inclusion(leaf, index, size, proof) != expected:
        raise ProofProblem("the inclusion proof leads to another root")


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root to which an inclusion proof leads (RFC 9162, 2.1.3.2).

    Raises:
        ProofProblem: if the proof has not the length it must have for this place and size.
    """
    if not 0 <= index < size <= LARGEST_SIZE:
        raise ProofProblem(f"a tree of {size} entries has no entry {index}")
    _require_hashes(proof)
    place, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofProblem("the inclusion proof is too long")
        if place & 1 or place == last:
            result = node_hash(sibling, result)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofProblem("the inclusion proof is too short")
    return result


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree of size `new` begins with the tree of size `old` (RFC 9162, 2.1.4.2).

    Raises:
        ProofProblem: saying what does not hold.
    """
    if not 0 <= old <= new <= LARGEST_SIZE:
        raise ProofProblem(f"a tree of {new} entries did not grow from one of {old}")
    _require_hashes(proof)
    if old in (0, new):
        _verify_trivial(old, new, old_root, new_root, proof)
        return
    path = list(proof)
    if not old & (old - 1):
        path.insert(0, old_root)  # the old tree is one complete subtree of the new one
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not path:
        raise ProofProblem("the consistency proof is too short")
    first = second = path[0]
    for step in path[1:]:
        if last == 0:
            raise ProofProblem("the consistency proof is too long")
        if place & 1 or place == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, step)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofProblem("the consistency proof is too short")
    if first != old_root:
        raise ProofProblem("the consistency proof leads to another old root")
    if second != new_root:
        raise ProofProblem("the consistency proof leads to another new root")


def _verify_trivial(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    if proof:
        raise ProofProblem("the consistency proof is too long")
    if old == new and old_root != new_root:
        raise ProofProblem(f"two different trees of {old} entries")
    if old == 0 and old_root != EMPTY_ROOT:
        raise ProofProblem("an empty tree has another root")
    if new == 0 and new_root != EMPTY_ROOT:
        raise ProofProblem("an empty tree has another root")


def _require_hashes(proof: Sequence[bytes]) -> None:
    if len(proof) > LONGEST_PROOF:
        raise ProofProblem("the proof is longer than any proof")
    if any(len(step) != HASH_BYTES for step in proof):
        raise ProofProblem(f"a hash has {HASH_BYTES} bytes")
