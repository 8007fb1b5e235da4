"""The API: who speaks for the family, and the changes it agrees to."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.cases.arrangement_wishes import (
    ArrangementShown,
    answer_wish,
    arrangement_in_force,
    open_wish,
)
from assent.cases.arrangements import LONGEST_COOLING_OFF_HOURS, set_arrangement
from assent.cases.refusals import NotYoursToAgree, NoWish, UnfitArrangement
from assent.refusal import Forbidden, NotFound
from assent.web.api import Sent, api_router, problems
from assent.web.requires import CaseVisit, api_in_case

router: APIRouter = api_router("Family arrangement")
IN_CASE = (NotFound, Forbidden)


class ArrangementIn(Sent):
    """Who speaks for the family, and how many of them have to say yes."""

    rule: str = Field(description="one, any, all or quorum.", examples=["any"])
    quorum: Annotated[int | None, Field(strict=True)] = None
    decision_makers: list[str] = Field(description="E-mail addresses.", max_length=100)
    alternates: list[str] = Field(default=[], max_length=100)
    cooling_off_hours: int = Field(
        default=0,
        ge=0,
        le=LONGEST_COOLING_OFF_HOURS,
        description="How long the family sleeps over its yes before anything goes out.",
    )


class ArrangementPart(BaseModel):
    """Who speaks for the family, and how many of them have to say yes."""

    version: int
    rule: str
    quorum: int | None
    decision_makers: list[str]
    alternates: list[str]
    cooling_off_hours: int


class WishOut(ArrangementPart):
    """A change that waits for those who decide so far."""

    agreed: int = Field(description="How many of them have agreed.")
    refused: int = Field(description="How many have refused: one is enough to keep it out.")


class ArrangementOut(ArrangementPart):
    """The family's arrangement in force."""

    wish: WishOut | None = Field(
        description="A change that was recorded and is not in force: those who decide so far have to agree."
    )


class WishAnswerIn(Sent):
    """What somebody who decides so far says to a change."""

    version: int
    agrees: bool


class WishAnswerOut(BaseModel):
    """What came of it."""

    in_force: bool


@router.get("/cases/{case}/family-arrangement", responses=problems(*IN_CASE))
async def family_arrangement(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)],
) -> ArrangementOut:
    """Who speaks for the family, and how. Told to the family and to coordinators."""
    if not visit.standing.sees_family:
        raise Forbidden
    return await _arrangement_of(visit)


@router.put("/cases/{case}/family-arrangement", responses=problems(*IN_CASE, UnfitArrangement))
async def record_family_arrangement(
    visit: Annotated[CaseVisit, api_in_case(Permission.ARRANGEMENT_SET)], wanted: ArrangementIn
) -> ArrangementOut:
    """Record who speaks for the family, and how. Everybody it names, or named, is told.

    The first arrangement is in force at once; a later one once those who decide so far have agreed.
    """
    await set_arrangement(
        visit.session,
        visit.caller,
        visit.case.id,
        wanted.rule,
        wanted.quorum,
        wanted.decision_makers,
        wanted.alternates,
        wanted.cooling_off_hours,
    )
    return await _arrangement_of(visit)


@router.post(
    "/cases/{case}/family-arrangement/answer",
    status_code=201,
    responses=problems(*IN_CASE, NoWish, NotYoursToAgree),
)
async def answer_family_arrangement(
    visit: Annotated[CaseVisit, api_in_case(Permission.CONSENT_DECIDE)], said: WishAnswerIn
) -> WishAnswerOut:
    """Agree to a change of the family's arrangement, or refuse it."""
    in_force = await answer_wish(
        visit.session, visit.caller, visit.case.id, said.version, agrees=said.agrees
    )
    return WishAnswerOut(in_force=in_force)


async def _arrangement_of(visit: CaseVisit) -> ArrangementOut:
    found = await arrangement_in_force(visit.session, visit.case.id)
    if found is None:
        raise NotFound(detail="No arrangement has been recorded yet.")
    wish = await open_wish(visit.session, visit.case.id)
    return ArrangementOut(
        **_part(found),
        wish=WishOut(**_part(wish.arrangement), agreed=len(wish.agreed), refused=len(wish.refused))
        if wish
        else None,
    )


def _part(shown: ArrangementShown) -> dict[str, Any]:
    return {
        "version": shown.version,
        "rule": shown.rule,
        "quorum": shown.quorum,
        "decision_makers": [email for _, _, email in shown.decision_makers],
        "alternates": [email for _, _, email in shown.alternates],
        "cooling_off_hours": shown.cooling_off_hours,
    }
