"""Pages of one target: what is known of it, what is claimed of it, where it is listed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.cases.models import Case
from assent.cases.queries import my_cases
from assent.evidence.queries import case_evidence
from assent.language import catalogue
from assent.people.memberships import require
from assent.refusal import N_, Invalid
from assent.sanctions import (
    claims,
    dossier_forms,
    jurisdictions,
    listings,
    mistakes,
    queries,
    targets,
    words,
)
from assent.sanctions.entities import schema_label, transliteration
from assent.sanctions.relations import chain_of_command, relate, relations_of
from assent.sanctions.screening import configured_sources, screenings_of
from assent.sanctions.target_forms import ASKED, asked_of, entity_of, form_of
from assent.web.attempts import Errors, done_or_again
from assent.web.language import language_of
from assent.web.panel import may
from assent.web.render import render
from assent.web.requires import SignedIn, Visit, as_id, find_case, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Again = Callable[[Errors, int], Awaitable[Response]]


@router.get("/targets/{target}")
async def target_page(request: Request, visit: SignedIn, target: str) -> Response:
    """Everything known of a target, and what is claimed of it."""
    return await _again(request, visit, target)([], 200)


def _again(
    request: Request, visit: Visit, target: str, form: dict[str, str] | None = None
) -> Again:
    """Return what draws a target's page, with what was typed into one of its forms."""

    async def drawn(errors: Errors, status: int) -> Response:
        context = await _target(request, visit, target)
        context |= {"errors": errors, "form": form or {}}
        return render(request, "sanctions/target.html", context, status=status)

    return drawn


async def _target(request: Request, visit: Visit, target: str) -> dict[str, Any]:
    session = visit.session
    line = await queries.target_line(session, require_id(target))
    standing = await require(session, visit.caller, line.case_id, Permission.TARGET_READ)
    lines = await queries.case_targets(session, line.case_id)
    by_id = {other.id: other for other in lines}
    schema = line.entity.schema
    return {
        "case": await session.get_one(Case, line.case_id),
        "line": line,
        "entity": line.entity,
        "merged_into": by_id.get(line.merged_into) if line.merged_into else None,
        "merged": [other for other in lines if other.merged_into == line.id],
        "possible": [
            other for other in lines
            if other.id != line.id and other.merged_into is None and not other.entity.is_link
        ],
        "relations": await relations_of(session, line),
        "chains": chain_of_command(lines, line),
        "claims": await queries.target_claims(session, line.id),
        "further": sorted({tag for f in dossier_forms.current().by_code.values() for tag in f.languages}),
        "listings": await queries.target_listings(session, line.id),
        "other_cases": await queries.other_cases(session, line.id),
        "cases": [c for c in await my_cases(session, visit.caller) if c.id != line.case_id],
        "screenings": await screenings_of(session, line.id),
        "sources": await configured_sources(session, request.app.state.settings),
        "evidence": await case_evidence(session, line.case_id),
        "jurisdictions": jurisdictions.current().by_code,
        "words": words,
        "days": listings.DAYS,
        "schema": words.SCHEMAS.get(schema) or schema_label(schema),
        "latin": transliteration,
        "reader": language_of(request),
        "say": catalogue(language_of(request)).gettext,
        "may": may(standing),
    }  # fmt: skip


@router.get("/targets/{target}/edit")
async def edit_page(request: Request, visit: SignedIn, target: str) -> Response:
    """Correct what is known, or add to it."""
    line = await targets.open_target(visit.session, visit.caller, require_id(target))
    return await _edit(request, visit, line, form_of(line.entity))([], 200)


def _edit(request: Request, visit: Visit, line: queries.TargetLine, form: dict[str, str]) -> Again:
    async def drawn(errors: Errors, status: int) -> Response:
        context = {
            "case": await visit.session.get_one(Case, line.case_id),
            "line": line,
            "errors": [(field_of(field), said) for field, said in errors],
            "form": form,
            "asked": asked_of(line.entity.schema),
        }
        return render(request, "sanctions/edit.html", context, status=status)

    return drawn


def field_of(place: str) -> str:
    """Return the field of the form that a place in an entity, such as `properties.name[0]`, belongs to."""
    return place.removeprefix("properties.").partition("[")[0]


@router.post("/targets/{target}/edit")
async def edit(request: Request, visit: SignedIn, target: str) -> Response:
    """Keep what was corrected; what it said before stays on record."""
    line = await targets.open_target(visit.session, visit.caller, require_id(target))
    sent = await request.form()
    form = {name: str(sent.get(name) or "") for name in ASKED}
    raw = entity_of({**form, "schema": line.entity.schema}, line.entity)
    work = targets.change_target(visit.session, visit.caller, line.id, raw)
    drawn = _edit(request, visit, line, form)
    return await done_or_again(request, visit.session, work, f"/targets/{line.id}", drawn)


@router.post("/targets/{target}/end")
async def take_out(request: Request, visit: SignedIn, target: str, back: Text = "") -> Response:
    """Take out a target, or a link of one, that was recorded by mistake."""
    key = require_id(target)
    line = await queries.target_line(visit.session, key)
    case = await visit.session.get_one(Case, line.case_id)
    then = f"/targets/{as_id(back)}#relations" if as_id(back) else f"/cases/{case.slug}/targets"
    work = mistakes.take_out(visit.session, visit.caller, key)
    return await done_or_again(
        request, visit.session, work, then, _again(request, visit, back or target)
    )


@router.post("/targets/{target}/claims")
async def make_claim(
    request: Request,
    visit: SignedIn,
    target: str,
    part: Text = "",
    statement: Text = "",
    abuse: Text = "",
    link: Text = "",
    happened_on: Text = "",
    place: Text = "",
) -> Response:
    """Say something of a target."""
    work = claims.make_claim(
        visit.session, visit.caller, require_id(target), part, statement,
        category={"abuse": abuse, "link": link}.get(part, ""), happened_on=happened_on, place=place,
    )  # fmt: skip
    form = {"part": part, "statement": statement, "happened_on": happened_on, "place": place}
    form |= {"abuse": abuse, "link": link}
    return await _said(request, visit, work, target, "claims", form)


async def _said(
    request: Request,
    visit: Visit,
    work: Coroutine[Any, Any, Any],
    target: str,
    place: str,
    form: dict[str, str] | None = None,
) -> Response:
    """Do what one of the page's forms asks for, and come back to its place there."""
    if as_id(target) is None:
        work.close()
    key = str(require_id(target))
    drawn = _again(request, visit, key, form)
    return await done_or_again(request, visit.session, work, f"/targets/{key}#{place}", drawn)


@router.post("/claims/{claim}/end")
async def end_claim(request: Request, visit: SignedIn, claim: str, target: Text = "") -> Response:
    """Take a claim back."""
    work = claims.end_claim(visit.session, visit.caller, require_id(claim))
    return await _said(request, visit, work, target, "claims")


@router.post("/claims/{claim}/texts")
async def translate_claim(
    request: Request,
    visit: SignedIn,
    claim: str,
    target: Text = "",
    language: Text = "",
    statement: Text = "",
) -> Response:
    """Say a claim in another language."""
    key = require_id(claim)
    work = claims.translate_claim(visit.session, visit.caller, key, language, statement)
    return await _said(request, visit, work, target, "claims")


@router.post("/claims/{claim}/exhibits")
async def add_exhibit(
    request: Request,
    visit: SignedIn,
    claim: str,
    target: Text = "",
    title: Text = "",
    tier: Text = "",
    source: Text = "",
    address: Text = "",
    evidence: Text = "",
    public: Text = "",
    quote: Text = "",
    quote_language: Text = "",
    translation: Text = "",
) -> Response:
    """Show a claim."""
    key = require_id(claim)
    work = claims.add_exhibit(
        visit.session, visit.caller, key, title, tier, source=source, address=address,
        evidence_id=as_id(evidence) if evidence else None, confidential=not public,
        quote=quote, quote_language=quote_language, translation=translation,
    )  # fmt: skip
    form = {
        "claim": str(key), "title": title, "tier": tier, "source": source, "address": address,
        "evidence": evidence, "public": public, "quote": quote, "quote_language": quote_language,
        "translation": translation,
    }  # fmt: skip
    return await _said(request, visit, work, target, "claims", form)


@router.post("/exhibits/{exhibit}/end")
async def end_exhibit(
    request: Request, visit: SignedIn, exhibit: str, target: Text = ""
) -> Response:
    """Take an exhibit out."""
    work = claims.end_exhibit(visit.session, visit.caller, require_id(exhibit))
    return await _said(request, visit, work, target, "claims")


@router.post("/targets/{target}/relations")
async def add_relation(
    request: Request,
    visit: SignedIn,
    target: str,
    relation: Text = "",
    other: Text = "",
    since: Text = "",
    role: Text = "",
) -> Response:
    """Say how a target hangs together with another."""

    async def work() -> None:
        await relate(
            visit.session, visit.caller, require_id(target), relation, _chosen(other),
            since=since, role=role,
        )  # fmt: skip

    form = {"relation": relation, "other": other, "since": since, "role": role}
    return await _said(request, visit, work(), target, "relations", form)


def _chosen(other: str) -> Any:
    if (key := as_id(other)) is None:
        raise Invalid(N_("Choose somebody."), field="other")
    return key


@router.post("/targets/{target}/merge")
async def merge(request: Request, visit: SignedIn, target: str, same: Text = "") -> Response:
    """Make another target part of this one."""

    async def work() -> None:
        if (other := as_id(same)) is None:
            raise Invalid(N_("Choose somebody."), field="same")
        await targets.merge_targets(visit.session, visit.caller, require_id(target), other)

    async def again(errors: Errors, status: int) -> Response:
        told = [("same" if field == "other" else field, said) for field, said in errors]
        return await _again(request, visit, target, {"same": same})(told, status)

    return await done_or_again(request, visit.session, work(), f"/targets/{target}", again)


@router.post("/targets/{target}/part")
async def undo_merge(visit: SignedIn, target: str) -> Response:
    """Take a target out of the one it was merged into."""
    line = await targets.undo_merge(visit.session, visit.caller, require_id(target))
    return RedirectResponse(f"/targets/{line.id}", 303)


@router.post("/targets/{target}/copies")
async def copy_target(visit: SignedIn, target: str, case: Text = "") -> Response:
    """Let a target serve another case of mine."""
    other = await find_case(visit.session, case)
    line = await targets.copy_target(visit.session, visit.caller, require_id(target), other.id)
    return RedirectResponse(f"/targets/{line.id}", 303)


@router.post("/targets/{target}/listings")
async def record_listing(request: Request, visit: SignedIn, target: str) -> Response:
    """Record where a target stands."""
    sent = {key: str(value) for key, value in (await request.form()).items()}

    async def work() -> None:
        days = {name: _day(sent.get(name, ""), name) for name in ("on", *listings.DAYS)}
        document = as_id(sent["document"]) if sent.get("document") else None
        await listings.record_listing(
            visit.session, visit.caller, require_id(target), sent.get("jurisdiction", ""),
            sent.get("status", ""), on=days.pop("on"), days=days, reference=sent.get("reference", ""),
            address=sent.get("listed-at", ""), note=sent.get("note", ""), evidence_id=document,
        )  # fmt: skip

    return await _said(request, visit, work(), target, "listings", sent)


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(N_("Give a day such as 2026-12-31."), field=field) from error
