"""Words for statuses, parts, tiers and links, in the reader's language."""

from assent.refusal import N_

STATUSES = {
    "not_asked": N_("not asked"),
    "drafting": N_("being prepared"),
    "filed": N_("filed"),
    "listed": N_("listed"),
    "refused": N_("refused"),
    "delisted": N_("taken off the list"),
}
DAYS = {
    "adopted_on": N_("decided"),
    "submitted_on": N_("submitted"),
    "effective_on": N_("in effect"),
    "announced_on": N_("announced"),
    "published_on": N_("published"),
}
PARTS = {
    "abuse": N_("What was done"),
    "link": N_("How the target is linked to it"),
    "assets": N_("Assets, travel, dependants and beneficiaries"),
    "exculpatory": N_("What speaks for the target"),
}
TIERS = {
    "primary": N_("document, or testimony of those affected"),
    "official": N_("finding of the UN, a court or a government"),
    "credible": N_("known organisation or press"),
    "single_source": N_("a single source"),
}
LINKS = {
    "direct": N_("did it"),
    "ordered": N_("ordered it"),
    "command": N_("commanded those who did it"),
    "complicit": N_("took part or looked away"),
    "support": N_("supported it, or profits"),
    "agent": N_("acts for those who did it"),
    "status": N_("by office alone"),
}
SCHEMAS = {
    "Person": N_("Person"),
    "Organization": N_("Organisation"),
    "PublicBody": N_("Public body"),
    "Company": N_("Company"),
    "LegalEntity": N_("Person or organisation, not known which"),
    "Position": N_("Post"),
}
RELATIONS = {
    "commands": N_("commands"),
    "holds": N_("holds the post"),
    "family": N_("is family of"),
    "associate": N_("is an associate of"),
    "owns": N_("owns"),
    "member": N_("belongs to"),
    "benefits": N_("benefits from"),
}
DECISIONS = {
    "same": N_("the same"),
    "different": N_("somebody else"),
    "unsure": N_("not sure"),
}
