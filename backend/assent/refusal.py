"""Refusals: every "no" of the program is one of these, said once and rendered everywhere alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def N_(message: str) -> str:  # noqa: N802 (the name gettext's extractors look for)
    """Mark an English sentence for translation without translating it yet."""
    return message


class Refusal(Exception):
    """Something a person asked for and may not have, with the reason and what to do next.

    It renders as a form error, an RFC 9457 problem document or a line of the command's output.

    Attributes:
        type: stable slug, part of the problem document.
        status: HTTP status.
        title: English sentence (a gettext message id) for people.
        advice: English sentence: what to do next.
        field: the form field it is about, if any.
        extra: further members of the problem document, such as ``requirements``.
    """

    type: str = "refused"
    status: int = 400
    title: str = N_("This could not be done.")
    advice: str = ""

    def __init__(
        self,
        detail: str = "",
        *,
        field: str | None = None,
        extra: dict[str, Any] | None = None,
        **params: object,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.field = field
        self.extra = extra or {}
        self.params = params

    def message(self, translate: Callable[[str], str] = str) -> str:
        """Return title, detail and advice as one text in the reader's language.

        Args:
            translate: gettext of the reader's language; the identity gives English.
        """
        parts = [translate(self.title)]
        if self.detail:
            parts.append(self.detail_text(translate))
        if self.advice:
            parts.append(translate(self.advice))
        return " ".join(parts)

    def detail_text(self, translate: Callable[[str], str] = str) -> str:
        """Return the detail with its parameters filled in, or an empty text."""
        return translate(self.detail).format(**self.params) if self.detail else ""

    def __str__(self) -> str:
        return self.message()


class NotFound(Refusal):
    """It does not exist, or the caller may not know that it does: the two answer alike."""

    type = "not-found"
    status = 404
    title = N_("There is nothing here for you.")
    advice = N_("Check the address, or ask the person who sent it to you.")


class Unauthenticated(Refusal):
    """Nobody is signed in, or the session or token has ended."""

    type = "not-signed-in"
    status = 401
    title = N_("Please sign in first.")


class Forbidden(Refusal):
    """The caller may see it, and may not do this with it."""

    type = "not-allowed"
    status = 403
    title = N_("Your role in this case does not include this.")
    advice = N_("A coordinator of the case can tell you who does it.")


class Conflict(Refusal):
    """What is on record has changed, or forbids this."""

    type = "conflict"
    status = 409
    title = N_("This does not fit what is on record now.")


class Invalid(Refusal):
    """What was sent cannot be understood or accepted as it is."""

    type = "invalid"
    status = 422
    title = N_("Something needs to be corrected.")
