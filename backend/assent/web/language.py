"""Which language a reader gets, and times, numbers and refusals in it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from functools import lru_cache

import icu
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_timezone
from babel.numbers import format_decimal
from starlette.requests import Request

from assent.language import SOURCE, catalogue, languages, nearest
from assent.people.caller import Caller
from assent.refusal import Refusal
from assent.web.requires import asking

COOKIE = "assent_language"
# Day, month, year in words; these languages put them together in a way of their own.
_DAY = {"zh": "y年M月d日", "es": "d 'de' MMMM 'de' y"}
_COMMA = {"fa": "\u060c ", "ar": "\u060c ", "am": "\u1363 ", "zh": "\u3001"}
# Calendars people live by; the day as their partners abroad call it stands beside it.
_CALENDARS = {"fa": "persian", "am": "ethiopic"}
# The digits of most who read Arabic; Babel takes those of the Maghreb for the language at large.
_NUMBERS = {"ar": "arab"}
_DIGITS = {
    "arab": "٠١٢٣٤٥٦٧٨٩",
    "arabext": "۰۱۲۳۴۵۶۷۸۹",
    "beng": "০১২৩৪৫৬৭৮৯",
    "deva": "०१२३४५६७८९",
    "mymr": "၀၁၂၃၄၅၆၇၈၉",
}


def language_of(request: Request) -> str:
    """Return the language for this request: asked for, the person's own, the cookie's, the browser's."""
    caller = asking(request)
    # A page asks a hundred times; who asks may be found out in between.
    known = getattr(request.state, "spoken", None)
    if known is None or known[0] is not caller:
        known = request.state.spoken = (caller, _language_for(request, caller))
    return str(known[1])


def _language_for(request: Request, caller: Caller | None) -> str:
    asked = request.query_params.get("lang")
    if asked in languages():
        return str(asked)
    if caller is not None:
        return nearest(caller.language)
    if (kept := request.cookies.get(COOKIE)) in languages():
        return str(kept)
    return preferred(request.headers.get("accept-language", ""))


def preferred(header: str) -> str:
    """Return the best language spoken here for an Accept-Language header."""
    return next((tag for tag in accepted(header) if tag in languages()), SOURCE)


def accepted(header: str) -> list[str]:
    """Return the tags of an Accept-Language header, best first, each followed by its language alone."""
    wishes: list[tuple[float, int, str]] = []
    for position, part in enumerate(header.split(",")[:20]):
        tag, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if 0 < weight <= 1:
            wishes.append((-weight, position, tag.strip()))
    tags = (tag for _, _, tag in sorted(wishes))
    return list(dict.fromkeys(name for tag in tags for name in (tag, tag.split("-")[0].lower())))


def closest(there: Collection[str], *wished: str) -> str | None:
    """Return the first wished language that is there, itself or as a variety of it; None if none is."""
    for tag in wished:
        base = tag.partition("-")[0]
        varieties = [one for one in there if one.partition("-")[0] == base]
        if tag in there or varieties:
            return tag if tag in there else varieties[0]
    return None


def translator_for(request: Request) -> Callable[[str], str]:
    """Return gettext in the language of this request."""
    return catalogue(language_of(request)).gettext


def translate_refusal(refusal: Refusal, language: str) -> str:
    """Return a refusal as one text in a language."""
    return refusal.message(catalogue(language).gettext)


@lru_cache(maxsize=64)
def locale_of(language: str) -> Locale:
    """Return Babel's locale of a language spoken here."""
    return Locale.parse(language, sep="-")


@lru_cache(maxsize=2048)
def format_moment(moment: datetime, language: str) -> str:
    """Return a time in words, in UTC: people in several zones read the same page."""
    return f"{_at(moment, language, 'UTC')} UTC"


@lru_cache(maxsize=2048)
def format_clock(moment: datetime, language: str, zone: str) -> str:
    """Return a time in words as the clocks of a time zone show it, with the day of the week."""
    weekday = format_datetime(moment, "EEE", tzinfo=get_timezone(zone), locale=locale_of(language))
    return f"{weekday} {_at(moment, language, zone)}"


def _at(moment: datetime, language: str, zone: str) -> str:
    there = get_timezone(zone)
    time = format_datetime(moment, "HH:mm", tzinfo=there, locale=locale_of(language))
    comma = " " if language.startswith("zh") else comma_of(language)
    day = format_day(moment.astimezone(there).date(), language)
    return f"{day}{comma}{_digits(time, language)}"


def format_there(moment: datetime, language: str, zone: str) -> str:
    """Return a time in words as clocks show it in a place, with the place."""
    place = zone.rpartition("/")[2].replace("_", " ")
    return f"{format_clock(moment, language, zone)} {place}"


def format_day(day: date, language: str) -> str:
    """Return a day in words; where people live by another calendar, in that one first."""
    base = language.partition("-")[0]
    written = format_date(day, _DAY.get(base, "d MMMM y"), locale=locale_of(language))
    common = _digits(written, language)
    if base not in _CALENDARS:
        return common
    pattern = icu.SimpleDateFormat(
        "d MMMM y", icu.Locale(f"{language}@calendar={_CALENDARS[base]}")
    )
    pattern.setTimeZone(icu.TimeZone.getGMT())
    return f"{pattern.format(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())} ({common})"


def format_known(day: str, language: str) -> str:
    """Return a day in words, or a month or year where that is all that is known (2021, 2021-05)."""
    try:
        parts = [int(part) for part in day.split("-")]
        first = date(*parts, *[1] * (3 - len(parts)))
    except (TypeError, ValueError):
        return day
    if len(parts) == 3:
        return format_day(first, language)
    pattern = "y" if len(parts) == 1 else "MMMM y"
    return _digits(format_date(first, pattern, locale=locale_of(language)), language)


def comma_of(language: str) -> str:
    """Return what stands between the parts of a list."""
    return _COMMA.get(language.partition("-")[0], ", ")


@lru_cache(maxsize=2048)
def format_number(number: int, language: str) -> str:
    """Return a number in the digits of a language."""
    locale = locale_of(language)
    system = _NUMBERS.get(language, "default")
    return _digits(format_decimal(number, locale=locale, numbering_system=system), language)


def _digits(text: str, language: str) -> str:
    """Babel knows which digits a language writes in, and leaves writing them to us."""
    own = _DIGITS.get(_NUMBERS.get(language) or locale_of(language).default_numbering_system)
    return text.translate(str.maketrans("0123456789", own)) if own else text


def country_name(code: str, language: str) -> str:
    """Return a country's name, such as Iran for IR; the code where it has none in that language."""
    return str(locale_of(language).territories.get(code, code))


def language_name(tag: str) -> str:
    """Return a language's own name, such as فارسی; the tag itself where nobody knows it."""
    try:
        name = Locale.parse(tag, sep="-").get_display_name() or tag
    except (ValueError, UnknownLocaleError):
        return tag
    return name[:1].upper() + name[1:]
