"""Words for roles, kinds, states and labels, in the reader's language."""

from __future__ import annotations

from functools import lru_cache

from assent.refusal import N_

ROLES = {
    "coordinator": N_("coordinator"),
    "drafter": N_("drafter"),
    "clearance_officer": N_("clearance officer"),
    "safety_reviewer": N_("safety reviewer"),
    "observer": N_("observer"),
    "decision_maker": N_("decides for the family"),
    "informed_relative": N_("relative, kept informed"),
    "counsel": N_("counsel"),
    "organisation_admin": N_("administrator"),
}
KINDS = {
    "public_statement": N_("Public statement"),
    "sanctions_request": N_("Sanctions request"),
    "diplomatic_outreach": N_("Diplomatic outreach"),
    "un_submission": N_("UN submission"),
    "wrongful_detention_assessment": N_("Wrongful-detention assessment"),
}
STATES = {
    "drafting": N_("being written"),
    "gated": N_("waits at its gate"),
    "open": N_("ready to go out"),
    "scheduled": N_("waits for its time"),
    "released": N_("is out"),
    "retracted": N_("taken back"),
}
VISIBILITIES = {
    "case": N_("everybody in this case"),
    "organisation": N_("only my organisation"),
    "family": N_("the family and coordinators"),
    "public": N_("everybody in this case; the public once it is out"),
}
POSTURES = {
    "quiet": N_("quiet"),
    "mixed": N_("partly public"),
    "public": N_("public"),
}
DECISIONS = {
    "cleared": N_("cleared"),
    "refused": N_("refused"),
    "recused": N_("stepped aside"),
    "yes": N_("yes"),
    "yes_with_conditions": N_("yes, with conditions"),
    "no": N_("no"),
    "question": N_("a question"),
}
DELIVERIES = {
    "pending": N_("waits"),
    "claimed": N_("is being sent"),
    "sent": N_("sent"),
    "not_sent": N_("not sent"),
    "unknown": N_("nobody knows whether it arrived"),
    "cancelled": N_("cancelled"),
    "handed_over": N_("handed over"),
}
TELLINGS = {
    "told": N_("they have been told"),
    "removed": N_("it is gone there"),
    "stays": N_("they keep it"),
}
KNOWN_THROUGH = {
    "said_directly": N_("said directly"),
    "lawyer": N_("through a lawyer"),
    "prior_writing": N_("written down before"),
    "power_of_attorney": N_("in a power of attorney"),
    "intermediary": N_("carried by somebody in between"),
}
TRUSTED = {
    "trusted": N_("it can be trusted"),
    "uncertain": N_("nobody can be sure of it"),
    "imposed": N_("from a lawyer the state imposed, or under its eyes"),
}
DETAILS = {
    "photograph": N_("a photograph"),
    "names_of_relatives": N_("the names of relatives"),
}
REQUIREMENTS = {
    "revision": N_("A text"),
    "clearance:clearance_officer": N_("Cleared by {organisation}"),
    "clearance:safety_reviewer": N_("Safety review"),
    "consent": N_("The family's yes"),
    "consent:detainee": N_("The detained person's own wish"),
    "consent:condition:no_name": N_("The family's condition: no name"),
    "consent:condition:no_photograph": N_("The family's condition: no photograph"),
    "consent:condition:not_in_language": N_("The family's condition: the languages"),
    "consent:condition:not_in_country": N_("The family's condition: the countries"),
    "consent:condition:only_organisations": N_("The family's condition: who acts"),
    "consent:condition:other": N_("The family's condition, in their own words"),
    "pause": N_("No pause"),
    "concern": N_("No open concern"),
    "hold": N_("No safety hold"),
    "release:not_before": N_("Earliest release"),
    "release:witnessed": N_("Seen by witnesses"),
    "release": N_("Somebody who can release it"),
}


@lru_cache(maxsize=512)
def requirement_label(key: str) -> str:
    """Return the sentence for a requirement's key, to be translated and filled in."""
    parts = key.split(":")
    for length in (len(parts), 2, 1):
        if (label := REQUIREMENTS.get(":".join(parts[:length]))) is not None:
            return label
    return key
