"""Languages: which there are, and their words. Catalogues live in frontend/locales."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from functools import cache

from babel import Locale, UnknownLocaleError

from assent.settings import ROOT

LOCALES = ROOT / "frontend" / "locales"
DOMAIN = "messages"
SOURCE = "en"


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return a language's words; English sentences where there are none."""
    if language == SOURCE:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALES, [language.replace("-", "_")], fallback=True)


@cache
def languages() -> tuple[str, ...]:
    """Return the tags of the languages Assent speaks, English first."""
    found = {
        path.parents[1].name.replace("_", "-")
        for path in LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    }
    return (SOURCE, *sorted(found - {SOURCE}))


def nearest(tag: str) -> str:
    """Return the language spoken that is nearest to a tag; English where none is."""
    if tag in languages():
        return tag
    base = tag.split("-")[0].lower()
    return base if base in languages() else SOURCE


def translator(tag: str) -> tuple[Callable[[str], str], str]:
    """Return gettext of the nearest language, and that language's tag."""
    language = nearest(tag)
    return catalogue(language).gettext, language


def direction(tag: str) -> str:
    """Return "rtl" or "ltr" for any language, spoken here or not."""
    try:
        return Locale.parse(tag, sep="-").text_direction
    except (ValueError, UnknownLocaleError):
        return "ltr"
