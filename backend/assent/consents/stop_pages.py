"""One page from which a relative stops things: taking a yes back, pausing a case, saying what worries them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from assent.access import Permission
from assent.actions.models import Action
from assent.cases.arrangement_wishes import arrangement_in_force
from assent.cases.pauses import standing_pauses
from assent.cases.queries import my_cases
from assent.consents.record import Said, what_i_said
from assent.consents.standing_queries import StandingLine, standing_lines
from assent.consents.taken_down import taken_down_in_my_name
from assent.database.session import present
from assent.gate.facts import YESES
from assent.gate.roles import Role
from assent.people.caller import Caller
from assent.people.memberships import standing
from assent.web.labels import DECISIONS, KINDS
from assent.web.render import render
from assent.web.requires import SignedIn

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Stoppable:
    """A case, and what its reader can stop in it.

    Attributes:
        paused: whether their own side's pause stands.
        actions: id and title of each action a concern can be about.
        in_advance: what its reader can end of what the family agreed to in advance.
    """

    slug: str
    title: str
    can_pause: bool
    can_resume: bool
    paused: bool
    actions: list[tuple[UUID, str]]
    in_advance: list[StandingLine]


@router.get("/stop")
async def stop_page(request: Request, visit: SignedIn) -> Response:
    """Everything I can stop, each with one button."""
    now = await present(visit.session)
    said = await what_i_said(visit.session, visit.caller)
    taken = await taken_down_in_my_name(visit.session, visit.caller)
    by_id = {line.id: line for line in said}
    yeses = standing_yeses(said, now)
    context = {
        "yeses": [line for line in yeses if line.id not in {one.id for one in taken}],
        "taken_down": [(one, by_id[one.id], by_id[one.id] in yeses) for one in taken],
        "cases": await _stoppable(visit.session, visit.caller),
        "kinds": KINDS,
        "decisions": DECISIONS,
    }
    return render(request, "consents/stop.html", context)


def standing_yeses(said: list[Said], now: datetime) -> list[Said]:
    """Return the yeses that hold: the last word on their text, not taken back, not run out.

    What is out can be taken back as long as it has not been, also after the yes ran out.
    """
    last: dict[str, Said] = {}
    for line in said:  # newest first
        last.setdefault(f"{line.action_id}/{line.digest}", line)
    return [
        line
        for line in last.values()
        if line.decision in YESES
        and line.withdrawn_at is None
        and line.contested_at is None
        and (line.expires_at > now or (line.published_at and not line.retracted_at))
    ]


async def _stoppable(session: AsyncSession, caller: Caller) -> list[Stoppable]:
    found = []
    for case in await my_cases(session, caller):
        mine = await standing(session, caller, case.id)
        if mine is None:
            continue
        decides = mine.holds(Role.DECISION_MAKER)
        paused = any(p.by_family == decides for p in await standing_pauses(session, case.id))
        actions = select(Action.id, Action.title).where(Action.case_id == case.id)
        worries = mine.may(Permission.CONCERN_RAISE)
        rows = (await session.execute(actions.order_by(Action.created_at.desc()))).all()
        found.append(
            Stoppable(
                slug=case.slug,
                title=case.title,
                can_pause=mine.may(Permission.CASE_PAUSE) and not paused,
                can_resume=mine.may(Permission.CASE_RESUME) and paused,
                paused=paused,
                actions=[(row.id, row.title) for row in rows] if worries else [],
                in_advance=await _in_advance(session, caller, case.id),
            )
        )
    return found


async def _in_advance(session: AsyncSession, caller: Caller, case_id: UUID) -> list[StandingLine]:
    """What was agreed to in advance and is not over, for those of the family who can end it."""
    held = await arrangement_in_force(session, case_id)
    decides = held is not None and caller.person_id in {one[0] for one in held.decision_makers}
    lines = await standing_lines(session, case_id, caller.person_id)
    return [line for line in lines if not line.over and (decides or line.mine is not None)]
