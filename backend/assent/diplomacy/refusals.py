"""What the diplomacy room refuses."""

from __future__ import annotations

from assent.contacts.refusals import UnknownCountry, UnknownSide
from assent.database.violations import register
from assent.refusal import N_, Invalid


class UnfitNote(Invalid):
    """A note is minutes, or a promise of somebody's."""

    type = "unfit-note"
    title = N_("A note says what was said, or what was promised and by whom.")


register("meetings_side_known", UnknownSide)
register("meetings_country_form", UnknownCountry)
register("meeting_notes_promise_whose", UnfitNote)
register("meeting_notes_kind_known", UnfitNote)
register("meeting_notes_due_promise", UnfitNote)
