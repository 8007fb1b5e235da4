"""The API: who speaks for the family, and the changes it agrees to."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.cases.absences import absences_shown
from assent.cases.arrangement_terms import ASKING_EVENTS, GROUNDS, FamilyTerms, terms_of
from assent.cases.arrangement_wishes import (
    ArrangementShown,
    answer_wish,
    shown_arrangement,
    shown_wish,
)
from assent.cases.arrangements import (
    LONGEST_COOLING_OFF_HOURS,
    held_arrangement,
    set_arrangement,
)
from assent.cases.detainee import contact_state, wishes_of
from assent.cases.family_api import DetaineeWishOut
from assent.cases.refusals import NotYoursToAgree, NoWish, TermsAreTheFamilys, UnfitArrangement
from assent.refusal import Forbidden, NotFound
from assent.web.api import Moment, Sent, Waits, Word, api_router, problems
from assent.web.arrangement_words import said_arrangement
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
    stand_in_after_hours: Annotated[int | None, Field(strict=True)] = Field(
        default=None,
        description=(
            "How long somebody is out of reach before an alternate stands in, 1 to 2160. Set by those who decide"
            " alone; left out: as it is in force."
        ),
    )
    asks_again: list[str] | None = Field(
        default=None,
        max_length=20,
        description=(
            f"Kinds of event after which yeses hold only once given again: {', '.join(ASKING_EVENTS)}."
            " Release always asks again. Set by those who decide alone; left out: as it is in force."
        ),
    )
    shows_votes: bool | None = Field(
        default=None,
        description=(
            "Whether relatives see what the others have said. Set by those who decide alone; left out: as it is."
        ),
    )
    grounds: dict[str, str] = Field(
        default={},
        max_length=100,
        description=f"On what ground somebody named speaks, by e-mail address: {', '.join(GROUNDS)}.",
    )
    word: Word = ""
    waits: Waits = False


class ArrangementPart(BaseModel):
    """Who speaks for the family, and how many of them have to say yes."""

    version: int
    rule: str
    quorum: int | None
    decision_makers: list[str]
    alternates: list[str] = Field(description="In the order in which they stand in.")
    cooling_off_hours: int
    stand_in_after_hours: int | None
    asks_again: list[str]
    shows_votes: bool
    grounds: dict[str, str]
    sentences: list[str] = Field(description="The same in plain English.")


class WishOut(ArrangementPart):
    """A change that waits for those who decide so far."""

    agreed: int = Field(description="How many of them have agreed.")
    refused: int = Field(description="How many have refused: one is enough to keep it out.")


class ArrangementOut(ArrangementPart):
    """The family's arrangement in force."""

    wish: WishOut | None = Field(
        description="A change that was recorded and is not in force: those who decide so far have to agree."
    )


class AbsenceOut(BaseModel):
    """Somebody who cannot be reached."""

    id: UUID
    person: str
    since: str
    recorded_at: Moment
    stands_in_from: Moment | None = Field(
        description="From when an alternate may decide in their place; null: the family has set no time."
    )


class WholeArrangementOut(ArrangementOut):
    """The family's arrangement in force, who cannot be reached, and what stands above it."""

    absences: list[AbsenceOut]
    detainee_wishes: list[DetaineeWishOut] = Field(
        description="What the detained person wants, as far as it is known: it stands above all of this."
    )
    incommunicado_since: str | None = Field(
        description="A day, month or year; null: not known to be cut off from everybody."
    )


class WishAnswerIn(Sent):
    """What somebody who decides so far says to a change."""

    version: int
    agrees: bool
    word: Word = ""
    waits: Waits = False


class WishAnswerOut(BaseModel):
    """What came of it."""

    in_force: bool


@router.get("/cases/{case}/family-arrangement", responses=problems(*IN_CASE))
async def family_arrangement(
    visit: Annotated[CaseVisit, api_in_case(Permission.CASE_READ)],
) -> WholeArrangementOut:
    """Who speaks for the family, and how. Told to the family and to coordinators."""
    if not visit.standing.sees_family:
        raise Forbidden
    return await _arrangement_of(visit)


@router.put(
    "/cases/{case}/family-arrangement",
    responses=problems(*IN_CASE, UnfitArrangement, TermsAreTheFamilys, NotYoursToAgree),
)
async def record_family_arrangement(
    visit: Annotated[CaseVisit, api_in_case(Permission.ARRANGEMENT_SET)], wanted: ArrangementIn
) -> WholeArrangementOut:
    """Record who speaks for the family, and how. Everybody it names, or named, is told.

    The first arrangement is in force at once; a later one once those who decide so far have agreed.
    """
    held = await held_arrangement(visit.session, visit.case.id)
    await set_arrangement(
        visit.session,
        visit.caller,
        visit.case.id,
        wanted.rule,
        wanted.quorum,
        wanted.decision_makers,
        wanted.alternates,
        wanted.cooling_off_hours,
        terms=_terms(wanted, terms_of(held)),
        grounds=wanted.grounds,
        word=wanted.word,
        waits=wanted.waits,
    )
    return await _arrangement_of(visit)


def _terms(wanted: ArrangementIn, held: FamilyTerms) -> FamilyTerms:
    """What is left out stays as it is in force."""
    sent = wanted.model_fields_set
    return FamilyTerms(
        wanted.stand_in_after_hours
        if "stand_in_after_hours" in sent
        else held.stand_in_after_hours,
        held.asks_again if wanted.asks_again is None else tuple(wanted.asks_again),
        held.shows_votes if wanted.shows_votes is None else wanted.shows_votes,
    )


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
        visit.session, visit.caller, visit.case.id, said.version,
        agrees=said.agrees, word=said.word, waits=said.waits,
    )  # fmt: skip
    return WishAnswerOut(in_force=in_force)


async def _arrangement_of(visit: CaseVisit) -> WholeArrangementOut:
    session, case_id = visit.session, visit.case.id
    found = await shown_arrangement(session, visit.caller, case_id)
    if found is None:
        raise NotFound(detail="No arrangement has been recorded yet.")
    wish = await shown_wish(session, visit.caller, case_id)
    state = await contact_state(session, case_id)
    return WholeArrangementOut(
        **_part(found),
        absences=[
            AbsenceOut.model_validate(absence, from_attributes=True)
            for absence in await absences_shown(session, case_id, found)
        ],
        detainee_wishes=[
            DetaineeWishOut.model_validate(one, from_attributes=True)
            for one in await wishes_of(session, case_id)
        ],
        incommunicado_since=state.since if state and state.incommunicado else None,
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
        "stand_in_after_hours": shown.terms.stand_in_after_hours,
        "asks_again": list(shown.terms.asks_again),
        "shows_votes": shown.terms.shows_votes,
        "grounds": {
            email: shown.grounds.get(person, "next_of_kin")
            for person, _, email in (*shown.decision_makers, *shown.alternates)
        },
        "sentences": said_arrangement(shown),
    }
