"""The texts of an export, held against the digests on record: what is imported elsewhere is what was decided on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import rfc8785
import yaml

from assent.ledger.exports import IMPORTABLE, ExportProblem, OpenedEntry
from assent.ledger.report import Report

_WRITTEN = "revision_submitted"


class _Plain(yaml.SafeLoader):
    """YAML without aliases: nothing in it is larger than it looks."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it refers to itself")
        return super().compose_node(parent, index)


def verify_texts(importable: bytes, records: Iterable[OpenedEntry]) -> Report:
    """Compare every text of what is importable with the digests that were recorded when texts were put forward.

    Args:
        importable: `case.yaml`.
        records: already shown to be what the ledger's entries commit to.

    Raises:
        ExportProblem: it cannot be read.
    """
    report = Report()
    recorded = {
        str(opened.record["body"].get("digest"))
        for opened in records
        if opened.record.get("event") == _WRITTEN and isinstance(opened.record.get("body"), dict)
    }
    found = set()
    for title, number, content in _texts(importable):
        digest = _digest(content)
        found.add(digest)
        if digest not in recorded:
            report.wrong(f"Version {number} of “{title}” in {IMPORTABLE} is not a text on record.")
    if report.findings:
        return report
    report.holds(f"{len(found)} texts in {IMPORTABLE} are word for word those on record.")
    if missing := len(recorded - found):
        report.note(f"{missing} texts are on record that are not in it.")
    return report


def _texts(importable: bytes) -> Iterator[tuple[str, int, Any]]:
    try:
        # A loader of ours that makes nothing but plain values.
        whole = yaml.load(importable, Loader=_Plain)  # noqa: S506
        for case in whole["cases"]:
            for action in case.get("actions", []):
                for number, content in enumerate(action.get("revisions", []), start=1):
                    yield str(action["title"])[:120], number, content
    except (
        yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError, RecursionError, ValueError
    ) as error:  # fmt: skip
        raise ExportProblem(f"{IMPORTABLE} cannot be read") from error


def _digest(content: Any) -> str:
    try:
        return hashlib.sha256(rfc8785.dumps(content)).hexdigest()
    except (rfc8785.CanonicalizationError, RecursionError):
        return ""
