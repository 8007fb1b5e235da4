"""What cannot be set as a document."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from assent.refusal import N_, Invalid

_MOST_NAMED = 12


class LettersMissing(Invalid):
    """The text has letters that no font here has: they would be boxes on paper."""

    type = "letters-missing"
    title = N_("This text cannot be set as a PDF: some of its signs are in no font here.")
    advice = N_("Write these signs differently, or use the DOCX.")

    def __init__(self, letters: Sequence[str] = ()) -> None:
        named = [f"{letter} ({unicodedata.name(letter, hex(ord(letter)))})" for letter in letters]
        super().__init__(
            N_("They are: {letters}."),
            extra={"letters": list(letters)},
            letters=", ".join(named[:_MOST_NAMED]) + (" …" if len(named) > _MOST_NAMED else ""),
        )
