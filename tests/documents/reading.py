"""Reading a document's text back out of the file, as whoever receives it would."""

from __future__ import annotations

import io
import unicodedata
from collections import Counter

from docx import Document as OpenDocument
from docx.oxml.ns import qn
from pypdf import PdfReader


def pdf_text(file: bytes) -> str:
    """All text of a PDF, line by line."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages)


def docx_text(file: bytes) -> str:
    """All text of a DOCX in its order, header and tables too."""
    document = OpenDocument(io.BytesIO(file))
    parts = [document.sections[0].header._element, document.element.body]
    lines = []
    for part in parts:
        for paragraph in part.iter(qn("w:p")):
            pieces = paragraph.iter(qn("w:t"), qn("w:br"))
            lines.append("".join(p.text or "" if p.tag == qn("w:t") else "\n" for p in pieces))
    return "\n".join(lines)


def letters(text: str) -> Counter[str]:
    """Each letter and how often, apart from spaces, direction marks and the shape of letters."""
    plain = unicodedata.normalize("NFKC", text)
    return Counter(c for c in plain if not c.isspace() and unicodedata.category(c) != "Cf")


def words(text: str) -> list[str]:
    """Words in their order, apart from spaces and the shape of letters."""
    return unicodedata.normalize("NFKC", text).split()


def rtl_words(text: str) -> Counter[str]:
    """Words in no order: a PDF holds lines of a right-to-left script as they lie on paper."""
    plain = unicodedata.normalize("NFKC", text).replace("\u200c", "")
    return Counter("".join(c if c.isalpha() else " " for c in plain).split())
