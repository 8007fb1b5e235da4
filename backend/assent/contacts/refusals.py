"""What the contact book refuses."""

from __future__ import annotations

from assent.database.violations import register
from assent.refusal import N_, Invalid


class UnknownSide(Invalid):
    """Whoever can move something stands on one of three sides."""

    type = "unknown-side"
    title = N_(
        "Say with whom it is: home government, detaining government, or a third state or body."
    )


class UnknownCountry(Invalid):
    """A country's code has two capital letters."""

    type = "unknown-country"
    title = N_("Give the country's code of two capital letters, such as DE.")


class UnknownSort(Invalid):
    """An authority is of one of the known sorts."""

    type = "unknown-sort"
    title = N_("Say what it is: a ministry, an envoy, a mission, a parliament, a court or a body.")


class UnknownAuthority(Invalid):
    """Nobody of that id stands in the case's contact book."""

    type = "unknown-authority"
    title = N_("There is no such authority in the contact book of this case.")
    advice = N_("Choose one of the book, or write it down there first.")


class UnfitAddress(Invalid):
    """An address to which no mail can be sent."""

    type = "unfit-address"
    title = N_("Mail cannot be sent to this address.")
    advice = N_(
        "Write it as desk@ministry.example, or leave it empty: then a person hands it over."
    )


class UnknownContact(Invalid):
    """A recipient given by an id that the writer does not find in the contact book."""

    type = "unknown-contact"
    title = N_("There is no such contact in the contact book of this case that you may see.")
    advice = N_("Choose one of the book, or write the recipient out in words.")


class ContactSetAside(Invalid):
    """A contact nobody should write to any more."""

    type = "contact-set-aside"
    title = N_("This contact has been set aside: nobody writes to them any more.")
    advice = N_("Choose another, or take them up again in the contact book.")


class SameAddressTwice(Invalid):
    """Two recipients of one text with the same mail address: somebody would get it twice."""

    type = "same-address-twice"
    title = N_("The same address is among the recipients twice, and would get it twice.")
    advice = N_("Leave one of them out.")


register("authorities_side_known", UnknownSide)
register("authorities_country_form", UnknownCountry)
register("authorities_sort_known", UnknownSort)
register("contacts_address_form", UnfitAddress)
