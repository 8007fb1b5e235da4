"""What is refused about proofs, and how it is said."""

from __future__ import annotations

from assent.refusal import N_, Refusal


class NotSignedYet(Refusal):
    """The entry is in the log, and no checkpoint covers it yet."""

    type = "not-signed-yet"
    status = 409
    title = N_("This is on record, and the log has not been signed since.")
    advice = N_("It is signed within a second or two: try again.")
