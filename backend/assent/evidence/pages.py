"""Pages of evidence: what there is, bringing more in, one piece of it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Header, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from assent.access import Permission
from assent.evidence import sources, storage
from assent.evidence.arriving import body_of, receive_form
from assent.evidence.downloads import as_download
from assent.evidence.queries import (
    EvidenceLine,
    case_evidence,
    derived_lines,
    evidence_line,
)
from assent.evidence.service import DERIVATIONS, TIERS, Details
from assent.evidence.uploads import (
    Sender,
    abandon_upload,
    begin_upload,
    finish_upload,
    own_upload,
    receive_piece,
    unfinished_uploads,
)
from assent.evidence.words import DERIVED, REMARKS, TIER_HINTS, TIER_WORDS
from assent.people.memberships import Standing, require, standing
from assent.refusal import NotFound, Refusal
from assent.web.attempts import Errors, done_or_again
from assent.web.brief_visits import BriefCaseVisit, SignedInBriefly, in_case_briefly
from assent.web.labels import VISIBILITIES
from assent.web.language import country_name, language_of, translate_refusal
from assent.web.panel import may
from assent.web.render import render
from assent.web.requires import (
    CaseVisit,
    SignedIn,
    Visit,
    find_case,
    in_case,
    require_id,
)

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Bringing = Annotated[BriefCaseVisit, in_case_briefly(Permission.EVIDENCE_RECORD)]


@router.get("/cases/{case}/evidence")
async def evidence_page(
    request: Request, visit: Annotated[CaseVisit, in_case(Permission.CASE_READ)]
) -> Response:
    """What there is, and a form to bring more in."""
    return await _list(request, visit)


async def _list(
    request: Request,
    visit: CaseVisit,
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response:
    lines = await case_evidence(visit.session, visit.case.id)
    copies: dict[object, list[EvidenceLine]] = {}
    shown = {line.id for line in lines}
    for line in lines:
        if line.derived_from in shown:
            copies.setdefault(line.derived_from, []).append(line)
    context = {
        "case": visit.case,
        "originals": [line for line in lines if line.derived_from not in shown],
        "copies": copies,
        "unfinished": await unfinished_uploads(visit.session, visit.caller, visit.case.id),
        "may": may(visit.standing),
        "labels": _labels(visit.standing),
        "most": storage.current().most // 1024**2,
        "errors": errors or [],
        "form": {},
        **_words(),
    }
    return render(request, "evidence/list.html", context, status=status)


def _words() -> dict[str, Any]:
    return {
        "tiers": TIERS,
        "tier_words": TIER_WORDS,
        "tier_hints": TIER_HINTS,
        "remark_words": REMARKS,
        "derived_words": DERIVED,
        "derivations": DERIVATIONS,
        "visibilities": VISIBILITIES,
    }


def _labels(here: Standing) -> list[str]:
    """The labels somebody may give here, the narrowest first."""
    found = ["organisation"] if here.organisations else []
    return found + (["family"] if here.sees_family else []) + ["case"]


@router.post("/cases/{case}/evidence")
async def bring_in(request: Request, visit: Bringing) -> Response:
    """Take a file in one piece, from a form without scripts."""
    try:
        made = await receive_form(Sender(visit.database, visit.caller), visit.case_id, request)
    except Refusal as refusal:
        said = translate_refusal(refusal, language_of(request))
        async with visit.transaction() as session:
            case = await find_case(session, visit.slug)
            found = await require(session, visit.caller, case.id, Permission.CASE_READ)
            inside = CaseVisit(session, visit.caller, case, found)
            return await _list(request, inside, [(refusal.field or "", said)], refusal.status)
    return RedirectResponse(f"/evidence/{made.evidence.id}", 303)


@router.post("/cases/{case}/uploads")
async def begin(
    visit: Annotated[CaseVisit, in_case(Permission.EVIDENCE_RECORD)],
    name: Text = "",
    size: Annotated[int, Form()] = 0,
    fingerprint: Text = "",
    title: Text = "",
    tier: Text = "",
    visibility: Text = "",
) -> Response:
    """Announce a file that a script of the page sends in pieces."""
    upload = await begin_upload(
        visit.session,
        visit.caller,
        visit.case.id,
        Details(title, tier, visibility or None),
        name=name,
        size=size,
        fingerprint=fingerprint,
    )
    return JSONResponse({"id": str(upload.id), "offset": upload.offset}, 201)


@router.get("/uploads/{upload}")
async def how_far(visit: SignedIn, upload: str) -> Response:
    """Say where an upload goes on."""
    found = await own_upload(visit.session, visit.caller, require_id(upload))
    return JSONResponse({"id": str(found.id), "offset": found.offset})


@router.patch("/uploads/{upload}")
async def go_on(
    request: Request,
    visit: SignedInBriefly,
    upload: str,
    offset: Annotated[int, Header(alias="Upload-Offset", ge=0)],
) -> Response:
    """Take the next piece."""
    sender = Sender(visit.database, visit.caller)
    arrived = await receive_piece(sender, require_id(upload), offset, body_of(request))
    return JSONResponse({"offset": arrived})


@router.post("/uploads/{upload}/completion")
async def finish(visit: SignedInBriefly, upload: str) -> Response:
    """Record the file once all of it has arrived."""
    made = await finish_upload(Sender(visit.database, visit.caller), require_id(upload))
    return JSONResponse({"page": f"/evidence/{made.evidence.id}"}, 201)


@router.post("/uploads/{upload}/forget")
async def forget(visit: SignedInBriefly, upload: str, case: Text = "") -> Response:
    """Give an upload up."""
    await abandon_upload(Sender(visit.database, visit.caller), require_id(upload))
    async with visit.transaction() as session:
        back = await find_case(session, case)
    return RedirectResponse(f"/cases/{back.slug}/evidence", 303)


@router.get("/evidence/{evidence}")
async def one_page(request: Request, visit: SignedIn, evidence: str) -> Response:
    """One piece of evidence."""
    return await _one(request, visit, evidence)


async def _one(
    request: Request,
    visit: Visit,
    evidence: str,
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response:
    line = await _line(visit, evidence)
    session = visit.session
    origin = await evidence_line(session, line.derived_from) if line.derived_from else None
    found = await standing(session, visit.caller, line.case_id)
    if found is None:
        raise NotFound
    context = {
        "case": await find_case(session, str(line.case_id)),
        "line": line,
        "origin": origin,
        "copies": await derived_lines(session, line.id),
        "source": await sources.source_of(session, line.id),
        "source_named": await sources.is_source_named(session, line.id),
        "agreements": [
            (country_name(code, language_of(request)), agrees)
            for code, agrees in sorted(
                (await sources.agreements(session, [line.id])).get(line.id, {}).items()
            )
        ],
        "labels": _labels(found),
        "may": may(found),
        "errors": errors or [],
        "form": {},
        **_words(),
    }
    return render(request, "evidence/one.html", context, status=status)


@router.get("/evidence/{evidence}/file")
async def download(visit: SignedIn, evidence: str) -> Response:
    """The file, as a download."""
    return await as_download(visit.session, await _line(visit, evidence))


@router.post("/evidence/{evidence}/source")
async def name_source(
    request: Request, visit: SignedIn, evidence: str, source: Text = ""
) -> Response:
    """Write down who it comes from."""
    key = require_id(evidence)
    return await _tried(
        request, visit, evidence, sources.name_source(visit.session, visit.caller, key, source)
    )


@router.post("/evidence/{evidence}/source/readers")
async def let_in(request: Request, visit: SignedIn, evidence: str, person: Text = "") -> Response:
    """Let somebody read who it comes from."""
    key = require_id(evidence)
    return await _tried(
        request, visit, evidence, sources.admit_reader(visit.session, visit.caller, key, person)
    )


@router.post("/evidence/{evidence}/agreements")
async def agree(
    request: Request, visit: SignedIn, evidence: str, country: Text = "", agrees: Text = ""
) -> Response:
    """Record whether the source lets a government see it."""
    wanted = country.strip().upper()
    work = sources.record_agreement(
        visit.session, visit.caller, require_id(evidence), wanted, agrees=agrees == "yes"
    )
    return await _tried(request, visit, evidence, work)


async def _tried(request: Request, visit: Visit, evidence: str, work: Awaitable[Any]) -> Response:
    async def again(errors: Errors, status: int) -> Response:
        return await _one(request, visit, evidence, errors, status)

    return await done_or_again(request, visit.session, work, f"/evidence/{evidence}", again)


async def _line(visit: Visit, evidence: str) -> EvidenceLine:
    line = await evidence_line(visit.session, require_id(evidence))
    if line is None:
        raise NotFound
    return line
