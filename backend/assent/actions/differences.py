"""The difference between two texts, word by word, in each language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from assent.actions.kinds.filled import FilledForm, flat_answers

Kind = Literal["same", "added", "removed"]
_WORDS = re.compile(r"\s+|[^\s]+")
# Beyond this many words two texts are compared line by line: word by word would take minutes.
_MOST_WORDS = 6_000


@dataclass(frozen=True)
class LanguageDifference:
    """How the text in one language differs; None where the language is new or gone."""

    tag: str
    title: list[tuple[Kind, str]]
    body: list[tuple[Kind, str]]

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return any(kind != "same" for kind, _ in (*self.title, *self.body))


def word_difference(before: str, after: str) -> list[tuple[Kind, str]]:
    """Return the words of both texts in order, each as same, added or removed."""
    one, other = _WORDS.findall(before), _WORDS.findall(after)
    if len(one) + len(other) > _MOST_WORDS:
        one, other = before.splitlines(keepends=True), after.splitlines(keepends=True)
    parts: list[tuple[Kind, str]] = []
    for what, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if what == "equal":
            parts.append(("same", "".join(one[a:b])))
            continue
        if a < b:
            parts.append(("removed", "".join(one[a:b])))
        if c < d:
            parts.append(("added", "".join(other[c:d])))
    return parts


def text_differences(before: dict[str, Any], after: dict[str, Any]) -> list[LanguageDifference]:
    """Compare two contents' texts in every language either has.

    Args:
        before, after: title and body by language tag.
    """
    empty = {"title": "", "body": ""}
    return [
        LanguageDifference(
            tag,
            word_difference(before.get(tag, empty)["title"], after.get(tag, empty)["title"]),
            word_difference(before.get(tag, empty)["body"], after.get(tag, empty)["body"]),
        )
        for tag in sorted({*before, *after})
    ]


def other_differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the names of everything besides the texts that differs."""
    keys = sorted(({*before} | {*after}) - {"languages"})
    return [key for key in keys if before.get(key) != after.get(key)]


@dataclass(frozen=True)
class AnswerDifference:
    """How one answer of a form differs; `question` with the headings above it."""

    question: tuple[str, ...]
    words: list[tuple[Kind, str]]


def form_differences(before: FilledForm | None, after: FilledForm | None) -> list[AnswerDifference]:
    """Return the answers that differ between two forms, in their order."""
    one, other = flat_answers(before), flat_answers(after)
    return [
        AnswerDifference(question, word_difference(one.get(question, ""), other.get(question, "")))
        for question in dict.fromkeys((*other, *one))
        if one.get(question, "") != other.get(question, "")
    ]
