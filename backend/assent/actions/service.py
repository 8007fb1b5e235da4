"""Beginning an action, showing it to others, putting a revision of it to the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent import gates
from assent.access import Permission
from assent.actions.attached import require_attachments_kept
from assent.actions.kinds.checks import read_content
from assent.actions.kinds.public_part import outward_marks
from assent.actions.models import Action, Draft, Revision
from assent.actions.queries import latest_revision, visible_action
from assent.actions.refusals import (
    LabelNotForFamily,
    NewerRevision,
    UnknownCosigner,
    UnknownKind,
)
from assent.contacts.recipients import recipients_written_out
from assent.database.ids import new_id
from assent.database.session import lock_action, present
from assent.gate.content import Content
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import Standing, require
from assent.people.models import Membership, Organisation
from assent.refusal import N_, Invalid
from assent.tasks import gate_tasks
from assent.wording import clean_line

VISIBILITIES = ("family", "organisation", "case", "public")


@dataclass(frozen=True)
class Submitted:
    """A revision, and whether this call made it (False: nothing had changed)."""

    revision: Revision
    created: bool


async def create_action(
    session: AsyncSession,
    caller: Caller,
    case_id: UUID,
    kind: str,
    title: str,
    visibility: str = "case",
) -> Action:
    """Begin an action of a kind that has a gate, led by the caller's organisation.

    Raises:
        NotFound, Forbidden: the caller is not in the case, or does not draft in it.
        UnknownKind, Invalid: kind, title or visibility do not fit.
    """
    standing = await require(session, caller, case_id, Permission.ACTION_CREATE)
    if kind not in gates.current().book.kinds:
        raise UnknownKind(
            N_("Known kinds: {kinds}."), field="kind", kinds=", ".join(gates.current().book.kinds)
        )
    action_id, now = new_id(), await present(session)
    values: dict[str, Any] = {
        "id": action_id,
        "case_id": case_id,
        "kind": kind,
        "title": clean_line(title, field="title"),
        "visibility": _own_visibility(visibility, standing),
        "organisation_id": _desk_of(standing),
        "author_id": caller.person_id,
        "created_at": now,
    }
    body = {key: str(values[key]) for key in ("kind", "title", "visibility", "organisation_id")}
    values["ledger_index"] = await append(
        session,
        event=EventKind.ACTION_CREATED,
        actor=caller,
        case_id=case_id,
        action_id=action_id,
        at=now,
        body=body,
    )
    await session.execute(insert(Action).values(**values))
    await gate_tasks.refresh(session, [action_id])
    return await visible_action(session, action_id)


async def share_action(
    session: AsyncSession, caller: Caller, action_id: UUID, visibility: str
) -> Action:
    """Change who may see an action: the narrower label may be too narrow for its gate.

    Raises:
        NotFound, Forbidden, Invalid: as in `create_action`.
    """
    action = await visible_action(session, action_id)
    standing = await require(session, caller, action.case_id, Permission.ACTION_SHARE)
    wanted = _own_visibility(visibility, standing)
    if wanted == action.visibility:
        return action
    await lock_action(session, action_id)
    await append(
        session,
        event=EventKind.ACTION_SHARED,
        actor=caller,
        case_id=action.case_id,
        action_id=action_id,
        at=await present(session),
        body={"from": action.visibility, "to": wanted},
    )
    await session.execute(update(Action).where(Action.id == action_id).values(visibility=wanted))
    await gate_tasks.refresh(session, [action_id])
    return action


async def rename_action(
    session: AsyncSession, caller: Caller, action_id: UUID, title: str
) -> Action:
    """Change an action's working title; no text that anybody agreed to changes with it.

    Raises:
        NotFound, Forbidden, Invalid: as in `create_action`.
    """
    action = await visible_action(session, action_id)
    await require(session, caller, action.case_id, Permission.ACTION_REVISE)
    wanted = clean_line(title, field="title")
    if wanted == action.title:
        return action
    await lock_action(session, action_id)
    await append(
        session,
        event=EventKind.ACTION_RENAMED,
        actor=caller,
        case_id=action.case_id,
        action_id=action_id,
        at=await present(session),
        body={"from": action.title, "to": wanted},
    )
    await session.execute(update(Action).where(Action.id == action_id).values(title=wanted))
    return action


async def submit_revision(
    session: AsyncSession,
    caller: Caller,
    action_id: UUID,
    content: object,
    based_on: UUID | None = None,
) -> Submitted:
    """Put a text to the gate as an immutable revision; the caller's draft has then done its work.

    Content equal to the latest revision's makes no new one: nothing changed, nothing is voided.

    Args:
        content: the raw content of design 4, checked here; recipients by words or by a contact's id.
        based_on: the revision the writer began from; None skips the check for a newer one.

    Raises:
        UnfitContent, UnknownCosigner, UnknownContact, ContactSetAside, SameAddressTwice, AttachmentNotKept,
        PictureNotStripped: naming the field.
        NewerRevision: somebody put another one forward meanwhile; the draft is kept.
    """
    action = await visible_action(session, action_id)
    await require(session, caller, action.case_id, Permission.ACTION_REVISE)
    content = await recipients_written_out(session, action.case_id, content)
    parsed = read_content(content, action.kind)
    await require_cosigners_in_case(session, action.case_id, parsed.cosigners)
    await require_attachments_kept(session, action.case_id, parsed)
    await lock_action(session, action_id)
    latest = await latest_revision(session, action_id)
    if latest is not None and latest.digest == parsed.digest:
        await _forget_draft(session, action_id, caller.person_id)
        return Submitted(latest, created=False)
    if based_on is not None and (latest is None or latest.id != based_on):
        raise NewerRevision(extra={"latest": latest.number if latest else 0})
    contributors = await _draft_contributors(session, action_id, caller.person_id)
    revision = await record_revision(
        session, caller, action, parsed, number=latest.number + 1 if latest else 1,
        contributors=contributors,
    )  # fmt: skip
    await _forget_draft(session, action_id, caller.person_id)
    await gate_tasks.refresh(session, [action_id])
    return Submitted(revision, created=True)


async def record_revision(
    session: AsyncSession,
    author: Caller,
    action: Action,
    content: Content,
    *,
    number: int,
    contributors: Sequence[UUID] = (),
) -> Revision:
    """Write a revision and its ledger record; the action is locked by the caller of this."""
    revision_id, now = new_id(), await present(session)
    body = {"revision": str(revision_id), "number": number, "digest": content.digest}
    body |= outward_marks(action.kind, content.digest, content.as_json())
    index = await append(
        session,
        event=EventKind.REVISION_SUBMITTED,
        actor=author,
        case_id=action.case_id,
        action_id=action.id,
        at=now,
        body=body,
    )
    values = {
        "id": revision_id,
        "action_id": action.id,
        "case_id": action.case_id,
        "number": number,
        "canonical": content.canonical,
        "digest": content.digest,
        "author_id": author.person_id,
        "contributors": list(contributors),
        "created_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Revision).values(**values))
    return (await session.scalars(select(Revision).where(Revision.id == revision_id))).one()


async def require_cosigners_in_case(
    session: AsyncSession, case_id: UUID, cosigners: Sequence[str]
) -> None:
    """Check that every co-signer takes part in the case.

    Raises:
        UnknownCosigner: naming those who do not.
    """
    if not cosigners:
        return
    query = (
        select(Organisation.slug)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.case_id == case_id, Membership.ended_at.is_(None))
    )
    in_case = set(await session.scalars(query))
    if missing := [slug for slug in cosigners if slug not in in_case]:
        raise UnknownCosigner(
            N_("Not in this case: {organisations}."),
            field="cosigners",
            organisations=", ".join(missing),
        )


def _own_visibility(visibility: str, standing: Standing) -> str:
    """Return a label that exists and that leaves the action in its giver's own sight."""
    if visibility not in VISIBILITIES:
        raise Invalid(
            N_("Visibility is one of: {labels}."),
            field="visibility",
            labels=", ".join(VISIBILITIES),
        )
    if visibility == "family" and not standing.sees_family:
        raise Invalid(
            N_("Only a coordinator can keep an action for the family and coordinators alone."),
            field="visibility",
        )
    return visibility


def _desk_of(standing: Standing) -> UUID:
    """Return the organisation on whose behalf the caller drafts or coordinates."""
    for role in ("drafter", "coordinator"):
        for organisation_id in standing.organisations_for(role):
            return organisation_id
    raise LabelNotForFamily


async def _draft_contributors(
    session: AsyncSession, action_id: UUID, person_id: UUID
) -> tuple[UUID, ...]:
    query = select(Draft.contributors).where(
        Draft.action_id == action_id, Draft.person_id == person_id
    )
    return tuple((await session.scalars(query)).one_or_none() or ())


async def _forget_draft(session: AsyncSession, action_id: UUID, person_id: UUID) -> None:
    await session.execute(
        delete(Draft).where(Draft.action_id == action_id, Draft.person_id == person_id)
    )
