"""Short free text from people: what is accepted in titles, reasons and notes, and what is not."""

from __future__ import annotations

import unicodedata

from assent.refusal import N_, Invalid

_OVERRIDES = {
    "\u202a",
    "\u202b",
    "\u202c",
    "\u202d",
    "\u202e",
    "\u2066",
    "\u2067",
    "\u2068",
    "\u2069",
}


class UnfitText(Invalid):
    """A text with characters or of a length that cannot be kept."""

    type = "unfit-text"


def clean_text(value: str, *, field: str, longest: int = 5_000) -> str:
    """Return a free text in NFC with plain line ends and no outer space.

    Args:
        field: the form field, for the error.
        longest: most characters allowed.

    Raises:
        UnfitText: control characters, lone surrogates, direction overrides, too long.
    """
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise UnfitText(N_("It contains a broken character. Please type it again."), field=field)
    if any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in text):
        raise UnfitText(
            N_("It contains an invisible control character. Please type it again."), field=field
        )
    if _OVERRIDES & set(text):
        raise UnfitText(
            N_("It contains characters that hide the direction of text. Please type it again."),
            field=field,
        )
    text = unicodedata.normalize("NFC", text)
    if len(text) > longest:
        raise UnfitText(
            N_("It is too long: at most {longest} characters."), field=field, longest=longest
        )
    return text


def clean_line(value: str, *, field: str, longest: int = 300) -> str:
    """Return a title or name: like `clean_text`, on one line, and not empty.

    Raises:
        UnfitText: also when nothing is left.
    """
    line = " ".join(clean_text(value, field=field, longest=longest).split())
    if not line:
        raise UnfitText(N_("Please fill this in."), field=field)
    return line
