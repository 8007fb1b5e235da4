"""What the family's side refuses."""

from __future__ import annotations

from assent.database.violations import register
from assent.refusal import N_, Conflict, Forbidden, Invalid


class NotDecisionMaker(Forbidden):
    """The arrangement in force does not name the caller a decision maker."""

    type = "not-decision-maker"
    title = N_("The family's arrangement does not name you as somebody who decides.")
    advice = N_("If it should, talk to the family and a coordinator of the case.")


class MinorCannotConsent(Forbidden):
    """Someone under 18 cannot decide for the family."""

    type = "minor"
    title = N_("Only adults can decide for the family.")


class UnknownDecision(Invalid):
    """Not yes, question or no."""

    type = "unknown-decision"
    title = N_("Please choose yes, yes with conditions, no, or a question.")


class ConditionsMissing(Invalid):
    """A yes with conditions that names none."""

    type = "conditions-missing"
    title = N_("Please say what your yes depends on.")
    advice = N_("Or say yes without conditions.")


class AnswerMissing(Invalid):
    """A yes to the text without an answer to what is asked apart: silence is not a yes."""

    type = "answer-missing"
    title = N_("Please answer this question too.")
    advice = N_("Your yes to the text does not answer it.")


class UnknownAnswer(Invalid):
    """An answer to something nobody asked, or neither yes nor no."""

    type = "unknown-answer"
    title = N_("Answer yes or no to the questions that are asked.")


class NoConditionsHere(Invalid):
    """Conditions beside an answer that is not a yes with conditions."""

    type = "no-conditions-here"
    title = N_("Conditions belong to a yes with conditions.")
    advice = N_("Choose that answer, or take the conditions out.")


class ConditionNotUnderstood(Invalid):
    """A condition that is none of the known ones: it must not be recorded as if it would be kept."""

    type = "condition-not-understood"
    title = N_("One of the conditions cannot be recorded like this.")
    advice = N_("Anything can be said in your own words, as “other”.")


class LanguageNotShown(Invalid):
    """A consent is to words that were shown; there are none in this language."""

    type = "language-not-shown"
    title = N_("The text does not exist in this language.")


class QuestionMissing(Invalid):
    """A question without words."""

    type = "question-missing"
    title = N_("Please write your question in a few words.")


class ExpiryOutOfRange(Invalid):
    """A consent ends in the future, within a year."""

    type = "expiry-out-of-range"
    title = N_("The end of a consent lies in the future, at most a year from now.")


class NobodyToAsk(Conflict):
    """There is no arrangement, or nobody in it may see the action."""

    type = "nobody-to-ask"
    title = N_("Nobody can be asked yet.")


class RisksMissing(Conflict):
    """The text is for everybody, and no safety reviewer has written what could happen."""

    type = "risks-missing"
    title = N_("The family cannot be asked yet: nobody has written what could happen.")
    advice = N_("A safety reviewer writes it in plain words when clearing this text.")


class NothingToPromise(Conflict):
    """A plain yes, a no or a question asks for no promise."""

    type = "nothing-to-promise"
    title = N_("This answer does not depend on anything.")


class NotTheirLastWord(Conflict):
    """The relative has said something else since, or taken the yes back."""

    type = "not-their-last-word"
    title = N_("The relative has answered again, or taken this answer back.")
    advice = N_("Load the page again and read what they say now.")


class NotYoursToWithdraw(Forbidden):
    """A yes is taken back by the person who gave it."""

    type = "not-your-consent"
    title = N_("Only the person who said yes can take it back.")
    advice = N_("To stop everything in this case at once, set a pause.")


class NothingToWithdraw(Conflict):
    """The record is a no or a question; there is no yes to take back."""

    type = "nothing-to-withdraw"
    title = N_("There is no yes here to take back.")


class UnknownWay(Invalid):
    """Neither on the phone, nor face to face, nor by letter."""

    type = "unknown-way"
    title = N_("Say how it was given: on the phone, face to face, or by letter.")


class PlaceMissing(Invalid):
    """What was taken down does not say where it was given."""

    type = "place-missing"
    title = N_("Say where it was given.")


class NobodyToAttest(Invalid):
    """Nobody of another organisation is named who could attest it."""

    type = "nobody-to-attest"
    title = N_("Name somebody of another organisation who was there too.")
    advice = N_(
        "Nobody records a decision of the family alone, nor two people of one organisation."
    )


class AttachmentNotUnderstood(Invalid):
    """What names the scan or recording is not the SHA-256 of a file of this case that the caller may see."""

    type = "attachment-not-understood"
    title = N_("There is no such file in this case.")
    advice = N_("Bring it in first, and name it by its SHA-256.")


class NotASound(Invalid):
    """A reading is a recording of a voice: its bytes have to be sound, and nothing else besides."""

    type = "not-a-sound"
    title = N_("This file is not a sound recording.")
    advice = N_("Send MP3, M4A, AAC, Ogg, WAV or FLAC: what phones record, not a film.")


class NotAskedToAttest(Forbidden):
    """Somebody else was asked to attest this."""

    type = "not-asked-to-attest"
    title = N_("Only the person who was asked to attest this can do it.")


class OwnReading(Conflict):
    """Whoever attached a recording does not say that it is the text."""

    type = "own-reading"
    title = N_("Somebody else who speaks the language listens to it.")


class ShutOut(Forbidden):
    """The device was shut out while the answer was under way."""

    type = "shut-out"
    title = N_("This device has been signed out. Nothing was recorded.")
    advice = N_("Sign in again, and talk to a coordinator if you do not know why.")


class NotTakenDown(Conflict):
    """The relative gave this answer themselves."""

    type = "not-taken-down"
    title = N_("You gave this answer yourself. A yes can be taken back at any time.")


register("consent_recordings_by_staff", NobodyToAttest)
register("consent_recordings_two_organisations", NobodyToAttest)
register("consent_recordings_two_people", NobodyToAttest)
register("consents_taken_down_by_another", NobodyToAttest)
register("consent_attestations_asked", NotAskedToAttest)
register("consent_contests_own", NotTakenDown)
register("given_in_own_device", ShutOut)
register("reading_checks_by_another", OwnReading)


class WiderThanTheGate(Invalid):
    """A standing consent to what its gate wants asked about each time, or for longer than it allows."""

    type = "wider-than-the-gate"
    title = N_("This cannot be agreed to in advance like this.")


class UnfitScope(Invalid):
    """A standing consent has a scope: what, to whom, in which languages."""

    type = "unfit-scope"
    title = N_("Please say what exactly is agreed to in advance.")


class StandingEnded(Conflict):
    """What was ended is given anew, never answered."""

    type = "standing-consent-ended"
    title = N_("This has been ended. It can be given anew.")


class NothingAwaited(Conflict):
    """The standing consent waits for nothing to happen."""

    type = "nothing-awaited"
    title = N_("This does not wait for anything to happen.")


class OnePersonOneOrganisation(Conflict):
    """That something has happened is said by two people of different organisations."""

    type = "said-already"
    title = N_("You, or somebody of your organisation, have said so already.")
    advice = N_("It takes somebody of another organisation as well.")


register("standing_consents_within_gate", WiderThanTheGate)
register("standing_consents_decision_maker", NotDecisionMaker)
register("standing_consent_answers_decider", NotDecisionMaker)
register("standing_consent_answers_adult", MinorCannotConsent)
register("standing_consent_answers_not_ended", StandingEnded)
register("standing_consent_ends_familys", NotDecisionMaker)
register("standing_consent_triggers_awaited", NothingAwaited)
register("standing_consent_triggers_pkey", OnePersonOneOrganisation)
register("standing_consent_triggers_person_key", OnePersonOneOrganisation)
register("consent_acknowledgements_conditions", NothingToPromise)
register("consents_decision_maker", NotDecisionMaker)
register("consents_adult", MinorCannotConsent)
register("consents_expiry_ahead", ExpiryOutOfRange)
register("consents_question_asked", QuestionMissing)
register("consent_withdrawals_own_yes", NotYoursToWithdraw)
