"""policies/witnesses.yaml: who cosigns this log, and how many of them a receipt needs to be complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from assent.ledger.cosignatures import WitnessKey, parse_key
from assent.ledger.notes import NoteProblem

FILE = "witnesses.yaml"


class WitnessFileError(ValueError):
    """A list of witnesses that cannot be used; says file and reason."""


@dataclass(frozen=True)
class WitnessAt:
    """A witness of this log.

    Attributes:
        address: where it is asked, without `/add-checkpoint`.
    """

    address: str
    key: WitnessKey


@dataclass(frozen=True)
class WitnessList:
    """Who is asked to cosign.

    Attributes:
        needed: how many cosignatures make a receipt complete, where a case does not say otherwise.
        cases: cases, by short name, that want another number.
    """

    witnesses: tuple[WitnessAt, ...] = ()
    needed: int = 0
    cases: Mapping[str, int] = field(default_factory=dict)

    def needed_in(self, slug: str | None) -> int:
        """Return how many cosignatures a receipt of this case needs."""
        return self.cases.get(slug or "", self.needed)


def read_witnesses(policies: Path) -> WitnessList:
    """Read the list; without a file there are no witnesses, and a receipt needs none.

    Raises:
        WitnessFileError: if it cannot be used.
    """
    path = policies / FILE
    if not path.exists():
        return WitnessList()
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return _read(found)
    except (OSError, yaml.YAMLError, NoteProblem, ValueError, TypeError, KeyError) as error:
        raise WitnessFileError(f"{path}: {error}") from error


def _read(found: dict[str, Any]) -> WitnessList:
    if unknown := set(found) - {"witnesses", "needed", "cases"}:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    witnesses = []
    for one in found.get("witnesses") or []:
        key = parse_key(str(one["key"]))
        if not isinstance(key, WitnessKey):
            raise ValueError("a witness's key is needed, not a log's")
        if not str(one["address"]).startswith(("https://", "http://")):
            raise ValueError("an address begins with https://")
        witnesses.append(WitnessAt(str(one["address"]), key))
    if len({w.key.name for w in witnesses}) + len({w.key.public for w in witnesses}) != 2 * len(
        witnesses
    ):
        raise ValueError("each witness has a name and a key of its own")
    needed, cases = found.get("needed", 0), found.get("cases") or {}
    for number in (needed, *cases.values()):
        if type(number) is not int or not 0 <= number <= len(witnesses):
            raise ValueError("as many witnesses can be needed as there are")
    return WitnessList(tuple(witnesses), needed, dict(cases))


_current = WitnessList()


def set_current(witnesses: WitnessList) -> None:
    """Make this the process's list; done once, at start."""
    global _current
    _current = witnesses


def current() -> WitnessList:
    """Return the process's list."""
    return _current
