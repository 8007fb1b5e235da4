"""A title as a picture, for where links are shown as pictures: nothing on it but the title."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from assent.documents.fonts import FAMILIES, missing_letters, typesetters_fonts
from assent.documents.refusals import LettersMissing
from assent.language import direction

_LAYOUT = Path(__file__).with_name("card.typ")
_DOTS_PER_INCH = 144  # 1200 by 630 dots, what the networks ask for


async def as_card(title: str, language: str) -> bytes:
    """Draw a title as a PNG, beside the event loop.

    Raises:
        LettersMissing: naming the letters no font here has.
    """
    return await asyncio.to_thread(draw_card, title, language)


def draw_card(title: str, language: str) -> bytes:
    """Draw a title as a PNG: the same title the same bytes.

    Raises:
        LettersMissing: naming the letters no font here has.
    """
    import typst

    if missing := missing_letters([title]):
        raise LettersMissing(missing)
    data = {
        "title": title,
        "language": language.partition("-")[0],
        "rtl": direction(language) == "rtl",
        "families": list(FAMILIES),
    }
    with tempfile.TemporaryDirectory(prefix="assent-card-") as folder:
        root = Path(folder)
        (root / "card.json").write_text(json.dumps(data), encoding="utf-8")
        (root / "card.typ").write_text(_LAYOUT.read_text(encoding="utf-8"), encoding="utf-8")
        picture: Any = typst.compile(
            str(root / "card.typ"),
            root=folder,
            font_paths=typesetters_fonts(),
            format="png",
            ppi=_DOTS_PER_INCH,
        )
    return bytes(picture)
