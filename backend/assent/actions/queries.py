"""Reads of actions and revisions for services, pages and the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.actions.kinds import declared
from assent.actions.kinds.filled import FilledForm, read_form
from assent.actions.models import Action, Clearance, Concern, ConcernAnswer, Revision
from assent.actions.refusals import NothingToDecide, StaleDigest
from assent.people.models import SHOWN_NAME, Organisation, Person
from assent.refusal import N_, NotFound

_SIGNERS = text("""
    select o.name from jsonb_array_elements_text(assent.signers(:revision_id, :at)) with ordinality s(slug, place)
    join assent.organisations o on o.slug = s.slug order by s.place
""")


async def visible_action(session: AsyncSession, action_id: UUID) -> Action:
    """Return the action, if the session's person may see it.

    Raises:
        NotFound: if there is none, or none for this person.
    """
    action = await session.get(Action, action_id)
    if action is None:
        raise NotFound
    return action


async def latest_revision(session: AsyncSession, action_id: UUID) -> Revision | None:
    """Return the action's latest revision, or None before the first."""
    query = select(Revision).where(Revision.action_id == action_id).order_by(Revision.number.desc())
    return (await session.scalars(query.limit(1))).one_or_none()


def require_latest(revision: Revision | None, digest: str) -> Revision:
    """Return the latest revision if `digest` is its digest.

    Raises:
        NothingToDecide: there is no revision.
        StaleDigest: it is another one; `extra` says which.
    """
    if revision is None:
        raise NothingToDecide
    if revision.digest != digest:
        raise StaleDigest(
            N_("The latest version is number {number}."),
            field="digest",
            extra={"latest": {"number": revision.number, "digest": revision.digest}},
            number=revision.number,
        )
    return revision


async def revision_numbered(session: AsyncSession, action_id: UUID, number: int) -> Revision:
    """Return one revision of an action.

    Raises:
        NotFound: if there is none of that number.
    """
    query = select(Revision).where(Revision.action_id == action_id, Revision.number == number)
    if (revision := (await session.scalars(query)).one_or_none()) is None:
        raise NotFound
    return revision


@dataclass(frozen=True)
class RevisionLine:
    """One line of an action's history."""

    id: UUID
    number: int
    digest: str
    author: str
    created_at: datetime


async def revision_lines(session: AsyncSession, action_id: UUID) -> list[RevisionLine]:
    """Return the action's revisions, newest first, without their texts."""
    query = (
        select(Revision.id, Revision.number, Revision.digest, SHOWN_NAME, Revision.created_at)
        .join(Person, Person.id == Revision.author_id)
        .where(Revision.action_id == action_id)
        .order_by(Revision.number.desc())
    )
    return [RevisionLine(*row) for row in await session.execute(query)]


@dataclass(frozen=True)
class ClearanceLine:
    """A clearance as it is shown: outdated ones too, marked so.

    Attributes:
        risks: what could go wrong, by language, for the family.
        number: of the revision it was given to.
    """

    id: UUID
    number: int
    digest: str
    person: str
    organisation: str | None
    role: str
    decision: str
    note: str
    risks: dict[str, str]
    at: datetime


async def clearance_lines(session: AsyncSession, action_id: UUID) -> list[ClearanceLine]:
    """Return every clearance of the action, newest first."""
    query = (
        select(
            Clearance.id,
            Revision.number,
            Clearance.digest,
            SHOWN_NAME,
            Organisation.name,
            Clearance.role,
            Clearance.decision,
            Clearance.note,
            Clearance.risks,
            Clearance.at,
        )
        .join(Revision, Revision.id == Clearance.revision_id)
        .join(Person, Person.id == Clearance.person_id)
        .outerjoin(Organisation, Organisation.id == Clearance.organisation_id)
        .where(Clearance.action_id == action_id)
        .order_by(Clearance.ledger_index.desc())
    )
    return [ClearanceLine(*row) for row in await session.execute(query)]


async def risks_in_plain_words(session: AsyncSession, revision_id: UUID) -> dict[str, str]:
    """Return what the safety reviewer wrote for the family about this revision, by language."""
    query = (
        select(Clearance.risks)
        .where(
            Clearance.revision_id == revision_id,
            Clearance.role == "safety_reviewer",
            Clearance.decision == "cleared",
        )
        .order_by(Clearance.ledger_index.desc())
        .limit(1)
    )
    return dict((await session.scalars(query)).one_or_none() or {})


@dataclass(frozen=True)
class ConcernLine:
    """A concern or hold with its answer, if there is one: by whom is for the page to name or not."""

    id: UUID
    action_id: UUID
    kind: str
    text: str
    raised_by: UUID
    raised_at: datetime
    answer: str | None
    answered_by: UUID | None
    answered_at: datetime | None


async def concern_lines(
    session: AsyncSession, case_id: UUID, action_id: UUID | None = None
) -> list[ConcernLine]:
    """Return the concerns and holds of a case, or of one of its actions, newest first."""
    query = (
        select(
            Concern.id,
            Concern.action_id,
            Concern.kind,
            Concern.text,
            Concern.raised_by,
            Concern.raised_at,
            ConcernAnswer.text,
            ConcernAnswer.answered_by,
            ConcernAnswer.answered_at,
        )
        .outerjoin(ConcernAnswer, ConcernAnswer.concern_id == Concern.id)
        .where(Concern.case_id == case_id)
        .order_by(Concern.ledger_index.desc())
    )
    if action_id is not None:
        query = query.where(Concern.action_id == action_id)
    return [ConcernLine(*row) for row in await session.execute(query)]


def is_public(revision: Revision) -> bool:
    """Whether a revision is for everybody, not for recipients who are named."""
    return bool(revision.content) and (revision.content or {}).get("audience") == "public"


async def signers_at(session: AsyncSession, revision_id: UUID, at: datetime) -> list[str]:
    """Return the names of the organisations that sign a revision at a moment, in their order."""
    values = {"revision_id": revision_id, "at": at}
    return list(await session.scalars(_SIGNERS, values))


def form_of(action: Action, revision: Revision | None) -> FilledForm | None:
    """Return what was filled into a revision's form, in plain order; None where it has none."""
    content = (revision.content if revision else None) or {}
    return read_form(declared.current(), action.kind, content.get("form") or {})


def texts_of(revision: Revision) -> dict[str, dict[str, Any]]:
    """Return title and body by language of a revision; empty once erased."""
    return dict((revision.content or {}).get("languages", {}))
