"""Reading a file under policies/ into a declared shape; what does not fit is said with file, line and field."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from assent.access import PolicyFileError

_LONGEST_FILE = 1024 * 1024
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there
Shape = TypeVar("Shape", bound=BaseModel)
Lines = dict[tuple[str | int, ...], int]


def read_policy_file(path: Path, shape: type[Shape]) -> Shape:
    """Read a YAML file.

    Args:
        shape: what it has to be; keys it does not know are refused.

    Raises:
        PolicyFileError: naming file, line, field and reason.
    """
    text = path.read_text(encoding="utf-8")
    lines: Lines = {}
    try:
        if len(text) > _LONGEST_FILE:
            raise PolicyFileError(f"{path}: it is longer than 1 MB")
        value = _plain(yaml.compose(text, Loader=_LOADER), (), lines, path)
        return shape.model_validate(value)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise PolicyFileError(f"{path}, line {line}: it is not YAML") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = _of_the_file(first["loc"], lines)
        field = ".".join(str(part) for part in first["loc"]) or "file"
        raise PolicyFileError(f"{path}, line {lines[where]}: {field}: {first['msg']}") from error


def _of_the_file(where: tuple[str | int, ...], lines: Lines) -> tuple[str | int, ...]:
    """Return the longest beginning of a path that stands in the file: what is missing has no line."""
    while where not in lines:
        where = where[:-1]
    return where


def _plain(node: yaml.Node | None, where: tuple[str | int, ...], lines: Lines, path: Path) -> Any:
    """Turn nodes into values, and note the line of each; every scalar stays the text it is."""
    lines[where] = node.start_mark.line + 1 if node is not None else 1
    if isinstance(node, yaml.MappingNode):
        members: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in members:
                line = key.start_mark.line + 1
                raise PolicyFileError(f"{path}, line {line}: {name}: this key stands here twice")
            members[name] = _plain(value, (*where, name), lines, path)
        return members
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*where, n), lines, path) for n, item in enumerate(node.value)]
    return node.value if isinstance(node, yaml.ScalarNode) else None
