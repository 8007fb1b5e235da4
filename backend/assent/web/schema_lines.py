"""Calls of the OpenAPI document as people read them: names, types in words, what each is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
_DEEPEST = 3


@dataclass(frozen=True)
class FieldLine:
    """One member of what is sent or answered.

    Attributes:
        name: dotted, such as `revision.digest`; `[]` after a list.
        kind: its type in words.
    """

    name: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True)
class AnswerLine:
    """One way in which a call may be answered.

    Attributes:
        problems: slugs of the problem types, for errors.
    """

    status: str
    description: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class CallLines:
    """One call."""

    id: str
    tag: str
    method: str
    path: str
    description: str
    parameters: tuple[FieldLine, ...]
    sent: tuple[FieldLine, ...]
    answered: tuple[FieldLine, ...]
    answers: tuple[AnswerLine, ...]


def call_lines(document: Json, path: str, method: str, operation: Json) -> CallLines:
    """Return one call of a document, in words."""
    body = _schema_in(operation.get("requestBody", {}))
    good: Json = next((r for s, r in operation["responses"].items() if s[0] == "2"), {})
    return CallLines(
        id=operation["operationId"],
        tag=operation["tags"][0],
        method=method,
        path=path,
        description=operation.get("description", ""),
        parameters=tuple(_parameter(document, p) for p in operation.get("parameters", [])),
        sent=tuple(field_lines(document, body)),
        answered=tuple(field_lines(document, _schema_in(good))),
        answers=tuple(_answer(status, r) for status, r in sorted(operation["responses"].items())),
    )


def field_lines(
    document: Json, schema: Json | None, before: str = "", depth: int = 0
) -> list[FieldLine]:
    """Return the members of a schema, those within others after them."""
    members = _resolved(document, schema)
    lines: list[FieldLine] = []
    for name, member in members.get("properties", {}).items():
        full = f"{before}{name}"
        needed = name in members.get("required", ())
        lines.append(
            FieldLine(full, kind_of(document, member), needed, member.get("description", ""))
        )
        inner, mark = _within(document, member)
        if inner is not None and depth < _DEEPEST:
            lines += field_lines(document, inner, f"{full}{mark}.", depth + 1)
    return lines


def kind_of(document: Json, schema: Json) -> str:
    """Return a schema's type in words."""
    if options := schema.get("anyOf"):
        return " or ".join(dict.fromkeys(kind_of(document, option) for option in options))
    found = _resolved(document, schema)
    if "enum" in found:
        return " | ".join(str(value) for value in found["enum"])
    if "const" in found:
        return str(found["const"]).lower()
    if found.get("type") == "array":
        return f"list of {kind_of(document, found.get('items', {}))}"
    return str(found.get("format") or found.get("type") or "any JSON")


def _within(document: Json, schema: Json) -> tuple[Json | None, str]:
    """Return the schema of objects within a member, if it holds any, and how a list is marked."""
    for option in schema.get("anyOf", [schema]):
        found = _resolved(document, option)
        if found.get("type") == "array":
            inner, mark = _within(document, found.get("items", {}))
            return inner, f"[]{mark}"
        if "properties" in found:
            return option, ""
    return None, ""


def _resolved(document: Json, schema: Json | None) -> Json:
    if schema is None:
        return {}
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return dict(document["components"]["schemas"][name])
    if len(options := schema.get("anyOf", [])) and "properties" not in schema:
        return _resolved(document, options[0])
    return schema


def _schema_in(holder: Json) -> Json | None:
    content = holder.get("content", {}).get("application/json")
    return content["schema"] if content else None


def _parameter(document: Json, parameter: Json) -> FieldLine:
    return FieldLine(
        parameter["name"],
        f"{kind_of(document, parameter['schema'])}, {parameter['in']}",
        parameter.get("required", False),
        parameter.get("description", ""),
    )


def _answer(status: str, response: Json) -> AnswerLine:
    content = response.get("content", {}).get("application/problem+json", {})
    return AnswerLine(status, response["description"], tuple(content.get("examples", {})))
