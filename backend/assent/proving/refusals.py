"""What is refused about proofs, and how it is said."""

from __future__ import annotations

from assent.database.violations import register
from assent.refusal import N_, Invalid, Refusal


class NotSignedYet(Refusal):
    """The entry is in the log, and no checkpoint covers it yet."""

    type = "not-signed-yet"
    status = 409
    title = N_("This is on record, and the log has not been signed since.")
    advice = N_("It is signed within a second or two: try again.")


class PassphraseTooShort(Invalid):
    """A passphrase that is guessed in no time."""

    type = "passphrase-too-short"
    title = N_("This passphrase is too short.")
    advice = N_("Take at least eight characters: a few words that only you would put together.")


class LedgerHeld(Refusal):
    """What stands here was restored from a backup, and an operator has not decided yet."""

    type = "ledger-held"
    status = 503
    title = N_("This server was restored from a backup and is still shut: nothing is recorded.")
    advice = N_("Whoever runs it has to look at it first.")


register("ledger_held", LedgerHeld)
