"""The ledger's rows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, LedgerIndex


class LedgerHead(Base):
    """The length of the log and the time of its last entry; its row lock orders all appends."""

    __tablename__ = "ledger_head"

    only_one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    size: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[datetime]


class LedgerEntry(Base):
    """The log itself: each entry a label and an HMAC of a record under a fresh secret; it shows nothing."""

    __tablename__ = "ledger_entries"

    index: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry: Mapped[bytes]


class DataKey(Base):
    """A case's data key (no case: the instance's own), wrapped by the instance key, which is not in here."""

    __tablename__ = "data_keys"
    __table_args__ = (
        Index("data_keys_case_key", "case_id", unique=True, postgresql_nulls_not_distinct=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("assent.cases.id", deferrable=True, initially="DEFERRED")
    )
    wrapped: Mapped[bytes]
    created_at: Mapped[datetime]


class LedgerRecord(Base):
    """The record and its secret r behind each entry, AES-256-GCM under the case's data key."""

    __tablename__ = "ledger_records"
    __table_args__ = (Index("ledger_records_case_idx", "case_id", "index"),)

    index: Mapped[LedgerIndex] = mapped_column(primary_key=True)
    case_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("assent.cases.id", deferrable=True, initially="DEFERRED")
    )
    action_id: Mapped[UUID | None]
    key_id: Mapped[UUID] = mapped_column(ForeignKey("assent.data_keys.id"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    sealed: Mapped[bytes]
    at: Mapped[datetime]
