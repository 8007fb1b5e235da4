"""Setting a document as DOCX; right-to-left where its language is; the same text the same bytes."""

from __future__ import annotations

import asyncio
import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import filetype
from docx import Document as NewDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from PIL import Image

from assent.documents.blocks import (
    Block,
    Document,
    Heading,
    Items,
    Paragraph,
    Picture,
    Quote,
    Run,
    Runs,
    Table,
)
from assent.language import direction

_DEEPEST_HEADING = 6
_BEGINNING = datetime(1980, 1, 1, tzinfo=UTC)  # the first time a ZIP can say
# Fonts every office has, with letters for each group of scripts.
_FONTS = {"ascii": "Arial", "hAnsi": "Arial", "cs": "Arial", "eastAsia": "Microsoft YaHei"}


async def as_docx(document: Document) -> bytes:
    """Set a document, beside the event loop."""
    return await asyncio.to_thread(set_docx, document)


def set_docx(document: Document) -> bytes:
    """Set a document."""
    return _Setting(document).file()


class _Setting:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.rtl = direction(document.language) == "rtl"
        self.made = NewDocument()
        self._frame()

    def file(self) -> bytes:
        """Return the finished file."""
        self._paragraph(self.made.add_paragraph(style="Title"), (Run(self.document.title),))
        for block in self.document.blocks:
            self._block(block, self.made)
        if self.document.annexes:
            self._block(Heading(1, (Run(self.document.annexes_title),)), self.made)
        for number, annex in enumerate(self.document.annexes, 1):
            lines = [Run(f"{number}. {annex.title}", bold=True)]
            lines += [Run(f"\n{annex.detail}")] if annex.detail else []
            lines += [Run(f"\nSHA-256 {annex.sha256}")] if annex.sha256 else []
            self._paragraph(self.made.add_paragraph(), tuple(lines))
        return self._same_bytes()

    def _frame(self) -> None:
        section = self.made.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.4)
        properties = self.made.core_properties
        dated = self.document.dated or _BEGINNING
        properties.title, properties.author, properties.comments = self.document.title, "", ""
        properties.created = properties.modified = dated.astimezone(UTC).replace(tzinfo=None)
        properties.language = self.document.language
        for name in ("Normal", "Title", *(f"Heading {n}" for n in range(1, _DEEPEST_HEADING + 1))):
            fonts = self.made.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
            for theme in [key for key in fonts.attrib if key.endswith("Theme")]:
                del fonts.attrib[theme]
            for script, font in _FONTS.items():
                fonts.set(qn(f"w:{script}"), font)
        self.made.styles["Normal"].font.size = Pt(10.5)
        self.made.styles["Title"].font.size = Pt(18)
        if self.document.head:
            self._paragraph(section.header.paragraphs[0], (Run(self.document.head),))

    def _block(self, block: Block, into: Any) -> None:
        match block:
            case Heading():
                style = f"Heading {min(max(block.level, 1), _DEEPEST_HEADING)}"
                self._paragraph(into.add_paragraph(style=style), block.runs)
            case Paragraph():
                self._paragraph(into.add_paragraph(), block.runs)
            case Quote():
                for inner in block.blocks:
                    self._nested(inner, into, "Quote")
            case Items():
                self._items(block, into)
            case Table():
                self._table(block)
            case Picture():
                self._picture(block)

    def _nested(self, block: Block, into: Any, style: str) -> None:
        if isinstance(block, Paragraph):
            self._paragraph(into.add_paragraph(style=style), block.runs)
        else:
            self._block(block, into)

    def _items(self, items: Items, into: Any) -> None:
        for number, blocks in enumerate(items.items, items.start or 0):
            for place, inner in enumerate(blocks):
                if items.start is None:
                    self._nested(inner, into, "List Bullet" if place == 0 else "List Continue")
                elif place == 0 and isinstance(inner, Paragraph):
                    # Its number is text: Word's own lists would go on counting from the list before.
                    runs = (Run(f"{number}. "), *inner.runs)
                    self._paragraph(into.add_paragraph(style="List Continue"), runs)
                else:
                    self._nested(inner, into, "List Continue")

    def _table(self, table: Table) -> None:
        made = self.made.add_table(rows=0, cols=len(table.rows[0]), style="Table Grid")
        if self.rtl:
            made._tblPr.append(OxmlElement("w:bidiVisual"))
        for number, row in enumerate(table.rows):
            cells = made.add_row().cells
            for cell, runs in zip(cells, row, strict=True):
                bold = tuple(Run(run.text, True, run.italic) for run in runs)
                self._paragraph(cell.paragraphs[0], bold if number == 0 else runs)
        self.made.add_paragraph()

    def _picture(self, picture: Picture) -> None:
        shape = self.made.add_picture(io.BytesIO(_known_to_word(picture.file)), width=Cm(16))
        shape._inline.docPr.set("descr", picture.alternative)
        if picture.caption:
            self._paragraph(self.made.add_paragraph(style="Caption"), (Run(picture.caption),))

    def _paragraph(self, paragraph: Any, runs: Runs) -> None:
        if self.rtl:
            paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
            paragraph.alignment = (
                WD_ALIGN_PARAGRAPH.LEFT
            )  # the start, in a paragraph that is turned
        for run in runs:
            made = paragraph.add_run(run.text)
            made.bold, made.italic = run.bold or None, run.italic or None
            if self.rtl:
                made.font.rtl = True

    def _same_bytes(self) -> bytes:
        """Give every part one time: a clock would make each file another."""
        written, kept = io.BytesIO(), io.BytesIO()
        self.made.save(written)
        with (
            zipfile.ZipFile(written) as old,
            zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for name in old.namelist():
                new.writestr(zipfile.ZipInfo(name, _BEGINNING.timetuple()[:6]), old.read(name),
                             zipfile.ZIP_DEFLATED)  # fmt: skip
        return kept.getvalue()


def _known_to_word(file: bytes) -> bytes:
    """WebP is drawn anew as PNG: Word's readers do not all know it."""
    if filetype.guess_extension(file) != "webp":
        return file
    drawn = io.BytesIO()
    with Image.open(io.BytesIO(file), formats=["WEBP"]) as picture:
        picture.save(drawn, "PNG")
    return drawn.getvalue()
