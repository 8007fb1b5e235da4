"""What is refused about proofs, and how it is said."""

from __future__ import annotations

from assent.database.violations import register
from assent.refusal import N_, Forbidden, Invalid, Refusal


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


class TooManyWitnesses(Invalid):
    """More witnesses than there are: nothing would ever go out again."""

    type = "too-many-witnesses"
    title = N_("There are not so many witnesses.")
    advice = N_("Ask for as many as there are at most.")


class TooFewWitnesses(Invalid):
    """Fewer than the operator wants, or none at all before a release."""

    type = "too-few-witnesses"
    title = N_("That is not enough witnesses.")
    advice = N_("At least one has to see what a release rests on, and never fewer than everywhere.")


class OnlyCoordinatorsDemand(Forbidden):
    """Somebody else than a coordinator says how many witnesses a case wants."""

    type = "only-coordinators-demand"
    title = N_("A coordinator of the case says how many witnesses it wants.")


class LedgerHeld(Refusal):
    """What stands here was restored from a backup, and an operator has not decided yet."""

    type = "ledger-held"
    status = 503
    title = N_("This server was restored from a backup and is still shut: nothing is recorded.")
    advice = N_("Whoever runs it has to look at it first.")


register("ledger_held", LedgerHeld)
register("witness_demands_coordinator", OnlyCoordinatorsDemand)
