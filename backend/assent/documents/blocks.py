"""What a document is made of, before it is set as PDF or DOCX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Run:
    """A stretch of text in one style."""

    text: str
    bold: bool = False
    italic: bool = False


Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a part of the document, below its title."""

    level: int
    runs: Runs


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; with line breaks where its runs have line feeds."""

    runs: Runs


@dataclass(frozen=True)
class Quote:
    """Somebody's words, set apart."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Items:
    """A list; each item is blocks of its own.

    Attributes:
        start: number of the first item; None for a list with bullets.
    """

    items: tuple[tuple[Block, ...], ...]
    start: int | None = None


@dataclass(frozen=True)
class Table:
    """A table whose first row is its header; every row has as many cells."""

    rows: tuple[tuple[Runs, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A picture in the text.

    Attributes:
        file: PNG, JPEG, GIF or WebP bytes.
        alternative: what it shows, in words.
        caption: below it, such as its rights note.
    """

    file: bytes
    alternative: str
    caption: str = ""


Block = Heading | Paragraph | Quote | Items | Table | Picture


@dataclass(frozen=True)
class Annex:
    """One entry of the list of annexes; they are numbered in their order.

    Attributes:
        title: what it is.
        detail: such as its kind, date and confidentiality.
        sha256: of its file, so that file and list can be held together.
    """

    title: str
    detail: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Document:
    """A text as it will be read.

    Attributes:
        language: BCP 47 tag; it decides the direction.
        blocks: the text.
        head: a line at the top of every page, such as "Confidential"; empty for none.
        annexes: listed at the end, numbered.
        annexes_title: the heading of that list, in the document's language.
        dated: the time the files say they were made: the same text makes the same bytes.
    """

    title: str
    language: str
    blocks: tuple[Block, ...]
    head: str = ""
    annexes: tuple[Annex, ...] = ()
    annexes_title: str = "Annexes"
    dated: datetime | None = None


def texts_of(document: Document) -> Iterator[str]:
    """Yield every stretch of text that will be read, in order."""
    if document.head:
        yield document.head
    yield document.title
    for block in document.blocks:
        yield from _texts(block)
    if document.annexes:
        yield document.annexes_title
    for annex in document.annexes:
        yield from filter(None, (annex.title, annex.detail, annex.sha256))


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Heading() | Paragraph():
            yield "".join(run.text for run in block.runs)
        case Quote():
            for inner in block.blocks:
                yield from _texts(inner)
        case Items():
            for item in block.items:
                for inner in item:
                    yield from _texts(inner)
        case Table():
            for row in block.rows:
                for cell in row:
                    yield "".join(run.text for run in cell)
        case Picture():
            yield from filter(None, (block.caption,))
