"""Actions, their texts, and what the coalition says of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base


class GateBook(Base):
    """Each gates.yaml that was ever in force; the highest version is. Only the owner role loads one."""

    __tablename__ = "gate_books"

    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    digest: Mapped[str]
    loaded_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class GateRule(Base):
    """The gate of each kind, as the triggers read it. A gate without family consent is no gate."""

    __tablename__ = "gate_rules"

    version: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("assent.gate_books.version"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[dict[str, Any]]


class Action(Base):
    """One thing the coalition may do. Its state is derived from what is on record, never stored."""

    __tablename__ = "actions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("assent.cases.id"))
    kind: Mapped[str]
    title: Mapped[str]
    visibility: Mapped[str]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("assent.organisations.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    slug: Mapped[str | None]
    created_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class Revision(Base):
    """An immutable version of an action's content. Null content: erased, while the digest stands."""

    __tablename__ = "revisions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    number: Mapped[int]
    canonical: Mapped[bytes | None]
    digest: Mapped[str]
    content: Mapped[dict[str, Any] | None]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    contributors: Mapped[list[UUID]]
    created_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class Draft(Base):
    """What each writer has typed and not yet put forward: one for each person, so nobody overwrites another."""

    __tablename__ = "drafts"

    action_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"), primary_key=True)
    form: Mapped[dict[str, Any]]
    based_on: Mapped[UUID | None]
    contributors: Mapped[list[UUID]]
    version: Mapped[int]
    saved_at: Mapped[datetime]


class Clearance(Base):
    """A recorded yes or no of an organisation or reviewer to one content digest. The latest word counts."""

    __tablename__ = "clearances"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    digest: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    role: Mapped[str]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("assent.organisations.id"))
    decision: Mapped[str]
    note: Mapped[str]
    risks: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class Concern(Base):
    """A relative's concern or a safety reviewer's hold: the case's gates stay shut until it is answered."""

    __tablename__ = "concerns"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    kind: Mapped[str]
    text: Mapped[str]
    raised_by: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    raised_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))


class ConcernAnswer(Base):
    """The coordinator's answer to a concern, or the reviewer's lifting of a hold."""

    __tablename__ = "concern_answers"

    concern_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    text: Mapped[str]
    answered_by: Mapped[UUID] = mapped_column(ForeignKey("assent.people.id"))
    answered_at: Mapped[datetime]
    ledger_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))
