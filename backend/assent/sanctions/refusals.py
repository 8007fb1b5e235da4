"""What the sanctions room refuses."""

from __future__ import annotations

from collections.abc import Sequence

from assent.database.violations import register
from assent.refusal import N_, Conflict, Invalid


class BrokenEntity(Invalid):
    """What was sent is no FollowTheMoney entity; `field` says where."""

    type = "broken-entity"
    title = N_("This cannot be taken as a target.")

    def __init__(self, reason: str = "", place: str = "entity", **params: object) -> None:
        super().__init__(reason, field=place, extra=None, place=place, **params)


class CommandCircle(Invalid):
    """A chain of command that ends where it began."""

    type = "command-circle"
    title = N_("This chain of command goes in a circle.")
    advice = N_("Say which of these links is wrong, and take it out.")

    def __init__(self, names: Sequence[str] = ()) -> None:
        super().__init__("{chain}", extra={"circle": list(names)}, chain=" → ".join(names))


class EntityTaken(Conflict):
    """The case has an entity of this id already."""

    type = "entity-taken"
    title = N_("This case has a target with this id already.")
    advice = N_("Change that one, or leave the id out.")


class NobodyLinked(Invalid):
    """A link names somebody who is not among the targets."""

    type = "nobody-linked"
    title = N_("This link names somebody who is not among the targets of this case.")


class CannotBeOne(Conflict):
    """Two targets that cannot be merged."""

    type = "cannot-be-one"
    title = N_("These two cannot be made one.")


class NotMerged(Conflict):
    """There is no merge to undo."""

    type = "not-merged"
    title = N_("This target has not been merged.")


class IsMerged(Conflict):
    """What is asked for belongs to the target this one was merged into."""

    type = "is-merged"
    title = N_("This target has been merged into another.")
    advice = N_("Go to that one, or undo the merge.")


class TakenOut(Conflict):
    """What is asked for was recorded by mistake, and has been taken out."""

    type = "taken-out"
    title = N_("This has been taken out.")
    advice = N_(
        "It stays on record, and nothing more is done with it. Add it anew if it was right."
    )


class InUse(Conflict):
    """A target that something hangs on cannot be taken out."""

    type = "in-use"
    title = N_(
        "This cannot be taken out: a request is being made about it, or another target is part of it."
    )


class UnknownJurisdiction(Invalid):
    """The policies declare no such jurisdiction."""

    type = "unknown-jurisdiction"
    title = N_("There is no such jurisdiction.")


class UnknownStatus(Invalid):
    """No status a listing can have."""

    type = "unknown-status"
    title = N_("There is no such status.")


class NotListable(Invalid):
    """Measures are asked for against persons and organisations, not against posts or links."""

    type = "not-listable"
    title = N_("Measures can be asked for against persons and organisations only.")


class DossierBegun(Conflict):
    """A request to this jurisdiction about this target is being prepared already."""

    type = "dossier-begun"
    title = N_("A request to this jurisdiction about this target is being prepared already.")


class JurisdictionGone(Conflict):
    """The jurisdiction was taken out of the policies while a request to it was under way."""

    type = "jurisdiction-gone"
    title = N_("This jurisdiction is no longer in the policies of this instance.")
    advice = N_("What was prepared is kept. Ask the operator, or begin a request to another one.")


class AlreadyEnded(Conflict):
    """It was taken back already."""

    type = "already-ended"
    title = N_("This has been taken back already.")


class ScreeningAway(Conflict):
    """There is nothing to look in, or it does not answer."""

    type = "screening-away"
    status = 503
    title = N_("There is no list to look in just now.")
    advice = N_("The operator loads one with `assent screen load`, or connects a matching service.")


class PiecesMissing(Conflict):
    """A dossier is not complete; each piece is named."""

    type = "pieces-missing"
    title = N_("The dossier is not complete yet.")

    def __init__(self, missing: Sequence[str] = ()) -> None:
        super().__init__("{missing}", extra={"missing": list(missing)}, missing=" ".join(missing))


class SourceNotAgreed(Conflict):
    """A source has not agreed that this government sees what came from them."""

    type = "source-not-agreed"
    title = N_("A source has not agreed that this government sees what came from them.")
    advice = N_("Ask the source, or take the exhibit out of the claim.")

    def __init__(self, titles: Sequence[str] = ()) -> None:
        named = "; ".join(f"“{title}”" for title in titles)
        super().__init__(
            N_("It is about: {exhibits}."), extra={"exhibits": list(titles)}, exhibits=named
        )


register("targets_entity_key", EntityTaken)
register("dossiers_action_key", DossierBegun)
