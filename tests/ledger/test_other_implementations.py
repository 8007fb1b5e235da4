"""Others verify what we make, and we verify what others made: the formats are C2SP's, not ours."""

from __future__ import annotations

import hashlib

import metamorphic_log
import pytest

from assent.ledger import tree
from assent.ledger.checkpoints import opened
from assent.ledger.cosignatures import WitnessKey, cosigners, parse_key
from assent.ledger.notes import LogKey, parse_note
from assent.ledger.tiles import bundles_of, make_bundle, tiles_of
from assent.ledger.tree import leaf_hash
from tests.ledger.proven import Log
from tests.ledger.trees import entries, nodes_of

LOG = Log().filled(300)
KEY = str(LOG.signer.key)

# Made with aics-tlog 0.2.1 (PyPI, Python 3.12) over the entries "entry 0" … "entry 299", with the
# seeds 0x01… for the log and 0x02… for the witness; the digests are of the tiles it writes.
THEIR_NOTE = """\
theirs.example/log
300
yjk9Apa+xeC43KuYO9H7fRRh9RLnJny4ljGtJv1m2Eg=

— theirs.example/log \
zq4mkzQYHO5uGYhEIbB8A8xQZBWSm8jdQdwz541znW50Ho1WO9atPw97nHF5pEAZfjSslzugFMFjqAoJUGxf7YDMawY=
— theirs.example/witness \
nG3WuwAAAABqsTuAF5mnTaqffbw/ZAXwG6GMCAU6zw4O2lR1mCv+V9zlQgQ1UcFtCda6s/39QDsv6zQTET1kGOnY4ydWwSfBl0QECQ==
"""
THEIR_LOG = "theirs.example/log+ceae2693+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
THEIR_WITNESS = "theirs.example/witness+9c6dd6bb+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU"
THEIR_TILES = {
    "entries/000": "c378282cb2167eb29f7e0c483ef2ce284728c12286469737cf8c3dc71e412ff1",
    "entries/001.p/44": "a52dd94c9965926ebe9811d1a33f2b76f572262bd6e5ae115d8ec3779512ad46",
    "0/001.p/44": "b7fedf2b6e00be3853e3fd898c5f25e4182fd9d6ff22f5e48fe48f6b538c94e4",
    "0/000": "b0f6ca2ff42508faf8c6bb4ea8bb9c74243b19d4174fdc4fd17bdad9099e605e",
    "1/000.p/1": "f01c757ba6dc86839ede8e694a0e86f97ea9ffca04a34404236c7f8cb374794a",
}
# The last step of theirs for entry 77, and for the growth from 100 entries.
THEIR_LAST_STEP = "aee96e10d366c7b5cc99cadc960fc74c24b5d2490d525050612f819b739fe4d5"


def test_another_implementation_verifies_our_checkpoints_and_proofs() -> None:
    """metamorphic-log, in Rust: of other people, of another language."""
    note = str(LOG.checkpoint())
    head = metamorphic_log.checkpoint_verify(note, [KEY])
    assert (head.origin, head.size) == ("log.example", 300)
    for index in (0, 77, 255, 256, 299):
        leaf = leaf_hash(LOG.entries[index])
        path = list(LOG.path(index))
        metamorphic_log.checkpoint_verify_inclusion(note, [KEY], index, leaf, path)
        with pytest.raises(metamorphic_log.VerifyError):
            metamorphic_log.checkpoint_verify_inclusion(note, [KEY], index ^ 1, leaf, path)
    for old in (1, 100, 256, 299):
        earlier, proof = str(LOG.checkpoint(old)), LOG.consistency(old, 300)
        metamorphic_log.checkpoint_verify_consistency(earlier, note, [KEY], proof)
    assert metamorphic_log.verify_signed_note(note, [KEY]) == 1
    with pytest.raises(metamorphic_log.VerifyError):
        metamorphic_log.checkpoint_verify(note.replace("300", "301"), [KEY])
    with pytest.raises(metamorphic_log.VerifyError):
        metamorphic_log.checkpoint_verify(note, [str(Log().signer.key)])


def test_we_verify_the_checkpoint_and_cosignature_of_another_implementation() -> None:
    log, witness = parse_key(THEIR_LOG), parse_key(THEIR_WITNESS)
    assert isinstance(log, LogKey)
    assert isinstance(witness, WitnessKey)
    checkpoint, note = opened(THEIR_NOTE, log)
    assert checkpoint.size == 300
    assert cosigners(note, [witness]) == {witness: 1_790_000_000}
    assert checkpoint.root == tree.root_of_leaves([leaf_hash(e) for e in entries(300)])
    assert str(parse_note(THEIR_NOTE)) == THEIR_NOTE


def test_our_tiles_and_bundles_are_theirs_byte_for_byte() -> None:
    nodes, everything = nodes_of(entries(300)), entries(300)
    ours = {tile.path: b"".join(nodes[node] for node in tile.nodes()) for tile in tiles_of(300)}
    for bundle in bundles_of(300):
        ours[bundle.path] = make_bundle(everything[bundle.first : bundle.first + bundle.width])
    assert {path: hashlib.sha256(data).hexdigest() for path, data in ours.items()} == THEIR_TILES


def test_our_proofs_are_theirs() -> None:
    read = nodes_of(entries(300)).__getitem__
    assert tree.inclusion_proof(77, 300, read)[-1].hex() == THEIR_LAST_STEP
    assert tree.consistency_proof(100, 300, read)[-1].hex() == THEIR_LAST_STEP
