"""FollowTheMoney entities: checked by its library, told in our words. The library is slow to load: only when used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

from assent.refusal import N_
from assent.sanctions.refusals import BrokenEntity, CommandCircle

LONGEST_VALUE = 20_000
MOST_VALUES = 200
_ENTITY_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,255}")
COMMANDS = "commands"
_JOINERS = re.compile("[\u200c\u200d]")
# What tells one person or organisation from others of the same name.
_IDENTIFYING = (
    "birthDate", "birthPlace", "passportNumber", "idNumber", "registrationNumber", "taxNumber", "innCode",
    "leiCode", "wikidataId", "nationality", "position", "incorporationDate", "imoNumber", "number",
)  # fmt: skip


@dataclass(frozen=True)
class Entity:
    """A checked entity.

    Attributes:
        id: of the file or case it is in.
        properties: only filled ones, each a list of text.
    """

    id: str
    schema: str
    properties: Mapping[str, tuple[str, ...]]

    def as_json(self) -> dict[str, Any]:
        """Return FollowTheMoney JSON."""
        filled = {name: list(values) for name, values in self.properties.items()}
        return {"id": self.id, "schema": self.schema, "properties": filled}

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it goes by, the main one first."""
        found = (*self.values("name"), *self.values("alias"), *self.values("weakAlias"))
        return tuple(dict.fromkeys(found))

    @property
    def caption(self) -> str:
        """What it is called in a line: its main name, else what it is."""
        return (self.names or (self.schema,))[0]

    @property
    def latin_name(self) -> str:
        """Its name in Latin letters: as somebody spelled it, else as a machine does; empty if it is in them."""
        machine = transliteration(self.caption)
        spelled = (name for name in self.names if not transliteration(name))
        return next(spelled, machine) if machine else ""

    def values(self, name: str) -> tuple[str, ...]:
        """Return a property's values."""
        return self.properties.get(name, ())

    @property
    def is_link(self) -> bool:
        """Whether it stands between two others: a post held, a command, a kinship."""
        return self.ends is not None

    @property
    def ends(self) -> tuple[str, str] | None:
        """Names of the two properties of a link, from whom and to whom; None for what is no link."""
        found = _schema(self.schema)
        return (found.edge_source, found.edge_target) if found.edge else None

    @property
    def may_be_listed(self) -> bool:
        """Whether measures can be asked for against it."""
        return bool(_schema(self.schema).is_a("LegalEntity")) or self.schema in (
            "Vessel",
            "Airplane",
        )

    @property
    def lacks_identifiers(self) -> bool:
        """Whether nothing in it tells it from others of the same name: worth a warning, no obstacle."""
        return self.may_be_listed and not any(self.values(name) for name in _IDENTIFYING)


def check_entity(raw: object, place: str = "") -> Entity:
    """Check FollowTheMoney JSON, and bring its values to the library's normal form.

    Args:
        place: where it stands, such as `targets[2]`, for errors.

    Raises:
        BrokenEntity: with field and reason.
    """
    entity = _shape(raw, place)
    schema = _model().get(str(entity.get("schema") or ""))
    if schema is None or schema.abstract or schema.deprecated:
        raise BrokenEntity(
            N_("{place}: there is no such schema in FollowTheMoney."), _at(place, "schema")
        )
    entity_id = entity.get("id") or f"a-{uuid4().hex}"
    if not isinstance(entity_id, str) or not _ENTITY_ID.fullmatch(entity_id):
        raise BrokenEntity(
            N_("{place}: an id is text without spaces, at most 255 characters."), _at(place, "id")
        )
    properties = entity.get("properties", {})
    if not isinstance(properties, Mapping):
        raise BrokenEntity(
            N_("{place}: this should be an object of lists."), _at(place, "properties")
        )
    checked: dict[str, tuple[str, ...]] = {}
    for name, values in properties.items():
        where = _at(place, f"properties.{name}")
        found = schema.get(str(name))
        if found is None or found.stub:
            raise BrokenEntity(
                N_("{place}: {schema} has no such property."), where, schema=schema.name
            )
        if kept := _values(found, values, where):
            checked[found.name] = kept
    _require_named(schema, checked, place)
    return Entity(entity_id, schema.name, checked)


def _shape(raw: object, place: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise BrokenEntity(
            N_("{place}: this should be a FollowTheMoney entity, an object."), place or "entity"
        )
    for key in raw:
        # Data sets say more of an entity, such as when it was first seen; that is theirs, not the target's.
        if not isinstance(key, str):
            raise BrokenEntity(
                N_("{place}: this should be a FollowTheMoney entity, an object."), place or "entity"
            )
    return raw


def _values(found: Any, raw: object, where: str) -> tuple[str, ...]:
    values = [raw] if isinstance(raw, str) else raw
    if not isinstance(values, list | tuple):
        raise BrokenEntity(N_("{place}: this should be a list of text."), where)
    if len(values) > MOST_VALUES:
        raise BrokenEntity(N_("{place}: at most {most} values."), where, most=MOST_VALUES)
    kept: dict[str, None] = {}
    for number, value in enumerate(values):
        here = f"{where}[{number}]"
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise BrokenEntity(N_("{place}: this should be text."), here)
        if not value.strip():
            continue
        if len(value) > LONGEST_VALUE:
            raise BrokenEntity(
                N_("{place}: it is too long, at most {most} characters."), here, most=LONGEST_VALUE
            )
        clean = _clean(found.type, value)
        if clean is None or "\0" in clean:
            raise BrokenEntity(
                N_("{place}: “{value}” is no value for a property of type {type}."),
                here, value=value[:60], type=found.type.name,
            )  # fmt: skip
        kept[clean] = None
    return tuple(kept)


def _clean(kind: Any, value: str) -> str | None:
    """A value as the library writes it, but with the joiners that scripts such as Persian are misspelled without."""
    if kind.name == "entity":
        return value.strip()
    clean = kind.clean(value)
    plain = " ".join(value.split())
    if clean is not None and _JOINERS.sub("", plain) == clean:
        return plain
    return None if clean is None else str(clean)


def _require_named(schema: Any, properties: Mapping[str, tuple[str, ...]], place: str) -> None:
    if schema.edge:
        for end in (schema.edge_source, schema.edge_target):
            if not properties.get(end):
                raise BrokenEntity(
                    N_("{place}: say whom this link joins."), _at(place, f"properties.{end}")
                )
    elif schema.is_a("Thing") and not properties.get("name"):
        raise BrokenEntity(N_("{place}: give a name."), _at(place, "properties.name"))


def _at(place: str, field: str) -> str:
    return f"{place}.{field}" if place else field


@cache
def _model() -> Any:
    from followthemoney import model

    return model


def _schema(name: str) -> Any:
    return _model().get(name)


def schema_label(name: str) -> str:
    """Return what a schema is called in English."""
    found = _schema(name)
    return str(found.label) if found is not None else name


def property_label(schema: str, name: str) -> str:
    """Return what a property is called in English."""
    found = _schema(schema)
    known = found.get(name) if found is not None else None
    return str(known.label) if known is not None else name


def listable_schemas() -> list[str]:
    """Return the schemas a target can be of, the commonest first."""
    return ["Person", "Organization", "PublicBody", "Company", "LegalEntity", "Position"]


def transliteration(name: str) -> str:
    """Return a name in Latin letters; empty where it is in them already."""
    from normality import latinize_text

    latin = str(latinize_text(name) or "")
    return "" if latin == name or not latin else latin


def require_no_circle(entities: Iterable[Entity]) -> None:
    """Check that nobody commands themselves, through however many others.

    Raises:
        CommandCircle: naming those in the circle, in order.
    """
    known = {entity.id: entity for entity in entities}
    below: dict[str, list[str]] = {}
    for entity in known.values():
        if is_command(entity):
            for superior in entity.values("subject"):
                below.setdefault(superior, []).extend(entity.values("object"))
    if circle := _circle(below):
        names = [known[key].caption if key in known else key for key in circle]
        raise CommandCircle(names)


def is_command(entity: Entity) -> bool:
    """Whether a link says that its subject commands its object."""
    return entity.schema == "UnknownLink" and any(
        role.strip().lower().startswith("command") for role in entity.values("role")
    )


def _circle(below: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the first circle, beginning and ending with the same; walks without recursion."""
    done: set[str] = set()
    for start in below:
        if start in done:
            continue
        path: list[str] = []
        on_path: dict[str, int] = {}
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                path.pop()
                del on_path[node]
                done.add(node)
                continue
            if node in on_path:
                return [*path[on_path[node] :], node]
            if node in done:
                continue
            on_path[node] = len(path)
            path.append(node)
            stack.append((node, True))
            stack.extend((lower, False) for lower in below.get(node, ()))
    return []


def merged(kept: Entity, other: Entity) -> tuple[Entity, dict[str, list[str]]]:
    """Return one entity of two, and what came to the first from the second.

    Raises:
        BrokenEntity: they are of kinds that cannot be one.
    """
    common = (
        _model().common_schema(_schema(kept.schema), _schema(other.schema))
        if _related(kept, other)
        else None
    )
    if common is None:
        raise BrokenEntity(N_("{place}: these two are of kinds that cannot be one."), "schema")
    properties = {name: list(values) for name, values in kept.properties.items()}
    added: dict[str, list[str]] = {}
    for name, values in other.properties.items():
        if common.get(name) is None:
            continue
        # Another spelling of the main name is one more name it goes by.
        into = "alias" if name == "name" and common.get("alias") is not None else name
        have = {*properties.get(into, ()), *(properties.get("name", ()) if into == "alias" else ())}
        if fresh := [value for value in values if value not in have]:
            properties.setdefault(into, []).extend(fresh)
            added[into] = fresh
    joined = {name: tuple(values) for name, values in properties.items()}
    return Entity(kept.id, common.name, joined), added


def _related(one: Entity, other: Entity) -> bool:
    from followthemoney.exc import InvalidData

    try:
        _model().common_schema(_schema(one.schema), _schema(other.schema))
    except InvalidData:
        return False
    return not one.is_link and not other.is_link


def without(entity: Entity, added: Mapping[str, Sequence[str]]) -> Entity:
    """Return an entity as it would be without what a merge brought."""
    left = {
        name: tuple(value for value in values if value not in added.get(name, ()))
        for name, values in entity.properties.items()
    }
    return Entity(
        entity.id, entity.schema, {name: values for name, values in left.items() if values}
    )


def from_stored(raw: Mapping[str, Any]) -> Entity:
    """Return an entity as it was kept: checked when it came in, not again."""
    properties = {name: tuple(values) for name, values in raw["properties"].items()}
    return Entity(str(raw["id"]), str(raw["schema"]), properties)
