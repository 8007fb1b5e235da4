"""What each recorded decision is called where people read the record of a case."""

from __future__ import annotations

from assent.ledger.events import EventKind as E
from assent.refusal import N_

EVENTS: dict[str, str] = {
    E.CASE_CREATED: N_("The case was opened"),
    E.MEMBERSHIP_GRANTED: N_("Somebody was given a role"),
    E.MEMBERSHIP_ENDED: N_("Somebody's role was ended"),
    E.ARRANGEMENT_SET: N_("How the family decides was recorded"),
    E.ARRANGEMENT_ANSWERED: N_("A change of how the family decides was answered"),
    E.PAUSED: N_("The case was paused"),
    E.RESUMED: N_("The pause was lifted"),
    E.ACTION_CREATED: N_("An action was begun"),
    E.ACTION_SHARED: N_("An action was shown to others"),
    E.ACTION_RENAMED: N_("An action was renamed"),
    E.REVISION_SUBMITTED: N_("A text was put forward"),
    E.CLEARANCE_GIVEN: N_("A text was cleared or refused"),
    E.CONCERN_RAISED: N_("A concern was raised"),
    E.CONCERN_ANSWERED: N_("A concern was answered"),
    E.HOLD_RAISED: N_("A safety hold was set"),
    E.HOLD_LIFTED: N_("A safety hold was lifted"),
    E.READING_ATTACHED: N_("A text was read aloud and recorded"),
    E.CONSENT_REQUESTED: N_("The family was asked"),
    E.CONSENT_DECIDED: N_("The family decided"),
    E.CONSENT_WITHDRAWN: N_("A yes was taken back"),
    E.CONDITIONS_ACKNOWLEDGED: N_("A coordinator promised to keep to the conditions"),
    E.QUESTION_ANSWERED: N_("A question was answered"),
    E.PUBLISHED: N_("A text went out"),
    E.RETRACTED: N_("A text was taken back"),
    E.ERASURE_ASKED: N_("It was asked to have this destroyed"),
    E.ERASURE_AGREED: N_("A second person agreed to have this destroyed"),
    E.ERASURE_STOPPED: N_("Having this destroyed was stopped"),
    E.FILE_STORED: N_("A file was kept"),
    E.EVIDENCE_RECORDED: N_("Evidence was recorded"),
}
OTHER = N_("Something else was recorded")


def event_words(event: str) -> str:
    """Return the sentence for an event, to be translated."""
    return EVENTS.get(event, OTHER)
