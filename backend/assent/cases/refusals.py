"""What the cases room refuses."""

from __future__ import annotations

from assent.database.violations import register
from assent.refusal import N_, Conflict, Forbidden, Invalid


class SlugTaken(Conflict):
    """Another case has this short name."""

    type = "slug-taken"
    title = N_("This short name is taken.")
    advice = N_("Choose another one.")


class StaffOnly(Forbidden):
    """Cases are opened by organisations."""

    type = "staff-only"
    title = N_("A case is opened by somebody who works for an organisation.")


class UnknownOrganisation(Invalid):
    """There is no organisation of this short name."""

    type = "unknown-organisation"
    title = N_("There is no organisation with this short name.")


class UnfitRole(Invalid):
    """The role does not exist, or does not go with this organisation or family."""

    type = "unfit-role"
    title = N_("This role cannot be given like that.")


class AlreadyMember(Conflict):
    """The person holds this role in the case already."""

    type = "already-member"
    title = N_("This person already has this role in the case.")


class LastCoordinator(Conflict):
    """A case without a coordinator could not be helped by anybody."""

    type = "last-coordinator"
    title = N_("A case needs at least one coordinator.")
    advice = N_("Give somebody else the role first.")


class UnfitArrangement(Invalid):
    """An arrangement that nobody could meet, or that names the wrong people."""

    type = "unfit-arrangement"
    title = N_("The family's arrangement cannot be recorded like this.")


class ReviewTooFar(Invalid):
    """A posture that nobody looks at again holds by habit."""

    type = "review-too-far"
    title = N_("How public the effort is has to be looked at again within a year.")
    advice = N_("Give a day from today on, at most a year ahead.")


class NobodyAnswers(Invalid):
    """Whoever answers for a posture works in the case for an organisation."""

    type = "nobody-answers"
    title = N_("Name somebody who works in this case for an organisation.")


class AlreadyPaused(Conflict):
    """A pause stands already."""

    type = "already-paused"
    title = N_("This case is paused already.")


class NotPaused(Conflict):
    """There is no pause to lift."""

    type = "not-paused"
    title = N_("No pause stands on this case.")


class FamilysPause(Forbidden):
    """The family's own pause is lifted by the family alone."""

    type = "familys-pause"
    title = N_("The family has paused this case. Only the family can lift that.")


class CoalitionsPause(Forbidden):
    """A pause that staff set is lifted by a coordinator."""

    type = "coalitions-pause"
    title = N_("The coalition has paused this case. A coordinator can lift that.")


class NoWish(Conflict):
    """No change of the family's arrangement waits, or it is another one by now."""

    type = "no-such-change"
    title = N_("There is no such change to answer.")
    advice = N_("Load the page again: it shows what is recorded now.")


class NotYoursToAgree(Forbidden):
    """Those who decide so far agree to a change; the others are told."""

    type = "not-yours-to-agree"
    title = N_("Those who decide for the family so far answer this.")


class TermsAreTheFamilys(Forbidden):
    """When somebody stands in, what asks again and who sees votes is set by those who decide."""

    type = "terms-are-the-familys"
    title = N_(
        "When somebody stands in, what asks again and who sees the votes is for the family itself to set."
    )
    advice = N_("Somebody who decides for the family does this on their own page.")


class NotInTheArrangement(Invalid):
    """Out of reach, as far as it matters here, are those the arrangement in force names."""

    type = "not-in-the-arrangement"
    title = N_("The family's arrangement does not name this person.")


class AlreadyRecorded(Conflict):
    """The same is on record and stands."""

    type = "already-recorded"
    title = N_("This is on record already.")


class UnfitWish(Invalid):
    """A wish of the detained person that cannot be recorded like this."""

    type = "unfit-wish"
    title = N_("The wish cannot be recorded like this.")


class UnfitDay(Invalid):
    """A day, a month or a year is wanted."""

    type = "unfit-day"
    title = N_("Write a day, a month or a year, such as 2026-11-24, 2026-11 or 2026.")


class UnknownEvent(Invalid):
    """An event of no known kind or effect."""

    type = "unknown-event"
    title = N_("This kind of event, or its effect, is not known.")


register("absences_of_the_arrangement", NotInTheArrangement)
register("absences_recorder", NotInTheArrangement)
register("absences_not_by_themselves", NotInTheArrangement)
register("wishes_replaced_once_key", AlreadyRecorded)
register("wishes_trusted_stays", UnfitWish)
register("events_happened_on_form", UnfitDay)
register("arrangements_terms_familys_own", TermsAreTheFamilys)
register("arrangement_answers_latest", NoWish)
register("arrangement_answers_pending", NoWish)
register("arrangement_answers_decider", NotYoursToAgree)
register("cases_slug_key", SlugTaken)
register("memberships_in_force_key", AlreadyMember)
register("memberships_on_behalf_of", UnfitRole)
register("arrangement_people_adult", UnfitArrangement)
register("arrangements_quorum_fits", UnfitArrangement)
