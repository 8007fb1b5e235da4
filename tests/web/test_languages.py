"""Languages: every sentence is translated, every placeholder kept, every reader understood."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from fnmatch import fnmatch
from gettext import c2py

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from assent.language import DOMAIN, LOCALES, SOURCE, catalogue, direction, languages, nearest
from assent.notify.mail import MailKind
from assent.notify.words import words_of
from assent.settings import ROOT
from assent.web.language import (
    accepted,
    closest,
    country_name,
    format_day,
    format_known,
    format_moment,
    format_number,
    language_name,
    preferred,
)

# Each language and how far it goes: "all" sentences, or those a relative may read.
GOES = dict(
    line.split()
    for line in (LOCALES / "languages.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
TRANSLATED = tuple(GOES)
FAMILY_SIDE = [
    line
    for line in (LOCALES / "family_side.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
SCRIPTS = {
    "fa": r"[\u0600-\u06ff]", "ar": r"[\u0600-\u06ff]", "ru": r"[\u0400-\u04ff]", "be": r"[\u0400-\u04ff]",
    "uk": r"[\u0400-\u04ff]", "zh": r"[\u4e00-\u9fff]", "am": r"[\u1200-\u137f]",
}  # fmt: skip
FORMS = {
    "fa": 1, "ru": 3, "ar": 6, "be": 3, "uk": 3, "zh": 1, "es": 2, "fr": 2, "tr": 1, "am": 2, "vi": 1,
}  # fmt: skip
_PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
_MARKUP = re.compile(r"<|&(?!lt;|gt;|amp;)")


def po(language: str) -> Catalog:
    """Return a language's catalogue as its translators wrote it."""
    with (LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=language)


def sentences(*patterns: str) -> set[str]:
    """Return every sentence marked for translation; with patterns, of files that fit one only."""
    with (LOCALES / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    keywords = {**DEFAULT_KEYWORDS, "N_": None}
    found: set[str] = set()
    for place in ("backend/assent", "frontend/templates", "policies"):
        extracted = extract_from_dir(
            ROOT / place,
            [(pattern.removeprefix(f"{place}/"), method) for pattern, method in methods],
            {pattern.removeprefix(f"{place}/"): o for pattern, o in options.items()},
            keywords,
        )
        for source, _, message, _, _ in extracted:
            if patterns and not any(fnmatch(f"{place}/{source}", p) for p in patterns):
                continue
            found.add(message if isinstance(message, str) else message[0])
    return found


def pairs(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Give each form of each sentence with its translation."""
    for message in catalog:
        if not message.id:
            continue
        if isinstance(message.id, str):
            yield message.id, str(message.string)
        else:
            forms = message.string
            assert isinstance(forms, tuple), message.id
            for form in forms:
                yield message.id[-1], form


def test_the_list_of_sentences_is_up_to_date() -> None:
    with (LOCALES / "messages.pot").open("rb") as file:
        listed = {m.id if isinstance(m.id, str) else m.id[0] for m in read_po(file) if m.id}
    assert listed == sentences(), "run `make words`"


def translated_pairs(language: str) -> Iterator[tuple[str, str]]:
    """Give each form that is translated."""
    return ((source, text) for source, text in pairs(po(language)) if text.strip())


def test_every_pattern_of_the_family_side_is_some_file() -> None:
    # A page that moves must not slip out of the list unnoticed.
    assert [pattern for pattern in FAMILY_SIDE if not list(ROOT.glob(pattern))] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language: str) -> None:
    """In full languages every sentence; in all others each that a relative may read."""
    catalog = po(language)
    wanted = sentences() if GOES[language] == "all" else sentences(*FAMILY_SIDE)
    there = {m.id if isinstance(m.id, str) else m.id[0] for m in catalog if m.id}
    assert wanted - there == set()
    assert [m.id for m in catalog if m.id and m.fuzzy] == []
    empty = {s for s, translation in pairs(catalog) if not translation.strip()}
    assert {s for s in empty if GOES[language] == "all" or s in wanted} == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_kept(language: str) -> None:
    for source, translation in translated_pairs(language):
        wanted = set(_PLACEHOLDER.findall(source))
        assert set(_PLACEHOLDER.findall(translation)) == wanted, source


@pytest.mark.parametrize("language", ["en", *TRANSLATED])
def test_a_percent_sign_in_a_template_is_doubled(language: str) -> None:
    """A single one is the beginning of a placeholder there, and of a crash."""
    in_templates = sentences("frontend/templates/*")
    there = [(m, m) for m in in_templates] if language == "en" else pairs(po(language))
    wrong = [
        (source, text)
        for source, text in there
        if source in in_templates and "%" in re.sub(r"%\(\w+\)[sd]|%%", "", text)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_bring_no_markup_of_their_own(language: str) -> None:
    # Sentences are put into pages as they are: what a translator writes must not become an element.
    for source, translation in translated_pairs(language):
        assert not _MARKUP.search(translation), source


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_are_in_their_script(language: str) -> None:
    if language not in SCRIPTS:
        pytest.skip("written in Latin letters")
    script = re.compile(SCRIPTS[language])
    for source, translation in translated_pairs(language):
        assert script.search(translation), source


@pytest.mark.parametrize("language", TRANSLATED)
def test_plural_forms_are_those_of_the_language(language: str) -> None:
    catalog = po(language)
    assert catalog.num_plurals == FORMS[language]
    choose = c2py(catalog.plural_expr)
    rule = Locale.parse(language).plural_form
    if catalog.num_plurals > 1:  # each category of CLDR has a form of its own
        forms = {(rule(n), choose(n)) for n in range(201)}
        assert len({category for category, _ in forms}) == len(forms)


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("kind", list(MailKind))
def test_mails_are_in_the_readers_language(language: str, kind: MailKind) -> None:
    there, english = words_of(kind, language), words_of(kind, SOURCE)
    assert there.language == language
    assert there.subject != english.subject
    assert there.body != english.body


def test_plural_forms() -> None:
    one = "One text waits for your answer"
    many = "%(count)s texts wait for your answer"
    russian = catalogue("ru").ngettext
    assert [russian(one, many, n).split()[1] for n in (1, 2, 5, 21)] == [
        "текст", "текста", "текстов", "текст",
    ]  # fmt: skip
    assert "متن" in catalogue("fa").ngettext(one, many, 3)


def test_languages_are_those_with_a_catalogue() -> None:
    assert languages() == ("en", *sorted(TRANSLATED))
    assert nearest("fa-AF") == "fa"
    assert nearest("de") == "en"
    assert catalogue("de").gettext("Yes") == "Yes"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("en", "ltr"), ("fa", "rtl"), ("fa-AF", "rtl"), ("ckb", "rtl"), ("ru", "ltr"), ("x!", "ltr")],
)
def test_direction(tag: str, expected: str) -> None:
    assert direction(tag) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("fa-IR,fa;q=0.9,en;q=0.8", "fa"),
        ("de,ru;q=0.5,en;q=0.4", "ru"),
        ("en;q=0.1,ru;q=0.9", "ru"),
        ("ru;q=0,en", "en"),
        ("ru;q=nonsense", "en"),
        ("*", "en"),
        ("", "en"),
        (";;;,,,q=1", "en"),
    ],
)
def test_browsers_wishes_are_followed(header: str, expected: str) -> None:
    assert preferred(header) == expected


def test_a_wish_is_followed_by_its_language_alone() -> None:
    assert accepted("pt-BR, fr;q=0.5") == ["pt-BR", "pt", "fr"]


@pytest.mark.parametrize(
    ("there", "wished", "expected"),
    [
        (("en", "fa"), ("fa",), "fa"),
        (("en", "fa-AF"), ("fa",), "fa-AF"),
        (("en", "fa"), ("fa-AF",), "fa"),
        (("en", "ru"), ("de", "ru"), "ru"),
        (("en",), ("de",), None),
    ],
)
def test_the_closest_language(
    there: tuple[str, ...], wished: tuple[str, ...], expected: str | None
) -> None:
    assert closest(there, *wished) == expected


def test_times_days_and_numbers_are_in_the_readers_language() -> None:
    moment = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)
    assert format_moment(moment, "en") == "24 November 2026, 13:05 UTC"
    assert format_moment(moment, "fa") == "۳ آذر ۱۴۰۵ (۲۴ نوامبر ۲۰۲۶)، ۱۳:۰۵ UTC"
    assert format_moment(moment, "ru") == "24 ноября 2026, 13:05 UTC"
    assert format_day(date(2026, 12, 1), "fa") == "۱۰ آذر ۱۴۰۵ (۱ دسامبر ۲۰۲۶)"
    assert format_day(date(2026, 12, 1), "am") == "22 ኅዳር 2019 (1 ዲሴምበር 2026)"
    assert format_known("2026-12-01", "en") == "1 December 2026"
    assert format_known("2026-12", "fa") == "دسامبر ۲۰۲۶"
    assert format_known("2026", "fa") == "۲۰۲۶"
    assert format_known("in the spring", "fa") == "in the spring"
    assert format_number(12345, "fa") == "۱۲٬۳۴۵"
    assert format_number(5, "en") == "5"
    assert format_number(12345, "ar") == "١٢٬٣٤٥"
    assert format_day(date(2026, 12, 1), "ar") == "١ ديسمبر ٢٠٢٦"
    assert format_day(date(2026, 12, 1), "uk") == "1 грудня 2026"
    assert format_day(date(2026, 12, 1), "vi") == "1 tháng 12 2026"
    assert format_day(date(2026, 12, 1), "zh") == "2026年12月1日"
    assert format_moment(moment, "zh") == "2026年11月24日 13:05 UTC"


def test_names_of_languages_and_countries() -> None:
    assert language_name("fa") == "فارسی"
    assert language_name("ru") == "Русский"
    assert language_name("not a tag") == "not a tag"
    assert country_name("IR", "en") == "Iran"
    assert country_name("IR", "ru") == "Иран"
    assert country_name("??", "en") == "??"
