"""The words of notifications, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from assent.language import translator
from assent.refusal import N_


@dataclass(frozen=True)
class MailWords:
    """One notification's words.

    Attributes:
        language: BCP 47 tag they are in.
    """

    language: str
    subject: str
    greeting: str
    body: str
    closing: str
    stop: str


_BODIES: dict[str, tuple[str, str]] = {
    "sign_in": (
        N_("Your link to sign in"),
        N_("Open this link and press the button to sign in. It works once, for 15 minutes."),
    ),
    "invitation": (
        N_("You have been invited"),
        N_(
            "Somebody has invited you to work together. Open this address and sign in with your e-mail address."
        ),
    ),
    "something_waits": (
        N_("Something waits for you"),
        N_("Something waits for you. Open this address when you have a quiet moment."),
    ),
    "something_changed": (
        N_("Something has changed"),
        N_("Something you take part in has changed. You can look at it here."),
    ),
    "opened_elsewhere": (
        N_("Something has changed"),
        N_(
            "Something was opened on a phone or computer for the first time, or this address was changed. If that was"
            " you, or whoever gave us this address, there is nothing to do. If not, tell them, and look here."
        ),
    ),
}


_CLOSING = N_("If you did not expect this, you can ignore it.")
_CLOSINGS = {
    "sign_in": N_(
        "If you did not ask for this link, somebody else did. Do not open it; tell whoever invited you."
    ),
    "opened_elsewhere": "",
}


def words_of(kind: str, language: str) -> MailWords:
    """Return the wording of a kind of notification.

    Args:
        kind: a value of `assent.notify.mail.MailKind`.
        language: BCP 47 tag; English where there is no catalogue.
    """
    translate, spoken = translator(language)
    subject, body = _BODIES[kind]
    closing = _CLOSINGS.get(kind, _CLOSING)
    return MailWords(
        language=spoken,
        subject=translate(subject),
        greeting=translate(N_("Hello,")),
        body=translate(body),
        closing=translate(closing) if closing else "",
        stop=translate(N_("To stop something, or to take it back, at any time:")),
    )
