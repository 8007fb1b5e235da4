"""What is done after something that was out has been taken back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, LedgerIndex, PersonId, of_same_case


class Copy(Base):
    """Where a publication is known to stand besides our own page: a newspaper, a mirror, somebody's site."""

    __tablename__ = "copies"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="copies_id_case_key"),
        UniqueConstraint("publication_id", "place", name="copies_place_key"),
        of_same_case("copies_publication_fkey", "publication_id", "publications"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    publication_id: Mapped[UUID]
    case_id: Mapped[UUID]
    place: Mapped[str]
    noted_by: Mapped[PersonId]
    noted_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class Telling(Base):
    """That a recipient, or whoever keeps a copy, was told that the text is taken back, and what came of it."""

    __tablename__ = "tellings"
    __table_args__ = (
        of_same_case("tellings_publication_fkey", "publication_id", "publications"),
        of_same_case("tellings_copy_fkey", "copy_id", "copies"),
        ForeignKeyConstraint(
            ["delivery_id"], ["assent.deliveries.id"], name="tellings_delivery_fkey"
        ),
        Index("tellings_publication_idx", "publication_id", "ledger_index"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    publication_id: Mapped[UUID]
    case_id: Mapped[UUID]
    copy_id: Mapped[UUID | None]
    delivery_id: Mapped[UUID | None]
    outcome: Mapped[str] = mapped_column(
        comment="told: they know; removed: it is gone there; stays: they keep it."
    )
    told_by: Mapped[PersonId]
    told_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]
