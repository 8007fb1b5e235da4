"""What pages ask of a target, and the FollowTheMoney entity it makes."""

from __future__ import annotations

from typing import Any

from assent.sanctions.entities import Entity

# Everything else comes in as FollowTheMoney JSON, and stays as it is when these are corrected.
ASKED = (
    "name", "alias", "birthDate", "birthPlace", "nationality", "country", "gender", "position", "passportNumber",
    "idNumber", "registrationNumber", "address", "notes",
)  # fmt: skip
_OF_PERSONS = {"birthDate", "birthPlace", "nationality", "gender", "position", "passportNumber"}
_OF_POSTS = ("name", "alias", "country", "notes")


def asked_of(schema: str) -> tuple[str, ...]:
    """Return which of the questions fit a kind of target."""
    if schema == "Position":
        return _OF_POSTS
    if schema == "Person":
        return tuple(name for name in ASKED if name != "registrationNumber")
    return tuple(name for name in ASKED if name not in _OF_PERSONS)


def entity_of(form: dict[str, str], before: Entity | None = None) -> dict[str, Any]:
    """Return the entity a form describes: one value a line; what its kind does not have is left out.

    Args:
        before: what it was; what the form does not ask for stays.
    """
    schema = form["schema"] or "Person"
    asked = asked_of(schema)
    kept = {
        name: list(values)
        for name, values in (before.properties.items() if before else ())
        if name not in asked
    }
    written = {
        name: [line for line in form[name].splitlines() if line.strip()]
        for name in asked
        if form[name].strip()
    }
    return {"schema": schema, "properties": {**kept, **written}}


def form_of(entity: Entity) -> dict[str, str]:
    """Return what the form shows of an entity."""
    return {name: "\n".join(entity.values(name)) for name in ASKED}
