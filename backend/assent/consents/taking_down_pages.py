"""Pages of decisions given on the phone, face to face or by letter: taking down, attesting, contesting."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

from fastapi import APIRouter, Form, Request
from sqlalchemy import select
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.actions.models import Revision
from assent.actions.queries import latest_revision, texts_of
from assent.consents.conditions import WITH_CONDITIONS
from assent.consents.taken_down import taken_down_lines
from assent.consents.taking_back import contest_decision
from assent.consents.taking_down import (
    HowGiven,
    attest_decision,
    attesters,
    deciders_here,
    take_down_decision,
    taken_down,
)
from assent.evidence.arriving import arrived_form
from assent.evidence.files import Examined, record_file
from assent.evidence.labels import label_of
from assent.evidence.uploads import Sender
from assent.people.models import Person
from assent.refusal import N_, Invalid, NotFound, Refusal
from assent.web.attempts import attempt
from assent.web.brief_visits import BriefActionVisit, on_action_briefly
from assent.web.conditions import said_conditions
from assent.web.labels import DECISIONS
from assent.web.language import closest, language_of, translate_refusal
from assent.web.render import render
from assent.web.requirements import names_for
from assent.web.requires import (
    ActionVisit,
    SignedIn,
    Visit,
    as_id,
    on_action,
    open_action,
    require_id,
)

router = APIRouter(include_in_schema=False)
_Text = Annotated[str, Form()]
TakingDown = Annotated[ActionVisit, on_action(Permission.CONSENT_RECORD)]
TakingDownSlowly = Annotated[BriefActionVisit, on_action_briefly(Permission.CONSENT_RECORD)]
# Of a scan or a recording: what a phone takes.
MOST_BYTES = 20 * 1024 * 1024


@dataclass
class TakenForm:
    """What was typed into the form."""

    digest: str = ""
    person: str = ""
    language: str = ""
    how: str = ""
    decision: str = ""
    conditions: str = ""
    question: str = ""
    place: str = ""
    interpreter: str = ""
    attester: str = ""


def taken_form(sent: dict[str, str]) -> TakenForm:
    """Return what was typed; what the form does not ask is left out."""
    known = {field.name for field in fields(TakenForm)}
    return TakenForm(**{name: value for name, value in sent.items() if name in known})


@router.get("/actions/{action}/take-down")
async def take_down_page(request: Request, visit: TakingDown) -> Response:
    """Show the exact text that has to be read to the relative, and ask what they said."""
    return await _form(request, visit, TakenForm(), [])


@router.post("/actions/{action}/take-down")
async def take_down(request: Request, visit: TakingDownSlowly) -> Response:
    """Take it down, with its scan or recording, and ask somebody of another organisation to attest it."""
    typed = TakenForm()
    try:
        sender = Sender(visit.database, visit.caller)
        async with arrived_form(sender, visit.case_id, request, MOST_BYTES) as form:
            typed = taken_form(form.fields)
            async with visit.transaction() as session:
                there = await visit.again(session, Permission.CONSENT_RECORD)
                await _take_down(there, typed, form.file)
    except Refusal as refusal:
        errors = [(refusal.field or "", translate_refusal(refusal, language_of(request)))]
        async with visit.transaction() as session:
            there = await visit.again(session, Permission.CONSENT_RECORD)
            return await _form(request, there, typed, errors, refusal.status)
    return RedirectResponse(f"/actions/{visit.action_id}", 303)


async def _take_down(there: ActionVisit, form: TakenForm, file: Examined | None) -> None:
    person, said = as_id(form.person), form.conditions.strip()
    if person is None:
        raise Invalid(N_("Choose whose answer it is."), field="person")
    digest = ""
    if file is not None:
        label = label_of(there.caller, there.standing, None)
        digest = (await record_file(there.session, there.caller, file, label)).sha256
    way = HowGiven(form.how, form.place, as_id(form.attester), form.interpreter, digest)
    conditional = said and form.decision == WITH_CONDITIONS
    await take_down_decision(
        there.session, there.caller, there.action.id, person, form.digest, form.decision, way,
        language=form.language or None, question=form.question,
        conditions=[{"kind": "other", "value": said}] if conditional else [],
    )  # fmt: skip


async def _form(
    request: Request,
    visit: ActionVisit,
    form: TakenForm,
    errors: list[tuple[str, str]],
    status: int = 200,
) -> Response:
    revision = await latest_revision(visit.session, visit.action.id)
    if revision is None or revision.content is None:
        raise NotFound
    texts = texts_of(revision)
    shown = form.language if form.language in texts else closest(texts, language_of(request))
    shown = shown or next(iter(texts))
    ids = await deciders_here(visit.session, visit.action.id)
    people = await visit.session.execute(
        select(Person.id, Person.name).where(Person.id.in_(ids)).order_by(Person.name)
    )
    context = {
        "case": visit.case,
        "action": visit.action,
        "revision": revision,
        "texts": texts,
        "shown": shown,
        "text": texts[shown],
        "deciders": [(str(row.id), row.name) for row in people],
        "attesters": await attesters(visit.session, visit.caller, visit.action.id),
        "form": form,
        "most": MOST_BYTES // 1024**2,
        "errors": errors,
    }
    return render(request, "actions/take_down.html", context, status=status)


@router.get("/consents/{consent}/attest")
async def attest_page(request: Request, visit: SignedIn, consent: str) -> Response:
    """Show what somebody is asked to attest: the same words, and how they are said to have been given."""
    return await _attest(request, visit, consent, [])


@router.post("/consents/{consent}/attest")
async def attest(request: Request, visit: SignedIn, consent: str, attests: _Text = "") -> Response:
    """Attest it, or say that one cannot; anything else changes nothing."""
    if attests not in ("yes", "no"):
        return await _attest(request, visit, consent, [])
    try:
        async with attempt(visit.session):
            await attest_decision(
                visit.session, visit.caller, require_id(consent), attests=attests == "yes"
            )
    except NotFound:
        raise
    except Refusal as refusal:
        errors = [("", translate_refusal(refusal, language_of(request)))]
        return await _attest(request, visit, consent, errors, refusal.status)
    return RedirectResponse(f"/consents/{consent}/attest", 303)


async def _attest(
    request: Request,
    visit: Visit,
    consent: str,
    errors: list[tuple[str, str]],
    status: int = 200,
) -> Response:
    given, action, recording = await taken_down(visit.session, require_id(consent))
    there = await open_action(visit, str(action.id), Permission.CASE_READ)
    lines = await taken_down_lines(visit.session, action.id)
    revision = await visit.session.get_one(Revision, given.revision_id)
    latest = await latest_revision(visit.session, action.id)
    names = await names_for(visit.session, there.standing)
    person = await visit.session.get_one(Person, given.person_id)
    context = {
        "case": there.case,
        "action": action,
        "taken": next(line for line in lines if line.id == given.id),
        "person": person.name,
        "shown": given.language,
        "text": texts_of(revision)[given.language],
        "said": said_conditions(request, given.conditions, names),
        "question": given.question,
        "mine": recording.attester_id == visit.caller.person_id,
        "outdated": latest is None or latest.id != given.revision_id,
        "decisions": DECISIONS,
        "errors": errors,
    }
    return render(request, "actions/attest.html", context, status=status)


@router.post("/consents/{consent}/contest")
async def contest(visit: SignedIn, consent: str) -> Response:
    """Say that what was taken down is not one's answer."""
    made = await contest_decision(visit.session, visit.caller, require_id(consent))
    return RedirectResponse(f"/actions/{made.action_id}/decide", 303)
