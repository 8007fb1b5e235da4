"""Sealed values open at their own place, with their own key, unchanged, and nowhere else."""

import os
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assent.ledger.sealing import InstanceKey, SealBroken, seal, unseal

KEY = os.urandom(32)
ID = UUID("019a0000-0000-7000-8000-000000000001")


@given(st.binary(max_size=200), st.data())
def test_one_bit_changed_anywhere_is_noticed(plaintext: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, plaintext, "table/1/column/v1"))
    position = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[position // 8] ^= 1 << position % 8
    with pytest.raises(SealBroken):
        unseal(KEY, bytes(sealed), "table/1/column/v1")


def test_a_value_moved_to_another_row_does_not_open() -> None:
    sealed = seal(KEY, b"yes", "ledger_records/1/sealed/v1")
    assert unseal(KEY, sealed, "ledger_records/1/sealed/v1") == b"yes"
    with pytest.raises(SealBroken):
        unseal(KEY, sealed, "ledger_records/2/sealed/v1")


def test_another_instances_key_opens_nothing() -> None:
    ours, theirs = InstanceKey(os.urandom(32)), InstanceKey(os.urandom(32))
    key, wrapped = ours.new_data_key(ID)
    assert ours.unwrap(ID, wrapped) == key
    with pytest.raises(SealBroken):
        theirs.unwrap(ID, wrapped)


def test_a_small_secret_opens_for_its_own_purpose_only() -> None:
    key = InstanceKey(os.urandom(32))
    sealed = key.seal("client-secret", b"s3cret")
    assert key.unseal("client-secret", sealed) == b"s3cret"
    with pytest.raises(SealBroken):
        key.unseal("kept-form", sealed)


def test_keys_do_not_show_in_their_representation() -> None:
    key = InstanceKey(b"k" * 32)
    assert "kkkk" not in repr(key)
    assert "kkkk" not in repr(key.new_data_key(ID)[0])


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 12])
def test_fragments_are_refused(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(KEY, sealed, "anywhere")
