"""Reading an import file: every error says file, line, field, and what to write instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from assent.importing.schema import ImportFile

LARGEST_BYTES = 20 * 1024 * 1024
_DECISIONS = {"clearances", "consents", "publications", "standing_consents", "withdrawals"}
_NOT_YET = {"events": "events", "targets": "targets"}
_DEEPEST = 40


class ImportProblem(ValueError):
    """Something in an import file that cannot be taken; nothing of the file is.

    Attributes:
        line: counted from 1.
        field: path such as `cases[0].actions[2].kind`.
    """

    def __init__(self, file: str, line: int, field: str, reason: str) -> None:
        super().__init__(f"{file}, line {line}, {field}: {reason}")
        self.file, self.line, self.field, self.reason = file, line, field, reason


class Places:
    """Where in the file each value stands, for errors found later."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._lines: dict[tuple[str | int, ...], int] = {}

    def note(self, path: tuple[str | int, ...], line: int) -> None:
        """Remember the line of a value."""
        self._lines[path] = line

    def line(self, path: tuple[str | int, ...]) -> int:
        """Return the line of a value, or of the nearest thing around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def problem(self, path: tuple[str | int, ...], reason: str) -> ImportProblem:
        """Return the error for a value."""
        return ImportProblem(self.file, self.line(path), dotted(path), reason)


def dotted(path: tuple[str | int, ...]) -> str:
    """Return a path as people write it."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "file"


def read_import(path: Path) -> tuple[ImportFile, Places]:
    """Read and check an import file.

    Raises:
        ImportProblem: for the first thing that cannot be taken.
    """
    places = Places(path.name)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise places.problem((), f"it cannot be read: {error.strerror}") from error
    if len(data) > LARGEST_BYTES:
        raise places.problem((), "it is larger than 20 MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ImportProblem(path.name, line, "file", "it is not UTF-8: save it as UTF-8") from error
    value = _values(_parse(text, places), (), places, 0)
    if not isinstance(value, dict):
        raise places.problem((), "it should have the keys organisations, people and cases")
    _refuse_decisions(value, (), places)
    try:
        return ImportFile.model_validate(value), places
    except ValidationError as error:
        first = error.errors()[0]
        location = tuple(first["loc"])
        raise places.problem(location, _reason(first)) from error


def _parse(text: str, places: Places) -> yaml.Node:
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                line = token.start_mark.line + 1
                raise ImportProblem(
                    places.file, line, "file", "write it out: no anchors or aliases"
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "it is not YAML"
        raise ImportProblem(
            places.file, mark.line + 1 if mark else 1, "file", str(reason)
        ) from error
    except RecursionError as error:
        raise places.problem((), "it is nested too deeply") from error
    if node is None:
        raise places.problem((), "it is empty")
    return node


def _values(node: yaml.Node, path: tuple[str | int, ...], places: Places, depth: int) -> Any:
    """Turn nodes into values, remembering each one's line."""
    places.note(path, node.start_mark.line + 1)
    if depth > _DEEPEST:
        raise places.problem(path, "it is nested too deeply")
    if isinstance(node, yaml.MappingNode):
        members: dict[str, Any] = {}
        for key, item in node.value:
            name = str(key.value)
            if name in members:
                places.note((*path, name), key.start_mark.line + 1)
                raise places.problem((*path, name), "this key stands here twice")
            members[name] = _values(item, (*path, name), places, depth + 1)
        return members
    if isinstance(node, yaml.SequenceNode):
        return [_values(item, (*path, n), places, depth + 1) for n, item in enumerate(node.value)]
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)  # type: ignore[no-untyped-call]
    except (yaml.YAMLError, ValueError) as error:
        raise places.problem(path, "this value cannot be read: put it in quotes") from error


def _refuse_decisions(value: Any, path: tuple[str | int, ...], places: Places) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            inside_text = "revisions" in path
            if key in _DECISIONS and not inside_text:
                reason = f"{key} are only ever made by people: take them out of the file"
                raise places.problem((*path, key), reason)
            if key in _NOT_YET and path[:1] == ("cases",) and item:
                raise places.problem(
                    (*path, key), f"this version does not import {key} yet: leave them out"
                )
            _refuse_decisions(item, (*path, key), places)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            _refuse_decisions(item, (*path, number), places)


def _reason(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return "there is no such key here"
    if kind == "missing":
        return "this is missing"
    if kind == "literal_error":
        return f"this should be one of: {context.get('expected')}"
    if kind == "string_pattern_mismatch":
        return "this does not have the right form"
    return str(error["msg"][0].lower() + error["msg"][1:])
