"""What goes out says what was agreed to: for every kind and language, in every file made of a text."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from email import message_from_bytes
from email.policy import default
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from assent.actions.kinds.checks import read_content
from assent.actions.kinds.document import document_of
from assent.database.session import Database
from assent.documents.blocks import Document, texts_of
from assent.documents.card import draw_card
from assent.documents.docx import set_docx
from assent.documents.pdf import set_pdf
from assent.documents.refusals import LettersMissing
from assent.publishing.deliveries import claim
from assent.publishing.queries import delivery_lines
from tests.coalition import a_coalition, content
from tests.documents.reading import docx_text, letters, pdf_text
from tests.kinds.forms import ANSWERS, APPEAL, COMPLAINT, LEVINSON, OUTREACH, QUESTIONNAIRE

LANGUAGES = {
    "en": {
        "title": "Free the teacher",
        "body": "She taught **children** to read.\n\n- a doctor\n- a lawyer",
    },
    "fa": {
        "title": "معلم را آزاد کنید",
        "body": "او به کودکان خواندن آموخت.\n\n| نام | تاریخ |\n|---|---|\n| آوا | ۱۴۰۳ |",
    },
    "ar": {"title": "أطلقوا سراح المعلمة", "body": "علّمت الأطفال القراءة."},
    "ru": {
        "title": "Свободу учительнице",
        "body": "Она учила детей читать.\n\n> Пусть вернётся домой.",
    },
    "be": {"title": "Волю настаўніцы", "body": "Яна вучыла дзяцей чытаць. Ўсё."},
    "uk": {"title": "Волю вчительці", "body": "Вона вчила дітей читати. Її ґанок."},
    "zh-Hans": {"title": "释放这位教师", "body": "她教孩子们读书。"},
    "es": {"title": "Libertad para la maestra", "body": "Enseñó a los niños a leer."},
    "fr": {
        "title": "Libérez l’institutrice",
        "body": "Elle apprenait à lire à des enfants. Ça suffit.",
    },
    "tr": {"title": "Öğretmene özgürlük", "body": "Çocuklara okumayı öğretti. Işık, ığdır."},
    "am": {"title": "መምህሯን ፍቱ", "body": "ልጆችን ማንበብ አስተማረች።"},
    "vi": {"title": "Trả tự do cho cô giáo", "body": "Cô dạy trẻ em đọc chữ."},
}
KINDS: dict[str, dict[str, Any]] = {
    "public_statement": {},
    "diplomatic_outreach": OUTREACH,
    "un_submission": QUESTIONNAIRE,
    "wrongful_detention_assessment": LEVINSON,
    "sanctions_request": {},
}
SIGNERS = ("Harbour", "فانوس")


@pytest.fixture(autouse=True)
def _in_force(policies: None) -> None:
    """The forms we ship."""


def the_document(kind: str, language: str, form: dict[str, Any]) -> Document:
    parsed = read_content(content(languages=LANGUAGES, form=form), kind)
    return document_of(kind, parsed.canonical, language, SIGNERS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_paper_says_what_was_agreed_to(kind: str, language: str) -> None:
    document = the_document(kind, language, KINDS[kind])
    said = without_numbers("\n".join(texts_of(document)))
    assert without_numbers(docx_text(set_docx(document))) == said
    if kind in ("public_statement", "un_submission"):
        file = set_pdf(document)
        head = "\n".join([document.head] * (len(PdfReader(BytesIO(file)).pages) - 1))
        bare = base_letters if language in MARKS_APART else str
        on_every_page = without_numbers(bare("\n".join([*texts_of(document), head])))
        found = without_numbers(bare(pdf_text(file)))
        if language in MARKS_APART:
            # The reader tells a few in a hundred letters twice, and must lose none.
            assert not on_every_page - found
            assert sum((found - on_every_page).values()) < on_every_page.total() * 0.03
        else:
            assert found == on_every_page


# Where a font draws a letter and its mark as two, the PDF says so in a way the reader used here does not know.
MARKS_APART = ("ar", "vi")


def base_letters(text: str) -> str:
    """Letters without their marks."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def without_numbers(text: str) -> Counter[str]:
    """Letters apart from digits and what stands around them: pages and items are numbered on paper."""
    return Counter({c: n for c, n in letters(text).items() if not c.isdigit() and c not in "./•‣–"})


@pytest.mark.parametrize("form", [QUESTIONNAIRE, APPEAL, COMPLAINT])
def test_every_answer_of_a_form_that_goes_along_is_on_paper(form: dict[str, Any]) -> None:
    document = the_document("un_submission", "en", form)
    said = " ".join("\n".join(texts_of(document)).split())
    for words in _values(
        {k: v for k, v in form.items() if k not in ("form", "arbitrary", "mandates", "committee")}
    ):
        if words not in ("female", "no"):
            assert " ".join(words.split()) in said


def _values(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value
    return [word for item in items for word in _values(item)]


def test_what_is_about_a_text_is_not_on_paper_and_the_digest_is() -> None:
    press = {"form": "statement", "press": {"recipients": ["Desk <desk@daily.example>"]}}
    parsed = read_content(content(languages=LANGUAGES, form=press), "public_statement")
    document = document_of("public_statement", parsed.canonical, "en", SIGNERS)
    said = "\n".join(texts_of(document))
    assert "daily.example" not in said
    # Anybody who has the canonical content comes to the digest that stands on every page.
    assert document.head == f"SHA-256 {hashlib.sha256(parsed.canonical).hexdigest()}"
    assert document.head == f"SHA-256 {parsed.digest}"


def test_ten_thousand_words_lose_none() -> None:
    body = "\n\n".join(" ".join(f"word{page}x{n}" for n in range(100)) for page in range(100))
    parsed = read_content(
        content(languages={"en": {"title": "Long", "body": body}}), "public_statement"
    )
    document = document_of("public_statement", parsed.canonical, "en")
    expected = body.split()
    assert [w for w in docx_text(set_docx(document)).split() if w.startswith("word")] == expected
    assert [w for w in pdf_text(set_pdf(document)).split() if w.startswith("word")] == expected


def test_a_sign_no_font_has_is_named_and_never_a_box() -> None:
    odd = {"en": {"title": "A sign: \U00012000", "body": "Cuneiform."}}
    parsed = read_content(content(languages=odd), "public_statement")
    document = document_of("public_statement", parsed.canonical, "en")
    with pytest.raises(LettersMissing) as refused:
        set_pdf(document)
    assert "CUNEIFORM SIGN A" in refused.value.message()
    assert "\U00012000" in docx_text(set_docx(document))
    with pytest.raises(LettersMissing):
        draw_card("\U00012000", "en")


@pytest.mark.parametrize("language", ["en", "fa", "zh-Hans"])
def test_a_title_becomes_a_picture_of_the_size_networks_ask_for(language: str) -> None:
    title = LANGUAGES[language]["title"]
    card = draw_card(title, language)
    assert Image.open(BytesIO(card)).size == (1200, 630)
    assert card == draw_card(title, language)
    assert Image.open(BytesIO(draw_card("w" * 300, "en"))).size == (1200, 630)


async def test_a_letter_carries_the_form_that_was_agreed_to(database: Database) -> None:
    coalition = await a_coalition(database)
    action_id = await coalition.ready(
        kind="un_submission",
        form=QUESTIONNAIRE,
        answers=ANSWERS,
        audience=["Working Group <wg@un.example>"],
    )
    await coalition.publishes(action_id)
    async with database.session(job=True) as session:
        (line,) = await delivery_lines(session, action_id)
        letter = await claim(session, line.id, "Assent <assent@example.org>", "wg@un.example")
    assert letter
    sent = message_from_bytes(letter.message.as_bytes(), policy=default)
    files = {part.get_filename(): part.get_payload(decode=True) for part in sent.iter_attachments()}
    assert set(files) == {"document-en.pdf", "document-fa.pdf"}
    revision = await coalition.revision(action_id)
    assert revision.canonical
    document = document_of("un_submission", bytes(revision.canonical), "en", ["Harbour", "Lantern"])
    assert files["document-en.pdf"] == set_pdf(document)
    assert document.head == f"SHA-256 {revision.digest}"


async def test_a_press_list_gets_the_statement_each_in_a_mail_of_their_own(
    database: Database,
) -> None:
    coalition = await a_coalition(database)
    desks = ["Night desk <night@daily.example>", "Somebody without an address"]
    form = {"form": "statement", "press": {"recipients": desks}}
    action_id = await coalition.ready(form=form)
    await coalition.publishes(action_id)
    async with database.session(job=True) as session:
        lines = await delivery_lines(session, action_id)
        assert {(line.recipient, line.channel) for line in lines} == {
            (desks[0], "mail"),
            (desks[1], "by_hand"),
        }
        mail = next(line for line in lines if line.channel == "mail")
        letter = await claim(session, mail.id, "Assent <assent@example.org>", "night@daily.example")
    assert letter
    assert not list(letter.message.iter_attachments())
    assert "night@daily.example" in str(letter.message["To"])
    assert "Somebody" not in letter.message.as_string()
