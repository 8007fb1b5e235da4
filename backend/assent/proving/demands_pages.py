"""How many witnesses a case wants, in pages and by program."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from assent.access import Permission
from assent.proving.demands import DemandInForce, demand_of, demand_witnesses
from assent.proving.refusals import TooFewWitnesses, TooManyWitnesses
from assent.refusal import N_, Forbidden, Invalid, NotFound, Refusal
from assent.web.api import Moment, Sent, api_router, problems
from assent.web.attempts import attempt
from assent.web.language import language_of, translate_refusal
from assent.web.render import render
from assent.web.requires import CaseVisit, api_in_case, in_case

router = APIRouter(include_in_schema=False)
api: APIRouter = api_router("Witnesses")
Reading = Annotated[CaseVisit, in_case(Permission.LEDGER_READ)]
Setting = Annotated[CaseVisit, in_case(Permission.WITNESSES_DEMAND)]
_MOST = 99


@router.get("/cases/{case}/witnesses")
async def demand_page(request: Request, visit: Reading) -> Response:
    """How many witnesses this case wants."""
    return await _drawn(request, visit)


@router.post("/cases/{case}/witnesses")
async def demand(
    request: Request,
    visit: Setting,
    needed: Annotated[str, Form()] = "",
    before_release: Annotated[bool, Form()] = False,
) -> Response:
    """Say how many."""
    try:
        async with attempt(visit.session):
            await demand_witnesses(
                visit.session,
                visit.caller,
                visit.case.id,
                _number(needed),
                before_release=before_release,
            )
    except Refusal as refusal:
        return await _drawn(request, visit, refusal, needed, before_release=before_release)
    return RedirectResponse(f"/cases/{visit.case.slug}/witnesses", 303)


async def _drawn(
    request: Request,
    visit: CaseVisit,
    refusal: Refusal | None = None,
    needed: str | None = None,
    *,
    before_release: bool | None = None,
) -> Response:
    held = await demand_of(visit.session, visit.case.id)
    said = translate_refusal(refusal, language_of(request)) if refusal else ""
    context = {
        "case": visit.case,
        "held": held,
        "needed": held.needed if needed is None else needed,
        "before_release": held.before_release if before_release is None else before_release,
        "may_set": visit.standing.may(Permission.WITNESSES_DEMAND),
        "errors": [(refusal.field or "", said)] if refusal else [],
    }
    status = refusal.status if refusal else 200
    return render(request, "proving/demand.html", context, status=status)


def _number(text: str) -> int:
    digits = text.strip()
    if not digits.isdecimal() or len(digits) > 2:
        raise Invalid(N_("Give a whole number."), field="needed")
    return int(digits)


class DemandIn(Sent):
    """How many witnesses a case wants."""

    needed: int = Field(ge=0, le=_MOST, description="Cosignatures that make a receipt complete.")
    before_release: bool = Field(
        description="Whether nothing goes out before so many have seen all that it rests on."
    )


class DemandOut(BaseModel):
    """What a case wants of the witnesses."""

    named: int = Field(description="How many witnesses there are.")
    least: int = Field(description="How many the operator wants at the least.")
    needed: int = Field(description="Cosignatures that make a receipt complete.")
    before_release: bool
    until_release: int = Field(
        description="How many it takes at present before anything goes out; 0: none."
    )
    eased_at: Moment | None = Field(
        description="When less is enough, where a stricter demand still counts for a day."
    )


@api.get("/cases/{case}/witnesses", responses=problems(NotFound, Forbidden))
async def read_demand(
    visit: Annotated[CaseVisit, api_in_case(Permission.LEDGER_READ)],
) -> DemandOut:
    """How many witnesses have to have seen this case's records."""
    return _out(await demand_of(visit.session, visit.case.id))


@api.put(
    "/cases/{case}/witnesses",
    responses=problems(NotFound, Forbidden, TooManyWitnesses, TooFewWitnesses),
)
async def set_demand(
    visit: Annotated[CaseVisit, api_in_case(Permission.WITNESSES_DEMAND)], wanted: DemandIn
) -> DemandOut:
    """Say how many. More counts at once, less a day later."""
    held = await demand_witnesses(
        visit.session,
        visit.caller,
        visit.case.id,
        wanted.needed,
        before_release=wanted.before_release,
    )
    return _out(held)


def _out(held: DemandInForce) -> DemandOut:
    return DemandOut(**asdict(held))
