"""Drafts: what each writer has typed and not yet put to the gate.

One draft for each person: nobody overwrites another, and a lost connection, an ended session or
a restart loses nothing. Taking over somebody's text makes them a contributor, so that whoever
wrote it may still not clear it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.models import Draft
from assent.actions.queries import visible_action
from assent.actions.refusals import UnfitContent
from assent.database.session import present
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.people.models import Person
from assent.refusal import N_, NotFound

LARGEST_DRAFT_BYTES = 2 * 1024 * 1024
# Under the action's id: only pages that follow its drafts wake, not every page of the case.
_ANNOUNCE = text("select pg_notify('assent_case', :action_id)")


@dataclass(frozen=True)
class SavedDraft:
    """A draft as writers of the action see it.

    Attributes:
        form: the raw content as typed, not yet checked.
        based_on: the revision its writer began from.
        version: counts the saves.
    """

    person_id: UUID
    person: str
    form: dict[str, Any]
    based_on: UUID | None
    version: int
    saved_at: datetime


async def save_draft(
    session: AsyncSession,
    caller: Caller,
    action_id: UUID,
    form: Mapping[str, Any],
    based_on: UUID | None = None,
) -> SavedDraft:
    """Keep what the caller has typed so far, unfinished as it may be.

    Args:
        form: any JSON of the shape of a revision's content; it need not be complete.
        based_on: the revision the text began from.

    Raises:
        NotFound, Forbidden: not a writer here.
        UnfitContent: larger than 2 MiB, or with characters the database cannot hold.
    """
    action = await visible_action(session, action_id)
    await require(session, caller, action.case_id, Permission.ACTION_REVISE)
    kept = _storable(form)
    now = await present(session)
    values = {
        "action_id": action_id,
        "case_id": action.case_id,
        "person_id": caller.person_id,
        "form": kept,
        "based_on": based_on,
        "contributors": [],
        "version": 1,
        "saved_at": now,
    }
    statement = insert(Draft).values(**values)
    changed = {
        "form": kept,
        "saved_at": now,
        "version": Draft.version + 1,
        "based_on": func.coalesce(statement.excluded.based_on, Draft.based_on),
    }
    await session.execute(
        statement.on_conflict_do_update(index_elements=["action_id", "person_id"], set_=changed)
    )
    await session.execute(_ANNOUNCE, {"action_id": str(action_id)})
    return await own_draft(session, caller, action_id)


async def own_draft(session: AsyncSession, caller: Caller, action_id: UUID) -> SavedDraft:
    """Return the caller's draft of an action.

    Raises:
        NotFound: they have none.
    """
    for draft in await read_drafts(session, action_id):
        if draft.person_id == caller.person_id:
            return draft
    raise NotFound


async def read_drafts(session: AsyncSession, action_id: UUID) -> list[SavedDraft]:
    """Return every writer's draft of an action, the latest save first."""
    query = (
        select(
            Draft.person_id, Person.name, Draft.form, Draft.based_on, Draft.version, Draft.saved_at
        )
        .join(Person, Person.id == Draft.person_id)
        .where(Draft.action_id == action_id)
        .order_by(Draft.saved_at.desc(), Draft.person_id)
    )
    return [SavedDraft(*row) for row in await session.execute(query)]


async def take_over_draft(
    session: AsyncSession, caller: Caller, action_id: UUID, from_person: UUID
) -> SavedDraft:
    """Make another writer's saved text the caller's draft; theirs stays as it is.

    Raises:
        NotFound: that person has no draft here.
    """
    action = await visible_action(session, action_id)
    await require(session, caller, action.case_id, Permission.ACTION_REVISE)
    query = select(Draft).where(Draft.action_id == action_id, Draft.person_id == from_person)
    theirs = (await session.scalars(query)).one_or_none()
    if theirs is None:
        raise NotFound
    await save_draft(session, caller, action_id, theirs.form, theirs.based_on)
    mine = await session.get_one(Draft, (action_id, caller.person_id), populate_existing=True)
    writers = {*mine.contributors, *theirs.contributors, from_person} - {caller.person_id}
    mine.contributors = sorted(writers)
    await session.flush()
    return await own_draft(session, caller, action_id)


async def discard_draft(session: AsyncSession, caller: Caller, action_id: UUID) -> None:
    """Throw the caller's own draft away."""
    await visible_action(session, action_id)
    await session.execute(
        delete(Draft).where(Draft.action_id == action_id, Draft.person_id == caller.person_id)
    )


def _storable(form: Mapping[str, Any]) -> dict[str, Any]:
    try:
        size = len(rfc8785.dumps(dict(form)))
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as error:
        raise UnfitContent(N_("It contains a broken character. Please type it again.")) from error
    if size > LARGEST_DRAFT_BYTES:
        raise UnfitContent(N_("It is too large: at most 2 MB of text."))
    kept: dict[str, Any] = _without_nul(dict(form))
    return kept


def _without_nul(value: Any) -> Any:
    """PostgreSQL holds no NUL in text; a draft is saved without it rather than lost."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, Mapping):
        return {_without_nul(str(key)): _without_nul(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nul(item) for item in value]
    return value
