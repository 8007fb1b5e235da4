"""Public statements: what stands in quotation marks stands in the text, and has been agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from assent.actions.refusals import UnfitContent
from assent.gate.content import Content
from assent.refusal import N_


def press_list(content: Mapping[str, Any]) -> list[str]:
    """Return who gets a statement by mail once it is public.

    Args:
        content: a revision's, as JSON.
    """
    recipients = _section(content, "press").get("recipients")
    return [str(one) for one in recipients] if isinstance(recipients, list) else []


def may_be_missing(content: Mapping[str, Any]) -> tuple[datetime, list[str]] | None:
    """Return until when organisations can sign, and those without whom it may go out after that.

    Args:
        content: a revision's, as JSON.
    """
    sign_on = _section(content, "sign_on")
    try:
        return datetime.fromisoformat(sign_on["until"]), list(sign_on["may_be_missing"])
    except (KeyError, TypeError, ValueError):
        return None


def embargo_zone(content: Mapping[str, Any]) -> str:
    """Return the time zone in which the earliest release is shown too; an empty text for none.

    Args:
        content: a revision's, as JSON.
    """
    zone = str(_section(content, "embargo").get("zone") or "")
    return zone if zone in available_timezones() else ""


def _section(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a part of a content's form; nothing where a form of somebody's own has something else there."""
    section = (content.get("form") or {}).get(name)
    return section if isinstance(section, dict) else {}


def check(content: Content) -> None:
    """Check what a statement's form says about its text.

    Raises:
        UnfitContent: words of somebody's are listed as approved that stand in none of the texts, or a
            deadline for signing does not fit the list of those that sign.
    """
    _check_sign_on(content)
    said = [" ".join(text.body.split()) for text in content.languages.values()]
    for number, quote in enumerate(content.form.get("quotes", {}).get("people", ())):
        words = " ".join(quote["words"].split())
        if not any(words in text for text in said):
            raise UnfitContent(
                N_(
                    "{path}: these words stand in none of the texts. Quote them as they stand there."
                ),
                field=f"form.quotes.people[{number}].words",
                path=f"form.quotes.people[{number}].words",
            )


def _check_sign_on(content: Content) -> None:
    sign_on = content.form.get("sign_on", {})
    missing = sign_on.get("may_be_missing", [])
    if bool(missing) != ("until" in sign_on):
        raise _unfit(
            "may_be_missing" if "until" in sign_on else "until",
            N_("A deadline says until when, and without whom it may go out after that."),
        )
    for number, slug in enumerate(missing):
        if slug not in content.cosigners:
            raise _unfit(
                f"may_be_missing[{number}]", N_("Only an organisation that signs can be missing.")
            )
    if missing and set(missing) == set(content.cosigners):
        raise _unfit("may_be_missing", N_("Somebody has to sign it in any case."))


def _unfit(field: str, sentence: str) -> UnfitContent:
    return UnfitContent(sentence, field=f"form.sign_on.{field}")
