"""The page of what happened in a case: beside each other, never as cause and effect."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from assent.access import Permission
from assent.cases.events import EFFECTS, EVENT_KINDS, events_of, record_event
from assent.refusal import N_
from assent.web.attempts import Errors, done_or_again
from assent.web.language import format_known, language_of
from assent.web.panel import may
from assent.web.render import render
from assent.web.requires import CaseVisit, in_case

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
_MOST = 1000
HAPPENED = {
    "arrest": N_("Arrest"),
    "charge": N_("Charge"),
    "hearing": N_("Hearing"),
    "trial": N_("Trial"),
    "sentence": N_("Sentence"),
    "appeal": N_("Appeal"),
    "transfer": N_("Transfer"),
    "visit": N_("Visit"),
    "contact": N_("Contact"),
    "illness": N_("Illness"),
    "hunger_strike": N_("Hunger strike"),
    "torture": N_("Torture or ill-treatment"),
    "solitary": N_("Solitary confinement"),
    "negotiation": N_("Negotiation"),
    "statement": N_("Statement"),
    "listing": N_("Sanctions listing"),
    "opinion": N_("Opinion of a UN body"),
    "clemency_request": N_("Request for clemency"),
    "release": N_("Release"),
    "other": N_("Something else"),
}
EFFECT_WORDS = {
    "better": N_("treatment became better"),
    "worse": N_("treatment became worse"),
    "neutral": N_("treatment stayed the same"),
    "unknown": N_("nobody knows yet how treatment changed"),
}


@router.get("/cases/{case}/timeline")
async def timeline_page(
    request: Request, visit: Annotated[CaseVisit, in_case(Permission.CASE_READ)]
) -> Response:
    """What happened, the latest first."""
    return await _timeline(request, visit, [], {})


async def _timeline(
    request: Request,
    visit: CaseVisit,
    errors: Errors,
    form: dict[str, str],
    status: int = 200,
) -> Response:
    events = await events_of(visit.session, visit.case.id, limit=_MOST)
    language = language_of(request)
    context = {
        "case": visit.case,
        "events": [
            (event, format_known(event.happened_on, language))
            for event in sorted(events, key=lambda e: (e.happened_on, e.id), reverse=True)
        ],
        "happened": {kind: HAPPENED.get(kind, kind) for kind in EVENT_KINDS},
        "effects": {effect: EFFECT_WORDS[effect] for effect in EFFECTS},
        "may": may(visit.standing),
        "errors": errors,
        "form": form,
    }
    return render(request, "cases/timeline.html", context, status=status)


@router.post("/cases/{case}/timeline")
async def record(
    request: Request,
    visit: Annotated[CaseVisit, in_case(Permission.EVENT_RECORD)],
    kind: Text = "",
    happened_on: Text = "",
    title: Text = "",
    effect: Text = "unknown",
    source: Text = "",
) -> Response:
    """Record that something happened."""
    work = record_event(
        visit.session, visit.caller, visit.case.id, kind, happened_on, title, effect, source
    )

    async def again(errors: Errors, status: int) -> Response:
        form = {"kind": kind, "happened_on": happened_on, "title": title}
        return await _timeline(
            request, visit, errors, form | {"effect": effect, "source": source}, status
        )

    here = f"/cases/{visit.case.slug}/timeline"
    return await done_or_again(request, visit.session, work, here, again)
