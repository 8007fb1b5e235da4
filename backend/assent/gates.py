"""The gates in force: policies/gates.yaml, recorded in the database before anything is held to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.gate.rules import GateBook, GateRule, load_gates
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.refusal import N_, Refusal

_LATEST = text("select version, digest from assent.gate_books order by version desc limit 1")
_NEW_BOOK = text(
    "insert into assent.gate_books (version, digest, loaded_at, ledger_index)"
    " values (:version, :digest, :at, :index)"
)
_NEW_RULE = text(
    "insert into assent.gate_rules (version, kind, rule) values (:version, :kind, cast(:rule as jsonb))"
)


class GatesOutOfDate(Refusal):
    """The database holds another gates file in force than this process has read: it fails shut."""

    type = "gates-out-of-date"
    status = 503
    title = N_("The rules of the gates have just changed.")
    advice = N_(
        "Please try again in a minute. If this stays, the operator has to restart the server."
    )


@dataclass(frozen=True)
class GatesInForce:
    """A gates file and the version under which the database knows it."""

    book: GateBook
    version: int

    def rule(self, kind: str, *, version: int) -> GateRule:
        """Return the gate of a kind, if `version` is still the one in force.

        Raises:
            GatesOutOfDate: if the database has moved on.
        """
        if version != self.version:
            raise GatesOutOfDate
        return self.book.rule(kind)


def read_gates(policies: Path) -> GateBook:
    """Read and validate policies/gates.yaml.

    Raises:
        assent.gate.rules.GateFileError: naming file, line, field and reason.
    """
    path = policies / "gates.yaml"
    return load_gates(path.read_text(encoding="utf-8"), str(path))


async def load_gate_book(session: AsyncSession, book: GateBook) -> int:
    """Record the gates file as in force, if it is not already; returns its version.

    Only the owner's role may do this: the application cannot loosen a gate.

    Args:
        session: a session of the database's owner.
    """
    await session.execute(text("lock table assent.gate_books in share row exclusive mode"))
    latest = (await session.execute(_LATEST)).one_or_none()
    if latest is not None and latest.digest == book.digest:
        return int(latest.version)
    now = (await session.execute(text("select assent.present()"))).scalar_one()
    body = {"digest": book.digest} | ({"before": latest.digest} if latest else {})
    index = await append(
        session, event=EventKind.GATES_LOADED, actor=None, case_id=None, at=now, body=body
    )
    version = latest.version + 1 if latest else 1
    await session.execute(
        _NEW_BOOK, {"version": version, "digest": book.digest, "at": now, "index": index}
    )
    for kind, rule in book.kinds.items():
        values = {"version": version, "kind": kind, "rule": json.dumps(rule.as_json())}
        await session.execute(_NEW_RULE, values)
    return version


async def bring_into_force(session: AsyncSession, book: GateBook) -> None:
    """Check at start that the database holds this very file in force, and use it from now on.

    Raises:
        GatesOutOfDate: if the file was changed and not yet loaded (`assent migrate` does that).
    """
    global _current
    latest = (await session.execute(_LATEST)).one_or_none()
    if latest is None or latest.digest != book.digest:
        raise GatesOutOfDate
    _current = GatesInForce(book, latest.version)


def current() -> GatesInForce:
    """Return the gates in force in this process.

    Raises:
        RuntimeError: before `bring_into_force`.
    """
    if _current is None:
        raise RuntimeError("the gates have not been loaded")
    return _current


_current: GatesInForce | None = None
