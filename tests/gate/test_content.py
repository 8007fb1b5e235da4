"""Content: one canonical form, one digest, and clear words for what does not fit."""

from __future__ import annotations

import copy
import hashlib
import itertools
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from assent.gate.content import (
    CONTENT_PROBLEMS,
    LARGEST_BYTES,
    ContentProblem,
    parse_content,
)

BASE: dict[str, Any] = {
    "languages": {
        "en": {"title": "Free her", "body": "She taught."},
        "fa": {"title": "آزادش کنید", "body": "معلم بود"},
    },
    "form": {"page": 1, "urgent": True},
    "cosigners": ["harbour", "lantern"],
    "audience": "public",
    "not_before": "2026-12-01T09:00:00Z",
}


def test_a_stranger_recomputes_the_digest_from_what_was_posted() -> None:
    assert parse_content(BASE).digest == hashlib.sha256(rfc8785.dumps(BASE)).hexdigest()


def test_what_is_absent_is_left_out() -> None:
    bare = parse_content({"languages": {"en": {"title": "A", "body": "B"}}, "not_before": None})
    assert bare.as_json() == {
        "languages": {"en": {"title": "A", "body": "B"}},
        "form": {},
        "cosigners": [],
        "audience": "public",
    }


@pytest.mark.parametrize("made", [{"how": "machine"}, {"how": "human", "by": "harbour"}])
def test_how_a_translation_was_made_counts(made: dict[str, str]) -> None:
    told = BASE | {"languages": {"en": {"title": "A", "body": "B", "translation": made}}}
    assert parse_content(told).digest == hashlib.sha256(rfc8785.dumps(told)).hexdigest()
    untold = BASE | {"languages": {"en": {"title": "A", "body": "B"}}}
    assert parse_content(told).digest != parse_content(untold).digest


def test_attachments_count() -> None:
    attached = BASE | {"attachments": [{"sha256": "a" * 64, "title": "Court notice"}]}
    assert parse_content(attached).digest == hashlib.sha256(rfc8785.dumps(attached)).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        {
            "languages": {
                "en": {"title": "Free her!", "body": "She taught."},
                "fa": BASE["languages"]["fa"],
            }
        },
        {"languages": {"en": BASE["languages"]["en"]}},
        {"form": {"page": 2, "urgent": True}},
        {"form": {"page": True, "urgent": True}},
        {"cosigners": ["lantern", "harbour"]},
        {"cosigners": ["harbour"]},
        {"audience": ["Ministry"]},
        {"not_before": "2026-12-01T09:00:01Z"},
        {"not_before": None},
        {"attachments": [{"sha256": "a" * 64}]},
    ],
)
def test_whatever_changes_what_anybody_sees_changes_the_digest(change: dict[str, Any]) -> None:
    assert parse_content(BASE | change).digest != parse_content(BASE).digest


def test_the_same_letters_make_the_same_digest() -> None:
    posted = copy.deepcopy(BASE)
    posted["languages"]["en"] = {"title": "  Free \n her ", "body": "She taught.\r\n"}
    posted["not_before"] = "2026-12-01T10:00:00+01:00"
    assert parse_content(posted).digest == parse_content(BASE).digest
    composed = {"languages": {"EN-gb": {"title": "Caf\u00e9", "body": "x"}}}
    decomposed = {"languages": {"en-GB": {"title": "Cafe\u0301", "body": "x"}}}
    assert parse_content(composed).digest == parse_content(decomposed).digest
    assert parse_content(
        BASE | {"not_before": datetime(2026, 12, 1, 9, tzinfo=UTC)}
    ) == parse_content(BASE)


TEXT = {"title": "a", "body": "b"}
TAGS = list(map("".join, itertools.product("abcdefgh", repeat=2)))
NO_FIELD = (
    ": there is no such field."
    " Known fields: attachments, audience, cosigners, form, languages, not_before."
)


def text(**changes: Any) -> dict[str, Any]:
    return {"languages": {"en": {"title": "A", "body": "B"} | changes}}


deep: object = "x"
for _ in range(30):
    deep = [deep]

UNFIT = [
    ([], "shape", "content",
     "content: this should be an object."),
    ({1: 2}, "shape", "content",
     "content: this should be an object."),
    (BASE | {"title": "x"}, "unknown_key", "title",
     "title: there is no such field. Known fields: attachments, audience, cosigners, form, languages, not_before."),
    ({}, "no_language", "languages",
     "Give the text in at least one language."),
    ({"languages": dict.fromkeys(TAGS, TEXT)}, "too_many_languages", "languages",
     "At most 60 languages fit into one text."),
    ({"languages": {"english please": {"title": "a", "body": "b"}}}, "language_tag", "languages.english please",
     "languages.english please: this is not a language tag such as en, fa or pt-BR."),
    ({"languages": {"en": TEXT, "EN": TEXT}}, "language_twice", "languages.EN",
     "languages.EN: this language is there twice."),
    ({"languages": {"en": "text"}}, "shape", "languages.en",
     "languages.en: this should be an object."),
    (text(subtitle="x"), "unknown_key", "languages.en.subtitle",
     "languages.en.subtitle: there is no such field. Known fields: title, body, translation."),
    (text(translation="by hand"), "shape", "languages.en.translation",
     "languages.en.translation: this should be an object."),
    (text(translation={"how": "human", "name": "A"}), "unknown_key", "languages.en.translation.name",
     "languages.en.translation.name: there is no such field. Known fields: how, by."),
    (text(translation={"by": "harbour"}), "shape", "languages.en.translation.how",
     "languages.en.translation.how: this should be human, machine, machine_checked."),
    (text(translation={"how": "human", "by": "A Name"}), "slug", "languages.en.translation.by",
     "languages.en.translation.by: this is not an organisation's short name."),
    (text(translation={"how": "human", "by": 7}), "slug", "languages.en.translation.by",
     "languages.en.translation.by: this is not an organisation's short name."),
    (text(title=" "), "empty", "languages.en.title",
     "languages.en.title: please fill this in."),
    (text(body=""), "empty", "languages.en.body",
     "languages.en.body: please fill this in."),
    (text(body=7), "shape", "languages.en.body",
     "languages.en.body: this should be text."),
    (text(title="a" * 301), "too_long", "languages.en.title",
     "languages.en.title: it is too long, at most 300 characters."),
    (text(body="a" * 200_001), "too_long", "languages.en.body",
     "languages.en.body: it is too long, at most 200000 characters."),
    (text(body="a\0b"), "control", "languages.en.body",
     "languages.en.body: it contains an invisible control character. Please type it again."),
    (text(body="a\x85b"), "control", "languages.en.body",
     "languages.en.body: it contains an invisible control character. Please type it again."),
    (text(body="a\ud800b"), "surrogate", "languages.en.body",
     "languages.en.body: it contains a broken character. Please type it again."),
    (text(body="a \u202eb"), "direction", "languages.en.body",
     "languages.en.body: its direction marks do not match. Please type it again."),
    (text(body="a \u2066b\u202c"), "direction", "languages.en.body",
     "languages.en.body: its direction marks do not match. Please type it again."),
    (text(body="a \u2069b"), "direction", "languages.en.body",
     "languages.en.body: its direction marks do not match. Please type it again."),
    (text(body="a \u2066b\nc\u2069"), "direction", "languages.en.body",
     "languages.en.body: its direction marks do not match. Please type it again."),
    (text(title="a \u202eb\u202c"), "direction", "languages.en.title",
     "languages.en.title: its direction marks do not match. Please type it again."),
    (BASE | {"form": {"x": 1.0}}, "number", "form.x",
     "form.x: only whole numbers up to 9007199254740991."),
    (BASE | {"form": {"x": 2**53}}, "number", "form.x",
     "form.x: only whole numbers up to 9007199254740991."),
    (BASE | {"form": {"x": None}}, "shape", "form.x",
     "form.x: this should be text, a whole number, true, false, a list or an object."),
    (BASE | {"form": {"é": 1}}, "shape", "form",
     "form: this should be an object whose keys are plain ASCII words."),
    (BASE | {"form": {"": 1}}, "shape", "form",
     "form: this should be an object whose keys are plain ASCII words."),
    (BASE | {"form": {"x": deep}}, "too_deep", "form.x[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]",
     "form.x[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: it is nested too deeply."),
    (BASE | {"form": {"x": ["a"] * 501}}, "too_many", "form.x",
     "form.x: at most 500 entries."),
    (BASE | {"form": []}, "shape", "form",
     "form: this should be an object."),
    (BASE | {"cosigners": "harbour"}, "shape", "cosigners",
     "cosigners: this should be a list."),
    (BASE | {"cosigners": ["Harbour"]}, "slug", "cosigners[0]",
     "cosigners[0]: this is not an organisation's short name."),
    (BASE | {"cosigners": [1]}, "slug", "cosigners[0]",
     "cosigners[0]: this is not an organisation's short name."),
    (BASE | {"cosigners": ["a", "b", "a"]}, "twice", "cosigners[2]",
     "cosigners[2]: this is there twice."),
    (BASE | {"audience": "everybody"}, "shape", "audience",
     "audience: this should be a list."),
    (BASE | {"audience": [" "]}, "empty", "audience[0]",
     "audience[0]: please fill this in."),
    (BASE | {"audience": ["A", "A"]}, "twice", "audience[1]",
     "audience[1]: this is there twice."),
    (BASE | {"not_before": "tomorrow"}, "time", "not_before",
     "not_before: give a time with its zone, such as 2026-12-01T09:00:00Z."),
    (BASE | {"not_before": "2026-12-01T09:00:00"}, "time", "not_before",
     "not_before: give a time with its zone, such as 2026-12-01T09:00:00Z."),
    (BASE | {"not_before": 5}, "time", "not_before",
     "not_before: give a time with its zone, such as 2026-12-01T09:00:00Z."),
    (BASE | {"not_before": "0001-01-01T00:00:00+14:00"}, "time", "not_before",
     "not_before: give a time with its zone, such as 2026-12-01T09:00:00Z."),
    (BASE | {"attachments": [{"title": "x"}]}, "digest", "attachments[0].sha256",
     "attachments[0].sha256: a SHA-256 digest has 64 hexadecimal digits."),
    (BASE | {"attachments": [{"sha256": "xyz"}]}, "digest", "attachments[0].sha256",
     "attachments[0].sha256: a SHA-256 digest has 64 hexadecimal digits."),
    (BASE | {"attachments": ["x"]}, "shape", "attachments[0]",
     "attachments[0]: this should be an object."),
    ({"languages": {f"a{b}": TEXT | {"body": "b" * 190_000} for b in "bcdefghijklm"}}, "too_large", "content",
     "The whole text is too large: at most 2 MB."),
    (BASE | {"\u00e9" * 20: 1}, "unknown_key", r"\xe9" * 15,
     r"\xe9" * 15 + NO_FIELD),
    (BASE | {"x" * 61: 1}, "unknown_key", "x" * 60,
     "x" * 60 + NO_FIELD),
    ({"languages": []}, "shape", "languages",
     "languages: this should be an object."),
    ({"languages": {"en": {"body": "b"}}}, "empty", "languages.en.title",
     "languages.en.title: please fill this in."),
    ({"languages": {"en": {"title": "a"}}}, "empty", "languages.en.body",
     "languages.en.body: please fill this in."),
    (text(body="a\udfffb"), "surrogate", "languages.en.body",
     "languages.en.body: it contains a broken character. Please type it again."),
    (text(body="a\ud800b".replace("\ud800", "\udfff")), "surrogate", "languages.en.body",
     "languages.en.body: it contains a broken character. Please type it again."),
    (BASE | {"form": {"x": ["a\0"]}}, "control", "form.x[0]",
     "form.x[0]: it contains an invisible control character. Please type it again."),
    (BASE | {"form": {"x": "a\0"}}, "control", "form.x",
     "form.x: it contains an invisible control character. Please type it again."),
    (BASE | {"attachments": {}}, "shape", "attachments",
     "attachments: this should be a list."),
    (BASE | {"attachments": [{"sha256": "0" * 64, "n": 1.5}]}, "number", "attachments[0].n",
     "attachments[0].n: only whole numbers up to 9007199254740991."),
    (BASE | {"cosigners": ["a"] * 501}, "too_many", "cosigners",
     "cosigners: at most 500 entries."),
    (BASE | {"audience": ["a " * 200]}, "too_long", "audience[0]",
     "audience[0]: it is too long, at most 300 characters."),
    (text(title="a\u2066 b"), "direction", "languages.en.title",
     "languages.en.title: its direction marks do not match. Please type it again."),
    (text(body="\u2066a b\nc \u2069"), "direction", "languages.en.body",
     "languages.en.body: its direction marks do not match. Please type it again."),
    (BASE | {"form": {"x": -(2**53)}}, "number", "form.x",
     "form.x: only whole numbers up to 9007199254740991."),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "code", "path", "says"), UNFIT)
def test_what_does_not_fit_is_named_with_its_place(
    raw: object, code: str, path: str, says: str
) -> None:
    with pytest.raises(ContentProblem) as caught:
        parse_content(raw)
    assert (caught.value.code, caught.value.path, str(caught.value)) == (code, path, says)
    assert str(caught.value) == CONTENT_PROBLEMS[code].format(**caught.value.params)


def test_what_fits_just_so() -> None:
    assert len(parse_content({"languages": dict.fromkeys(TAGS[:60], TEXT)}).languages) == 60
    assert len(parse_content(BASE | {"audience": [str(n) for n in range(500)]}).audience) == 500
    parse_content(text(title="a" * 300, body="b" * 200_000))
    parse_content(BASE | {"form": {"x": 2**53 - 1, "y": -(2**53) + 1}})
    parse_content(text(body="\ue000 \u2066a b\u2069"))
    nested: object = "x"
    for _ in range(19):
        nested = [nested]
    parse_content(BASE | {"form": {"x": nested}})
    attached = {"sha256": "0" * 64, "x": nested}
    parse_content(BASE | {"attachments": [attached]})
    with pytest.raises(ContentProblem, match="nested too deeply"):
        parse_content(BASE | {"attachments": [attached | {"x": [nested]}]})
    assert parse_content(BASE | {"not_before": ""}).not_before is None


def test_two_megabytes_fit_and_one_byte_more_does_not() -> None:
    tags = [f"a{letter}" for letter in "bcdefghijkl"]
    empty = {"languages": dict.fromkeys(tags, TEXT)}
    room = LARGEST_BYTES - len(parse_content(empty).canonical)
    bodies = [190_000] * 10
    last = room - sum(bodies) + 11
    sizes = dict(zip(tags, [*bodies, last], strict=True))
    raw = {"languages": {tag: TEXT | {"body": "b" * size} for tag, size in sizes.items()}}
    assert len(parse_content(raw).canonical) == LARGEST_BYTES
    raw["languages"][tags[-1]] = TEXT | {"body": "b" * (last + 1)}
    with pytest.raises(ContentProblem, match="at most 2 MB"):
        parse_content(raw)


def test_lines_stay_lines_and_titles_become_one() -> None:
    posted = text(title=" One\r\n  line ", body="\tOne\rtwo\r\nthree  four\n\nfive \n")
    kept = parse_content(posted).languages["en"]
    assert kept.title == "One line"
    assert kept.body == "One\ntwo\nthree  four\n\nfive"
    assert parse_content(BASE | {"audience": [" The \n embassy "]}).audience == ("The embassy",)
    assert parse_content({"languages": {"SL-rozaj": TEXT}}).languages.keys() == {"sl-rozaj"}


def test_an_audience_is_listed_and_the_public_is_a_word() -> None:
    assert parse_content(BASE | {"audience": ["A"]}).as_json()["audience"] == ["A"]
    assert parse_content(BASE).as_json()["audience"] == "public"


def test_a_time_is_kept_in_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tehran")
    time.tzset()
    try:
        posted = BASE | {"not_before": "2026-12-01T10:00:00+01:00"}
        assert parse_content(posted).not_before == "2026-12-01T09:00:00Z"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_every_problem_is_tried() -> None:
    assert {code for _, code, _, _ in UNFIT} == CONTENT_PROBLEMS.keys()


def test_balanced_directions_many_scripts_and_twenty_languages_are_welcome() -> None:
    body = "Names: \u2066\u202bعلی\u202c\u2069, Алесь, 张伟, ልደት.\n\tIndented."
    tags = [
        "en",
        "fa",
        "ar",
        "ru",
        "be",
        "uk",
        "zh",
        "es",
        "fr",
        "tr",
        "am",
        "vi",
        "de",
        "pt-BR",
        "ckb",
        "ps",
        "zh-Hant",
        "uz-Latn",
        "sr-Cyrl-RS",
        "en-GB",
    ]
    content = parse_content({"languages": {tag: {"title": "A", "body": body} for tag in tags}})
    assert list(content.languages) == sorted(tags)
    assert len(content.canonical) < LARGEST_BYTES


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("languages", "form", "cosigners", "audience", "not_before", "attachments", "x"), junk
        ),
    )
)
def test_junk_is_refused_never_a_crash(raw: object) -> None:
    try:
        content = parse_content(raw)
    except ContentProblem:
        return
    assert content.digest == hashlib.sha256(rfc8785.dumps(content.as_json())).hexdigest()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_reading_what_was_written_changes_nothing(body: str) -> None:
    try:
        content = parse_content({"languages": {"en": {"title": "A", "body": body}}})
    except ContentProblem:
        return
    assert parse_content(content.as_json()) == content
