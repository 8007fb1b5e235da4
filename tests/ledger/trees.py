"""Trees to test with: published ones, and ones restated from the definition in RFC 6962."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from assent.ledger.tree import Frontier, Node, leaf_hash

# The inputs and roots by which implementations of Certificate Transparency are tested, published
# in transparency-dev/merkle, testonly/constants.go.
PUBLISHED_ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
PUBLISHED_ROOTS = [
    bytes.fromhex(root)
    for root in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]


def entries(count: int) -> list[bytes]:
    """Return so many different entries."""
    return [b"entry %d" % number for number in range(count)]


def nodes_of(entries: Sequence[bytes]) -> dict[Node, bytes]:
    """Return every node of the tree over these entries, as a store would keep them."""
    frontier = Frontier()
    nodes: dict[Node, bytes] = {}
    for entry in entries:
        frontier, completed = frontier.grown(leaf_hash(entry))
        nodes.update(completed)
    return nodes


def root_by_definition(entries: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    left, right = root_by_definition(entries[:k]), root_by_definition(entries[k:])
    return hashlib.sha256(b"\x01" + left + right).digest()
