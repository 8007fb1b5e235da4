"""The page of what a family agreed to in advance: its scope, what it allowed so far, and its end in one step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from assent import gates
from assent.access import Permission
from assent.cases.arrangement_wishes import arrangement_in_force
from assent.consents.standing import (
    answer_standing_consent,
    end_standing_consent,
    give_standing_consent,
    record_trigger,
)
from assent.consents.standing_models import StandingConsent
from assent.consents.standing_queries import standing_lines
from assent.consents.standing_scope import LASTS, Scope, kinds_agreed_in_advance
from assent.database.session import present
from assent.language import languages
from assent.people.organisations import organisations_in_case
from assent.refusal import NotFound, Refusal
from assent.web.attempts import attempt
from assent.web.labels import DETAILS, KINDS
from assent.web.language import language_of, translate_refusal
from assent.web.panel import may
from assent.web.paths import safe_path
from assent.web.render import render
from assent.web.requires import CaseVisit, SignedIn, enter_case, in_case, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Texts = Annotated[list[str] | None, Form()]


@dataclass
class ScopeForm:
    """A scope as it was typed.

    Attributes:
        recipients, words: one on each line.
        excludes: the ticked ones.
        until: a day; it holds until that day begins everywhere.
    """

    kinds: list[str] = field(default_factory=list)
    recipients: str = ""
    everybody: str = ""
    languages: list[str] = field(default_factory=list)
    excludes: list[str] = field(default_factory=list)
    words: str = ""
    only_when: str = ""
    until: str = ""
    word: str = ""
    waits: str = ""

    def scope(self) -> Scope:
        """Return it as it is to be checked and recorded."""
        audiences = [*(["public"] if self.everybody else []), *_lines(self.recipients)]
        excludes = [*self.excludes, *_lines(self.words)]
        ends = _end_of_day(self.until) if self.until.strip() else None
        return Scope(self.kinds, audiences, self.languages, excludes, self.only_when, ends)


async def scope_typed(
    kinds: Texts = None,
    recipients: Text = "",
    everybody: Text = "",
    languages: Texts = None,
    excludes: Texts = None,
    words: Text = "",
    only_when: Text = "",
    until: Text = "",
    word: Text = "",
    waits: Text = "",
) -> ScopeForm:
    """Read the form."""
    return ScopeForm(
        kinds or [], recipients, everybody, languages or [], excludes or [], words, only_when, until,
        word, waits,
    )  # fmt: skip


@router.get("/cases/{case}/in-advance")
async def in_advance_page(
    request: Request, visit: Annotated[CaseVisit, in_case(Permission.CASE_READ)]
) -> Response:
    """What was agreed to in advance, and what that allowed so far."""
    return await _draw(request, visit)


async def _draw(
    request: Request,
    visit: CaseVisit,
    errors: list[tuple[str, str]] | None = None,
    form: ScopeForm | None = None,
    status: int = 200,
) -> Response:
    session, me = visit.session, visit.caller.person_id
    held = await arrangement_in_force(session, visit.case.id)
    allowed = kinds_agreed_in_advance(gates.current().book)
    there = await organisations_in_case(session, visit.case.id)
    longest = timedelta(days=min(allowed.values(), default=0))
    ends = (await present(session)).date() + min(LASTS, longest)
    context = {
        "case": visit.case,
        "lines": await standing_lines(session, visit.case.id, me),
        "each_time": [kind for kind in gates.current().book.kinds if kind not in allowed],
        "kinds": {kind: KINDS.get(kind, kind) for kind in gates.current().book.kinds},
        "allowed": allowed,
        "details": DETAILS,
        "tongues": languages(),
        "organisations": {o.id: o.name for o in there},
        "mine": visit.standing.organisations,
        "decides": held is not None and me in {p for p, _, _ in held.decision_makers},
        "longest": longest.days,
        "may": may(visit.standing),
        "errors": errors or [],
        "form": form or ScopeForm(until=ends.isoformat()),
        "typed": form is not None,
    }
    return render(request, "consents/in_advance.html", context, status=status)


@router.post("/cases/{case}/in-advance")
async def give(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.CONSENT_DECIDE)],
    form: Annotated[ScopeForm, Depends(scope_typed)],
) -> Response:
    """Agree in advance."""
    try:
        async with attempt(visit.session):
            await give_standing_consent(
                visit.session, visit.caller, visit.case.id, form.scope(),
                word=form.word, waits=bool(form.waits),
            )  # fmt: skip
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        fields = {"audiences": "recipients", "expires_at": "until"}
        where = fields.get(refusal.field or "", refusal.field or "")
        return await _draw(request, visit, [(where, said)], form, refusal.status)
    return _back(visit)


@router.post("/standing-consents/{standing}/answer")
async def answer(
    request: Request,
    visit: SignedIn,
    standing: str,
    agrees: Text = "",
    word: Text = "",
    waits: Text = "",
) -> Response:
    """Say yes or no to what another would agree to in advance; or confirm it after something happened."""
    found = await _found(visit, standing)
    there = await enter_case(visit, str(found.case_id), Permission.CONSENT_DECIDE)
    try:
        async with attempt(visit.session):
            await answer_standing_consent(
                visit.session, visit.caller, found.id,
                agrees=agrees == "yes", word=word, waits=bool(waits),
            )  # fmt: skip
    except Refusal as refusal:
        return await _refused(request, there, refusal)
    return _back(there)


@router.post("/standing-consents/{standing}/end")
async def end(request: Request, visit: SignedIn, standing: str, next: Text = "") -> Response:
    """End it, and go back to the page on which that was pressed."""
    found = await _found(visit, standing)
    there = await enter_case(visit, str(found.case_id), Permission.CONSENT_WITHDRAW)
    try:
        async with attempt(visit.session):
            await end_standing_consent(visit.session, visit.caller, found.id)
    except Refusal as refusal:
        return await _refused(request, there, refusal)
    return RedirectResponse(safe_path(next), 303) if next else _back(there)


@router.post("/standing-consents/{standing}/happened")
async def happened(request: Request, visit: SignedIn, standing: str) -> Response:
    """Say, for one's organisation, that what it waits for has happened."""
    found = await _found(visit, standing)
    there = await enter_case(visit, str(found.case_id), Permission.TRIGGER_RECORD)
    try:
        async with attempt(visit.session):
            await record_trigger(visit.session, visit.caller, found.id)
    except Refusal as refusal:
        return await _refused(request, there, refusal)
    return _back(there)


async def _found(visit: SignedIn, standing: str) -> StandingConsent:
    found = await visit.session.get(StandingConsent, require_id(standing))
    if found is None:
        raise NotFound
    return found


async def _refused(request: Request, visit: CaseVisit, refusal: Refusal) -> Response:
    said = translate_refusal(refusal, language_of(request))
    return await _draw(request, visit, [("", said)], status=refusal.status)


def _back(visit: CaseVisit) -> Response:
    return RedirectResponse(f"/cases/{visit.case.slug}/in-advance", 303)


def _lines(typed: str) -> list[str]:
    """What was typed, one on each line."""
    return [line for line in map(str.strip, typed.splitlines()) if line]


def _end_of_day(typed: str) -> datetime:
    """The moment at which a day begins first on earth, at UTC+14."""
    try:
        return datetime.fromisoformat(f"{date.fromisoformat(typed.strip())}T00:00:00+14:00")
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)  # in the past, which is refused with its field
