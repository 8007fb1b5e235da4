"""Pages of requests for measures and of screening."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.actions.queries import latest_revision
from assent.cases.models import Case
from assent.database.session import present
from assent.language import catalogue
from assent.people.memberships import standing
from assent.refusal import NotFound, Refusal
from assent.sanctions.composing import compose
from assent.sanctions.dossier_forms import ENGLISH
from assent.sanctions.dossiers import (
    RECIPIENT,
    announce,
    begin_dossier,
    open_dossier,
    put_forward,
    save_answers,
)
from assent.sanctions.files import dossier_file, exhibits_file
from assent.sanctions.refusals import DossierBegun
from assent.sanctions.screening import decide_candidate, one_screening, screen_target
from assent.web.attempts import attempt
from assent.web.language import language_of, translate_refusal
from assent.web.panel import may
from assent.web.render import render
from assent.web.requires import SignedIn, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]


@router.post("/targets/{target}/dossiers")
async def begin(visit: SignedIn, target: str, jurisdiction: Text = "") -> Response:
    """From a gap to a request, in one tap."""
    try:
        async with attempt(visit.session):
            made = await begin_dossier(
                visit.session, visit.caller, require_id(target), jurisdiction
            )
    except DossierBegun as begun:
        if "dossier" not in begun.extra:
            raise
        return RedirectResponse(f"/dossiers/{begun.extra['dossier']}", 303)
    return RedirectResponse(f"/dossiers/{made.id}", 303)


@router.get("/dossiers/{dossier}")
async def dossier_page(request: Request, visit: SignedIn, dossier: str) -> Response:
    """What is there, what is missing, and the text as it will be."""
    return await _dossier(request, visit, dossier, [], {})


async def _dossier(
    request: Request,
    visit: SignedIn,
    dossier: str,
    errors: list[tuple[str, str]],
    form: dict[str, str],
    status: int = 200,
) -> Response:
    opened = await open_dossier(visit.session, visit.caller, require_id(dossier))
    here = await standing(visit.session, visit.caller, opened.dossier.case_id)
    if here is None:
        raise NotFound
    today = (await present(visit.session)).date()
    form_of, base, answers = opened.form, opened.base, opened.answers
    texts = {
        tag: compose(form_of, base, answers, tag)
        for tag in (ENGLISH, *(tag for tag, missing in opened.further.items() if not missing))
        if form_of
    }
    latest = await latest_revision(visit.session, opened.action.id)
    context = {
        "case": await visit.session.get_one(Case, opened.dossier.case_id),
        "opened": opened,
        "answers": opened.answers | form,
        "texts": texts,
        "in_language": {tag: form_of.in_language(tag).parts for tag in opened.further if form_of},
        "latest": latest,
        "languages_out": sorted((latest.content or {}).get("languages", {})) if latest else [],
        "warning": opened.jurisdiction.warning_on(today) if opened.jurisdiction else "",
        "say": catalogue(language_of(request)).gettext,
        "may": may(here),
        "errors": errors,
    }
    return render(request, "sanctions/dossier.html", context, status=status)


@router.post("/dossiers/{dossier}")
async def save(request: Request, visit: SignedIn, dossier: str) -> Response:
    """Keep what was written; put it forward where that was asked."""
    sent = {key: str(value) for key, value in (await request.form()).items()}
    key = require_id(dossier)
    version = int(sent["version"]) if sent.get("version", "").isdecimal() else None
    answers = {
        name.removeprefix("part-"): value
        for name, value in sent.items()
        if name.startswith("part-")
    }
    if RECIPIENT in sent:
        answers[RECIPIENT] = sent[RECIPIENT]
    try:
        async with attempt(visit.session):
            await save_answers(visit.session, visit.caller, key, answers, version=version)
    except Refusal as refusal:
        return await _again(request, visit, dossier, refusal, answers)
    if sent.get("do") == "put":
        try:
            async with attempt(visit.session):
                made = await put_forward(visit.session, visit.caller, key)
        except Refusal as refusal:
            return await _again(request, visit, dossier, refusal, answers)
        return RedirectResponse(f"/actions/{made.revision.action_id}", 303)
    return RedirectResponse(f"/dossiers/{key}", 303)


async def _again(
    request: Request, visit: SignedIn, dossier: str, refusal: Refusal, answers: dict[str, str]
) -> Response:
    said = translate_refusal(refusal, language_of(request))
    field = refusal.field or ""
    where = field if field in ("", RECIPIENT) else f"part-{field}"
    return await _dossier(request, visit, dossier, [(where, said)], answers, refusal.status)


@router.post("/dossiers/{dossier}/announcement")
async def make_known(visit: SignedIn, dossier: str) -> Response:
    """Begin a statement about the filing: a text and a decision of its own."""
    action = await announce(visit.session, visit.caller, require_id(dossier))
    return RedirectResponse(f"/actions/{action.id}/edit", 303)


@router.get("/dossiers/{dossier}/document.{kind}")
async def document(visit: SignedIn, dossier: str, kind: str, lang: str = "en") -> Response:
    """The latest text as PDF or DOCX."""
    if kind not in ("pdf", "docx"):
        raise NotFound
    return await dossier_file(visit, require_id(dossier), kind, lang)


@router.get("/dossiers/{dossier}/exhibits.zip")
async def exhibits(request: Request, visit: SignedIn, dossier: str) -> Response:
    """The exhibits of the latest text, with a manifest of their digests."""
    return await exhibits_file(request, visit, require_id(dossier))


@router.post("/targets/{target}/screenings")
async def screen(request: Request, visit: SignedIn, target: str, source: Text = "file") -> Response:
    """Look for a target in the lists."""
    settings = request.app.state.settings
    await screen_target(visit.session, visit.caller, require_id(target), source, settings)
    return RedirectResponse(f"/targets/{require_id(target)}#screening", 303)


@router.post("/screenings/{screening}/decisions")
async def decide(
    visit: SignedIn, screening: str, candidate: Text = "", decision: Text = "", note: Text = ""
) -> Response:
    """Say whether a candidate is the target."""
    key = require_id(screening)
    await decide_candidate(visit.session, visit.caller, key, candidate, decision, note)
    target = (await one_screening(visit.session, key)).target_id
    return RedirectResponse(f"/targets/{target}#screening", 303)
