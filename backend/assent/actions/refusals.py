"""What the actions room refuses."""

from __future__ import annotations

from assent.database.violations import register
from assent.refusal import N_, Conflict, Forbidden, Invalid


class UnknownKind(Invalid):
    """No gate is declared for this kind, so nothing of it could ever go out."""

    type = "unknown-kind"
    title = N_("There is no such kind of action.")


class UnfitContent(Invalid):
    """The content of a revision cannot be taken as it is; `field` says where."""

    type = "unfit-content"
    title = N_("This text cannot be saved as it is.")


class UnknownCosigner(Invalid):
    """A co-signer is named that is not in this case."""

    type = "unknown-cosigner"
    title = N_("A co-signing organisation has to take part in this case.")
    advice = N_("Ask a coordinator to invite it, or take it off the list.")


class AttachmentNotKept(Invalid):
    """A text attaches a digest behind which there is no file of the case that its writer may see."""

    type = "attachment-not-kept"
    title = N_("What is attached is not kept here, so nobody could look at what they agree to.")
    advice = N_("Bring the file in as evidence first, and attach that; or leave it out.")


class PictureNotStripped(Invalid):
    """A picture that becomes public still says where, when and with what it was taken."""

    type = "picture-not-stripped"
    title = N_("A picture that becomes public may carry nothing that cannot be seen on it.")
    advice = N_(
        "Attach the copy without hidden data: it stands beside the picture among the evidence."
    )


class LabelNotForFamily(Invalid):
    """Only staff have an organisation whose label they could use."""

    type = "no-organisation"
    title = N_("An action is begun on behalf of an organisation.")


class FamilyWasAsked(Conflict):
    """What the family was asked about cannot be hidden from them."""

    type = "family-was-asked"
    title = N_("The family has been asked about this, so it stays visible to them.")


class StaleDigest(Conflict):
    """The digest is not the latest revision's; `extra` says which is."""

    type = "stale-digest"
    title = N_("The text has changed since you opened it.")
    advice = N_("Please read the latest version and decide on that one.")


class NothingToDecide(Conflict):
    """There is no revision yet."""

    type = "no-revision"
    title = N_("There is no text to decide on yet.")


class AlreadyGiven(Conflict):
    """The same decision by the same person on the same digest is on record."""

    type = "already-given"
    title = N_("You have already recorded this decision for this text.")


class ClearsOwnText(Forbidden):
    """Nobody clears what they wrote any part of."""

    type = "own-text"
    title = N_("You wrote part of this text, so somebody else has to clear it.")
    advice = N_("Ask a colleague who holds the same role.")


class NotYourRole(Forbidden):
    """The caller does not hold the role in whose name they want to decide."""

    type = "not-your-role"
    title = N_("You do not hold this role in this case.")


class ReasonMissing(Invalid):
    """A refusal or a step aside needs a reason."""

    type = "reason-missing"
    title = N_("Please say why, in a sentence.")


class NewerRevision(Conflict):
    """Somebody put a newer revision forward in the meantime; the writer's draft is kept."""

    type = "newer-revision"
    title = N_("Somebody has saved a newer version in the meantime.")
    advice = N_("Your text is kept as your draft. Compare the two, then save again.")


class AlreadyAnswered(Conflict):
    """A concern or hold is answered once."""

    type = "already-answered"
    title = N_("This has been answered already.")


class TextMissing(Invalid):
    """An empty concern, hold or answer."""

    type = "text-missing"
    title = N_("Please write a few words.")


class NoProcedure(Conflict):
    """Nothing was filed yet, or nothing follows after filing this."""

    type = "no-procedure"
    title = N_("There are no steps to record here.")
    advice = N_("They begin once a form with a procedure has gone out.")


class UnknownStep(Invalid):
    """The procedure has no such step."""

    type = "unknown-step"
    title = N_("This procedure has no such step.")


class StepAhead(Invalid):
    """What is to come has not happened."""

    type = "step-ahead"
    title = N_("This day is still to come. Record the step once it has happened.")


register("procedure_steps_happened", StepAhead)
register("actions_family_sees", FamilyWasAsked)
register("clearances_latest_revision", StaleDigest)
register("clearances_entitled", NotYourRole)
register("clearances_not_writer", ClearsOwnText)
register("clearances_not_repeated", AlreadyGiven)
register("clearances_refusal_reasoned", ReasonMissing)
register("revisions_number_next", NewerRevision)
register("revisions_number_key", NewerRevision)
