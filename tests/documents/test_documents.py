"""Documents say what was written, in every script, and are the same bytes each time."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, datetime
from io import BytesIO

import pytest
from docx import Document as OpenDocument
from PIL import Image
from pypdf import PdfReader

from assent.documents.blocks import (
    Annex,
    Document,
    Heading,
    Items,
    Paragraph,
    Picture,
    Quote,
    Run,
    Table,
    texts_of,
)
from assent.documents.docx import set_docx
from assent.documents.markdown import blocks_of
from assent.documents.pdf import set_pdf, set_pictures
from assent.documents.refusals import LettersMissing
from tests.documents.reading import docx_text, letters, pdf_text, words

TEXTS = {
    "en": ("Request for measures", "# The facts\n\nHe was held for *two years* without **trial**.\n\n- no lawyer"),
    "fa": ("درخواست تحریم", "# واقعیت\n\nاو دو سال بدون **محاکمه** زندانی بود (بند ۴).\n\n- بدون وکیل\n- بدون ملاقات"),
    "ar": ("طلب فرض عقوبات", "# الوقائع\n\nاحتجز سنتين دون محاكمة في سجن المدينة.\n\n> شهادة الأم"),
    "ru": ("Просьба о санкциях", "# Факты\n\nЕго держали **два года** без суда. Ёлка.\n\n1. камера\n2. этап"),
    "zh": ("制裁申请", "# 事实\n\n他未经审判被关押两年。\n\n| 姓名 | 职务 |\n|---|---|\n| 王小明 | 狱长 |"),
    "am": ("የማዕቀብ ጥያቄ", "# እውነታዎች\n\nያለ ፍርድ ሁለት ዓመት ታስሯል።"),
}  # fmt: skip


def point() -> bytes:
    """A picture of one point."""
    file = BytesIO()
    Image.new("RGB", (1, 1)).save(file, "PNG")
    return file.getvalue()


def document(language: str) -> Document:
    title, body = TEXTS[language]
    return Document(title, language, blocks_of(body), dated=datetime(2026, 1, 2, tzinfo=UTC))


def written(whole: Document) -> str:
    return "\n".join(texts_of(whole))


@pytest.mark.parametrize("language", TEXTS)
def test_a_pdf_says_what_was_written(language: str) -> None:
    whole = document(language)
    said = letters(pdf_text(set_pdf(whole)))
    assert letters(written(whole)) - said == {}
    # Beyond it only bullets, numbers and the page's number.
    assert set(said - letters(written(whole))) <= set("•.0123456789/")


@pytest.mark.parametrize("language", ["en", "ru", "am"])
def test_a_pdf_of_a_left_to_right_script_says_it_in_order(language: str) -> None:
    whole = document(language)
    said = [word for word in words(pdf_text(set_pdf(whole))) if word.strip("•.0123456789/")]
    assert [word.lstrip("•0123456789.") for word in said] == [
        word for text in texts_of(whole) for word in words(text)
    ]


@pytest.mark.parametrize("language", TEXTS)
def test_a_docx_says_exactly_what_was_written(language: str) -> None:
    whole = document(language)
    said = [line for line in docx_text(set_docx(whole)).splitlines() if line.strip()]
    expected = [line for text in texts_of(whole) for line in text.splitlines()]
    assert [re.sub(r"^[12]\. ", "", line) for line in said] == expected


@pytest.mark.parametrize("language", ["fa", "ar"])
def test_a_right_to_left_docx_is_turned(language: str) -> None:
    body = OpenDocument(BytesIO(set_docx(document(language)))).element.body.xml
    assert body.count("<w:bidi/>") >= 3
    assert "<w:rtl/>" in body


def test_a_right_to_left_table_begins_on_the_right() -> None:
    whole = Document("جدول", "fa", blocks_of("| نام | سمت |\n|---|---|\n| رضا | قاضی |"))
    assert "<w:bidiVisual/>" in OpenDocument(BytesIO(set_docx(whole))).element.body.xml
    assert set(letters("نامسمترضاقاضی")) <= set(letters(pdf_text(set_pdf(whole))))


def test_the_same_text_makes_the_same_bytes() -> None:
    assert set_pdf(document("fa")) == set_pdf(document("fa"))
    assert set_docx(document("fa")) == set_docx(document("fa"))
    assert set_pdf(document("fa")) != set_pdf(document("en"))


def test_a_sign_that_no_font_has_is_named_and_never_a_box() -> None:
    whole = Document("Hello", "en", blocks_of("A smile 😀 and a Hangul 한 letter"))
    with pytest.raises(LettersMissing) as refused:
        set_pdf(whole)
    assert refused.value.extra == {"letters": ["😀", "한"]}
    assert "GRINNING FACE" in str(refused.value)
    assert "😀" in docx_text(set_docx(whole))


def test_direction_marks_and_joiners_are_no_missing_letters() -> None:
    set_pdf(Document("x", "fa", blocks_of("می\u200cخواهم \u2066abc\u2069 \u200f e\u0301")))


def test_nothing_written_is_taken_for_a_command_of_the_typesetter() -> None:
    text = '#panic("x") $ x $ @ref <label> `raw` \\ // no comment /* */ #import "/etc/passwd": *'
    whole = Document(text, "en", (Paragraph((Run(text),)),), head=text)
    assert letters(text + text + text) - letters(pdf_text(set_pdf(whole))) == {}


def test_annexes_are_numbered_and_carry_their_digests() -> None:
    annexes = tuple(Annex(f"Exhibit {n}", "court document", f"{n:064x}") for n in range(1, 13))
    whole = Document("Dossier", "en", (), annexes=annexes, head="Confidential")
    for said in (pdf_text(set_pdf(whole)), docx_text(set_docx(whole))):
        assert "12. Exhibit 12" in " ".join(said.split()).replace("12.Exhibit", "12. Exhibit")
        assert f"{12:064x}" in said
        assert "Confidential" in said


def test_every_kind_of_block_is_set() -> None:
    runs = (Run("plain "), Run("bold", bold=True), Run("slanted", italic=True))
    blocks = (
        Heading(2, runs),
        Quote((Paragraph(runs), Items(((Paragraph(runs),),)))),
        Items(((Paragraph(runs), Paragraph((Run("more"),))),), start=7),
        Table(((runs, runs), (runs, runs))),
        Picture(point(), "a point", "Photo: nobody"),
    )
    whole = Document("All", "pt-BR", blocks)
    for said in (pdf_text(set_pdf(whole)), docx_text(set_docx(whole))):
        assert said.count("plain") == 8
        assert "Photo: nobody" in said
        assert "7." in said


def test_the_head_stands_on_every_page() -> None:
    whole = Document("Long", "en", blocks_of("\n\n".join(["word " * 300] * 8)), head="Confidential")
    pages = PdfReader(BytesIO(set_pdf(whole))).pages
    assert len(pages) > 3
    assert all("Confidential" in page.extract_text() for page in pages)


def test_ten_thousand_words_are_set() -> None:
    text = "\n\n".join("слово " * 100 for _ in range(100))
    assert pdf_text(set_pdf(Document("x", "ru", blocks_of(text)))).count("слово") == 10_000


def test_pages_can_be_looked_at() -> None:
    pages = set_pictures(document("zh"))
    assert [page[:4] for page in pages] == [b"\x89PNG"]


def test_a_docx_holds_no_name_and_no_clock() -> None:
    with zipfile.ZipFile(BytesIO(set_docx(document("en")))) as file:
        assert {entry.date_time[0] for entry in file.infolist()} == {1980}
        core = file.read("docProps/core.xml").decode()
    assert "python-docx" not in core
    assert core.count("2026-01-02T00:00:00Z") == 2
