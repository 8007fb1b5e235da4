"""What the diplomacy room refuses."""

from __future__ import annotations

from assent.database.violations import register
from assent.refusal import N_, Invalid


class UnknownSide(Invalid):
    """A meeting is with one of three sides."""

    type = "unknown-side"
    title = N_(
        "Say with whom it is: home government, detaining government, or a third state or body."
    )


class UnknownCountry(Invalid):
    """A country's code has two capital letters."""

    type = "unknown-country"
    title = N_("Give the country's code of two capital letters, such as DE.")


class UnfitNote(Invalid):
    """A note is minutes, or a promise of somebody's."""

    type = "unfit-note"
    title = N_("A note says what was said, or what was promised and by whom.")


register("meetings_side_known", UnknownSide)
register("meetings_country_form", UnknownCountry)
register("meeting_notes_promise_whose", UnfitNote)
register("meeting_notes_kind_known", UnfitNote)
register("meeting_notes_due_promise", UnfitNote)
