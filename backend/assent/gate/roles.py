"""The roles people hold, in an organisation or in a case."""

from enum import StrEnum


class Role(StrEnum):
    """A role; what it may attempt is said in policies/roles.csv, what it means for a gate in gates.yaml."""

    ORGANISATION_ADMIN = "organisation_admin"
    COORDINATOR = "coordinator"
    DRAFTER = "drafter"
    CLEARANCE_OFFICER = "clearance_officer"
    SAFETY_REVIEWER = "safety_reviewer"
    OBSERVER = "observer"
    DECISION_MAKER = "decision_maker"
    INFORMED_RELATIVE = "informed_relative"
    COUNSEL = "counsel"


FAMILY_ROLES = frozenset({Role.DECISION_MAKER, Role.INFORMED_RELATIVE})
STAFF_ROLES = frozenset(
    {Role.COORDINATOR, Role.DRAFTER, Role.CLEARANCE_OFFICER, Role.SAFETY_REVIEWER, Role.OBSERVER}
)
CASE_ROLES = FAMILY_ROLES | STAFF_ROLES | {Role.COUNSEL}
