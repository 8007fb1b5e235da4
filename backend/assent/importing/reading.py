"""Reading an import file: every error says file, line, field, and what to write instead."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from assent.importing.schema import ImportFile

LARGEST_BYTES = 20 * 1024 * 1024
_DECISIONS = {"clearances", "consents", "publications", "standing_consents", "withdrawals"}
_DEEPEST = 40
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there
_RESOLVER = yaml.SafeLoader("")
_DAYS = yaml.SafeLoader("")
# Short, so that it is a number and no denial of service. NO is Norway: only true and false are yes and no.
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")


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
        data = _bytes_of(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise places.problem(
            (), f"it cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from error
    if len(data) > LARGEST_BYTES:
        raise places.problem((), "it is larger than 20 MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ImportProblem(path.name, line, "file", "it is not UTF-8: save it as UTF-8") from error
    value = _values(text, places)
    if not isinstance(value, dict):
        raise places.problem((), "it should have the keys organisations, people and cases")
    _refuse_decisions(value, (), places)
    try:
        return ImportFile.model_validate(value), places
    except ValidationError as error:
        first = error.errors()[0]
        location = tuple(first["loc"])
        raise places.problem(location, _reason(first)) from error


def _bytes_of(path: Path) -> bytes:
    """The file itself, or what is importable in a case's export; of a large one only so much as shows that it is."""
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        if "case.yaml" not in archive.namelist():
            raise zipfile.BadZipFile("there is no case.yaml in it")
        with archive.open("case.yaml") as member:
            return member.read(LARGEST_BYTES + 1)


def _values(text: str, places: Places) -> Any:
    """Build the values from the parser's events, remembering each one's line.

    From events rather than through a loader: no recursion that deep nesting could exhaust, no
    anchors that could multiply, no tags that could make objects, and keys that must be words.
    """
    builder = _Builder(places)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "it is not YAML"
        raise ImportProblem(
            places.file, mark.line + 1 if mark else 1, "file", str(reason)
        ) from error
    if not builder.documents:
        raise places.problem((), "it is empty")
    return builder.root


class _Builder:
    """Takes events one by one; `path` is where the next value belongs."""

    def __init__(self, places: Places) -> None:
        self.places, self.root, self.documents = places, None, 0
        self._open: list[tuple[dict[str, Any] | list[Any], tuple[str | int, ...]]] = []
        self._key: list[str | None] = []

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise self._problem(event, "one document a file: take the line --- out")
            case yaml.AliasEvent():
                raise self._problem(event, "write it out: no anchors or aliases")
            case yaml.ScalarEvent() | yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._value(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()
                self._key.pop()

    def _value(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            raise self._problem(event, "write it out: no anchors or aliases")
        if event.tag is not None and event.tag != "!":
            raise self._problem(event, "no tags: write the plain value")
        if self._open and isinstance(self._open[-1][0], dict) and self._key[-1] is None:
            self._take_key(event)
            return
        path = self._path()
        self.places.note(path, _line(event))
        if len(self._open) > _DEEPEST:
            raise self._problem(event, "it is nested too deeply")
        value: Any = self._scalar(event, path) if isinstance(event, yaml.ScalarEvent) else None
        if isinstance(event, yaml.MappingStartEvent):
            value = {}
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
        self._put(value)
        if not isinstance(event, yaml.ScalarEvent):
            self._open.append((value, path))
            self._key.append(None)

    def _take_key(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._problem(event, "a key is a word")
        members, path = self._open[-1]
        if event.value in members:
            here = (*path, event.value)
            self.places.note(here, _line(event))
            raise self.places.problem(here, "this key stands here twice")
        self._key[-1] = event.value

    def _path(self) -> tuple[str | int, ...]:
        if not self._open:
            return ()
        around, path = self._open[-1]
        return (*path, len(around) if isinstance(around, list) else str(self._key[-1]))

    def _put(self, value: Any) -> None:
        if not self._open:
            self.root = value
            return
        around, _ = self._open[-1]
        if isinstance(around, list):
            around.append(value)
        else:
            around[str(self._key[-1])] = value
            self._key[-1] = None

    def _scalar(self, event: yaml.ScalarEvent, path: tuple[str | int, ...]) -> Any:
        """Quoted text is text; a plain word may be a number, a day, true, false or nothing."""
        if not event.implicit[0]:
            return event.value
        tag = _kind_of(event.value)
        if tag == "null":
            return None
        if event.value in ("true", "false"):
            return event.value == "true"
        if _WHOLE.fullmatch(event.value):
            return int(event.value)
        if tag == "float" and event.value[-1:].isdigit():
            return float(event.value)
        if tag != "timestamp":
            return event.value
        try:
            return _DAYS.construct_yaml_timestamp(yaml.ScalarNode(tag, event.value))
        except (ValueError, OverflowError) as error:
            raise self.places.problem(path, "there is no such day or time") from error

    def _problem(self, event: yaml.Event, reason: str) -> ImportProblem:
        return ImportProblem(self.places.file, _line(event), "file", reason)


def _refuse_decisions(value: Any, path: tuple[str | int, ...], places: Places) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            inside_text = "form" in path or "languages" in path
            if key in _DECISIONS and not inside_text:
                reason = f"{key} are only ever made by people: take them out of the file"
                raise places.problem((*path, key), reason)
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


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _kind_of(plain: str) -> str:
    """What YAML takes a plain word for: null, timestamp, float, str …"""
    tag = _RESOLVER.resolve(yaml.ScalarNode, plain, (True, False))  # type: ignore[no-untyped-call]
    return str(tag).rpartition(":")[2]
