"""Reads of what went out: for members of a case, and for anybody."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.actions.kinds.public_part import canonical_of, public_part
from assent.actions.kinds.public_statement import PublicPicture, public_pictures
from assent.actions.models import Revision
from assent.database.session import acting_as_job
from assent.people.models import SHOWN_NAME, Person
from assent.publishing.models import Delivery, Publication, Retraction

_PAGE = text("select * from assent.published_page(:slug)")
_CASE = text("select case_id from assent.actions where slug = :slug")
_FEED = text("select * from assent.published_recently(:how_many)")


@dataclass(frozen=True)
class Signer:
    """An organisation that signs a statement."""

    slug: str
    name: str
    country: str


@dataclass(frozen=True)
class Statement:
    """A public statement as anybody may read it.

    Attributes:
        digest: of what is public of it; empty once taken back.
        canonical: the bytes whose SHA-256 is `digest`; None once taken back.
        retracted_at: when it was taken back; then nothing else of it is given out.
    """

    slug: str
    digest: str
    canonical: bytes | None
    released_at: datetime
    retracted_at: datetime | None
    signers: tuple[Signer, ...]

    @property
    def pictures(self) -> list[PublicPicture]:
        """What stands below the text."""
        return [] if self.canonical is None else public_pictures(json.loads(self.canonical))

    @property
    def texts(self) -> dict[str, dict[str, Any]]:
        """Title and body by language tag, in the order of the tags."""
        if self.canonical is None:
            return {}
        return dict(json.loads(self.canonical)["languages"])


@dataclass(frozen=True)
class PublicationLine:
    """A publication as members of the case see it."""

    id: UUID
    number: int
    digest: str
    released_by: str
    released_at: datetime
    retracted_at: datetime | None
    cause: str | None


@dataclass(frozen=True)
class DeliveryLine:
    """One recipient of a publication and how far it got."""

    id: UUID
    publication_id: UUID
    recipient: str
    channel: str
    state: str
    changed_at: datetime


async def public_statement(session: AsyncSession, slug: str) -> Statement | None:
    """Return what anybody may read at /s/{slug}; None if nothing was ever published there."""
    row = (await session.execute(_PAGE, {"slug": slug})).one_or_none()
    return None if row is None else _statement(slug, row, row.retracted_at)


async def case_behind(session: AsyncSession, slug: str) -> UUID:
    """Return which case a public address belongs to; told to nobody outside."""
    async with acting_as_job(session):
        return UUID(str((await session.execute(_CASE, {"slug": slug})).scalar_one()))


async def recent_statements(session: AsyncSession, how_many: int = 50) -> list[Statement]:
    """Return the live public statements, newest first."""
    rows = await session.execute(_FEED, {"how_many": how_many})
    return [_statement(row.slug, row, None) for row in rows if row.canonical is not None]


async def publication_lines(session: AsyncSession, action_id: UUID) -> list[PublicationLine]:
    """Return the action's publications, newest first."""
    query = (
        select(
            Publication.id,
            Revision.number,
            Publication.digest,
            SHOWN_NAME,
            Publication.released_at,
            Retraction.retracted_at,
            Retraction.cause,
        )
        .join(Revision, Revision.id == Publication.revision_id)
        .join(Person, Person.id == Publication.released_by)
        .outerjoin(Retraction, Retraction.publication_id == Publication.id)
        .where(Publication.action_id == action_id)
        .order_by(Publication.ledger_index.desc())
    )
    return [PublicationLine(*row) for row in await session.execute(query)]


async def delivery_lines(session: AsyncSession, action_id: UUID) -> list[DeliveryLine]:
    """Return the deliveries of all publications of an action."""
    query = (
        select(
            Delivery.id,
            Delivery.publication_id,
            Delivery.recipient,
            Delivery.channel,
            Delivery.state,
            Delivery.changed_at,
        )
        .join(Publication, Publication.id == Delivery.publication_id)
        .where(Publication.action_id == action_id)
        .order_by(Publication.ledger_index.desc(), Delivery.recipient)
    )
    return [DeliveryLine(*row) for row in await session.execute(query)]


def _statement(slug: str, row: Row[Any], retracted_at: datetime | None) -> Statement:
    """Keep of a row what anybody may read: the rest of the content leaves this function nowhere."""
    signers, canonical = _signers(row.signers), None
    if row.canonical is not None:
        part = public_part(json.loads(row.canonical), [signer.slug for signer in signers])
        canonical = canonical_of(part)
    return Statement(
        slug=slug,
        digest="" if canonical is None else hashlib.sha256(canonical).hexdigest(),
        canonical=canonical,
        released_at=row.released_at,
        retracted_at=retracted_at,
        signers=signers,
    )


def _signers(raw: list[dict[str, str]] | None) -> tuple[Signer, ...]:
    return tuple(Signer(s["slug"], s["name"], s["country"]) for s in raw or ())
