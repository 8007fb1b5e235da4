"""Records and entries: what a decision looks like in the ledger, byte for byte.

A record is canonical JSON (RFC 8785) over a strict profile; an entry is only a keyed commitment
to it, so that the log by itself shows nothing, not even a record's kind or time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping
from typing import Any

import rfc8785

ENTRY_PREFIX = b"assent/leaf/v1\n"
RECORD_PREFIX = b"assent/record/v1\0"
SECRET_BYTES = 32
_LARGEST_INTEGER = 2**53 - 1
_DEEPEST = 40


class RecordProblem(ValueError):
    """A value that has no single canonical form, and therefore no place in the ledger."""


def canonical_record(record: Mapping[str, Any]) -> bytes:
    """Return the RFC 8785 bytes of a record of the strict profile.

    Strings must be NFC and free of lone surrogates, integers within ±(2**53 − 1), keys ASCII;
    floats and null are refused (RFC 8785 alone would map 1.0 to 1 and leave Unicode as it is).

    Raises:
        RecordProblem: naming the place that does not fit.
    """
    _check(record, "record", 0)
    return rfc8785.dumps(dict(record))


def parse_record(data: bytes) -> dict[str, Any]:
    """Read a canonical record back; anything but its canonical bytes is refused.

    Raises:
        RecordProblem: if the bytes are not JSON of the profile in canonical form.
    """
    try:
        record = json.loads(data.decode("utf-8"), object_pairs_hook=_no_duplicates)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise RecordProblem("not JSON") from error
    if not isinstance(record, dict) or canonical_record(record) != data:
        raise RecordProblem("not in canonical form")
    return record


def entry_of(record: bytes, secret: bytes) -> bytes:
    """Return the log entry that commits to a record.

    Args:
        record: canonical bytes of the record.
        secret: 32 fresh random bytes; whoever holds them and the record can prove the entry.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"the secret has {SECRET_BYTES} bytes")
    return ENTRY_PREFIX + hmac.new(secret, RECORD_PREFIX + record, hashlib.sha256).digest()


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RecordProblem("a key appears twice")
    return members


def _check(value: object, path: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise RecordProblem(f"{path}: nested too deeply")
    match value:
        case bool():
            return
        case int():
            if abs(value) > _LARGEST_INTEGER:
                raise RecordProblem(f"{path}: integer beyond 2**53 - 1")
        case str():
            _check_text(value, path)
        case list() | tuple():
            for position, item in enumerate(value):
                _check(item, f"{path}[{position}]", depth + 1)
        case Mapping():
            for key, item in value.items():
                if not isinstance(key, str) or not key.isascii():
                    raise RecordProblem(f"{path}: keys are ASCII text")
                _check(item, f"{path}.{key}", depth + 1)
        case _:
            raise RecordProblem(f"{path}: {type(value).__name__} has no place in a record")


def _check_text(value: str, path: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RecordProblem(f"{path}: lone surrogate") from error
    if not unicodedata.is_normalized("NFC", value):
        raise RecordProblem(f"{path}: text is not in NFC")
