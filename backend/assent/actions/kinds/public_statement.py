"""Public statements: what stands in quotation marks stands in the text, and has been agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from assent.actions.refusals import UnfitContent
from assent.gate.content import Content
from assent.refusal import N_

# The form whose parts mean something here; those of a form of somebody's own mean nothing.
FORM = "statement"


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


@dataclass(frozen=True)
class PublicPicture:
    """A picture that stands below a statement.

    Attributes:
        sha256: of the file, which is the copy without hidden data.
        alt: what can be seen on it.
        rights: whose it is, and who has allowed its use.
    """

    sha256: str
    alt: str
    rights: str


def public_pictures(content: Mapping[str, Any]) -> list[PublicPicture]:
    """Return the pictures that become public with a statement: those it attaches and describes.

    Args:
        content: a revision's, as JSON.
    """
    attached = {str(a["sha256"]) for a in content.get("attachments") or [] if _is_photograph(a)}
    about = _section(content, "pictures").get("about")
    return [
        PublicPicture(one["sha256"], str(one.get("alt", "")), str(one.get("rights", "")))
        for one in (about if isinstance(about, list) else [])
        if isinstance(one, dict) and one.get("sha256") in attached
    ]


def with_pictures_attached(content: dict[str, Any]) -> dict[str, Any]:
    """Return content typed into the editor with just those photographs attached that it describes."""
    about = _section(content, "pictures").get("about")
    described = [one for one in (about if isinstance(about, list) else []) if one.get("sha256")]
    others = [a for a in content.get("attachments") or [] if not _is_photograph(a)]
    pictures = [
        {"sha256": one["sha256"], "kind": "photograph", "title": one.get("alt", "")[:100]}
        for one in described
    ]
    attached = others + pictures
    return content | ({"attachments": attached} if attached or "attachments" in content else {})


def _is_photograph(attached: object) -> bool:
    return isinstance(attached, Mapping) and attached.get("kind") == "photograph"


def _section(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a part of a content's form; nothing where a form of somebody's own has something else there."""
    form = content.get("form") or {}
    section = form.get(name) if form.get("form") == FORM else None
    return section if isinstance(section, dict) else {}


def check(content: Content) -> None:
    """Check what a statement's form says about its text.

    Raises:
        UnfitContent: words of somebody's are listed as approved that stand in none of the texts, or a
            deadline for signing does not fit the list of those that sign.
    """
    _check_sign_on(content)
    _check_pictures(content)
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


def _check_pictures(content: Content) -> None:
    attached = {str(a["sha256"]) for a in content.attachments if _is_photograph(a)}
    for number, one in enumerate(content.form.get("pictures", {}).get("about", ())):
        if one["sha256"] not in attached:
            raise UnfitContent(
                N_("A picture that is described has to be attached, as a photograph."),
                field=f"form.pictures.about[{number}].sha256",
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
