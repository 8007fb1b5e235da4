"""The page of an action as its reader may see it: drawn after every request about it, refused ones too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from assent.actions.drafts import read_drafts
from assent.actions.kinds.public_statement import embargo_zone, public_pictures
from assent.actions.models import Action, Revision
from assent.actions.queries import (
    ConcernLine,
    clearance_lines,
    concern_lines,
    form_of,
    latest_revision,
    revision_lines,
    texts_of,
)
from assent.actions.steps import step_lines
from assent.consents.queries import AnswerLine, ConsentLine, answer_lines, asked, consent_lines
from assent.consents.readings import readings_of
from assent.consents.standing_queries import standing_behind
from assent.consents.taken_down import TakenDown, taken_down_lines
from assent.evidence.models import StoredFile
from assent.facts import ActionFacts, read_action_facts
from assent.gate.evaluate import GateStatus
from assent.gate.roles import Role
from assent.people.models import Organisation
from assent.publishing.proofs import proofs_of
from assent.publishing.queries import (
    DeliveryLine,
    PublicationLine,
    delivery_lines,
    publication_lines,
)
from assent.refusal import Refusal
from assent.web.conditions import said_conditions
from assent.web.labels import DECISIONS, DELIVERIES, KINDS, STATES, VISIBILITIES
from assent.web.language import language_of, translate_refusal, translator_for
from assent.web.panel import gate_panel, may, somebody
from assent.web.render import render
from assent.web.requirements import Names, names_for, sign_on_line
from assent.web.requires import ActionVisit
from assent.web.stream import latest_record


@dataclass(frozen=True)
class Typed:
    """What somebody had typed into a form that was refused.

    Attributes:
        form: which form, such as `clear-safety_reviewer`.
        values: by field name.
    """

    form: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Word:
    """In which role the reader can clear this text, and what they have said already."""

    role: str
    decision: str | None
    at: datetime | None


@dataclass(frozen=True)
class FamilySide:
    """The family's decisions, for those who see them.

    Attributes:
        sees: whether the reader sees more than that the family has, or has not, said yes.
        asked: when each decision maker was asked about the latest text.
        unasked: whether somebody who decides was not asked about it yet.
        said: what each yes depends on, in sentences.
        taken_down: how those were given that staff have taken down.
    """

    sees: bool
    consents: list[ConsentLine]
    answers: list[AnswerLine]
    asked: dict[UUID, datetime]
    unasked: bool
    said: dict[UUID, list[str]] = field(default_factory=dict)
    taken_down: dict[UUID, TakenDown] = field(default_factory=dict)


@dataclass(frozen=True)
class Outside:
    """What went out of an action.

    Attributes:
        in_advance: whether it rests on what the family had agreed to in advance.
        proofs: what proves that it arrived, by delivery.
    """

    publications: list[PublicationLine]
    deliveries: list[DeliveryLine]
    in_advance: bool = False
    proofs: Mapping[UUID, list[StoredFile]] = field(default_factory=dict)


@dataclass(frozen=True)
class ConcernOnPage:
    """A concern or hold, under the names this reader may see.

    Attributes:
        elsewhere: title of the other action of the case at which it was raised; None: at this one.
    """

    line: ConcernLine
    raised_by: str
    answered_by: str
    elsewhere: str | None


async def refused_action(
    request: Request, visit: ActionVisit, refusal: Refusal, typed: Typed
) -> Response:
    """Draw the action's page with what was wrong, and with everything that had been typed."""
    said = translate_refusal(refusal, language_of(request))
    field = f"{typed.form}-{refusal.field}" if refusal.field in typed.values else ""
    errors = [(field, said)]
    return await draw_action(request, visit, errors=errors, typed=typed, status=refusal.status)


async def draw_action(
    request: Request,
    visit: ActionVisit,
    *,
    errors: list[tuple[str, str]] | None = None,
    typed: Typed | None = None,
    seen: str = "",
    status: int = 200,
) -> Response:
    """Draw the action's page.

    Args:
        seen: beginning of the digest of the text on the page that asks for its parts again: forms
            that decide on a text only go to pages that show that very text.
    """
    session, action = visit.session, visit.action
    # First: what is recorded while the rest is read is newer, and said at once.
    since = await latest_record(session, visit.case.id)
    facts = (await read_action_facts(session, action.id)).as_shown_to(visit.caller.person_id)
    gate = facts.status()
    names = await names_for(session, visit.standing)
    revision = await latest_revision(session, action.id)
    lead = await session.get_one(Organisation, action.organisation_id)
    context = {
        "case": visit.case,
        "action": action,
        "lead": lead.name,
        "kind": KINDS.get(action.kind, action.kind),
        "state": facts.state(gate).value,
        "requirements": gate_panel(request, gate, names),
        "open": gate.open,
        "revision": revision,
        "newer": bool(seen and revision and not revision.digest.startswith(seen)),
        "texts": texts_of(revision) if revision else {},
        "readings": await readings_of(session, revision.id) if revision else {},
        "filled": form_of(action, revision),
        "pictures": public_pictures(revision.content or {}) if revision else [],
        "content": revision.content if revision and revision.content else {},
        "not_before": facts.facts.not_before,
        "zone": embargo_zone(revision.content or {}) if revision else "",
        "sign_on": sign_on_line((revision.content or {}) if revision else {}, names),
        "signers": [names.organisation(slug) for slug in facts.facts.cosigners],
        "revisions": await revision_lines(session, action.id),
        "clearances": await clearance_lines(session, action.id),
        "concerns": await _concerns(request, visit, names),
        "words": await _words(visit, revision, facts, gate),
        "wrote": str(visit.caller.person_id) in facts.facts.writers,
        "writing": await _writing(visit),
        "family": await _family_side(request, visit, revision, facts, names),
        "out": await _outside(visit),
        "steps": (steps := await step_lines(session, action)),
        "step_options": [
            (line.step.name, translator_for(request)(line.step.label)) for line in steps
        ],
        "may": may(visit.standing),
        "states": STATES,
        "visibilities": VISIBILITIES,
        "decisions": DECISIONS,
        "deliveries": DELIVERIES,
        "since": since,
        "errors": errors or [],
        "typed": typed or Typed(),
    }
    return render(request, "actions/action.html", context, status=status)


async def _words(
    visit: ActionVisit, revision: Revision | None, facts: ActionFacts, gate: GateStatus
) -> list[Word]:
    """Return the reader's possible words on this text: only those that the gate asks for."""
    me = str(visit.caller.person_id)
    if revision is None or me in facts.facts.writers:
        return []
    query = select(Organisation.slug).where(
        Organisation.id.in_(visit.standing.organisations_for(Role.CLEARANCE_OFFICER))
    )
    keys = {f"clearance:clearance_officer:{slug}" for slug in await visit.session.scalars(query)}
    roles = [Role.CLEARANCE_OFFICER] if keys & {r.key for r in gate.requirements} else []
    if visit.standing.holds(Role.SAFETY_REVIEWER) and any(
        r.key.startswith("clearance:safety_reviewer") for r in gate.requirements
    ):
        roles.append(Role.SAFETY_REVIEWER)
    words = []
    for role in roles:
        own = [
            c
            for c in facts.facts.clearances
            if c.person == me and c.role == role and c.revision == facts.facts.revision
        ]
        last = max(own, key=lambda c: c.seq, default=None)
        words.append(Word(role.value, last.decision if last else None, last.at if last else None))
    return words


async def _concerns(request: Request, visit: ActionVisit, names: Names) -> list[ConcernOnPage]:
    """Return what was raised at this action, and what stands open elsewhere: it shuts this gate too."""
    translate = translator_for(request)
    lines = await concern_lines(visit.session, visit.case.id)
    shown = [c for c in lines if c.action_id == visit.action.id or c.answer is None]
    ids = {c.action_id for c in shown} - {visit.action.id}
    titles: dict[UUID, str] = {}
    if ids:
        query = select(Action.id, Action.title).where(Action.id.in_(ids))
        titles = {row.id: row.title for row in await visit.session.execute(query)}
    return [
        ConcernOnPage(
            line=c,
            raised_by=somebody(names.of(c.raised_by), translate),
            answered_by=somebody(names.of(c.answered_by), translate) if c.answered_by else "",
            elsewhere=titles.get(c.action_id),
        )
        for c in shown
    ]


async def _writing(visit: ActionVisit) -> list[tuple[str, datetime]]:
    """Return who else has an unfinished draft, for those who write here."""
    if "action:revise" not in may(visit.standing):
        return []
    drafts = await read_drafts(visit.session, visit.action.id)
    return [(d.person, d.saved_at) for d in drafts if d.person_id != visit.caller.person_id]


async def _family_side(
    request: Request,
    visit: ActionVisit,
    revision: Revision | None,
    facts: ActionFacts,
    names: Names,
) -> FamilySide:
    if not visit.standing.sees_family:
        return FamilySide(False, [], [], {}, False)
    consents = await consent_lines(visit.session, visit.action.id)
    questions = [c.id for c in consents if c.decision == "question"]
    were_asked = await asked(visit.session, revision.id) if revision else {}
    arrangement = facts.facts.arrangement
    deciders = arrangement.decision_makers if arrangement else frozenset()
    return FamilySide(
        sees=True,
        consents=consents,
        answers=await answer_lines(visit.session, questions),
        asked=were_asked,
        unasked=not deciders or bool(deciders - {str(person) for person in were_asked}),
        said={c.id: said_conditions(request, c.conditions, names) for c in consents},
        taken_down={one.id: one for one in await taken_down_lines(visit.session, visit.action.id)},
    )


async def _outside(visit: ActionVisit) -> Outside:
    deliveries = await delivery_lines(visit.session, visit.action.id)
    return Outside(
        await publication_lines(visit.session, visit.action.id),
        deliveries,
        await standing_behind(visit.session, visit.action.id) is not None,
        await proofs_of(visit.session, [line.id for line in deliveries]),
    )
