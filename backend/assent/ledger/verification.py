"""Verification: what a receipt, an export, a checkpoint or an evidence of a fork proves, and what it does not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import rfc8785

from assent.ledger.checkpoints import Checkpoint
from assent.ledger.exports import CHECKPOINT, Archive, ExportProblem, OpenedEntry
from assent.ledger.notes import Note, NoteProblem, parse_note
from assent.ledger.passkey_signatures import PasskeySignature, SignatureProblem
from assent.ledger.receipts import Receipt
from assent.ledger.records import RecordProblem, canonical_record, entry_of
from assent.ledger.report import Report
from assent.ledger.tree import Growth, ProofProblem, leaf_hash, verify_inclusion
from assent.ledger.trust import Head, Trust, verify_head

# What a passkey's statement and the record of the decision both name has to be the same in both.
_SHARED = (
    "digest", "decision", "conditions", "language", "shown_digest", "notice", "notice_version", "question",
    "person", "case", "action",
)  # fmt: skip


def verify_receipt(
    receipt: Receipt, trust: Trust, *, demanded: int = 0, text: Any = None
) -> Report:
    """Check a receipt.

    Args:
        receipt: read, opened where it can be.
        trust: whose word is taken.
        demanded: fewer witnesses than this and it does not hold.
        text: the published content as JSON values, if it is to be compared.
    """
    report = Report()
    opening = receipt.opening
    if not receipt.is_whole:
        report.wrong("The file was changed after it was made.")
    if opening is not None and opening.entry != receipt.entry:
        report.wrong("The record is not what the log's entry commits to.")
        return report
    try:
        head = receipt.proof.verify(receipt.entry, trust)
    except (NoteProblem, ProofProblem) as error:
        report.wrong(_sentence(error))
        return report
    report.holds(
        f"Entry {receipt.proof.index} stands in the log {head.checkpoint.origin},"
        f" which had {head.checkpoint.size} entries."
    )
    _report_head(report, head, max(receipt.needed, trust.needed), demanded)
    if opening is None:
        report.note("What the entry says is sealed: it was not looked at.")
        return report
    report.holds("The record is exactly what that entry commits to.")
    describe_record(report, opening.record)
    if opening.passkey is not None:
        _report_passkey(report, opening.passkey, opening.record)
    elif _recorded(opening.record).get("channel") == "passkey":
        report.note("The record says that a passkey signed it; that signature is not in this file.")
    if opening.fields:
        _report_fields(report, opening.fields, opening.record)
    if text is not None:
        _report_text(report, text, opening.record)
    return report


def verify_checkpoint(note: Note, trust: Trust, *, demanded: int = 0) -> Report:
    """Check a checkpoint alone."""
    report = Report()
    if (head := _head(report, note, trust)) is not None:
        report.holds(
            f"The log {head.checkpoint.origin} has signed its {head.checkpoint.size} entries."
        )
        _report_head(report, head, trust.needed, demanded)
    return report


def verify_fork(first: Note, second: Note, trust: Trust) -> Report:
    """Check the evidence that a log has signed two histories: it holds if it has."""
    report = Report()
    heads = [_head(report, note, trust) for note in (first, second)]
    if heads[0] is None or heads[1] is None:
        return report
    one, other = heads[0].checkpoint, heads[1].checkpoint
    if is_fork(one, other):
        report.holds(
            f"The log {one.origin} has signed two different histories of {one.size} entries:"
            f" {one.root.hex()} and {other.root.hex()}."
        )
    else:
        report.wrong("The two checkpoints do not contradict each other by themselves.")
    return report


def is_fork(one: Checkpoint, other: Checkpoint) -> bool:
    """Say whether two signed heads show that their log has two histories."""
    return (one.origin, one.size) == (other.origin, other.size) and one.root != other.root


def verify_export(archive: Archive, trust: Trust, *, demanded: int = 0) -> Report:
    """Check an export: every entry it has, every record that opens one."""
    report = Report()
    try:
        head = _head(report, parse_note(archive.small(CHECKPOINT)), trust)
        if head is None:
            return report
        records = archive.records()
        if archive.has_entries:
            opened = _verify_all_entries(report, archive, records, head.checkpoint)
        else:
            opened = _verify_some_entries(records, head.checkpoint)
    except (NoteProblem, ExportProblem, ProofProblem, RecordProblem) as error:
        report.wrong(_sentence(error))
        return report
    report.holds(f"{opened} records are exactly what their entries commit to.")
    _report_head(report, head, trust.needed, demanded)
    return report


def _verify_all_entries(
    report: Report, archive: Archive, records: Iterator[OpenedEntry], checkpoint: Checkpoint
) -> int:
    growth, opened = Growth(), 0
    waiting = next(records, None)
    for prefixed in archive.entries():
        first = growth.size
        if first + len(prefixed) > checkpoint.size:
            raise ExportProblem(
                f"there are more entries than the {checkpoint.size} that were signed"
            )
        growth.add([hashlib.sha256(leaf).digest() for leaf in prefixed])
        while waiting is not None and waiting.index < growth.size:
            if _entry_of(waiting) != prefixed[waiting.index - first][1:]:
                raise ExportProblem(
                    f"the record of entry {waiting.index} is not what it commits to"
                )
            opened, waiting = opened + 1, next(records, None)
    if growth.size != checkpoint.size:
        raise ExportProblem(f"{checkpoint.size} entries were signed, {growth.size} are here")
    if waiting is not None:
        raise ExportProblem(f"there is a record of entry {waiting.index}, and no such entry")
    if growth.root() != checkpoint.root:
        raise ExportProblem("an entry was changed, moved, left out or put in: the root is another")
    report.holds(f"All {checkpoint.size} entries are the ones that were signed, in their order.")
    return opened


def _verify_some_entries(records: Iterator[OpenedEntry], checkpoint: Checkpoint) -> int:
    opened = 0
    for record in records:
        try:
            leaf = leaf_hash(_entry_of(record))
            size, root = checkpoint.size, checkpoint.root
            verify_inclusion(leaf, record.index, size, record.path, root)
        except ProofProblem as error:
            raise ExportProblem(f"the record of entry {record.index}: {error}") from error
        opened += 1
    return opened


def _entry_of(opened: OpenedEntry) -> bytes:
    return entry_of(canonical_record(opened.record), opened.secret)


# -- what is said -----------------------------------------------------------------------------------


def describe_record(report: Report, record: Mapping[str, Any]) -> None:
    """Say what a record says: event, time, by whom, about which exact text."""
    body = record.get("body")
    body = body if isinstance(body, Mapping) else {}
    words = str(record.get("event", "?")).replace("_", " ")
    report.says(f"What: {words}; recorded at {record.get('at', '?')} by the server's clock.")
    actor = record.get("actor")
    if isinstance(actor, Mapping):
        report.says(
            f"By: person {actor.get('person', '?')}, known by {actor.get('credential', '?')}."
        )
    for name in ("case", "action"):
        if name in record:
            report.says(f"{name.capitalize()}: {record[name]}.")
    for name, value in sorted(body.items()):
        report.says(f"{name.replace('_', ' ').capitalize()}: {_shown(value)}.")


def record_line(index: int, record: Mapping[str, Any]) -> str:
    """Return what a record says in one line: where, when, what, by whom, about which exact text."""
    recorded = _recorded(record)
    words = [str(record.get("at", "?")), str(record.get("event", "?")).replace("_", " ")]
    words += [
        f"{name} {recorded[name]}" for name in ("decision", "person", "digest") if name in recorded
    ]
    return f"Entry {index}: {', '.join(words)}."


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    return rfc8785.dumps(value).decode()


def _report_head(report: Report, head: Head, needed: int, demanded: int) -> None:
    for witness, seconds in sorted(head.cosigned.items(), key=lambda item: item[1]):
        report.holds(f"Seen by the witness {witness.name} at {_moment(seconds)}.")
    if len(head.cosigned) >= max(needed, demanded):
        if not head.cosigned:
            report.note(
                "No witness you trust has seen it: others may have been shown something else."
            )
        return
    sentence = (
        f"Recorded, not yet witnessed: {len(head.cosigned)} of"
        f" {max(needed, demanded)} witnesses have cosigned."
    )
    if demanded > len(head.cosigned):
        report.wrong(sentence)
    else:
        report.note(sentence)


def _report_passkey(report: Report, passkey: PasskeySignature, record: Mapping[str, Any]) -> None:
    try:
        origin = passkey.verify()
    except (SignatureProblem, RecordProblem) as error:
        report.wrong(_sentence(error))
        return
    recorded = _recorded(record)
    differing = [
        name
        for name in _SHARED
        if name in recorded
        and name in passkey.statement
        and recorded[name] != passkey.statement[name]
    ]
    if "digest" not in passkey.statement or "decision" not in passkey.statement or differing:
        named = ", ".join(differing) or "what was decided on"
        report.wrong(f"The passkey signed something else than the record says: {named}.")
        return
    report.holds(
        f"The decision was signed on a device with the passkey {passkey.fingerprint}, on {origin}."
    )
    report.note("Whose passkey that is, its enrolment in the ledger says.")


def _recorded(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record says of a decision, by the names that a passkey's statement has for it."""
    body, actor = record.get("body"), record.get("actor")
    recorded = dict(body) if isinstance(body, Mapping) else {}
    if "notice_version" in recorded:
        recorded["notice"] = recorded["notice_version"]
    if isinstance(actor, Mapping) and "person" in actor:
        recorded["person"] = actor["person"]
    return recorded | {name: record[name] for name in ("case", "action") if name in record}


def _report_fields(report: Report, fields: Mapping[str, Any], record: Mapping[str, Any]) -> None:
    body = record.get("body", {})
    event = fields.get("event")
    event = event if isinstance(event, Mapping) else {}
    actor = record.get("actor")
    person = actor.get("person") if isinstance(actor, Mapping) else None
    pairs = (
        ("receipt_id", fields.get("receipt_id"), body.get("consent")),
        ("event_time", event.get("event_time"), record.get("at")),
        ("entity_id", event.get("entity_id"), person),
    )
    for name, said, recorded in pairs:
        if said is not None and recorded is not None and said != recorded:
            report.wrong(f"The field {name} says {said}; the record says {recorded}.")
            return
    report.note(
        "The fields of ISO/IEC TS 27560 and Kantara beside the record are the sender's words:"
        " who the organisations are and what has become of the consent since is not in this entry."
    )


def _report_text(report: Report, text: Any, record: Mapping[str, Any]) -> None:
    body = record.get("body", {})
    try:
        digest = hashlib.sha256(rfc8785.dumps(text)).hexdigest()
    except (rfc8785.CanonicalizationError, RecursionError):
        report.wrong("The text is not a content that can be agreed to.")
        return
    if digest == body.get("digest"):
        report.holds("The text given is exactly the one this record is about.")
    elif _public_digest(text, body) == body.get("public_digest", ""):
        report.holds(
            "The text given is exactly what was to become public of the one this record is about."
        )
    elif digest == body.get("shown_digest"):
        report.holds("The text given is exactly the translation that was shown.")
    else:
        report.wrong(f"The text given is another one: its digest is {digest}.")


def _public_digest(text: Any, body: Mapping[str, Any]) -> str:
    """Return the digest of a published text without those signers whom the record says may be missing."""
    optional, signers = body.get("may_be_missing"), _member(text, "cosigners")
    if isinstance(optional, list) and isinstance(signers, list):
        text = {**text, "cosigners": [slug for slug in signers if slug not in optional]}
    return hashlib.sha256(rfc8785.dumps(text)).hexdigest()


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _head(report: Report, note: Note, trust: Trust) -> Head | None:
    try:
        return verify_head(note, trust)
    except NoteProblem as error:
        report.wrong(_sentence(error))
        return None


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"an impossible time ({seconds})"


def _sentence(error: Exception) -> str:
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}."
