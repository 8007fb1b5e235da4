"""Constraint names to refusals: what the database refuses is said like any other refusal."""

from __future__ import annotations

import psycopg
from sqlalchemy.exc import DBAPIError

from assent.refusal import Refusal

_refusals: dict[str, type[Refusal]] = {}


def register(constraint: str, refusal: type[Refusal]) -> None:
    """Say which refusal a violated constraint means."""
    _refusals[constraint] = refusal


def registered() -> frozenset[str]:
    """Return the names that mean a refusal."""
    return frozenset(_refusals)


def refusal_of(error: DBAPIError) -> Refusal | None:
    """Return the refusal a database error means, by the constraint's name; None for a real fault."""
    cause = error.orig
    if not isinstance(cause, psycopg.Error) or not cause.diag.constraint_name:
        return None
    refusal = _refusals.get(cause.diag.constraint_name)
    return refusal() if refusal else None
