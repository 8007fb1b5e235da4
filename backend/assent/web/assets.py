"""Scripts, styles and icons under names that carry their content's hash, so that they may be cached for ever."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from assent.settings import ROOT

DIST: Path = ROOT / "frontend" / "dist"


class NotBuilt(RuntimeError):
    """The front end has not been built: `make setup` does that."""


@cache
def manifest() -> dict[str, str]:
    """Return source name → hashed file name, as the build wrote it.

    Raises:
        NotBuilt: there is no build.
    """
    path = DIST / "manifest.json"
    if not path.exists():
        raise NotBuilt("The front end has not been built: run `make setup`.")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def asset(name: str) -> str:
    """Return the address of a built file, such as `app.css`.

    Raises:
        KeyError: the build made no such file.
    """
    return f"/static/{manifest()[name]}"
