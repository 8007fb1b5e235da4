"""Opening a case; and every other thing people do with one, gathered here from beside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.cases.arrangements import record_arrangement, set_arrangement
from assent.cases.countries import is_country
from assent.cases.detained_person import checked_detained_person
from assent.cases.members import (
    checked_role,
    end_membership,
    grant_membership,
    organisation_named,
    record_membership,
    remove_organisation,
)
from assent.cases.models import Case
from assent.cases.pauses import pause_case, resume_case
from assent.cases.postures import POSTURES
from assent.cases.refusals import SlugTaken, StaffOnly
from assent.database.ids import new_id
from assent.database.session import acting_as_job, present
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.ledger.store import append, create_case_key
from assent.people.caller import Caller
from assent.refusal import N_, Invalid
from assent.tasks.gate_tasks import refresh_case
from assent.wording import clean_line

__all__ = [
    "POSTURES",
    "CaseDetails",
    "checked_details",
    "checked_role",
    "create_case",
    "end_membership",
    "grant_membership",
    "organisation_named",
    "pause_case",
    "record_arrangement",
    "record_case",
    "record_membership",
    "refresh_case",
    "remove_organisation",
    "resume_case",
    "set_arrangement",
]

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_RESERVED = {"new"}  # an address of its own: /cases/new


@dataclass(frozen=True)
class CaseDetails:
    """A case as its opener describes it.

    Attributes:
        detained_person: `name`, and where known `names` by language, `born`, `nationalities`.
        detaining_state: ISO 3166-1 alpha-2.
        posture: quiet, mixed or public.
    """

    slug: str
    title: str
    detained_person: Mapping[str, Any]
    detaining_state: str
    posture: str = "quiet"


async def create_case(session: AsyncSession, caller: Caller, details: CaseDetails) -> Case:
    """Open a case; the caller becomes its coordinator on behalf of their organisation.

    Raises:
        StaffOnly: the caller works for no organisation.
        SlugTaken, Invalid: the details do not fit.
    """
    if caller.organisation_id is None:
        raise StaffOnly
    values = checked_details(details)
    async with acting_as_job(session):
        taken = select(Case.id).where(Case.slug == details.slug)
        if (await session.scalars(taken)).one_or_none() is not None:
            raise SlugTaken(field="slug")
        case = await record_case(session, caller, values, created_by=caller.person_id)
        await record_membership(
            session, caller, case.id, caller.person_id, Role.COORDINATOR, caller.organisation_id
        )
    return case


async def record_case(
    session: AsyncSession, actor: Caller | None, values: dict[str, Any], *, created_by: UUID | None
) -> Case:
    """Write a case with its data key and its first ledger record."""
    case_id, now = new_id(), await present(session)
    await create_case_key(session, case_id)
    kept = ("slug", "title", "detained_person", "detaining_state", "posture")
    body = {key: values[key] for key in kept}
    index = await append(
        session, event=EventKind.CASE_CREATED, actor=actor, case_id=case_id, at=now, body=body
    )
    rows = values | {
        "id": case_id,
        "created_by": created_by,
        "created_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Case).values(**rows))
    return await session.get_one(Case, case_id)


def checked_details(details: CaseDetails) -> dict[str, Any]:
    """Check a case's description and return its columns.

    Raises:
        Invalid: naming the field.
    """
    if not _SLUG.fullmatch(details.slug) or details.slug in _RESERVED:
        raise Invalid(N_("A short name has lower case letters, digits and hyphens."), field="slug")
    if not is_country(details.detaining_state):
        raise Invalid(N_("Give the state as two letters, such as IR."), field="detaining_state")
    if details.posture not in POSTURES:
        raise Invalid(N_("Posture is one of: {known}."), field="posture", known=", ".join(POSTURES))
    return {
        "slug": details.slug,
        "title": clean_line(details.title, field="title"),
        "detained_person": checked_detained_person(details.detained_person),
        "detaining_state": details.detaining_state,
        "posture": details.posture,
    }
