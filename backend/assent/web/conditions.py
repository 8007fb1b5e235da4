"""What a yes depends on, in the reader's words: on the family's pages and on the coordinators'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request

from assent.refusal import N_
from assent.web.language import (
    comma_of,
    country_name,
    format_moment,
    language_name,
    language_of,
    translator_for,
)
from assent.web.requirements import Names

# What follows "Only if": each sentence is a relative's own wish, said back.
SENTENCES: dict[str, str] = {
    "no_name": N_("my name is not in it"),
    "no_photograph": N_("there is no photograph in it"),
    "not_before": N_("it does not go out before {value}"),
    "not_in_language": N_("it does not go out in {value}"),
    "not_in_country": N_("it does not appear in {value}"),
    "only_organisations": N_("nobody acts but {value}"),
    "other": N_("this is kept to: {value}"),
}


def said_conditions(
    request: Request, conditions: Iterable[Mapping[str, Any]], names: Names
) -> list[str]:
    """Return recorded conditions as sentences in the reader's language."""
    translate, language = translator_for(request), language_of(request)
    return [
        translate(SENTENCES[c["kind"]]).format(value=_value(c, language, names)) for c in conditions
    ]


def _value(condition: Mapping[str, Any], language: str, names: Names) -> str:
    value = condition.get("value", "")
    match condition["kind"]:
        case "not_before":
            return format_moment(datetime.fromisoformat(value), language)
        case "not_in_language":
            return language_name(value)
        case "not_in_country":
            return country_name(value, language)
        case "only_organisations":
            return comma_of(language).join(names.organisation(slug) or slug for slug in value)
    return str(value)
