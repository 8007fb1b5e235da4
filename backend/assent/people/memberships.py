"""One guarded door to each case: who somebody is there, and whether their roles may attempt a thing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent import access
from assent.access import Permission
from assent.cases.models import Membership
from assent.gate.roles import FAMILY_ROLES, Role
from assent.people.caller import Caller
from assent.refusal import Forbidden, NotFound


@dataclass(frozen=True)
class Standing:
    """What a person is in a case.

    Attributes:
        roles: roles in force, each with the organisation it is held for (None: the family).
    """

    case_id: UUID
    roles: frozenset[tuple[Role, UUID | None]]

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles may attempt this."""
        return access.current().any_allows((role for role, _ in self.roles), permission)

    def has(self, role: Role) -> bool:
        """Whether the role is held, for whomever."""
        return any(held == role for held, _ in self.roles)

    def organisations_for(self, role: str) -> list[UUID]:
        """Return the organisations a role is held for."""
        return sorted(org for held, org in self.roles if held == role and org is not None)

    @property
    def is_family(self) -> bool:
        """Whether the person is here as a relative."""
        return any(role in FAMILY_ROLES for role, _ in self.roles)

    @property
    def sees_family(self) -> bool:
        """Whether the person sees what is labelled family: relatives, counsel, coordinators."""
        return self.is_family or self.has(Role.COORDINATOR) or self.has(Role.COUNSEL)


async def standing(session: AsyncSession, caller: Caller, case_id: UUID) -> Standing | None:
    """Return what the caller is in a case; None if nothing, or if there is no such case."""
    query = select(Membership.role, Membership.organisation_id).where(
        Membership.case_id == case_id,
        Membership.person_id == caller.person_id,
        Membership.ended_at.is_(None),
    )
    roles = frozenset((Role(role), org) for role, org in await session.execute(query))
    return Standing(case_id, roles) if roles else None


async def require(
    session: AsyncSession, caller: Caller, case_id: UUID, permission: Permission
) -> Standing:
    """Return the caller's standing, if one of their roles may attempt this.

    Raises:
        NotFound: the caller is nothing in this case; whether it exists is not told.
        Forbidden: they are in it, and none of their roles may.
    """
    found = await standing(session, caller, case_id)
    if found is None:
        raise NotFound
    if not found.may(permission):
        raise Forbidden
    return found


async def people_with_role(session: AsyncSession, case_id: UUID, role: Role) -> list[UUID]:
    """Return who holds a role in a case now."""
    query = (
        select(Membership.person_id)
        .where(
            Membership.case_id == case_id,
            Membership.role == role.value,
            Membership.ended_at.is_(None),
        )
        .distinct()
        .order_by(Membership.person_id)
    )
    return list(await session.scalars(query))
