"""Checkpoints: the published example, and whose word is taken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from assent.ledger.checkpoints import (
    Checkpoint,
    CheckpointProblem,
    opened,
    parse_checkpoint,
    signed,
)
from assent.ledger.notes import LogSigner, parse_note
from assent.ledger.tree import EMPTY_ROOT

# The example of C2SP tlog-checkpoint.
PUBLISHED = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa \
Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""
SIGNER = LogSigner("log.example", Ed25519PrivateKey.generate())
CHECKPOINT = Checkpoint("log.example", 7, bytes(range(32)))


def test_the_published_example_reads_and_writes_back() -> None:
    note = parse_note(PUBLISHED)
    checkpoint = parse_checkpoint(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.root.hex().startswith("0ac5186a")
    assert checkpoint.text == note.text
    assert note.signatures[0].key_id.hex() == "033de0ae"


def test_a_signed_checkpoint_opens_under_its_logs_key() -> None:
    note = signed(CHECKPOINT, SIGNER)
    assert opened(str(note).encode(), SIGNER.key) == (CHECKPOINT, note)


def test_extensions_are_kept_and_signed() -> None:
    extended = replace(CHECKPOINT, extensions=("one", "two words"))
    checkpoint, note = opened(str(signed(extended, SIGNER)), SIGNER.key)
    assert checkpoint == extended
    with pytest.raises(CheckpointProblem, match="does not hold"):
        opened(str(note).replace("two", "too"), SIGNER.key)


def test_another_logs_checkpoint_is_refused() -> None:
    other = LogSigner("other.example", SIGNER.secret)
    with pytest.raises(CheckpointProblem, match="another log"):
        opened(signed(replace(CHECKPOINT, origin="other.example"), other), SIGNER.key)


def test_a_checkpoint_under_another_key_of_the_same_name_is_refused() -> None:
    impostor = LogSigner("log.example", Ed25519PrivateKey.generate())
    with pytest.raises(CheckpointProblem, match="not signed by the log's key"):
        opened(signed(CHECKPOINT, impostor), SIGNER.key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "log.example\n7\n",
        "log.example\n07\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "log.example\n-7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "log.example\n+7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "log.example\n٧\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "log.example\n9999999999999999999\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        f"log.example\n{'9' * 5000}\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "log.example\n7\nAAEC\n",
        "log.example\n7\nnot base64\n",
        "log.example\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "log.example\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\nmore\n",
        "\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "log.example\n0\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
    ],
)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(CheckpointProblem):
        parse_checkpoint(text)


def test_an_empty_log_has_a_checkpoint_too() -> None:
    empty = Checkpoint("log.example", 0, EMPTY_ROOT)
    assert parse_checkpoint(empty.text) == empty


def test_every_flipped_bit_is_refused() -> None:
    whole = str(signed(CHECKPOINT, SIGNER)).encode()
    for bit in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CheckpointProblem):
            opened(bytes(changed), SIGNER.key)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_nonsense_is_refused_and_never_crashes(data: bytes | str) -> None:
    with pytest.raises(CheckpointProblem):
        opened(data, SIGNER.key)
