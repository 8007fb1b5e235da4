"""`assent verify`: what a file proves, without a server and without a database."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from assent.ledger.cosignatures import WitnessKey
from assent.ledger.exported_texts import verify_texts
from assent.ledger.exports import KEYS, Archive, ExportProblem
from assent.ledger.forks import FIRST_LINE as FORK_LINE
from assent.ledger.forks import parse_evidence
from assent.ledger.notes import LogKey, NoteProblem, parse_note
from assent.ledger.proofs import FIRST_LINE as PROOF_LINE
from assent.ledger.proofs import LARGEST_PROOF
from assent.ledger.receipts import Receipt, ReceiptProblem, parse_receipt, unseal
from assent.ledger.report import Report
from assent.ledger.trust import Trust, choose_keys
from assent.ledger.verification import (
    record_line,
    verify_checkpoint,
    verify_export,
    verify_fork,
    verify_receipt,
)

_PROBLEMS = (NoteProblem, ReceiptProblem, ExportProblem)
_ZIP_START = b"PK\x03\x04"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--key", "keys", multiple=True, envvar="ASSENT_VERIFY_KEYS",
    help="A key you trust: a log's or a witness's, as NAME+ID+KEY or as its fingerprint. May be repeated.",
)  # fmt: skip
@click.option(
    "--witnesses", "demanded", type=click.IntRange(0), default=0,
    help="How many trusted witnesses must have seen it.",
)  # fmt: skip
@click.option(
    "--text", "text_file", type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The published content (the .json beside a statement), to compare with what was agreed to.",
)  # fmt: skip
@click.option("--records", is_flag=True, help="Say what each record of an export says.")
@click.option("--passphrase", envvar="ASSENT_PASSPHRASE", help="Opens a sealed receipt.")
def verify(
    file: Path,
    keys: tuple[str, ...],
    demanded: int,
    text_file: Path | None,
    records: bool,
    passphrase: str | None,
) -> None:
    """Check a receipt, an export, a checkpoint or the evidence of a fork, offline.

    Says what holds and what is wrong; leaves with 0 if all of it holds, else with 1. Without --key
    the keys are those that the file names: then it shows that the file is whole, not whose it is.
    """
    try:
        text = None if text_file is None else _read_text(text_file)
        report = check(
            file, keys, demanded=demanded, text=text, passphrase=passphrase, records=records
        )
    except _PROBLEMS as error:
        report = Report()
        report.wrong(f"{str(error)[:1].upper()}{str(error)[1:]}.")
    for finding in report:
        click.echo(str(finding))
    good = report.is_good
    click.echo("→ It holds." if good else "→ It does not hold.")
    if not good:
        sys.exit(1)


def check(
    file: Path,
    keys: Sequence[str],
    *,
    demanded: int = 0,
    text: Any = None,
    passphrase: str | None = None,
    records: bool = False,
) -> Report:
    """Check a file, whatever kind it is.

    Raises:
        NoteProblem, ReceiptProblem, ExportProblem: if it is none, or malformed.
    """
    with file.open("rb") as opened:
        start = opened.read(LARGEST_PROOF + 1)
    if start.startswith(_ZIP_START):
        return _check_export(file, keys, demanded, records)
    if start.startswith(PROOF_LINE.encode()):
        receipt = _opened(parse_receipt(start), passphrase)
        trust, report = _trusted(receipt.keys, keys)
        found = verify_receipt(receipt, trust, demanded=demanded, text=text)
    elif start.startswith(FORK_LINE.encode()):
        evidence = parse_evidence(start)
        trust, report = _trusted([evidence.log], keys)
        found = verify_fork(evidence.first, evidence.second, trust)
    else:
        trust, report = _trusted([], keys)
        found = verify_checkpoint(parse_note(start), trust, demanded=demanded)
    report.findings += found.findings
    return report


def _check_export(file: Path, keys: Sequence[str], demanded: int, records: bool) -> Report:
    try:
        with zipfile.ZipFile(file) as opened:
            archive = Archive(opened)
            offered = archive.small(KEYS).decode("utf-8", "replace").split("\n")
            trust, report = _trusted([line for line in offered if line], keys)
            report.findings += verify_export(archive, trust, demanded=demanded).findings
            if report.is_good and archive.has_texts:
                texts = verify_texts(archive.texts(), archive.records())
                report.findings += texts.findings
            if records and report.is_good:
                for entry in archive.records():
                    report.says(record_line(entry.index, entry.record))
            return report
    except (zipfile.BadZipFile, OSError) as error:
        raise ExportProblem(f"the file is damaged: {error}") from error


def _trusted(offered: Sequence[str], wanted: Sequence[str]) -> tuple[Trust, Report]:
    """Choose whose word is taken, and say so first."""
    report = Report()
    if not wanted and not offered:
        raise NoteProblem("the file names no key: give those you trust with --key")
    logs, witnesses = choose_keys(offered, wanted) if wanted else choose_keys([], offered)
    keys: list[LogKey | WitnessKey] = [*logs, *witnesses]
    if wanted:
        for key in keys:
            report.note(f"Trusted, because you said so: {key.name}, fingerprint {key.fingerprint}.")
    else:
        report.note(
            "No key was given: this shows that the file is whole, not whose log it is from."
            " Compare these fingerprints with ones you got in another way:"
        )
        for key in keys:
            report.note(f"  {key.name}: {key.fingerprint}")
    return Trust(tuple(logs), tuple(witnesses)), report


def _opened(receipt: Receipt, passphrase: str | None) -> Receipt:
    if receipt.sealed is None:
        return receipt
    if passphrase is None and sys.stdin.isatty():
        asked = "Passphrase (leave empty to check without opening)"
        passphrase = click.prompt(asked, hide_input=True, default="", show_default=False, err=True)
    return unseal(receipt, passphrase) if passphrase else receipt


def _read_text(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes().decode("utf-8"), object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise ReceiptProblem("the text given is not the JSON of a published content") from error


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key appears twice")
    return members
