"""What the page of an action shows of the family's side and of what went out, as its reader may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from assent.actions.queries import latest_revision
from assent.consents.queries import AnswerLine, ConsentLine, answer_lines, asked, consent_lines
from assent.publishing.queries import (
    DeliveryLine,
    PublicationLine,
    delivery_lines,
    publication_lines,
)
from assent.web.requires import ActionVisit


@dataclass(frozen=True)
class FamilySide:
    """The family's decisions, for those who see them.

    Attributes:
        sees: whether the reader sees more than that the family has, or has not, said yes.
        asked: when each decision maker was asked about the latest text.
    """

    sees: bool
    consents: list[ConsentLine]
    answers: list[AnswerLine]
    asked: dict[UUID, datetime]


@dataclass(frozen=True)
class Outside:
    """What went out of an action."""

    publications: list[PublicationLine]
    deliveries: list[DeliveryLine]


async def family_side(visit: ActionVisit) -> FamilySide:
    """Return the family's decisions on an action, for its reader."""
    if not visit.standing.sees_family:
        return FamilySide(False, [], [], {})
    consents = await consent_lines(visit.session, visit.action.id)
    questions = [c.id for c in consents if c.decision == "question"]
    revision = await latest_revision(visit.session, visit.action.id)
    return FamilySide(
        True,
        consents,
        await answer_lines(visit.session, questions),
        await asked(visit.session, revision.id) if revision else {},
    )


async def outside(visit: ActionVisit) -> Outside:
    """Return what went out of an action, and to whom."""
    return Outside(
        await publication_lines(visit.session, visit.action.id),
        await delivery_lines(visit.session, visit.action.id),
    )
