"""A revision's content: everything anybody will see, in one canonical form, with its digest.

The digest is SHA-256 over the RFC 8785 canonical JSON of `Content.as_json()`. Text is brought to NFC
with line feeds as line ends before that, so that two people who see the same letters agree to the
same digest.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import rfc8785

MOST_LANGUAGES = 60
LONGEST_TITLE = 300
# How a translation was made.
TRANSLATED = ("human", "machine", "machine_checked")
LONGEST_BODY = 200_000
LARGEST_BYTES = 2 * 1024 * 1024
MOST_LISTED = 500
_LARGEST_INTEGER = 2**53 - 1
_DEEPEST = 20
_KEYS = frozenset({"languages", "form", "cosigners", "audience", "not_before", "attachments"})
_LANGUAGE = re.compile(
    r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{5,8})*"
)
_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_EMBEDDINGS, _ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
_POP_EMBEDDING, _POP_ISOLATE = "\u202c", "\u2069"
_OVERRIDES = frozenset("\u202d\u202e")


def N_(message: str) -> str:  # noqa: N802 (the name gettext's extractors look for)
    """Mark an English sentence for translation."""
    return message


CONTENT_PROBLEMS: dict[str, str] = {
    "shape": N_("{path}: this should be {expected}."),
    "unknown_key": N_("{path}: there is no such field. Known fields: {known}."),
    "no_language": N_("Give the text in at least one language."),
    "too_many_languages": N_("At most {most} languages fit into one text."),
    "language_tag": N_("{path}: this is not a language tag such as en, fa or pt-BR."),
    "language_twice": N_("{path}: this language is there twice."),
    "empty": N_("{path}: please fill this in."),
    "too_long": N_("{path}: it is too long, at most {most} characters."),
    "too_large": N_("The whole text is too large: at most 2 MB."),
    "too_deep": N_("{path}: it is nested too deeply."),
    "too_many": N_("{path}: at most {most} entries."),
    "control": N_("{path}: it contains an invisible control character. Please type it again."),
    "surrogate": N_("{path}: it contains a broken character. Please type it again."),
    "direction": N_("{path}: its direction marks do not match. Please type it again."),
    "number": N_("{path}: only whole numbers up to 9007199254740991."),
    "slug": N_("{path}: this is not an organisation's short name."),
    "twice": N_("{path}: this is there twice."),
    "time": N_("{path}: give a time with its zone, such as 2026-12-01T09:00:00Z."),
    "digest": N_("{path}: a SHA-256 digest has 64 hexadecimal digits."),
}


class ContentProblem(ValueError):
    """The first thing in a content that does not fit.

    Attributes:
        code: key of `CONTENT_PROBLEMS`.
        path: where, such as `languages.fa.title`.
        params: for the sentence.
    """

    def __init__(self, code: str, path: str, **params: object) -> None:
        self.code, self.path, self.params = code, path, {"path": path, **params}
        super().__init__(CONTENT_PROBLEMS[code].format(**self.params))


@dataclass(frozen=True)
class Text:
    """Title and body in one language.

    Attributes:
        translation: of a translation, how it was made and by which organisation; of the original, or
            where nobody has said so, nothing.
    """

    title: str
    body: str
    translation: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the text as JSON values."""
        text: dict[str, Any] = {"title": self.title, "body": self.body}
        return text | ({"translation": dict(self.translation)} if self.translation else {})


@dataclass(frozen=True)
class Content:
    """A checked content.

    Attributes:
        audience: "public", or the recipients.
        not_before: earliest release, RFC 3339 in UTC.
        attachments: digests and titles.
    """

    languages: Mapping[str, Text]
    form: Mapping[str, Any] = field(default_factory=dict)
    cosigners: tuple[str, ...] = ()
    audience: str | tuple[str, ...] = "public"
    not_before: str | None = None
    attachments: tuple[Mapping[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the content as JSON values; what is absent is left out, never null."""
        content: dict[str, Any] = {
            "languages": {tag: text.as_json() for tag, text in self.languages.items()},
            "form": dict(self.form),
            "cosigners": list(self.cosigners),
            "audience": self.audience if isinstance(self.audience, str) else list(self.audience),
        }
        if self.not_before is not None:
            content["not_before"] = self.not_before
        if self.attachments:
            content["attachments"] = [dict(a) for a in self.attachments]
        return content

    @cached_property
    def canonical(self) -> bytes:
        """RFC 8785 bytes of `as_json()`."""
        return rfc8785.dumps(self.as_json())

    @property
    def digest(self) -> str:
        """SHA-256 of `canonical`, 64 hex digits."""
        return hashlib.sha256(self.canonical).hexdigest()


def parse_content(raw: object) -> Content:
    """Check a raw content and bring it to its canonical form.

    Args:
        raw: JSON values as a form or the API sends them.

    Raises:
        ContentProblem: for the first thing that does not fit.
    """
    members = _object(raw, "content")
    for key in sorted(members):
        if key not in _KEYS:
            raise ContentProblem("unknown_key", _printable(key), known=", ".join(sorted(_KEYS)))
    not_before = members.get("not_before")
    content = Content(
        languages=_languages(members.get("languages", {})),
        form=_form(_object(_or(members.get("form"), {}), "form"), "form", 0),
        cosigners=_cosigners(_or(members.get("cosigners"), [])),
        audience=_audience(_or(members.get("audience"), "public")),
        not_before=None if not_before in (None, "") else _time(not_before),
        attachments=_attachments(_or(members.get("attachments"), [])),
    )
    if len(content.canonical) > LARGEST_BYTES:
        raise ContentProblem("too_large", "content")
    return content


def _or(value: object, default: object) -> object:
    return default if value is None else value


def _printable(key: str) -> str:
    return key.encode("ascii", "backslashreplace").decode()[:60]


def _object(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ContentProblem("shape", path, expected="an object")
    return value


def _list(value: object, path: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ContentProblem("shape", path, expected="a list")
    if len(value) > MOST_LISTED:
        raise ContentProblem("too_many", path, most=MOST_LISTED)
    return list(value)


def _languages(raw: object) -> dict[str, Text]:
    members = _object(raw, "languages")
    if not members:
        raise ContentProblem("no_language", "languages")
    if len(members) > MOST_LANGUAGES:
        raise ContentProblem("too_many_languages", "languages", most=MOST_LANGUAGES)
    texts: dict[str, Text] = {}
    for tag, text in members.items():
        path = f"languages.{_printable(tag)}"
        canonical_tag = language_tag(tag, path)
        if canonical_tag in texts:
            raise ContentProblem("language_twice", path)
        texts[canonical_tag] = _text_of(text, path)
    return dict(sorted(texts.items()))


def language_tag(tag: str, path: str) -> str:
    """Return a language tag in its usual spelling (BCP 47).

    Raises:
        ContentProblem: it is none; `path` says where.
    """
    if not _LANGUAGE.fullmatch(tag):
        raise ContentProblem("language_tag", path)
    language, *rest = tag.split("-")
    shapes: dict[int, Callable[[str], str]] = {2: str.upper, 4: str.title}
    return "-".join([language.lower(), *(shapes.get(len(part), str.lower)(part) for part in rest)])


def _text_of(raw: object, path: str) -> Text:
    members = _object(raw, path)
    for key in members:
        if key not in ("title", "body", "translation"):
            known = "title, body, translation"
            raise ContentProblem("unknown_key", f"{path}.{_printable(key)}", known=known)
    title = _words(members.get("title", ""), f"{path}.title", LONGEST_TITLE, one_line=True)
    body = _words(members.get("body", ""), f"{path}.body", LONGEST_BODY)
    return Text(title, body, _translation(members.get("translation"), f"{path}.translation"))


def _translation(raw: object, path: str) -> dict[str, str]:
    """Check how a translation was made: an organisation answers for it, never a person by name."""
    if raw is None:
        return {}
    members = _object(raw, path)
    for key in members:
        if key not in ("how", "by"):
            raise ContentProblem("unknown_key", f"{path}.{_printable(key)}", known="how, by")
    if (how := members.get("how")) not in TRANSLATED:
        raise ContentProblem("shape", f"{path}.how", expected=", ".join(TRANSLATED))
    if (by := members.get("by")) is None:
        return {"how": str(how)}
    if not isinstance(by, str) or not _SLUG.fullmatch(by):
        raise ContentProblem("slug", f"{path}.by")
    return {"how": str(how), "by": by}


def _words(value: object, path: str, longest: int, *, one_line: bool = False) -> str:
    text = _string(value, path, longest)
    text = " ".join(text.split()) if one_line else text.strip()
    if not text:
        raise ContentProblem("empty", path)
    if one_line and _OVERRIDES & set(text):
        raise ContentProblem("direction", path)
    return text


def _string(value: object, path: str, longest: int = LONGEST_BODY) -> str:
    if not isinstance(value, str):
        raise ContentProblem("shape", path, expected="text")
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise ContentProblem("surrogate", path)
    if any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in text):
        raise ContentProblem("control", path)
    text = unicodedata.normalize("NFC", text)
    if len(text) > longest:
        raise ContentProblem("too_long", path, most=longest)
    if not all(_balanced(paragraph) for paragraph in text.split("\n")):
        raise ContentProblem("direction", path)
    return text


def _balanced(paragraph: str) -> bool:
    """Whether every direction mark opened in a paragraph is closed in it, in order."""
    expected: list[str] = []
    for char in paragraph:
        if char in _EMBEDDINGS:
            expected.append(_POP_EMBEDDING)
        elif char in _ISOLATES:
            expected.append(_POP_ISOLATE)
        elif char in (_POP_EMBEDDING, _POP_ISOLATE) and (not expected or expected.pop() != char):
            return False
    return not expected


def _form(value: object, path: str, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ContentProblem("too_deep", path)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > _LARGEST_INTEGER:
            raise ContentProblem("number", path)
        return value
    if isinstance(value, float):
        raise ContentProblem("number", path)
    if isinstance(value, str):
        return _string(value, path)
    if isinstance(value, list | tuple):
        return [_form(item, f"{path}[{n}]", depth + 1) for n, item in enumerate(_list(value, path))]
    if isinstance(value, Mapping):
        fields = {_form_key(key, path): item for key, item in value.items()}
        return {key: _form(item, f"{path}.{key}", depth + 1) for key, item in fields.items()}
    raise ContentProblem(
        "shape", path, expected="text, a whole number, true, false, a list or an object"
    )


def _form_key(key: object, path: str) -> str:
    if not isinstance(key, str) or not key.isascii() or not key.isprintable() or not key:
        raise ContentProblem("shape", path, expected="an object whose keys are plain ASCII words")
    return key


def _cosigners(raw: object) -> tuple[str, ...]:
    cosigners = _list(raw, "cosigners")
    for number, slug in enumerate(cosigners):
        path = f"cosigners[{number}]"
        if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
            raise ContentProblem("slug", path)
        if slug in cosigners[:number]:
            raise ContentProblem("twice", path)
    return tuple(cosigners)


def _audience(raw: object) -> str | tuple[str, ...]:
    if raw == "public":
        return "public"
    recipients = [
        _words(recipient, f"audience[{number}]", LONGEST_TITLE, one_line=True)
        for number, recipient in enumerate(_list(raw, "audience"))
    ]
    for number, recipient in enumerate(recipients):
        if recipient in recipients[:number]:
            raise ContentProblem("twice", f"audience[{number}]")
    return tuple(recipients)


def _time(raw: object) -> str:
    try:
        moment = datetime.fromisoformat(raw) if isinstance(raw, str) else raw
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            raise ContentProblem("time", "not_before")
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError) as error:
        raise ContentProblem("time", "not_before") from error


def _attachments(raw: object) -> tuple[Mapping[str, Any], ...]:
    attachments = []
    for number, item in enumerate(_list(raw, "attachments")):
        path = f"attachments[{number}]"
        members = _form(_object(item, path), path, 0)
        if not isinstance(members.get("sha256"), str) or not _SHA256.fullmatch(members["sha256"]):
            raise ContentProblem("digest", f"{path}.sha256")
        attachments.append(members)
    return tuple(attachments)
