"""The draft editor's form: from its fields to a content and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData

from assent.actions.kinds.declared import Form
from assent.actions.kinds.public_statement import with_pictures_attached
from assent.actions.kinds.typed import form_field, form_typed, utc

_MOST_LANGUAGES = 60
# Offered when a language is added; any other tag can be typed.
TONGUES = (
    "ar", "az", "be", "bn", "ckb", "de", "en", "es", "fa", "fa-AF", "fr", "he", "hi", "hu", "hy",
    "id", "it", "ja", "ka", "kk", "km", "ko", "ku", "ky", "lo", "my", "ne", "nl", "pl", "ps", "pt",
    "pt-BR", "ro", "ru", "rw", "si", "so", "sq", "sr", "sv", "sw", "ta", "tg", "th", "ti", "tk",
    "tr", "ug", "uk", "ur", "uz", "vi", "zh-Hans", "zh-Hant",
)  # fmt: skip


def content_from(
    form: FormData, before: Mapping[str, Any], known: Mapping[str, Form]
) -> dict[str, Any]:
    """Return the raw content typed into the editor; what it has no field for stays as it was.

    Args:
        before: the content the editor was opened with.
        known: the forms of the action's kind, by name.
    """
    content: dict[str, Any] = {k: v for k, v in before.items() if k == "attachments"}
    content["form"] = form_typed(form, known, form_before(before))
    tags = [str(tag) for tag in form.getlist("language")][:_MOST_LANGUAGES]
    content["languages"] = {
        tag: {"title": _text(form, f"title.{tag}"), "body": _text(form, f"body.{tag}")}
        | _translation(form, tag)
        for tag in tags
        if tag and form.get(f"drop.{tag}") is None
    }
    if added := _text(form, "add_language").strip():
        content["languages"].setdefault(added, {"title": "", "body": ""})
    content["cosigners"] = [str(slug) for slug in form.getlist("cosigners")]
    recipients = [line.strip() for line in _text(form, "recipients").splitlines() if line.strip()]
    recipients += [str(key) for key in form.getlist("contacts")]
    content["audience"] = "public" if form.get("audience") == "public" else recipients
    if moment := _text(form, "not_before"):
        content["not_before"] = utc(moment)
    return with_pictures_attached(content) if "statement" in known else content


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _translation(form: FormData, tag: str) -> dict[str, dict[str, str]]:
    """How a text was translated, and by which organisation; nothing for an original."""
    if not (how := _text(form, f"how.{tag}")):
        return {}
    by = _text(form, f"by.{tag}")
    return {"translation": {"how": how} | ({"by": by} if by else {})}


def editor_values(content: Mapping[str, Any], book: Mapping[str, str]) -> dict[str, Any]:
    """Return what the editor's fields show for a content, finished or not.

    Args:
        book: the contacts that are offered, by id, as a text names them.
    """
    audience = content.get("audience", "public")
    named = [] if isinstance(audience, str) else [str(one) for one in audience]
    picked = {key for key, words in book.items() if key in named or words in named}
    return {
        "languages": texts_typed(content),
        "translations": translations_typed(content),
        "cosigners": list(content.get("cosigners") or []),
        "public": audience == "public",
        "picked": picked,
        "recipients": "\n".join(
            one for one in named if one not in book and one not in book.values()
        ),
        "not_before": str(content.get("not_before") or "")[:16],
    }


def texts_typed(content: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return title and body by language tag, however unfinished."""
    languages = content.get("languages")
    return {
        str(tag): {"title": str(text.get("title", "")), "body": str(text.get("body", ""))}
        for tag, text in (languages if isinstance(languages, dict) else {}).items()
        if isinstance(text, dict)
    }


def translations_typed(content: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return how each text was translated, and by whom, by language tag."""
    languages = content.get("languages")
    found = {
        str(tag): text.get("translation") if isinstance(text, dict) else None
        for tag, text in (languages if isinstance(languages, dict) else {}).items()
    }
    return {
        tag: {"how": str(made.get("how", "")), "by": str(made.get("by", ""))}
        for tag, made in found.items()
        if isinstance(made, dict)
    }


def form_before(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a content's form, however unfinished."""
    form = content.get("form")
    return form if isinstance(form, dict) else {}


def editor_field(path: str) -> tuple[str, str, str]:
    """Return the editor's field for a path in a content, and its part and language for texts.

    `languages.fa.title` is the field `title.fa`; `audience[2]` is among the `recipients`.
    """
    head, _, rest = path.partition(".")
    if head == "form":
        return form_field(path), "", ""
    if head == "languages" and rest:
        tag, _, part = rest.partition(".")
        return (f"{part}.{tag}", part, tag) if part else (f"languages.{tag}", "", tag)
    name = head.partition("[")[0]
    return ("recipients" if name == "audience" else name), "", ""
