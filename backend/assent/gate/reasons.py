"""Why a requirement is met or not, as codes with a plain sentence each (gettext message ids)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def N_(message: str) -> str:  # noqa: N802 (the name gettext's extractors look for)
    """Mark an English sentence for translation."""
    return message


@dataclass(frozen=True)
class Reason:
    """A reason as a value: the same one draws the panel, becomes the problem document, enters a test."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


SENTENCES: dict[str, str] = {
    "met": N_("This is on record."),
    "no_revision": N_("There is no text yet."),
    "not_cleared": N_("{organisation} has not cleared this text yet."),
    "not_reviewed": N_("This text still needs a safety review."),
    "refused": N_("{organisation} has refused this text."),
    "review_refused": N_("A safety reviewer has refused this text."),
    "recused": N_(
        "{organisation} has stepped aside: take it off the list of signers, or ask it again."
    ),
    "nobody_can": N_("Nobody in this case can clear this text for {organisation}."),
    "nobody_reviews": N_("Nobody in this case can do the safety review."),
    "same_person": N_("One person cannot meet two requirements: somebody else has to clear this."),
    "no_arrangement": N_("The family's arrangement has not been recorded: who decides, and how."),
    "unclear_arrangement": N_("The family's arrangement cannot be met as it is recorded."),
    "family_waits": N_("The family has not said yes to this text yet."),
    "family_time": N_("The family needs more time."),
    "family_channel": N_(
        "The family has said yes, but this kind of action needs a yes that is given in a stronger way."
    ),
    "family_contests": N_("A relative says that an answer given in their name is not theirs."),
    "family_question": N_("The family has a question."),
    "family_no": N_("The family has said no."),
    "family_withdrew": N_("A relative has taken their yes back."),
    "family_not_agreed": N_("The family has not agreed to this text."),
    "family_asked_again": N_(
        "Something has happened since the family said yes: it is asked whether that still holds."
    ),
    "standing": N_("The family has agreed to this in advance."),
    "detainee_no": N_("The detained person does not want this."),
    "condition_kept": N_("A condition of the family is kept."),
    "condition_waits": N_(
        "The family's yes depends on something that a coordinator has to promise to keep to."
    ),
    "condition_no_name": N_("A relative does not want to be named, and the text names them."),
    "condition_no_photograph": N_(
        "The family wants no photograph: one is attached, or a file that may be one."
    ),
    "condition_not_in_language": N_("The family does not want this text in: {values}."),
    "condition_not_in_country": N_(
        "The family does not want this in {values}: it can be read there, or an organisation from there signs."
    ),
    "condition_only_organisations": N_("The family wants nobody to act but: {values}."),
    "not_paused": N_("No pause stands."),
    "paused": N_("This case is paused: nothing goes out."),
    "no_concern": N_("No concern is open."),
    "concern_open": N_("A relative has raised a concern that nobody has answered yet."),
    "no_hold": N_("No safety hold stands."),
    "hold_open": N_("A safety reviewer has put a hold on this case."),
    "time_free": N_("No earliest release time stands in the way."),
    "too_early": N_("It may not go out before {not_before}."),
    "witnessed": N_("The witnesses of the record have seen what this rests on."),
    "not_witnessed": N_(
        "Witnesses have to see first what is on record ({count} needed). That takes a few seconds, or until they"
        " answer again."
    ),
    "somebody_releases": N_("Somebody in this case can release it."),
    "nobody_releases": N_("Nobody in this case can release it."),
    "not_the_releaser": N_("Only people with the right role can release it."),
}
