"""What of an arrangement only the family sets: when somebody stands in, what asks again, who sees votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assent.cases.models import Arrangement
from assent.cases.refusals import UnfitArrangement
from assent.gate.arrangement import ALWAYS_ASKS_AGAIN
from assent.refusal import N_

LONGEST_STAND_IN_HOURS = 2160
# What may happen after which a family may want to be asked again.
ASKING_EVENTS = ("transfer", "trial", "hunger_strike", "illness", "negotiation", ALWAYS_ASKS_AGAIN)
GROUNDS = ("next_of_kin", "guardian", "power_of_attorney", "spokesperson")


@dataclass(frozen=True)
class FamilyTerms:
    """What nobody but those who decide may set.

    Attributes:
        stand_in_after_hours: how long somebody is out of reach before an alternate stands in; None: never.
        asks_again: kinds of event after which yeses hold only once given again.
        shows_votes: whether relatives see what the others have said.
    """

    stand_in_after_hours: int | None = None
    asks_again: tuple[str, ...] = ()
    shows_votes: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return what the ledger keeps of them; what says nothing is left out."""
        said: dict[str, Any] = {}
        if self.stand_in_after_hours is not None:
            said["stand_in_after_hours"] = self.stand_in_after_hours
        if self.asks_again:
            said["asks_again"] = list(self.asks_again)
        if self.shows_votes:
            said["shows_votes"] = True
        return said


def terms_of(arrangement: Arrangement | None) -> FamilyTerms:
    """Return the terms of an arrangement; before the first there are none."""
    if arrangement is None:
        return FamilyTerms()
    return FamilyTerms(
        arrangement.stand_in_after_hours, tuple(arrangement.asks_again), arrangement.shows_votes
    )


def checked_terms(terms: FamilyTerms) -> FamilyTerms:
    """Return the terms in the one form in which they are recorded.

    Raises:
        UnfitArrangement: saying what does not fit.
    """
    hours = terms.stand_in_after_hours
    if hours is not None and not 1 <= hours <= LONGEST_STAND_IN_HOURS:
        raise UnfitArrangement(
            N_("The time after which somebody stands in is 1 to {most} hours."),
            field="stand_in_after_hours",
            most=LONGEST_STAND_IN_HOURS,
        )
    if not set(terms.asks_again) <= set(ASKING_EVENTS):
        raise UnfitArrangement(
            N_("What asks again is one of: {kinds}."),
            field="asks_again",
            kinds=", ".join(ASKING_EVENTS),
        )
    chosen = tuple(kind for kind in ASKING_EVENTS if kind in terms.asks_again)
    return FamilyTerms(hours, chosen, terms.shows_votes)


def checked_grounds(grounds: Mapping[str, str], named: Sequence[str]) -> dict[str, str]:
    """Return on what ground each named relative speaks, by e-mail address; next of kin unless said.

    Raises:
        UnfitArrangement: an unknown ground, or of somebody the arrangement does not name.
    """
    given = {email.strip().lower(): ground for email, ground in grounds.items()}
    for email, ground in given.items():
        if ground not in GROUNDS:
            raise UnfitArrangement(
                N_("The ground on which somebody speaks is one of: {grounds}."),
                field="grounds",
                grounds=", ".join(GROUNDS),
            )
        if email not in named:
            raise UnfitArrangement(
                N_("{email} is not named in this arrangement."), field="grounds", email=email
            )
    return given
