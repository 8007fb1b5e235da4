"""Which label somebody may give to what they bring in: none that would hide it from themselves."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from assent.people.caller import Caller
from assent.people.memberships import Standing
from assent.refusal import N_, Invalid

VISIBILITIES = ("family", "organisation", "case", "public")


@dataclass(frozen=True)
class Label:
    """Who may see something.

    Attributes:
        visibility: family, organisation, case or public.
        organisation_id: whose desk, where it is for one organisation; otherwise who brought it in.
    """

    visibility: str
    organisation_id: UUID | None


def label_of(caller: Caller, standing: Standing, visibility: str | None) -> Label:
    """Return the label somebody asks for, or the narrowest that works: their own desk, or the family.

    Raises:
        Invalid: unknown, or one under which they would not see it themselves.
    """
    desk = _desk_of(caller, standing)
    wanted = visibility or ("organisation" if desk else "family")
    if wanted not in VISIBILITIES:
        raise Invalid(
            N_("Visibility is one of: {known}."), field="visibility", known=", ".join(VISIBILITIES)
        )
    if (wanted == "family" and not standing.sees_family) or (wanted == "organisation" and not desk):
        raise Invalid(N_("You would not see it yourself with this label."), field="visibility")
    return Label(wanted, desk)


def _desk_of(caller: Caller, standing: Standing) -> UUID | None:
    if caller.organisation_id in standing.organisations:
        return caller.organisation_id
    return min(standing.organisations, default=None)
