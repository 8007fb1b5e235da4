"""Pages of targets: the matrix, a target, what is claimed of it, where it is listed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.cases.models import Case
from assent.cases.queries import my_cases
from assent.database.session import present
from assent.evidence.queries import case_evidence
from assent.people.memberships import require
from assent.refusal import N_, Invalid, Refusal
from assent.sanctions import claims, jurisdictions, listings, queries, targets, words
from assent.sanctions.composing import ABUSE_WORDS
from assent.sanctions.entities import (
    listable_schemas,
    property_label,
    schema_label,
    transliteration,
)
from assent.sanctions.relations import chain_of_command, relate, relations_of
from assent.sanctions.screening import configured_sources, screenings_of
from assent.web.attempts import attempt
from assent.web.language import language_of, translate_refusal
from assent.web.panel import may
from assent.web.render import render
from assent.web.requires import CaseVisit, SignedIn, Visit, as_id, find_case, in_case, require_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Reading = Annotated[CaseVisit, in_case(Permission.TARGET_READ)]
Recording = Annotated[CaseVisit, in_case(Permission.TARGET_RECORD)]
# What the form asks of a person or an organisation; everything else comes in as FollowTheMoney JSON.
ASKED = (
    "name", "alias", "birthDate", "birthPlace", "nationality", "gender", "position", "passportNumber", "idNumber",
    "address", "notes",
)  # fmt: skip
_OF_PERSONS = {"birthDate", "birthPlace", "nationality", "gender", "position", "passportNumber"}
MOST_IMPORTED = 2 * 1024 * 1024


@router.get("/cases/{case}/targets")
async def matrix(request: Request, visit: Reading) -> Response:
    """Targets by jurisdictions: the gaps plain to see."""
    return await _matrix(request, visit, [])


async def _matrix(
    request: Request, visit: CaseVisit, errors: list[tuple[str, str]], status: int = 200
) -> Response:
    lines = await queries.case_targets(visit.session, visit.case.id)
    standings = await queries.case_standings(visit.session, lines, visit.case.id)
    dossiers: dict[tuple[Any, str], Any] = {}
    for dossier in await queries.case_dossiers(visit.session, visit.case.id):
        dossiers.setdefault((dossier.target_id, dossier.jurisdiction), dossier.id)
    today = (await present(visit.session)).date()
    known = jurisdictions.current().by_code
    context = {
        "case": visit.case,
        "targets": [t for t in lines if t.merged_into is None and t.entity.may_be_listed],
        "others": [
            t for t in lines
            if t.merged_into is None and not t.entity.may_be_listed and not t.entity.is_link
        ],
        "jurisdictions": known,
        "gone": sorted({code for _, code in standings} - set(known)),
        "warnings": {code: one.warning_on(today) for code, one in known.items()},
        "standings": standings,
        "dossiers": dossiers,
        "statuses": words.STATUSES,
        "schemas": words.SCHEMAS,
        "schema_label": schema_label,
        "latin": transliteration,
        "may": may(visit.standing),
        "errors": errors,
    }  # fmt: skip
    return render(request, "sanctions/matrix.html", context, status=status)


@router.get("/cases/{case}/targets/new")
async def new_target(request: Request, visit: Recording) -> Response:
    """Ask who it is."""
    return _target_form(request, visit, [], {})


def _target_form(
    request: Request,
    visit: CaseVisit,
    errors: list[tuple[str, str]],
    form: dict[str, str],
    status: int = 200,
) -> Response:
    context = {
        "case": visit.case,
        "errors": errors,
        "form": form,
        "schemas": [(name, words.SCHEMAS[name]) for name in listable_schemas()],
        "asked": ASKED,
        "label": lambda name: property_label("Person", name),
    }
    return render(request, "sanctions/new.html", context, status=status)


@router.post("/cases/{case}/targets")
async def add_target(request: Request, visit: Recording) -> Response:
    """Add a person, organisation or post."""
    sent = await request.form()
    form = {name: str(sent.get(name) or "") for name in ("schema", *ASKED)}
    try:
        async with attempt(visit.session):
            line = await targets.add_target(
                visit.session, visit.caller, visit.case.id, _entity_of(form)
            )
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        field = (refusal.field or "").removeprefix("properties.").partition("[")[0]
        return _target_form(request, visit, [(field, said)], form, refusal.status)
    return RedirectResponse(f"/targets/{line.id}", 303)


def _entity_of(form: dict[str, str]) -> dict[str, Any]:
    """One value a line; what a kind of target does not have is left out."""
    schema = form["schema"] or "Person"
    person = schema == "Person"
    properties = {
        name: [line for line in form[name].splitlines() if line.strip()]
        for name in ASKED
        if form[name].strip() and (person or name not in _OF_PERSONS)
        and (schema != "Position" or name in ("name", "alias", "notes"))
    }  # fmt: skip
    return {"schema": schema, "properties": properties}


@router.post("/cases/{case}/targets/import")
async def import_targets(request: Request, visit: Recording, file: UploadFile) -> Response:
    """Take FollowTheMoney JSON: a list, or an entity a line."""
    try:
        data = await file.read(MOST_IMPORTED + 1)
        if len(data) > MOST_IMPORTED:
            raise Invalid(N_("At most 2 MB at once: import a large file in parts."), field="file")
        async with attempt(visit.session):
            await targets.import_targets(
                visit.session, visit.caller, visit.case.id, entities_in(data)
            )
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        return await _matrix(request, visit, [("file", said)], refusal.status)
    return RedirectResponse(f"/cases/{visit.case.slug}/targets", 303)


def entities_in(data: bytes) -> list[Any]:
    """Return the entities of a file: a JSON list, one entity, or one a line.

    Raises:
        Invalid: naming the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(N_("This file is not UTF-8."), field="file") from error
    try:
        whole = json.loads(text)
        return whole if isinstance(whole, list) else [whole]
    except (ValueError, RecursionError):
        pass
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                found.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise Invalid(N_("Line {line} is not JSON."), field="file", line=number) from error
    return found


@router.get("/cases/{case}/targets.ftm.json")
async def export_targets(visit: Reading) -> Response:
    """The case's targets as FollowTheMoney JSON, an entity a line."""
    lines = await queries.case_targets(visit.session, visit.case.id)
    rows = [
        json.dumps(t.entity.as_json(), ensure_ascii=False) for t in lines if t.merged_into is None
    ]
    headers = {
        "Content-Disposition": 'attachment; filename="targets.ftm.json"',
        "Cache-Control": "private, no-store",
    }
    return Response("\n".join([*rows, ""]), media_type="application/json", headers=headers)


@router.get("/targets/{target}")
async def target_page(request: Request, visit: SignedIn, target: str) -> Response:
    """Everything known of a target, and what is claimed of it."""
    return await _target(request, visit, target, [], {})


async def _target(
    request: Request,
    visit: Visit,
    target: str,
    errors: list[tuple[str, str]],
    form: dict[str, str],
    status: int = 200,
) -> Response:
    line = await queries.target_line(visit.session, require_id(target))
    standing = await require(visit.session, visit.caller, line.case_id, Permission.TARGET_READ)
    lines = await queries.case_targets(visit.session, line.case_id)
    cases = [c for c in await my_cases(visit.session, visit.caller) if c.id != line.case_id]
    by_id = {other.id: other for other in lines}
    context = {
        "case": await visit.session.get_one(Case, line.case_id),
        "line": line,
        "entity": line.entity,
        "merged_into": by_id.get(line.merged_into) if line.merged_into else None,
        "merged": [other for other in lines if other.merged_into == line.id],
        "possible": [
            other for other in lines
            if other.id != line.id and other.merged_into is None and not other.entity.is_link
        ],
        "relations": await relations_of(visit.session, line),
        "chains": chain_of_command(lines, line),
        "claims": await queries.target_claims(visit.session, line.id),
        "listings": await queries.target_listings(visit.session, line.id),
        "other_cases": await queries.other_cases(visit.session, line.id),
        "cases": cases,
        "screenings": await screenings_of(visit.session, line.id),
        "sources": await configured_sources(visit.session, request.app.state.settings),
        "evidence": await case_evidence(visit.session, line.case_id),
        "jurisdictions": jurisdictions.current().by_code,
        "words": words,
        "abuses": ABUSE_WORDS,
        "days": listings.DAYS,
        "label": lambda name: property_label(line.entity.schema, name),
        "schema": words.SCHEMAS.get(line.entity.schema) or schema_label(line.entity.schema),
        "latin": transliteration,
        "may": may(standing),
        "errors": errors,
        "form": form,
    }  # fmt: skip
    return render(request, "sanctions/target.html", context, status=status)


@asynccontextmanager
async def _trying(visit: Visit) -> AsyncIterator[None]:
    async with attempt(visit.session):
        yield


async def _again(
    request: Request,
    visit: Visit,
    target: str,
    refusal: Refusal,
    form: dict[str, str] | None = None,
) -> Response:
    said = translate_refusal(refusal, language_of(request))
    return await _target(
        request, visit, target, [(refusal.field or "", said)], form or {}, refusal.status
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
    category = {"abuse": abuse, "link": link}.get(part, "")
    try:
        async with _trying(visit):
            await claims.make_claim(
                visit.session, visit.caller, require_id(target), part, statement,
                category=category, happened_on=happened_on, place=place,
            )  # fmt: skip
    except Refusal as refusal:
        form = {"part": part, "statement": statement, "happened_on": happened_on, "place": place}
        form |= {"abuse": abuse, "link": link}
        return await _again(request, visit, target, refusal, form)
    return RedirectResponse(f"/targets/{target}#claims", 303)


@router.post("/claims/{claim}/end")
async def end_claim(visit: SignedIn, claim: str, target: Text = "") -> Response:
    """Take a claim back."""
    await claims.end_claim(visit.session, visit.caller, require_id(claim))
    return RedirectResponse(f"/targets/{require_id(target)}#claims", 303)


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
) -> Response:
    """Show a claim."""
    try:
        async with _trying(visit):
            await claims.add_exhibit(
                visit.session, visit.caller, require_id(claim), title, tier, source=source,
                address=address, evidence_id=as_id(evidence) if evidence else None, confidential=not public,
            )  # fmt: skip
    except Refusal as refusal:
        return await _again(request, visit, str(require_id(target)), refusal)
    return RedirectResponse(f"/targets/{require_id(target)}#claims", 303)


@router.post("/exhibits/{exhibit}/end")
async def end_exhibit(visit: SignedIn, exhibit: str, target: Text = "") -> Response:
    """Take an exhibit out."""
    await claims.end_exhibit(visit.session, visit.caller, require_id(exhibit))
    return RedirectResponse(f"/targets/{require_id(target)}#claims", 303)


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
    try:
        if (other_id := as_id(other)) is None:
            raise Invalid(N_("Choose somebody."), field="other")
        async with _trying(visit):
            await relate(
                visit.session, visit.caller, require_id(target), relation, other_id,
                since=since, role=role,
            )  # fmt: skip
    except Refusal as refusal:
        return await _again(request, visit, target, refusal)
    return RedirectResponse(f"/targets/{target}#relations", 303)


@router.post("/targets/{target}/merge")
async def merge(request: Request, visit: SignedIn, target: str, other: Text = "") -> Response:
    """Make another target part of this one."""
    try:
        if (other_id := as_id(other)) is None:
            raise Invalid(N_("Choose somebody."), field="other")
        async with _trying(visit):
            await targets.merge_targets(visit.session, visit.caller, require_id(target), other_id)
    except Refusal as refusal:
        return await _again(request, visit, target, refusal)
    return RedirectResponse(f"/targets/{target}", 303)


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
    try:
        days = {name: _day(sent.get(name, ""), name) for name in ("on", *listings.DAYS)}
        async with _trying(visit):
            await listings.record_listing(
                visit.session, visit.caller, require_id(target), sent.get("jurisdiction", ""),
                sent.get("status", ""), on=days.pop("on"), days=days, reference=sent.get("reference", ""),
                address=sent.get("address", ""), note=sent.get("note", ""),
            )  # fmt: skip
    except Refusal as refusal:
        return await _again(request, visit, target, refusal, sent)
    return RedirectResponse(f"/targets/{target}#listings", 303)


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(N_("Give a day such as 2026-12-31."), field=field) from error


@router.get("/cases/{case}/jurisdictions")
async def law(request: Request, visit: Reading) -> Response:
    """What each jurisdiction asks for, with the source of each fact."""
    today = (await present(visit.session)).date()
    known = jurisdictions.current().by_code
    context = {
        "case": visit.case,
        "jurisdictions": known,
        "warnings": {code: one.warning_on(today) for code, one in known.items()},
    }
    return render(request, "sanctions/law.html", context)
