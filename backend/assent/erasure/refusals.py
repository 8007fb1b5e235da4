"""What is refused about erasing, and how it is said."""

from __future__ import annotations

from assent.database.violations import register
from assent.refusal import N_, Conflict, Forbidden


class ErasureWaits(Conflict):
    """The same erasure has been asked for and waits."""

    type = "erasure-waits"
    title = N_("This has been asked for already, and waits for its day.")


class ErasureOver(Conflict):
    """It was stopped, or carried out."""

    type = "erasure-over"
    title = N_("This has been stopped already, or carried out.")


class NotTheSecondPerson(Forbidden):
    """The second person is of another organisation than the first, and the family's wish needs none."""

    type = "not-the-second-person"
    title = N_("A second person of another organisation has to agree.")


class NotTheirsToStop(Forbidden):
    """Only who asked, or who decides for the family, stops an erasure."""

    type = "not-theirs-to-stop"
    title = N_("Whoever asked for this can stop it, or somebody who decides for the family.")


class NotTheirsToErase(Forbidden):
    """Who may ask for what."""

    type = "not-theirs-to-erase"
    title = N_("Those who decide for the family can ask for this, or a coordinator.")


register("erasures_once", ErasureWaits)
register("erasures_entitled", NotTheirsToErase)
register("erasure_answers_open", ErasureOver)
register("erasure_answers_second", NotTheSecondPerson)
register("erasure_answers_stopped_by", NotTheirsToStop)
