"""The fonts documents are set in, and which letters they have."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from assent.settings import ROOT

FOLDER = ROOT / "frontend" / "node_modules" / "@expo-google-fonts"
# In this order a letter is looked for. Vazirmatn before Noto Naskh: its letters are whole, so that what is
# copied from a PDF is what was written; Noto composes them of skeletons and dots.
FAMILIES = ("Noto Sans", "Vazirmatn", "Noto Naskh Arabic", "Noto Sans Ethiopic", "Noto Sans SC")
# Set by the typesetter, never drawn: direction marks, joiners, line ends, variation selectors.
_NEVER_DRAWN = {"Cf", "Cc", "Zl", "Zp"}


def font_files() -> list[Path]:
    """Return the regular and bold fonts of each family.

    Raises:
        FileNotFoundError: they were not fetched.
    """
    wanted = ("400Regular", "700Bold", "400Regular_Italic", "700Bold_Italic")
    files = [path for style in wanted for path in sorted(FOLDER.glob(f"*/{style}/*.ttf"))]
    if not files:
        raise FileNotFoundError(f"no fonts under {FOLDER}: `make setup` fetches them")
    return files


@cache
def typesetters_fonts() -> Any:
    """Return the fonts for the typesetter: ours alone, on every machine the same."""
    import typst

    folders = sorted({str(path.parent) for path in font_files()})
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


@cache
def _letters() -> frozenset[int]:
    """Return every code point that some regular font has."""
    from fontTools.ttLib import TTFont

    letters: set[int] = set()
    for path in font_files():
        if path.parent.name == "400Regular":
            with TTFont(path, lazy=True) as font:
                letters.update(font.getBestCmap())
    return frozenset(letters)


def missing_letters(texts: Iterable[str]) -> list[str]:
    """Return the letters of these texts that no font has, in their order, each once."""
    missing = dict.fromkeys(
        char
        for text in texts
        for char in text
        if ord(char) not in _letters()
        and unicodedata.category(char) not in _NEVER_DRAWN
        and not unicodedata.combining(char)
        and not 0xFE00 <= ord(char) <= 0xFE0F
    )
    return list(missing)
