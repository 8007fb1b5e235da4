"""Who somebody is in a case, and whether they may do this there: the one guarded door to a case.

Not found comes before not allowed: whoever has no part in a case learns nothing, not even that it
exists. Both answers come from the same single statement, so they take the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from assent import access
from assent.access import Permission
from assent.gate.roles import FAMILY_ROLES, Role
from assent.people.caller import Caller
from assent.refusal import Forbidden, NotFound

_MINE = text(
    "select role, organisation_id from assent.memberships"
    " where case_id = :case_id and person_id = :person_id and ended_at is null"
)
_WITH_ROLE = text(
    "select person_id from assent.memberships"
    " where case_id = :case_id and role = :role and ended_at is null order by granted_at, person_id"
)
_ADMIN = text(
    "select 1 from assent.organisation_roles where person_id = :person_id"
    " and organisation_id = :organisation_id and role = :role"
)


@dataclass(frozen=True)
class Standing:
    """What one person is in one case now: each role with the organisation it is held for.

    Attributes:
        roles: pairs of role and organisation; None for the family.
    """

    case_id: UUID
    roles: frozenset[tuple[Role, UUID | None]]

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles may attempt this."""
        return access.current().any_allows({role for role, _ in self.roles}, permission)

    def holds(self, role: Role | str) -> bool:
        """Whether the person holds this role, for whomever."""
        return any(held == role for held, _ in self.roles)

    def organisations_for(self, role: Role | str) -> list[UUID]:
        """Return the organisations for which the person holds a role, in a stable order."""
        return sorted(org for held, org in self.roles if held == role and org is not None)

    @property
    def organisations(self) -> frozenset[UUID]:
        """The organisations for which the person works in the case, in whatever role."""
        return frozenset(org for _, org in self.roles if org is not None)

    @property
    def is_family(self) -> bool:
        """Whether the person is a relative here: decides, or is informed."""
        return any(role in FAMILY_ROLES for role, _ in self.roles)

    @property
    def sees_family(self) -> bool:
        """Whether what is labelled `family` is shown: to relatives, counsel and coordinators."""
        return self.is_family or self.holds(Role.COUNSEL) or self.holds(Role.COORDINATOR)


async def standing(session: AsyncSession, caller: Caller, case_id: UUID) -> Standing | None:
    """Return what the caller is in the case; None if nothing, or if there is no such case."""
    values = {"case_id": case_id, "person_id": caller.person_id}
    rows = await session.execute(_MINE, values)
    roles = frozenset((Role(row.role), row.organisation_id) for row in rows)
    return Standing(case_id, roles) if roles else None


async def require(
    session: AsyncSession, caller: Caller, case_id: UUID, permission: Permission
) -> Standing:
    """Return the caller's standing, if one of their roles may attempt this.

    Raises:
        NotFound: the caller has no part in the case, or there is none.
        Forbidden: they have, and their roles do not include this.
    """
    found = await standing(session, caller, case_id)
    if found is None:
        raise NotFound
    if not found.may(permission):
        raise Forbidden
    return found


async def people_with_role(session: AsyncSession, case_id: UUID, role: Role | str) -> list[UUID]:
    """Return who holds a role in the case now, longest-serving first."""
    rows = await session.scalars(_WITH_ROLE, {"case_id": case_id, "role": str(role)})
    return list(dict.fromkeys(rows))


async def administers(session: AsyncSession, caller: Caller, organisation_id: UUID) -> bool:
    """Whether the caller administers this organisation."""
    values = {
        "person_id": caller.person_id,
        "organisation_id": organisation_id,
        "role": Role.ORGANISATION_ADMIN.value,
    }
    return (await session.execute(_ADMIN, values)).one_or_none() is not None
