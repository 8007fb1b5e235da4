"""The ledger's rows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base


class LedgerHead(Base):
    """The length of the log and the time of its last entry; its row lock orders all appends."""

    __tablename__ = "ledger_head"

    only_one: Mapped[bool] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[datetime]


class LedgerEntry(Base):
    """The log itself: "assent/leaf/v1\n" and HMAC-SHA256 of a record under a fresh secret. It shows nothing by itself."""

    __tablename__ = "ledger_entries"

    index: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry: Mapped[bytes]


class DataKey(Base):
    """A case's data key (case_id null: the instance's own), wrapped by the instance key, which the database never holds."""

    __tablename__ = "data_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID | None]
    wrapped: Mapped[bytes]
    created_at: Mapped[datetime]


class LedgerRecord(Base):
    """The record and its secret r behind each entry, AES-256-GCM under the case's data key."""

    __tablename__ = "ledger_records"

    index: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("assent.ledger_entries.index"), primary_key=True
    )
    case_id: Mapped[UUID | None]
    action_id: Mapped[UUID | None]
    key_id: Mapped[UUID] = mapped_column(ForeignKey("assent.data_keys.id"))
    version: Mapped[int]
    sealed: Mapped[bytes]
    at: Mapped[datetime]
