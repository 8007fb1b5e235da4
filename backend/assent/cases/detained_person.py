"""The person a case is about, as far as anything is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from assent.cases.countries import is_country
from assent.refusal import N_, Invalid
from assent.wording import clean_line

_KEYS = ("name", "names", "born", "nationalities")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_PART_OF_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")
_MOST = 50


def checked_detained_person(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description in the form in which it is kept; what is unknown is left out.

    Args:
        raw: `name`, and where known `names` by language tag, `born` (a date, or "1987-05" or
            "1987"), `nationalities` (ISO 3166-1 alpha-2).

    Raises:
        Invalid: naming the field.
    """
    for key in raw:
        if key not in _KEYS:
            raise _unfit(N_("Known fields: {known}."), str(key), known=", ".join(_KEYS))
    if not isinstance(raw.get("name"), str):
        raise _unfit(N_("Please give the detained person's name."), "name")
    person: dict[str, Any] = {"name": clean_line(raw["name"], field="detained_person.name")}
    if names := _names(raw.get("names")):
        person["names"] = names
    if (born := _born(raw.get("born"))) is not None:
        person["born"] = born
    if nationalities := _nationalities(raw.get("nationalities")):
        person["nationalities"] = nationalities
    return person


def _names(raw: object) -> dict[str, str]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping) or len(raw) > _MOST:
        raise _unfit(N_("Give the names by language, such as fa: …"), "names")
    names = {}
    for tag, name in raw.items():
        if not isinstance(tag, str) or not _LANGUAGE.fullmatch(tag) or not isinstance(name, str):
            raise _unfit(N_("Give the names by language, such as fa: …"), "names")
        names[tag] = clean_line(name, field=f"detained_person.names.{tag}")
    return names


def _born(raw: object) -> str | None:
    if raw is None:
        return None
    text = raw.isoformat() if isinstance(raw, date) else str(raw)
    if not _PART_OF_DATE.fullmatch(text):
        try:
            text = date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise _unfit(
                N_("Give a date such as 1987-05-01, or 1987-05, or 1987."), "born"
            ) from error
    return text


def _nationalities(raw: object) -> list[str]:
    if raw is None:
        return []
    if not isinstance(raw, list | tuple) or not all(is_country(code) for code in raw):
        raise _unfit(N_("Give each country as two letters, such as IR."), "nationalities")
    return list(dict.fromkeys(raw))


def _unfit(sentence: str, field: str, *, known: str = "") -> Invalid:
    return Invalid(sentence, field=f"detained_person.{field}", known=known)
