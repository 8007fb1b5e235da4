"""Content: one canonical form, one digest, and clear words for what does not fit."""

from __future__ import annotations

import copy
import hashlib
import itertools
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


def text(**changes: Any) -> dict[str, Any]:
    return {"languages": {"en": {"title": "A", "body": "B"} | changes}}


deep: object = "x"
for _ in range(30):
    deep = [deep]

UNFIT = [
    ([], "shape", "content"),
    ({1: 2}, "shape", "content"),
    (BASE | {"title": "x"}, "unknown_key", "title"),
    ({}, "no_language", "languages"),
    ({"languages": dict.fromkeys(map("".join, itertools.product("abcdefgh", repeat=2)), TEXT)},
     "too_many_languages", "languages"),
    ({"languages": {"english please": {"title": "a", "body": "b"}}}, "language_tag", "languages.english please"),
    ({"languages": {"en": TEXT, "EN": TEXT}}, "language_twice", "languages.EN"),
    ({"languages": {"en": "text"}}, "shape", "languages.en"),
    (text(subtitle="x"), "unknown_key", "languages.en.subtitle"),
    (text(title=" "), "empty", "languages.en.title"),
    (text(body=""), "empty", "languages.en.body"),
    (text(body=7), "shape", "languages.en.body"),
    (text(title="a" * 301), "too_long", "languages.en.title"),
    (text(body="a" * 200_001), "too_long", "languages.en.body"),
    (text(body="a\0b"), "control", "languages.en.body"),
    (text(body="a\x85b"), "control", "languages.en.body"),
    (text(body="a\ud800b"), "surrogate", "languages.en.body"),
    (text(body="a \u202eb"), "direction", "languages.en.body"),
    (text(body="a \u2066b\u202c"), "direction", "languages.en.body"),
    (text(body="a \u2069b"), "direction", "languages.en.body"),
    (text(body="a \u2066b\nc\u2069"), "direction", "languages.en.body"),
    (text(title="a \u202eb\u202c"), "direction", "languages.en.title"),
    (BASE | {"form": {"x": 1.0}}, "number", "form.x"),
    (BASE | {"form": {"x": 2**53}}, "number", "form.x"),
    (BASE | {"form": {"x": None}}, "shape", "form.x"),
    (BASE | {"form": {"é": 1}}, "shape", "form"),
    (BASE | {"form": {"": 1}}, "shape", "form"),
    (BASE | {"form": {"x": deep}}, "too_deep", "form.x" + "[0]" * 20),
    (BASE | {"form": {"x": ["a"] * 501}}, "too_many", "form.x"),
    (BASE | {"form": []}, "shape", "form"),
    (BASE | {"cosigners": "harbour"}, "shape", "cosigners"),
    (BASE | {"cosigners": ["Harbour"]}, "slug", "cosigners[0]"),
    (BASE | {"cosigners": [1]}, "slug", "cosigners[0]"),
    (BASE | {"cosigners": ["a", "b", "a"]}, "twice", "cosigners[2]"),
    (BASE | {"audience": "everybody"}, "shape", "audience"),
    (BASE | {"audience": [" "]}, "empty", "audience[0]"),
    (BASE | {"audience": ["A", "A"]}, "twice", "audience[1]"),
    (BASE | {"not_before": "tomorrow"}, "time", "not_before"),
    (BASE | {"not_before": "2026-12-01T09:00:00"}, "time", "not_before"),
    (BASE | {"not_before": 5}, "time", "not_before"),
    (BASE | {"not_before": "0001-01-01T00:00:00+14:00"}, "time", "not_before"),
    (BASE | {"attachments": [{"title": "x"}]}, "digest", "attachments[0].sha256"),
    (BASE | {"attachments": [{"sha256": "xyz"}]}, "digest", "attachments[0].sha256"),
    (BASE | {"attachments": ["x"]}, "shape", "attachments[0]"),
    ({"languages": {f"a{b}": TEXT | {"body": "b" * 190_000} for b in "bcdefghijklm"}}, "too_large", "content"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "code", "path"), UNFIT)
def test_what_does_not_fit_is_named_with_its_place(raw: object, code: str, path: str) -> None:
    with pytest.raises(ContentProblem) as caught:
        parse_content(raw)
    assert (caught.value.code, caught.value.path) == (code, path)
    assert str(caught.value) == CONTENT_PROBLEMS[code].format(**caught.value.params)


def test_every_problem_is_tried() -> None:
    assert {code for _, code, _ in UNFIT} == CONTENT_PROBLEMS.keys()


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
