"""Verification of a million entries against one SHA-256 of each; making and checking one inclusion proof among them.

Both read the same bytes of the same file, in the same language. One SHA-256 over all the bytes at
once, which no Merkle tree can be, is printed beside it for comparison.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assent.ledger import tree
from assent.ledger.checkpoints import Checkpoint, signed
from assent.ledger.exports import ENTRIES, Archive, write_export
from assent.ledger.notes import LogSigner
from assent.ledger.records import ENTRY_PREFIX
from assent.ledger.tree import Node, leaf_hash
from assent.ledger.trust import Trust
from assent.ledger.verification import verify_export

MILLION = 1_000_000
_ROUNDS = 5
_PROOFS = 300
_CHUNK = 1 << 20
# Each entry behind its length, as an export has it.
_STRIDE = 2 + len(ENTRY_PREFIX) + 32


def measure_verification(entries: int = MILLION) -> dict[str, float]:
    """Measure on a log made for it; the figures of one entry's proof are milliseconds."""
    signer = LogSigner("log.example", Ed25519PrivateKey.generate())
    leaves: list[bytes] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "export.zip"
        _write(file, signer, entries, leaves)
        trust = Trust((signer.key,))
        ours, by_hand, at_once = [], [], []
        for _ in range(_ROUNDS):
            ours.append(_seconds(lambda: _verify(file, trust)))
            by_hand.append(_seconds(lambda: _hash_each(file)))
            at_once.append(_seconds(lambda: _hash_at_once(file)))
    made, checked = _proofs(leaves)
    return {
        "ours_ms": min(ours) * 1000,
        "by_hand_ms": min(by_hand) * 1000,
        "at_once_ms": min(at_once) * 1000,
        "ratio": min(ours) / min(by_hand),
        "aim": 3,
        "statements": 0,
        "proof_made_ms": made,
        "proof_checked_ms": checked,
    }


def _write(file: Path, signer: LogSigner, entries: int, leaves: list[bytes]) -> None:
    length = (_STRIDE - 2).to_bytes(2, "big")

    def pieces() -> Iterator[bytes]:
        for start in range(0, entries, 1000):
            made = [ENTRY_PREFIX + os.urandom(32) for _ in range(min(1000, entries - start))]
            leaves.extend(map(leaf_hash, made))
            yield b"".join(length + entry for entry in made)

    with zipfile.ZipFile(file.with_suffix(".tmp"), "w") as archive:
        write_export(archive, checkpoint="", keys=(), records=iter(()), entries=pieces())
    checkpoint = Checkpoint(signer.name, entries, tree.root_of_leaves(leaves))
    with (
        zipfile.ZipFile(file.with_suffix(".tmp")) as first,
        zipfile.ZipFile(file, "w") as archive,
    ):
        write_export(
            archive,
            checkpoint=str(signed(checkpoint, signer)),
            keys=(str(signer.key),),
            records=iter(()),
            entries=iter([first.read(ENTRIES)]),
        )


def _verify(file: Path, trust: Trust) -> None:
    with zipfile.ZipFile(file) as opened:
        report = verify_export(Archive(opened), trust)
    assert report.is_good, list(map(str, report))


def _hash_each(file: Path) -> None:
    sha256, rest = hashlib.sha256, b""
    with zipfile.ZipFile(file) as opened, opened.open(ENTRIES) as member:
        while piece := member.read(_CHUNK):
            piece = rest + piece
            end = len(piece) // _STRIDE * _STRIDE
            hashed = [
                sha256(piece[at + 2 : at + _STRIDE]).digest() for at in range(0, end, _STRIDE)
            ]
            assert hashed
            rest = piece[end:]


def _hash_at_once(file: Path) -> None:
    whole = hashlib.sha256()
    with zipfile.ZipFile(file) as opened, opened.open(ENTRIES) as member:
        while piece := member.read(_CHUNK):
            whole.update(piece)
    assert whole.digest()


def _proofs(leaves: list[bytes]) -> tuple[float, float]:
    """Return how long it takes to make and to check one proof, in milliseconds: medians."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        pairs = iter(levels[-1])
        levels.append([tree.node_hash(a, b) for a, b in zip(pairs, pairs, strict=False)])
    size = len(leaves)

    def read(node: Node) -> bytes:
        return levels[node.level][node.position]

    root, made, checked = tree.root(size, read), [], []
    for step in range(_PROOFS):
        index = step * (size // _PROOFS)
        began = time.perf_counter()
        proof = tree.inclusion_proof(index, size, read)
        between = time.perf_counter()
        tree.verify_inclusion(leaves[index], index, size, proof, root)
        checked.append(time.perf_counter() - between)
        made.append(between - began)
    return statistics.median(made) * 1000, statistics.median(checked) * 1000


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    for name, figure in measure_verification().items():
        print(f"{name:<18} {figure:.3f}")
