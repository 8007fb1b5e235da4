"""The page of who has seen what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from assent.access import Permission
from assent.people.organisations import organisations_in_case
from assent.publishing.seen import PUBLIC, who_has_seen_what
from assent.refusal import N_
from assent.web.labels import DELIVERIES, KINDS
from assent.web.render import render
from assent.web.requires import CaseVisit, in_case

router = APIRouter(include_in_schema=False)
WAYS = {
    "page": N_("on the public page"),
    "mail": N_("by mail"),
    "by_hand": N_("by hand"),
    "copy": N_("a copy elsewhere"),
}
STATES = {**DELIVERIES, "out": N_("is out"), "retracted": N_("taken back")}


@router.get("/cases/{case}/seen")
async def seen_page(
    request: Request, visit: Annotated[CaseVisit, in_case(Permission.CASE_READ)]
) -> Response:
    """Which text went to whom, and what can no longer be called back."""
    context = {
        "case": visit.case,
        "texts": await who_has_seen_what(visit.session, visit.case.id),
        "organisations": await organisations_in_case(visit.session, visit.case.id),
        "kinds": KINDS,
        "ways": WAYS,
        "states": STATES,
        "anybody": PUBLIC,
    }
    return render(request, "publishing/seen.html", context)
