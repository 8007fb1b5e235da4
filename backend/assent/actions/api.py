"""The API: actions, their revisions, the gate, clearances."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field, WithJsonSchema
from sqlalchemy import select

from assent.access import Permission
from assent.actions.models import Action, Revision
from assent.actions.queries import latest_revision, revision_numbered
from assent.actions.refusals import (
    NewerRevision,
    UnfitContent,
    UnknownCosigner,
    UnknownKind,
)
from assent.actions.service import create_action, rename_action, share_action, submit_revision
from assent.cases.models import Case
from assent.facts import ActionFacts, read_action_facts, read_shown_facts
from assent.gate.content import TRANSLATED
from assent.gate.state import ActionState
from assent.people.models import Organisation
from assent.refusal import Forbidden, NotFound
from assent.settings import Settings
from assent.web.api import (
    USUAL_ITEMS,
    Cursor,
    Digest,
    Items,
    Limit,
    Moment,
    Sent,
    SomebodyOut,
    api_router,
    cut,
    id_cursor,
    problems,
)
from assent.web.gates import GateOut, gate_out
from assent.web.problems import words_of_call
from assent.web.requirements import Names, names_for
from assent.web.requires import ActionVisit, CaseVisit, api_in_case, api_on_action

router: APIRouter = api_router("Actions")
IN_CASE = (NotFound, Forbidden)
Reader = Annotated[ActionVisit, api_on_action(Permission.CASE_READ)]

_TEXT = {
    "type": "object",
    "required": ["title", "body"],
    "properties": {
        "title": {"type": "string"},
        "body": {"type": "string"},
        "translation": {
            "type": "object",
            "required": ["how"],
            "properties": {"how": {"enum": list(TRANSLATED)}, "by": {"type": "string"}},
            "description": "How it was translated, and the short name of the organisation that answers for it.",
        },
    },
}
# Described here for readers; checked by `assent.gate.content`, which says every problem in words.
CONTENT = {
    "type": "object",
    "description": "Everything anybody will see. Its digest is SHA-256 over its canonical JSON (RFC 8785).",
    "required": ["languages"],
    "properties": {
        "languages": {
            "type": "object",
            "description": "Title and body by language tag (BCP 47).",
            "additionalProperties": _TEXT,
        },
        "form": {
            "type": "object",
            "description": "Fields of the kind's form; no null, whole numbers only.",
        },
        "cosigners": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Short names of the organisations that sign.",
        },
        "audience": {
            "description": '"public", or the recipients: "Name <address>", an address, or a plain name.',
            "anyOf": [{"const": "public"}, {"type": "array", "items": {"type": "string"}}],
        },
        "not_before": {"type": "string", "format": "date-time", "description": "Earliest release."},
        "attachments": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Digests and titles.",
        },
    },
    "examples": [
        {
            "languages": {
                "en": {"title": "Free Ava Rahimi", "body": "Today a lawyer is in prison."}
            },
            "form": {},
            "cosigners": ["north-star"],
            "audience": "public",
        }
    ],
}
Content = Annotated[Any, WithJsonSchema(CONTENT)]


class ActionIn(Sent):
    """An action to begin."""

    kind: str = Field(description="A kind that has a gate.", examples=["public_statement"])
    title: str
    visibility: str = Field(default="case", description="family, organisation, case or public.")


class ActionChange(Sent):
    """What may be changed of an action itself; its text changes by a new revision."""

    title: str | None = None
    visibility: str | None = None


class RevisionIn(Sent):
    """A text to put to the gate."""

    content: Content
    based_on: UUID | None = Field(
        default=None,
        description="The revision it was written from: a newer one is then not overwritten.",
    )


class RevisionMade(BaseModel):
    """A revision, without its text."""

    id: UUID
    number: int
    digest: Digest
    created: bool = Field(description="False: nothing had changed, this is the revision on record.")


class RevisionOut(BaseModel):
    """A revision: it never changes."""

    id: UUID
    number: int
    digest: Digest
    content: Content
    author: SomebodyOut
    created_at: Moment


class PublicationBrief(BaseModel):
    """An action's latest publication."""

    id: UUID
    url: str
    published_at: Moment
    retracted_at: Moment | None


class ActionLine(BaseModel):
    """An action in a list."""

    id: UUID
    kind: str
    title: str
    state: ActionState = Field(description="Derived from what is on record.")
    visibility: str
    case: str
    lead_organisation: str
    author: SomebodyOut


class ActionOut(ActionLine):
    """An action with its latest revision and its gate."""

    revision: RevisionOut | None
    gate: GateOut
    publication: PublicationBrief | None


@router.get("/cases/{case}/actions", responses=problems(*IN_CASE))
async def actions(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)],
    limit: Limit = USUAL_ITEMS,
    cursor: Cursor = None,
) -> Items[ActionLine]:
    """The actions of a case that I may see."""
    query = (
        select(Action, Organisation.slug)
        .join(Organisation, Organisation.id == Action.organisation_id)
        .where(Action.case_id == visit.case.id)
        .order_by(Action.id)
        .limit(limit + 1)
    )
    if (after := id_cursor(cursor)) is not None:
        query = query.where(Action.id > after)
    rows, last = cut((await visit.session.execute(query)).all(), limit)
    facts = await read_shown_facts(visit.session, [action.id for action, _ in rows])
    names = await names_for(visit.session, visit.standing, [a.author_id for a, _ in rows])
    lines = [
        ActionLine(**_line(action, visit.case, lead, facts[action.id], names))
        for action, lead in rows
    ]
    return Items(items=lines, next=str(last[0].id) if last else None)


@router.post("/cases/{case}/actions", status_code=201, responses=problems(*IN_CASE, UnknownKind))
async def begin_action(
    request: Request,
    visit: Annotated[CaseVisit, api_in_case(Permission.ACTION_CREATE)],
    wanted: ActionIn,
) -> ActionOut:
    """Begin an action."""
    made = await create_action(
        visit.session, visit.caller, visit.case.id, wanted.kind, wanted.title, wanted.visibility
    )
    return await action_out(request, visit, made)


@router.get("/actions/{action}", responses=problems(NotFound))
async def one_action(request: Request, visit: Reader) -> ActionOut:
    """An action with its latest revision and its gate."""
    return await action_out(request, visit, visit.action)


@router.patch("/actions/{action}", responses=problems(*IN_CASE))
async def change_action(
    request: Request,
    visit: Annotated[ActionVisit, api_on_action(Permission.ACTION_REVISE)],
    wanted: ActionChange,
) -> ActionOut:
    """Change an action's working title, or who may see it."""
    changed = visit.action
    if wanted.title is not None:
        changed = await rename_action(visit.session, visit.caller, changed.id, wanted.title)
    if wanted.visibility is not None:
        changed = await share_action(visit.session, visit.caller, changed.id, wanted.visibility)
    return await action_out(request, visit, changed)


@router.get("/actions/{action}/revisions", responses=problems(NotFound))
async def revisions(
    visit: Reader, limit: Limit = USUAL_ITEMS, cursor: Cursor = None
) -> Items[RevisionOut]:
    """The action's revisions, oldest first."""
    query = (
        select(Revision)
        .where(Revision.action_id == visit.action.id)
        .order_by(Revision.id)
        .limit(limit + 1)
    )
    if (after := id_cursor(cursor)) is not None:
        query = query.where(Revision.id > after)
    rows, last = cut((await visit.session.scalars(query)).all(), limit)
    names = await names_for(visit.session, visit.standing, [r.author_id for r in rows])
    return Items(items=[_revision_out(r, names) for r in rows], next=str(last.id) if last else None)


@router.get("/actions/{action}/revisions/{number}", responses=problems(NotFound))
async def one_revision(
    visit: Reader, number: Annotated[int, Path(ge=1, le=2**31 - 1)]
) -> RevisionOut:
    """One revision, by its number."""
    revision = await revision_numbered(visit.session, visit.action.id, number)
    names = await names_for(visit.session, visit.standing, [revision.author_id])
    return _revision_out(revision, names)


@router.post(
    "/actions/{action}/revisions",
    status_code=201,
    responses=problems(*IN_CASE, UnfitContent, UnknownCosigner, NewerRevision),
)
async def put_to_the_gate(
    visit: Annotated[ActionVisit, api_on_action(Permission.ACTION_REVISE)], wanted: RevisionIn
) -> RevisionMade:
    """Put a text to the gate. Clearances and consents of an older text no longer count."""
    submitted = await submit_revision(
        visit.session, visit.caller, visit.action.id, wanted.content, wanted.based_on
    )
    made = submitted.revision
    return RevisionMade(
        id=made.id, number=made.number, digest=made.digest, created=submitted.created
    )


@router.get("/actions/{action}/gate", responses=problems(NotFound))
async def gate(request: Request, visit: Reader) -> GateOut:
    """What is on record, what is still needed, and from whom."""
    read = await read_action_facts(visit.session, visit.action.id)
    facts = read.as_shown_to(visit.caller.person_id)
    names = await names_for(visit.session, visit.standing)
    return gate_out(facts.status(), names, words_of_call(request))


async def action_out(request: Request, visit: CaseVisit, action: Action) -> ActionOut:
    """Return an action with everything the API says of it."""
    session = visit.session
    facts = (await read_action_facts(session, action.id)).as_shown_to(visit.caller.person_id)
    revision = await latest_revision(session, action.id)
    authors = [action.author_id, *([revision.author_id] if revision else [])]
    names = await names_for(session, visit.standing, authors)
    lead = select(Organisation.slug).where(Organisation.id == action.organisation_id)
    line = _line(action, visit.case, (await session.scalars(lead)).one(), facts, names)
    return ActionOut(
        **line,
        revision=_revision_out(revision, names) if revision else None,
        gate=gate_out(facts.status(), names, words_of_call(request)),
        publication=_publication(request, action, facts),
    )


def _line(
    action: Action, case: Case, lead: str, facts: ActionFacts, names: Names
) -> dict[str, Any]:
    return {
        "id": action.id,
        "kind": action.kind,
        "title": action.title,
        "state": facts.state(facts.status()),
        "visibility": action.visibility,
        "case": case.slug,
        "lead_organisation": lead,
        "author": names.of(action.author_id).as_json(),
    }


def _revision_out(revision: Revision, names: Names) -> RevisionOut:
    return RevisionOut(
        id=revision.id,
        number=revision.number,
        digest=revision.digest,
        content=revision.content,
        author=SomebodyOut.model_validate(names.of(revision.author_id).as_json()),
        created_at=revision.created_at,
    )


def _publication(request: Request, action: Action, facts: ActionFacts) -> PublicationBrief | None:
    out = facts.publication
    if out is None:
        return None
    settings: Settings = request.app.state.settings
    path = f"/s/{action.slug}" if action.slug else f"/actions/{action.id}"
    return PublicationBrief(
        id=out.id,
        url=settings.base_url + path,
        published_at=out.at,
        retracted_at=out.retracted_at,
    )
