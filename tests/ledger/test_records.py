"""What a record may hold, and what an entry shows of it: nothing."""

import hashlib
import hmac
import json
import os
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assent.ledger.records import (
    ENTRY_PREFIX,
    RecordProblem,
    canonical_record,
    entry_of,
    parse_record,
)

nfc_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])).map(
    lambda text: unicodedata.normalize("NFC", text)
)
values = st.recursive(
    nfc_text | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcxyz_", min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)
records = st.dictionaries(st.text("abcxyz_", min_size=1), values, max_size=5)


@given(records)
def test_a_record_reads_back_as_what_was_written(record: dict[str, Any]) -> None:
    assert parse_record(canonical_record(record)) == json.loads(json.dumps(record))


@given(records)
def test_the_order_of_keys_makes_no_difference(record: dict[str, Any]) -> None:
    assert canonical_record(dict(reversed(record.items()))) == canonical_record(record)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        None,
        2**53,
        -(2**53),
        "e\u0301",
        "\ud800",
        b"bytes",
        {"ключ": 1},
        {1: "a"},
        {"a": [None]},
    ],
)
def test_values_without_one_canonical_form_are_refused(value: object) -> None:
    with pytest.raises(RecordProblem):
        canonical_record({"value": value})


def test_endless_nesting_is_refused() -> None:
    nested: object = []
    for _ in range(60):
        nested = [nested]
    with pytest.raises(RecordProblem):
        canonical_record({"value": nested})


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":2}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1.0}',
        b"[]",
        b"{",
        b"\xff",
        b'{"a":null}',
    ],
)
def test_bytes_that_are_not_canonical_are_refused(data: bytes) -> None:
    with pytest.raises(RecordProblem):
        parse_record(data)


def test_an_entry_is_a_keyed_commitment_that_anyone_with_the_secret_can_recompute() -> None:
    record, secret = canonical_record({"event": "consent_decided"}), bytes(range(32))
    expected = hmac.new(secret, b"assent/record/v1\0" + record, hashlib.sha256).digest()
    assert entry_of(record, secret) == b"assent/leaf/v1\n" + expected


@given(records, records)
def test_entries_of_equal_records_differ_by_their_secret(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    entries = {entry_of(canonical_record(r), os.urandom(32)) for r in (one, one, other)}
    assert len(entries) == 3
    assert all(len(e) == len(ENTRY_PREFIX) + 32 for e in entries)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        entry_of(b"{}", b"short")
