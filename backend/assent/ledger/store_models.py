"""The ledger's rows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, LedgerIndex


class LedgerHead(Base):
    """The length of the log and the time of its last entry; its row lock orders all appends."""

    __tablename__ = "ledger_head"

    only_one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    size: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[datetime]
    held: Mapped[str] = mapped_column(
        server_default=text("''"),
        comment="Why nothing is recorded at present: restored, or behind what was signed; empty: it is open.",
    )


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


class LedgerNode(Base):
    """The tree over the entries: every complete subtree's hash, made once and for ever.

    Leaves are hashed from the entries themselves.
    """

    __tablename__ = "ledger_nodes"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class LedgerKey(Base):
    """The keys this log has been signed with, one after the other, and why each took over."""

    __tablename__ = "ledger_keys"
    __table_args__ = (UniqueConstraint("public_key", name="ledger_keys_public_key_key"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    origin: Mapped[str] = mapped_column(
        comment="The log's name in its checkpoints: given once, whatever address it is served at later."
    )
    public_key: Mapped[bytes]
    reason: Mapped[str]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class LedgerCheckpoint(Base):
    """Signed heads of the log: one for a size, of the tree that stands here, each longer than the last."""

    __tablename__ = "ledger_checkpoints"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes]
    key_number: Mapped[int] = mapped_column(ForeignKey("assent.ledger_keys.number"))
    note: Mapped[str] = mapped_column(
        comment="The signed note (C2SP tlog-checkpoint), without witnesses' lines."
    )
    at: Mapped[datetime]


class LedgerCosignature(Base):
    """What witnesses have cosigned: the line each adds to a checkpoint."""

    __tablename__ = "ledger_cosignatures"
    __table_args__ = (Index("ledger_cosignatures_nth_key", "nth", "size", unique=True),)

    size: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("assent.ledger_checkpoints.size"), primary_key=True
    )
    witness: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[str]
    at: Mapped[datetime]
    nth: Mapped[int] = mapped_column(
        comment="The how-manieth cosignature of its checkpoint it is, counted by the table itself."
    )


class LedgerWitness(Base):
    """How far each witness has followed, and what it answered last: for the administrators' page, no record."""

    __tablename__ = "ledger_witnesses"

    name: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(server_default=text("''"))
