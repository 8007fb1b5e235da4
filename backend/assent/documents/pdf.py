"""Setting a document as PDF, with Typst: tagged, in our fonts alone, the same text the same bytes."""

from __future__ import annotations

import asyncio
import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Literal

import filetype

from assent.documents.blocks import (
    Block,
    Document,
    Heading,
    Items,
    Paragraph,
    Picture,
    Quote,
    Runs,
    Table,
    texts_of,
)
from assent.documents.fonts import FAMILIES, missing_letters, typesetters_fonts
from assent.documents.refusals import LettersMissing
from assent.language import direction

_LAYOUT = Path(__file__).with_name("document.typ")
_DEEPEST_HEADING = 6


async def as_pdf(document: Document) -> bytes:
    """Set a document, beside the event loop.

    Raises:
        LettersMissing: naming the letters no font here has.
    """
    return await asyncio.to_thread(set_pdf, document)


def set_pdf(document: Document) -> bytes:
    """Set a document.

    Raises:
        LettersMissing: naming the letters no font here has.
    """
    pages = _compile(document, "pdf")
    return bytes(pages)


def set_pictures(document: Document, *, dots_per_inch: int = 80) -> list[bytes]:
    """Set a document as one PNG a page: for looking at it.

    Raises:
        LettersMissing: as in `set_pdf`.
    """
    pages = _compile(document, "png", dots_per_inch)
    return [bytes(page) for page in pages] if isinstance(pages, list) else [bytes(pages)]


def require_letters(document: Document) -> None:
    """Check that every letter of a document can be set.

    Raises:
        LettersMissing: naming those that cannot.
    """
    if missing := missing_letters(texts_of(document)):
        raise LettersMissing(missing)


def _compile(
    document: Document, file_format: Literal["pdf", "png"], dots_per_inch: int | None = None
) -> Any:
    import typst

    require_letters(document)
    language, _, rest = document.language.partition("-")
    region = next((part for part in rest.split("-") if len(part) == 2), None)
    dated = document.dated
    with tempfile.TemporaryDirectory(prefix="assent-document-") as folder:
        root = Path(folder)
        pictures = _Pictures(root)
        data = {
            "title": document.title,
            "language": language,
            "region": region,
            "rtl": direction(document.language) == "rtl",
            "head": document.head,
            "families": list(FAMILIES),
            "blocks": [_as_json(block, pictures) for block in document.blocks],
            "annexes": [annex.__dict__ for annex in document.annexes],
            "annexes_title": document.annexes_title,
            "dated": dated and {"year": dated.year, "month": dated.month, "day": dated.day},
        }
        (root / "document.json").write_text(json.dumps(data), encoding="utf-8")
        (root / "document.typ").write_text(_layout(), encoding="utf-8")
        return typst.compile(
            str(root / "document.typ"),
            root=str(root),
            font_paths=typesetters_fonts(),
            format=file_format,
            timestamp=int(dated.timestamp()) if dated else 0,
            ppi=dots_per_inch,
        )


@cache
def _layout() -> str:
    return _LAYOUT.read_text(encoding="utf-8")


class _Pictures:
    """Writes pictures beside the layout, which reads no other folder."""

    def __init__(self, root: Path) -> None:
        self.root, self.count = root, 0

    def keep(self, file: bytes) -> str:
        self.count += 1
        name = f"picture-{self.count}.{_suffix(file)}"
        (self.root / name).write_bytes(file)
        return name


def _suffix(file: bytes) -> str:
    return str(filetype.guess_extension(file) or "bin")


def _as_json(block: Block, pictures: _Pictures) -> dict[str, Any]:
    match block:
        case Heading():
            level = min(max(block.level, 1), _DEEPEST_HEADING)
            return {"kind": "heading", "level": level, "runs": _runs(block.runs)}
        case Paragraph():
            return {"kind": "paragraph", "runs": _runs(block.runs)}
        case Quote():
            return {
                "kind": "quote",
                "blocks": [_as_json(inner, pictures) for inner in block.blocks],
            }
        case Items():
            items = [[_as_json(inner, pictures) for inner in item] for item in block.items]
            return {"kind": "items", "start": block.start, "items": items}
        case Table():
            rows = [[_runs(cell) for cell in row] for row in block.rows]
            return {"kind": "table", "rows": rows}
        case Picture():
            file = pictures.keep(block.file)
            return {
                "kind": "picture", "file": file, "alternative": block.alternative, "caption": block.caption,
            }  # fmt: skip


def _runs(runs: Runs) -> list[dict[str, Any]]:
    return [{"text": run.text, "bold": run.bold, "italic": run.italic} for run in runs]
