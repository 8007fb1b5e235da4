"""Reads of launches: the readiness board, what a rehearsal shows, what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent import gates
from assent.actions.models import Action, Revision
from assent.contacts.recipients import mail_address
from assent.database.session import acting_as_job
from assent.facts import ActionFacts, read_shown_facts
from assent.gate.evaluate import GateStatus
from assent.people.models import Organisation
from assent.publishing.launch_models import (
    Launch,
    LaunchAction,
    LaunchAnswer,
    LaunchMoment,
    LaunchOutcome,
)
from assent.publishing.launch_rule import Part
from assent.publishing.recipients import recipients_of
from assent.publishing.sources import sources_against

_RELATIVE = text("select assent.reads_as_relative()")
_REDUCIBLE = text("select assent.launch_reducible(:id, :moment)")
_OWN_WORD = text("select assent.launch_own_word(:id, :moment)")
ENDS = ("released", "reduced", "cancelled")


@dataclass(frozen=True)
class Goes:
    """Where one text would go.

    Attributes:
        recipient: as it is approved; "public" for the public page.
        channel: page, mail or by_hand.
    """

    recipient: str
    channel: str


@dataclass(frozen=True)
class BoardLine:
    """One action on the readiness board.

    Attributes:
        status: its gate's answer; None where no gate is declared for its kind any more.
        goes: exactly where it would go.
    """

    id: UUID
    title: str
    kind: str
    organisation: str
    country: str
    part: Part
    status: GateStatus | None
    digest: str | None
    languages: tuple[str, ...]
    goes: tuple[Goes, ...]


@dataclass(frozen=True)
class Board:
    """A launch with everything that decides whether it goes out.

    Attributes:
        lines: the actions the reader may see.
        hidden: how many there are besides.
        reducible: whether the family agreed that the rest goes out without what may not.
        relative: whether the reader is of the family: theirs is not to read from an outcome whose yes did not count.
    """

    launch: Launch
    moment: LaunchMoment
    outcomes: tuple[LaunchOutcome, ...]
    lines: tuple[BoardLine, ...]
    hidden: int
    reducible: bool
    relative: bool = False

    @property
    def over(self) -> bool:
        """Whether it is out, or was called off."""
        return any(outcome.outcome in ENDS for outcome in self.outcomes)

    @property
    def state(self) -> str:
        """The latest outcome, `planned` before any and again once a new moment is set."""
        latest = self.outcomes[-1] if self.outcomes else None
        if latest is None or (latest.moment < self.moment.number and not self.over):
            return "planned"
        return latest.outcome


async def current_moment(session: AsyncSession, launch_id: UUID) -> LaunchMoment:
    """Return the moment in force."""
    query = (
        select(LaunchMoment)
        .where(LaunchMoment.launch_id == launch_id)
        .order_by(LaunchMoment.number.desc())
        .limit(1)
    )
    return (await session.scalars(query)).one()


async def outcomes_of(session: AsyncSession, launch_id: UUID) -> list[LaunchOutcome]:
    """Return what became of a launch at each of its moments, oldest first."""
    query = select(LaunchOutcome).where(LaunchOutcome.launch_id == launch_id)
    return list(await session.scalars(query.order_by(LaunchOutcome.ledger_index)))


async def is_over(session: AsyncSession, launch_id: UUID) -> bool:
    """Whether a launch is out, or was called off."""
    return any(outcome.outcome in ENDS for outcome in await outcomes_of(session, launch_id))


async def is_reducible(session: AsyncSession, launch_id: UUID, at: datetime) -> bool:
    """Whether the family has agreed that the rest goes out without what may not, at this moment or about it.

    What it said of another moment counts no more: it is asked again.
    """
    values = {"id": launch_id, "moment": at}
    return bool((await session.execute(_REDUCIBLE, values)).scalar_one())


async def own_answer(session: AsyncSession, launch_id: UUID, at: datetime) -> bool | None:
    """Return what the reader has said to a reduced launch at a moment; None: nothing that holds then."""
    values = {"id": launch_id, "moment": at}
    found: bool | None = (await session.execute(_OWN_WORD, values)).scalar_one()
    return found


async def has_answered(session: AsyncSession, launch_id: UUID, person_id: UUID) -> bool:
    """Whether somebody ever said anything to a reduced launch, at whatever moment."""
    query = select(LaunchAnswer.id).where(
        LaunchAnswer.launch_id == launch_id, LaunchAnswer.person_id == person_id
    )
    return (await session.scalars(query.limit(1))).one_or_none() is not None


async def case_launches(
    session: AsyncSession, case_id: UUID, *, after: UUID | None = None, limit: int = 100
) -> list[Launch]:
    """Return the launches of a case, oldest first."""
    query = select(Launch).where(Launch.case_id == case_id).order_by(Launch.id).limit(limit)
    if after is not None:
        query = query.where(Launch.id > after)
    return list(await session.scalars(query))


async def board_of(session: AsyncSession, launch: Launch, *, releaser: UUID | None = None) -> Board:
    """Read a launch with the gate of each of its actions, as they stand now.

    Args:
        releaser: who would let it go; None: whoever set its moment.
    """
    moment = await current_moment(session, launch.id)
    query = (
        select(Action, Organisation.name, Organisation.country)
        .join(LaunchAction, LaunchAction.action_id == Action.id)
        .join(Organisation, Organisation.id == Action.organisation_id)
        .where(LaunchAction.launch_id == launch.id)
        .order_by(Action.id)
    )
    rows = (await session.execute(query)).all()
    ids = [row[0].id for row in rows]
    facts = await read_shown_facts(session, ids)
    statuses = statuses_of(facts, releaser or moment.set_by)
    contents = await _contents(session, facts)
    against = await kept_by_sources(session, facts)
    async with acting_as_job(session):
        members = select(LaunchAction.action_id).where(LaunchAction.launch_id == launch.id)
        everything = len(list(await session.scalars(members)))
    return Board(
        launch=launch,
        moment=moment,
        outcomes=tuple(await outcomes_of(session, launch.id)),
        lines=tuple(
            BoardLine(
                id=action.id,
                title=action.title,
                kind=action.kind,
                organisation=organisation,
                country=country,
                part=part_of(
                    facts[action.id], statuses.get(action.id), against=action.id in against
                ),
                status=statuses.get(action.id),
                digest=facts[action.id].facts.digest,
                languages=tuple(facts[action.id].facts.languages),
                goes=_goes(contents.get(action.id)),
            )
            for action, organisation, country in rows
        ),
        hidden=everything - len(rows),
        reducible=await is_reducible(session, launch.id, moment.at),
        relative=bool((await session.execute(_RELATIVE)).scalar_one()),
    )


def statuses_of(facts: Mapping[UUID, ActionFacts], releaser: UUID) -> dict[UUID, GateStatus]:
    """Evaluate the gate of each action whose kind still has one."""
    declared = gates.current().book.kinds
    return {
        action_id: found.status(releaser=releaser)
        for action_id, found in facts.items()
        if found.facts.kind in declared
    }


async def kept_by_sources(session: AsyncSession, facts: Mapping[UUID, ActionFacts]) -> set[UUID]:
    """Return the actions that attach what its source keeps from the government they go to."""
    latest = {a: UUID(f.facts.revision) for a, f in facts.items() if f.facts.revision}
    return {a for a, revision in latest.items() if await sources_against(session, revision)}


def part_of(found: ActionFacts, status: GateStatus | None, *, against: bool = False) -> Part:
    """Return how one action of a launch stands.

    Args:
        against: whether a source keeps what it attaches from the government it goes to.
    """
    published = found.publication
    latest = published is not None and published.revision == found.facts.revision
    if published is not None and latest:
        out = published.retracted_at is None
        return Part(found.action_id, out, () if out else ("retracted",))
    if status is None:
        return Part(found.action_id, out=False, missing=("gate",))
    missing = tuple(r.key for r in status.requirements if not r.met) if not status.open else ()
    return Part(found.action_id, out=False, missing=(*missing, "source") if against else missing)


async def _contents(
    session: AsyncSession, facts: Mapping[UUID, ActionFacts]
) -> dict[UUID, dict[str, Any]]:
    latest = [UUID(f.facts.revision) for f in facts.values() if f.facts.revision]
    query = select(Revision.action_id, Revision.content).where(Revision.id.in_(latest))
    return {action: content or {} for action, content in await session.execute(query)}


def _goes(content: dict[str, Any] | None) -> tuple[Goes, ...]:
    if content is None:
        return ()
    page = (Goes("public", "page"),) if content.get("audience") == "public" else ()
    told = recipients_of(content) if "audience" in content else []
    return (*page, *(Goes(r, "mail" if mail_address(r) else "by_hand") for r in told))
