"""What evidence is called on pages."""

from __future__ import annotations

from assent.refusal import N_

TIER_WORDS = {
    "primary": N_("first hand"),
    "official": N_("official"),
    "credible": N_("known publisher"),
    "single_source": N_("single source"),
}
TIER_HINTS = {
    "primary": N_("First hand: a document of those affected, or their testimony"),
    "official": N_("Official: a finding of the UN, a court or a government"),
    "credible": N_("Known publisher: a report of a known organisation or medium"),
    "single_source": N_("Single source: nobody else says so yet"),
}
DERIVED = {
    "redacted": N_("redacted copy"),
    "stripped": N_("copy without hidden data"),
    "translated": N_("translation"),
}
REMARKS = {
    "not_as_named": N_("Its name says another kind of file than it is. Open it with care."),
    "two_in_one": N_("It is two kinds of file at once. Open it with care, or not at all."),
    "program": N_("It is a program. Do not run it."),
    "markup": N_("It is a page that could run scripts. Open it only where there is no network."),
    "packed_trap": N_("Unpacked it would fill a disk. Do not unpack it."),
    "not_scanned": N_("It was too large for the virus scanner, which has not seen it."),
}
