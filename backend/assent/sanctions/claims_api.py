"""The API: what is claimed of a target, and what shows it."""

from __future__ import annotations

from fastapi import APIRouter

from assent.refusal import Invalid
from assent.sanctions import claims, queries
from assent.sanctions.api import IN_CASE, readable
from assent.sanctions.refusals import AlreadyEnded, IsMerged, TakenOut
from assent.sanctions.shapes import (
    ClaimIn,
    ClaimOut,
    ClaimTextIn,
    ExhibitIn,
    MadeOut,
    claim_out,
)
from assent.web.api import Items, api_router, problems
from assent.web.requires import ApiCaller, Id, require_id

router: APIRouter = api_router("Targets and listings")


@router.get("/targets/{target}/claims", responses=problems(*IN_CASE))
async def target_claims(visit: ApiCaller, target: Id) -> Items[ClaimOut]:
    """What is claimed of a target, and what shows it."""
    line = await readable(visit, target)
    found = await queries.target_claims(visit.session, line.id)
    return Items(items=[claim_out(claim) for claim in found], next=None)


@router.post(
    "/targets/{target}/claims",
    status_code=201,
    responses=problems(*IN_CASE, IsMerged, TakenOut, Invalid),
)
async def make_claim(visit: ApiCaller, target: Id, wanted: ClaimIn) -> MadeOut:
    """Say something of a target; what speaks for it has a part of its own."""
    made = await claims.make_claim(
        visit.session, visit.caller, require_id(target), **wanted.model_dump()
    )
    return MadeOut(id=made.id)


@router.put(
    "/claims/{claim}/texts/{language}",
    status_code=204,
    responses=problems(*IN_CASE, AlreadyEnded, Invalid),
)
async def translate_claim(visit: ApiCaller, claim: Id, language: str, wanted: ClaimTextIn) -> None:
    """Say a claim in another language, for governments that take requests in it."""
    await claims.translate_claim(
        visit.session, visit.caller, require_id(claim), language, wanted.statement
    )


@router.delete("/claims/{claim}", status_code=204, responses=problems(*IN_CASE, AlreadyEnded))
async def end_claim(visit: ApiCaller, claim: Id) -> None:
    """Take a claim back; it stays on record."""
    await claims.end_claim(visit.session, visit.caller, require_id(claim))


@router.post(
    "/claims/{claim}/exhibits",
    status_code=201,
    responses=problems(*IN_CASE, AlreadyEnded, Invalid),
)
async def add_exhibit(visit: ApiCaller, claim: Id, wanted: ExhibitIn) -> MadeOut:
    """Show a claim."""
    values = wanted.model_dump()
    made = await claims.add_exhibit(
        visit.session,
        visit.caller,
        require_id(claim),
        evidence_id=values.pop("evidence"),
        **values,
    )
    return MadeOut(id=made.id)


@router.delete("/exhibits/{exhibit}", status_code=204, responses=problems(*IN_CASE, AlreadyEnded))
async def end_exhibit(visit: ApiCaller, exhibit: Id) -> None:
    """Take an exhibit out of its claim."""
    await claims.end_exhibit(visit.session, visit.caller, require_id(exhibit))
