"""What each recorded decision is called where people read the record of a case."""

from __future__ import annotations

from assent.ledger.events import EventKind as E
from assent.refusal import N_

# Of a case, by what they are about: in this order the page offers them.
EVENTS: dict[str, str] = {
    E.CASE_CREATED: N_("The case was opened"),
    E.MEMBERSHIP_GRANTED: N_("Somebody was given a role"),
    E.MEMBERSHIP_ENDED: N_("Somebody's role was ended"),
    E.ARRANGEMENT_SET: N_("How the family decides was recorded"),
    E.ARRANGEMENT_ANSWERED: N_("A change of how the family decides was answered"),
    E.ABSENCE_RECORDED: N_("Somebody of the family cannot be reached"),
    E.ABSENCE_ENDED: N_("Somebody of the family can be reached again"),
    E.WISH_RECORDED: N_("A wish of the detained person was recorded"),
    E.CONTACT_RECORDED: N_("Whether the detained person can be reached was recorded"),
    E.EVENT_RECORDED: N_("Something that happened was recorded"),
    E.POSTURE_SET: N_("How public the effort is was decided"),
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
    E.READING_CHECKED: N_("A recording was compared with the text"),
    E.CONSENT_REQUESTED: N_("The family was asked"),
    E.CONSENT_DECIDED: N_("The family decided"),
    E.CONSENT_TAKEN_DOWN: N_("What a relative said was taken down by staff"),
    E.CONSENT_ATTESTED: N_("Somebody was asked whether a relative said this"),
    E.CONSENT_CONTESTED: N_("A relative said that this is not their word"),
    E.CONSENT_WITHDRAWN: N_("A yes was taken back"),
    E.CONDITIONS_ACKNOWLEDGED: N_("A coordinator promised to keep to the conditions"),
    E.QUESTION_ANSWERED: N_("A question was answered"),
    E.STANDING_CONSENT_GIVEN: N_("Something was agreed to in advance"),
    E.STANDING_CONSENT_ANSWERED: N_("A relative answered what is to be agreed to in advance"),
    E.STANDING_CONSENT_TRIGGERED: N_("What an agreement in advance waits for has happened"),
    E.STANDING_CONSENT_ENDED: N_("An agreement in advance was ended"),
    E.PASSKEY_VOUCHED: N_("An organisation compared a relative's passkey with them"),
    E.LAUNCH_PLANNED: N_("A launch was planned"),
    E.LAUNCH_MOVED: N_("A launch was given another moment"),
    E.LAUNCH_ANSWERED: N_("The family answered about a launch"),
    E.LAUNCH_ENDED: N_("A launch went out, or was called off"),
    E.PUBLISHED: N_("A text went out"),
    E.DELIVERY_RESOLVED: N_("Somebody said what became of a letter"),
    E.HANDOVER_PROVEN: N_("Proof that a letter was handed over was kept"),
    E.STEP_RECORDED: N_("A step after filing was recorded"),
    E.RETRACTED: N_("A text was taken back"),
    E.COPY_NOTED: N_("A copy elsewhere was noted"),
    E.RETRACTION_TOLD: N_("Somebody was told that a text was taken back"),
    E.MEETING_RECORDED: N_("A meeting was recorded"),
    E.MEETING_NOTED: N_("Something said at a meeting was noted"),
    E.AUTHORITY_ADDED: N_("An authority was added"),
    E.AUTHORITY_CHANGED: N_("What is known of an authority was changed"),
    E.CONTACT_ADDED: N_("A contact was added"),
    E.CONTACT_CHANGED: N_("What is known of a contact was changed"),
    E.FILE_STORED: N_("A file was kept"),
    E.EVIDENCE_RECORDED: N_("Evidence was recorded"),
    E.SOURCE_NAMED: N_("Who evidence comes from was noted"),
    E.SOURCE_READER_ADMITTED: N_("Somebody may know who evidence comes from"),
    E.SOURCE_AGREED: N_("Somebody agreed that evidence may be shown"),
    E.TARGET_ADDED: N_("A target was added"),
    E.TARGET_CHANGED: N_("What is known of a target was changed"),
    E.TARGET_ENDED: N_("A target was taken off"),
    E.TARGETS_MERGED: N_("Two targets were found to be one"),
    E.MERGE_UNDONE: N_("Two targets were found not to be one"),
    E.TARGET_COPIED: N_("A target was taken over from another case"),
    E.CLAIM_MADE: N_("Something was said about a target"),
    E.CLAIM_TRANSLATED: N_("Something said about a target was translated"),
    E.CLAIM_ENDED: N_("Something said about a target was taken back"),
    E.EXHIBIT_ADDED: N_("Evidence was put beside a target"),
    E.EXHIBIT_ENDED: N_("Evidence was taken from beside a target"),
    E.LISTING_RECORDED: N_("Whether a target is listed was recorded"),
    E.TARGET_SCREENED: N_("A target was compared with lists"),
    E.CANDIDATE_DECIDED: N_("Whether a target is the one on a list was decided"),
    E.DOSSIER_BEGUN: N_("A dossier was begun"),
    E.WITNESSES_DEMANDED: N_("How many witnesses this case wants was recorded"),
    E.ERASURE_ASKED: N_("It was asked to have this destroyed"),
    E.ERASURE_AGREED: N_("A second person agreed to have this destroyed"),
    E.ERASURE_STOPPED: N_("Having this destroyed was stopped"),
    E.CASE_EXPORTED: N_("Everything of this case was written into a file"),
}
# Of the instance or an organisation: no case's record shows them.
OF_NO_CASE = frozenset(
    {
        E.ORGANISATION_CREATED, E.PROVIDER_CONNECTED, E.PROVIDER_REMOVED, E.STAFF_INVITED, E.STAFF_REMOVED,
        E.ADMINISTRATOR_NAMED, E.ADMINISTRATOR_ENDED, E.GATES_LOADED, E.LOG_KEY_SET, E.RESTORED, E.WITNESS_ENROLLED,
        E.PASSKEY_ENROLLED, E.PASSKEY_ENDED, E.DEVICE_DISOWNED, E.ERASED,
    }
)  # fmt: skip
OTHER = N_("Something else was recorded")


def event_words(event: str) -> str:
    """Return the sentence for an event, to be translated."""
    return EVENTS.get(event, OTHER)
