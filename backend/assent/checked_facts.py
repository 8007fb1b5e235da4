"""What the policies say of law and practice, and how each of it is known: for `assent doctor` and the tests.

Law changes, and a fact read once is not read for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

from assent.actions.kinds.declared import Source, load_forms
from assent.actions.kinds.procedures import load_procedures
from assent.sanctions.dossier_forms import load_dossier_forms
from assent.sanctions.jurisdictions import Fact, load_jurisdictions

# After this long a fact is read again, even where nobody has heard of a change.
READ_AGAIN_AFTER = timedelta(days=400)


@dataclass(frozen=True)
class KnownFact:
    """One thing the policies rely on.

    Attributes:
        about: where it stands.
        read_on: the day it was last read on a public page; None: it is from memory.
        source: of what was read.
        unchecked: what of it is from memory; empty where all of it was read.
    """

    about: str
    read_on: date | None
    source: str
    unchecked: str


def known_facts(policies: Path) -> Iterator[KnownFact]:
    """Return everything that jurisdictions, dossiers, forms and procedures rely on.

    Raises:
        assent.access.PolicyFileError: a file does not fit.
    """
    jurisdictions = load_jurisdictions(policies)
    for code, one in jurisdictions.by_code.items():
        for fact in one.facts:
            yield _read(f"jurisdictions.yaml, {code}", fact)
    for form in load_dossier_forms(policies, jurisdictions).by_code.values():
        for fact in (form.addressee, form.legal_test):
            yield _read(f"forms/dossiers, {form.jurisdiction}", fact)
    forms = load_forms(policies)
    for declared in chain.from_iterable(kind.values() for kind in forms.by_kind.values()):
        yield _looked_at(f"forms, {declared.kind} {declared.form}", declared.source)
    for procedure in load_procedures(policies, forms).procedures:
        about = f"procedures.yaml, {procedure.kind} {procedure.form}"
        yield _looked_at(about, procedure.source)


def laws_that_ran_out(policies: Path, today: date) -> list[str]:
    """Return the jurisdictions whose legal basis has run out unless it was renewed, by code."""
    found = load_jurisdictions(policies).by_code
    return [code for code, one in found.items() if one.warning_on(today) == "over"]


def _read(about: str, fact: Fact) -> KnownFact:
    unchecked = fact.says if fact.from_memory else ""
    return KnownFact(about, fact.verified_on, fact.source or "", unchecked)


def _looked_at(about: str, source: Source) -> KnownFact:
    return KnownFact(about, date.fromisoformat(source.checked), source.what, source.unchecked)
