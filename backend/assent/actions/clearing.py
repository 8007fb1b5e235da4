"""Clearing a text, or refusing it, in the name of an organisation or as its safety reviewer."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent import gates
from assent.access import Permission
from assent.actions.kinds.public_part import outward_marks
from assent.actions.models import Clearance, Revision
from assent.actions.queries import latest_revision, require_latest, visible_action
from assent.actions.refusals import (
    AlreadyGiven,
    ClearsOwnText,
    NotYourRole,
    ReasonMissing,
)
from assent.database.ids import new_id
from assent.database.session import lock_action, present
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import Standing, require
from assent.refusal import N_, Invalid
from assent.tasks import gate_tasks
from assent.wording import clean_text

CLEARING_ROLES = (Role.CLEARANCE_OFFICER, Role.SAFETY_REVIEWER)
DECISIONS = ("cleared", "refused", "recused")


async def give_clearance(
    session: AsyncSession,
    caller: Caller,
    action_id: UUID,
    digest: str,
    role: str,
    decision: str,
    note: str = "",
    risks: Mapping[str, str] | None = None,
) -> Clearance:
    """Record the caller's yes or no to exactly this text; the latest word counts.

    Args:
        digest: of the text the caller has read; it must be the latest revision's.
        role: `clearance_officer` (for the caller's organisation) or `safety_reviewer`.
        decision: `cleared`, `refused` or `recused` (the organisation steps aside).
        note: the reason; needed unless cleared.
        risks: a safety reviewer's plain words for the family, by language tag.

    Raises:
        NotFound, Forbidden, NotYourRole: not entitled.
        ClearsOwnText: the caller wrote part of it and the gate wants somebody else.
        StaleDigest, NothingToDecide, AlreadyGiven: what is on record forbids it.
        ReasonMissing, Invalid: the input does not fit.
    """
    action = await visible_action(session, action_id)
    standing = await require(session, caller, action.case_id, Permission.ACTION_CLEAR)
    known_role = _clearing_role(role)
    organisation_id = _voice_of(standing, known_role)
    reason = _reason(decision, note)
    await lock_action(session, action_id)
    revision = require_latest(await latest_revision(session, action_id), digest)
    await _require_other_writer(session, caller, action.kind, action_id, known_role)
    await _require_news(session, caller, revision.id, known_role, decision)
    clearance_id, now = new_id(), await present(session)
    words = {tag: clean_text(text, field=f"risks.{tag}") for tag, text in (risks or {}).items()}
    body = {
        "clearance": str(clearance_id),
        "digest": digest,
        "role": known_role.value,
        "organisation": str(organisation_id),
        "decision": decision,
        "note": reason,
        "risks": words,
    }
    body |= outward_marks(action.kind, digest, revision.content)
    index = await append(
        session,
        event=EventKind.CLEARANCE_GIVEN,
        actor=caller,
        case_id=action.case_id,
        action_id=action_id,
        at=now,
        body=body,
    )
    values = {
        "id": clearance_id,
        "action_id": action_id,
        "case_id": action.case_id,
        "revision_id": revision.id,
        "digest": digest,
        "person_id": caller.person_id,
        "role": known_role.value,
        "organisation_id": organisation_id,
        "decision": decision,
        "note": reason,
        "risks": words,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Clearance).values(**values))
    await gate_tasks.refresh(session, [action_id])
    return await session.get_one(Clearance, clearance_id)


def _clearing_role(role: str) -> Role:
    if role not in CLEARING_ROLES:
        raise Invalid(
            N_("The role is one of: {roles}."), field="role", roles=", ".join(CLEARING_ROLES)
        )
    return Role(role)


def _voice_of(standing: Standing, role: Role) -> UUID:
    for organisation_id in standing.organisations_for(role):
        return organisation_id
    raise NotYourRole(field="role")


def _reason(decision: str, note: str) -> str:
    if decision not in DECISIONS:
        raise Invalid(
            N_("The decision is one of: {decisions}."),
            field="decision",
            decisions=", ".join(DECISIONS),
        )
    reason = clean_text(note, field="note")
    if decision != "cleared" and not reason:
        raise ReasonMissing(field="note")
    return reason


async def _require_other_writer(
    session: AsyncSession, caller: Caller, kind: str, action_id: UUID, role: Role
) -> None:
    slots = [slot for slot in gates.current().book.rule(kind).clearance if slot.role == role]
    if slots and not any(slot.not_author for slot in slots):
        return
    query = select(Revision.author_id, Revision.contributors).where(Revision.action_id == action_id)
    for author_id, contributors in await session.execute(query):
        if caller.person_id == author_id or caller.person_id in contributors:
            raise ClearsOwnText


async def _require_news(
    session: AsyncSession, caller: Caller, revision_id: UUID, role: Role, decision: str
) -> None:
    query = (
        select(Clearance.decision)
        .where(
            Clearance.revision_id == revision_id,
            Clearance.person_id == caller.person_id,
            Clearance.role == role.value,
        )
        .order_by(Clearance.ledger_index.desc())
        .limit(1)
    )
    if (await session.scalars(query)).one_or_none() == decision:
        raise AlreadyGiven
