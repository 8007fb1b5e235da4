"""What publishing refuses."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from assent.database.violations import register
from assent.gate.evaluate import GateStatus
from assent.refusal import N_, Conflict, Forbidden, Invalid


class GateShut(Conflict):
    """Something the gate asks for is missing; every reason comes along.

    Attributes:
        status: the gate's whole answer, or None where the database refused by itself.
    """

    type = "gate-shut"
    title = N_("This may not go out yet.")
    advice = N_("The page of the action says what is still needed, and from whom.")

    def __init__(self, gate: GateStatus | None = None, case_id: UUID | None = None) -> None:
        super().__init__()
        self.gate = gate
        self.case_id = case_id


class NothingTakenBack(Conflict):
    """People are told that a text is taken back once it is."""

    type = "nothing-taken-back"
    title = N_("This text has not been taken back.")


class NoticeNotUnderstood(Invalid):
    """What came of telling somebody is one of three things."""

    type = "notice-not-understood"
    title = N_("Say what came of it: they were told, it is gone there, or they keep it.")


class AlreadyPublished(Conflict):
    """This revision went out before; it does so once."""

    type = "already-published"
    title = N_("This text has gone out already.")


class KeyUsedForAnother(Conflict):
    """The same idempotency key came with another text."""

    type = "idempotency-key-reused"
    title = N_("This Idempotency-Key was used for another text.")
    advice = N_("Use a fresh key for each release.")


class KeyMissing(Invalid):
    """A release needs an idempotency key, so that a repeated call releases nothing twice."""

    type = "idempotency-key-missing"
    title = N_("Send an Idempotency-Key of 1 to 200 characters with a release.")


class NotOut(Conflict):
    """It has not gone out, or was taken back already."""

    type = "not-out"
    title = N_("There is nothing out there to take back.")


class DeliverySettled(Conflict):
    """The delivery is in a state in which this cannot be said of it."""

    type = "delivery-settled"
    title = N_("This delivery has been settled already.")


class DeliveryHeld(Conflict):
    """The family's consent does not hold any more, or the case is stopped: nothing is handed over."""

    type = "delivery-held"
    title = N_("Something stands against handing this over now.")
    advice = N_(
        "A pause, a concern, or the family: look at the case. Once that is settled, try again."
    )


class LaunchShut(Conflict):
    """Something of the launch may not go out, so nothing does.

    Attributes:
        statuses: the gate's whole answer for each action that has one, by its id.
        missing: keys of what is missing, by action.
    """

    type = "launch-shut"
    title = N_("Not all of this may go out yet, so nothing does.")
    advice = N_("The page of the launch says for each part what is still needed.")

    def __init__(
        self,
        statuses: dict[UUID, GateStatus] | None = None,
        missing: dict[UUID, list[str]] | None = None,
    ) -> None:
        self.statuses, self.missing = statuses or {}, missing or {}
        shut = [{"action": str(a), "missing": keys} for a, keys in self.missing.items() if keys]
        super().__init__(extra={"actions": shut})


class NotDelivered(Conflict):
    """Proof is of what has left: handed over, or sent."""

    type = "not-delivered"
    title = N_("There is nothing to prove yet: this has not been handed over or sent.")
    advice = N_("Record first that it was handed over.")


class SourceAgainst(Conflict):
    """A source has not agreed, or agrees no longer, that this government sees what came from them."""

    type = "source-against"
    title = N_("A source has not agreed that this government sees what came from them.")
    advice = N_(
        "Ask the source, or put the request forward without it: the family is asked again then."
    )

    def __init__(self, titles: Sequence[str] = ()) -> None:
        named = "; ".join(f"“{title}”" for title in titles)
        super().__init__(
            N_("It is about: {exhibits}.") if titles else "",
            extra={"exhibits": list(titles)},
            exhibits=named,
        )


class LaunchOver(Conflict):
    """The launch is out, or was called off."""

    type = "launch-over"
    title = N_("This launch is over: it is out, or was called off.")


class UnfitLaunch(Invalid):
    """A launch names the actions of its case, each once."""

    type = "unfit-launch"
    title = N_("This cannot be launched together.")


class UnfitMoment(Invalid):
    """A moment that does not exist, or exists twice, or has passed."""

    type = "unfit-moment"
    title = N_("This cannot be the moment.")


class AnsweredAlready(Conflict):
    """The same word is on record already."""

    type = "answered-already"
    title = N_("You have said this already.")


class FamilyAnswers(Forbidden):
    """Only those who decide for the family agree to this."""

    type = "family-answers"
    title = N_("Those who decide for the family answer this.")


register("launch_answers_decision_maker", FamilyAnswers)
register("launch_moments_before_the_end", LaunchOver)
register("launch_outcomes_before_the_end", LaunchOver)
register("publications_gate_open", GateShut)
register("publications_once_key", AlreadyPublished)
register("publications_key_filled", KeyMissing)
register("deliveries_forward", DeliverySettled)
register("deliveries_not_retracted", DeliverySettled)
register("deliveries_agreed_still", DeliveryHeld)
