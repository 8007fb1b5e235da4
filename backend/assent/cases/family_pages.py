"""Pages of how the family decides, who cannot be reached, and what the detained person wants."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from assent import gates
from assent.access import Permission
from assent.cases.absences import absences_shown, end_absence, record_absence
from assent.cases.arrangement_terms import ASKING_EVENTS, FamilyTerms
from assent.cases.arrangement_wishes import (
    ArrangementShown,
    answer_wish,
    arrangement_in_force,
    shown_arrangement,
    shown_wish,
    stop_waiting,
)
from assent.cases.arrangements import latest_arrangement, set_arrangement, waits_with
from assent.cases.detainee import (
    CHANNELS,
    TRUST,
    WishGiven,
    contact_state,
    record_contact_state,
    record_wish,
    wishes_of,
)
from assent.cases.family_models import Absence
from assent.cases.queries import members
from assent.database.session import present
from assent.gate.roles import FAMILY_ROLES
from assent.refusal import NotFound, Refusal
from assent.web.arrangement_words import EVENTS, said_arrangement
from assent.web.attempts import attempt
from assent.web.labels import DETAILS, KINDS, KNOWN_THROUGH, TRUSTED
from assent.web.language import format_moment, language_of, translate_refusal, translator_for
from assent.web.panel import may
from assent.web.render import render
from assent.web.requires import CaseVisit, SignedIn, as_id, enter_case, in_case, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Texts = Annotated[list[str] | None, Form()]
Reading = Annotated[CaseVisit, in_case(Permission.CASE_READ)]
Errors = list[tuple[str, str]]


@dataclass
class ArrangementForm:
    """An arrangement as it was typed.

    Attributes:
        guardians: e-mail addresses of those who speak as a guardian.
        own: whether the terms that only the family sets were on the form.
    """

    rule: str = "one"
    quorum: str = ""
    decision_makers: list[str] = field(default_factory=list)
    alternates: list[str] = field(default_factory=list)
    cooling_off_hours: str = "0"
    guardians: list[str] = field(default_factory=list)
    own: str = ""
    stand_in_after_hours: str = ""
    asks_again: list[str] = field(default_factory=list)
    shows_votes: str = ""
    word: str = ""
    waits: str = ""

    def terms(self) -> FamilyTerms | None:
        """Return what only the family sets; None where the form did not ask for it."""
        if not self.own:
            return None
        hours = _count(self.stand_in_after_hours) if self.stand_in_after_hours.strip() else None
        unclear = self.stand_in_after_hours.strip() and hours is None
        return FamilyTerms(
            -1 if unclear else hours, tuple(self.asks_again), self.shows_votes == "yes"
        )


async def arranged(
    rule: Text = "",
    quorum: Text = "",
    decision_makers: Texts = None,
    alternates: Texts = None,
    cooling_off_hours: Text = "0",
    guardians: Texts = None,
    own: Text = "",
    stand_in_after_hours: Text = "",
    asks_again: Texts = None,
    shows_votes: Text = "",
    word: Text = "",
    waits: Text = "",
) -> ArrangementForm:
    """Read the form."""
    return ArrangementForm(
        rule, quorum, decision_makers or [], alternates or [], cooling_off_hours, guardians or [], own,
        stand_in_after_hours, asks_again or [], shows_votes, word, waits,
    )  # fmt: skip


@router.get("/cases/{case}/family")
async def family_page(request: Request, visit: Reading) -> Response:
    """Who decides for the family, and how; who cannot be reached; what the detained person wants."""
    return await _family(request, visit)


async def _family(
    request: Request,
    visit: CaseVisit,
    errors: Errors | None = None,
    form: ArrangementForm | None = None,
    typed: dict[str, object] | None = None,
    status: int = 200,
) -> Response:
    session, case_id, language = visit.session, visit.case.id, language_of(request)
    everybody = await members(session, case_id)
    held = await shown_arrangement(session, visit.caller, case_id)
    wish = await shown_wish(session, visit.caller, case_id)
    latest = await latest_arrangement(session, case_id)
    sees = visit.standing.sees_family
    decides = held is not None and visit.caller.person_id in {p for p, _, _ in held.decision_makers}
    named = (*held.decision_makers, *held.alternates) if held else ()
    wishes, translate = await wishes_of(session, case_id), translator_for(request)
    context = {
        "case": visit.case,
        "arrangement": held,
        "sentences": said_arrangement(held, language, names=sees) if held else [],
        "wish": wish,
        "wished": said_arrangement(wish.arrangement, language) if wish else [],
        "me": visit.caller.person_id,
        "waits": latest is not None and await waits_with(session, visit.caller, latest),
        "decides": decides,
        "deciders": [m for m in everybody if m.role == "decision_maker"],
        "relatives": list({m.person_id: m for m in everybody if m.role in FAMILY_ROLES}.values()),
        "absences": await absences_shown(session, case_id, held),
        "away_choices": [(e, name) for p, name, e in named if p != visit.caller.person_id],
        "named": {p for p, _, _ in named},
        "wishes": wishes,
        "wish_choices": [
            (one.id, one.words[:60] or format_moment(one.at, language)) for one in wishes
        ],
        "known_choices": [("", ""), *((c, translate(KNOWN_THROUGH[c])) for c in CHANNELS)],
        "trust_choices": [("", ""), *((level, translate(TRUSTED[level])) for level in TRUST)],
        "contact": await contact_state(session, case_id),
        "today": (await present(session)).date().isoformat(),
        "kinds": {kind: KINDS.get(kind, kind) for kind in gates.current().book.kinds},
        "known_through": {channel: KNOWN_THROUGH[channel] for channel in CHANNELS},
        "trust": {level: TRUSTED[level] for level in TRUST},
        "details": DETAILS,
        "events": {kind: EVENTS[kind] for kind in ASKING_EVENTS},
        "may": may(visit.standing),
        "sees_family": sees,
        "errors": errors or [],
        "form": form or _as_recorded(held),
        "typed": typed or {},
    }
    return render(request, "cases/family.html", context, status=status)


def _as_recorded(held: ArrangementShown | None) -> ArrangementForm:
    """The form begins with what is in force."""
    if held is None:
        return ArrangementForm()
    emails = {p: email for p, _, email in (*held.decision_makers, *held.alternates)}
    return ArrangementForm(
        rule=held.rule,
        quorum=str(held.quorum or ""),
        decision_makers=[email for _, _, email in held.decision_makers],
        alternates=[email for _, _, email in held.alternates],
        cooling_off_hours=str(held.cooling_off_hours),
        guardians=[emails[p] for p, ground in held.grounds.items() if ground == "guardian"],
        stand_in_after_hours=str(held.terms.stand_in_after_hours or ""),
        asks_again=list(held.terms.asks_again),
        shows_votes="yes" if held.terms.shows_votes else "",
    )


@router.post("/cases/{case}/family")
async def arrange(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.ARRANGEMENT_SET)],
    form: Annotated[ArrangementForm, Depends(arranged)],
) -> Response:
    """Record the family's arrangement, or a change it wishes."""
    number = _count(form.quorum) if form.rule == "quorum" else None
    hours = _count(form.cooling_off_hours or "0")
    named = {*form.decision_makers, *form.alternates}
    grounds = {
        email: ground for email, ground in (await _other_grounds(visit)).items() if email in named
    } | {email: "guardian" for email in form.guardians if email in named}
    try:
        async with attempt(visit.session):
            await set_arrangement(
                visit.session,
                visit.caller,
                visit.case.id,
                form.rule,
                number,
                form.decision_makers,
                form.alternates,
                hours if hours is not None else -1,
                terms=form.terms(),
                grounds=grounds,
                word=form.word,
                waits=bool(form.waits),
            )
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        return await _family(
            request, visit, [(refusal.field or "", said)], form, status=refusal.status
        )
    return _back(visit)


async def _other_grounds(visit: CaseVisit) -> dict[str, str]:
    """Grounds the form does not ask about: they stay as they are in force."""
    held = await arrangement_in_force(visit.session, visit.case.id)
    if held is None:
        return {}
    emails = {p: email for p, _, email in (*held.decision_makers, *held.alternates)}
    return {emails[p]: ground for p, ground in held.grounds.items() if ground != "guardian"}


@router.post("/cases/{case}/family/answer")
async def answer(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.CONSENT_DECIDE)],
    version: Text = "",
    agrees: Text = "",
    word: Text = "",
    waits: Text = "",
) -> Response:
    """Agree to a change of the arrangement, or refuse it."""
    try:
        async with attempt(visit.session):
            await answer_wish(
                visit.session,
                visit.caller,
                visit.case.id,
                _count(version) or 0,
                agrees=agrees == "yes",
                word=word,
                waits=bool(waits),
            )
    except Refusal as refusal:
        return await _refused(request, visit, refusal)
    return _back(visit)


@router.post("/cases/{case}/family/now")
async def now(
    request: Request, visit: Annotated[CaseVisit, in_case(Permission.CONSENT_DECIDE)]
) -> Response:
    """Let a yes with which its giver wanted to wait count."""
    try:
        async with attempt(visit.session):
            await stop_waiting(visit.session, visit.caller, visit.case.id)
    except Refusal as refusal:
        return await _refused(request, visit, refusal)
    return _back(visit)


@router.post("/cases/{case}/family/away")
async def away(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.ABSENCE_RECORD)],
    person: Text = "",
    since: Text = "",
) -> Response:
    """Record that somebody who decides cannot be reached."""
    try:
        async with attempt(visit.session):
            await record_absence(visit.session, visit.caller, visit.case.id, person, since)
    except Refusal as refusal:
        return await _refused(request, visit, refusal, {"person": person, "since": since})
    return _back(visit)


@router.post("/absences/{absence}/end")
async def back(visit: SignedIn, absence: str) -> Response:
    """Record that somebody can be reached again."""
    found = await visit.session.get(Absence, require_id(absence))
    if found is None:
        raise NotFound
    there = await enter_case(visit, str(found.case_id), Permission.ABSENCE_RECORD)
    await end_absence(visit.session, visit.caller, found.id)
    return _back(there)


@router.post("/cases/{case}/family/wish")
async def wish(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.WISH_RECORD)],
    says: Text = "",
    known_through: Text = "",
    trust: Text = "",
    kinds: Texts = None,
    audiences: Text = "",
    details: Texts = None,
    left_out: Text = "",
    words: Text = "",
    said_on: Text = "",
    replaces: Text = "",
) -> Response:
    """Put a wish of the detained person on record."""
    given = WishGiven(
        says, known_through, trust, kinds or [], _lines(audiences), [*(details or []), *_lines(left_out)],
        words, said_on, as_id(replaces) if replaces else None,
    )  # fmt: skip
    try:
        async with attempt(visit.session):
            await record_wish(visit.session, visit.caller, visit.case.id, given)
    except Refusal as refusal:
        typed: dict[str, object] = {
            "says": says, "known_through": known_through, "trust": trust, "kinds": kinds or [],
            "audiences": audiences, "details": details or [], "left_out": left_out, "words": words,
            "said_on": said_on, "replaces": replaces,
        }  # fmt: skip
        return await _refused(request, visit, refusal, typed)
    return _back(visit)


@router.post("/cases/{case}/family/contact")
async def contact(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.CONTACT_RECORD)],
    incommunicado: Text = "",
    contact_since: Text = "",
) -> Response:
    """Record that the detained person is cut off from everybody, or is no longer."""
    try:
        async with attempt(visit.session):
            await record_contact_state(
                visit.session,
                visit.caller,
                visit.case.id,
                incommunicado=incommunicado == "yes",
                since=contact_since,
            )
    except Refusal as refusal:
        return await _refused(request, visit, refusal, {"contact_since": contact_since})
    return _back(visit)


async def _refused(
    request: Request,
    visit: CaseVisit,
    refusal: Refusal,
    typed: dict[str, object] | None = None,
) -> Response:
    said = translate_refusal(refusal, language_of(request))
    return await _family(
        request, visit, [(refusal.field or "", said)], typed=typed, status=refusal.status
    )


def _back(visit: CaseVisit) -> Response:
    return RedirectResponse(f"/cases/{visit.case.slug}/family", 303)


def _lines(typed: str) -> list[str]:
    """What was typed, one on each line."""
    return [line for line in map(str.strip, typed.splitlines()) if line]


def _count(typed: str) -> int | None:
    """A small number somebody typed, in whichever digits; None if it is none."""
    digits = typed.strip()
    return int(digits) if digits.isdecimal() and len(digits) < 5 else None
