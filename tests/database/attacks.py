"""Attacks with raw SQL: each on a case that could publish, each against the guard that is there for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from psycopg import errors

from tests.conftest import Place
from tests.database.rows import Connection, Rows, as_app

Step = Callable[[Rows], Any]


@dataclass(frozen=True)
class Attack:
    """Something that must not be possible, however complete the case is.

    steps: what is done to a case with everything on record.
    guard: table and trigger, or constraint, that has to stop it.
    constraint: the name its refusal has to carry.
    says: what else it has to say.
    """

    name: str
    steps: tuple[Step, ...]
    guard: tuple[str, str]
    constraint: str
    says: str = ""

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def publishable(connection: Connection) -> Rows:
    """A case with everything on record; that it does publish is seen, and taken back."""
    rows = Rows(connection)
    rows.open_case()
    rows.begin_action()
    rows.everybody_agrees()
    with rows.undone():
        rows.publish()
    return rows


def assert_refused(place: Place, attack: Attack) -> None:
    """It is refused, under the name of the guard that is there for it."""
    with as_app(place.app_dsn) as connection:
        rows = publishable(connection)
        with pytest.raises(errors.IntegrityError) as refusal:
            take(rows, attack)
    assert refusal.value.diag.constraint_name == attack.constraint
    assert attack.says in (refusal.value.diag.message_primary or "")


def assert_succeeds_with_its_guard_asleep(place: Place, attack: Attack) -> None:
    """It was that guard alone that held, and not an attack that could never have worked."""
    with as_app(place.app_dsn, place.superuser_dsn, without=attack.guard) as connection:
        take(publishable(connection), attack)


def take(rows: Rows, attack: Attack) -> None:
    """Take the attack's steps."""
    for step in attack.steps:
        step(rows)
