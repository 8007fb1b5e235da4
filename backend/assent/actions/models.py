"""Actions, their texts, and what the coalition says of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import (
    Base,
    CaseId,
    LedgerIndex,
    OrganisationId,
    PersonId,
    of_revision,
    of_same_case,
)


class GateBook(Base):
    """Each gates.yaml that was ever in force; the highest version is. Only the owner role loads one."""

    __tablename__ = "gate_books"

    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    digest: Mapped[str]
    loaded_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


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
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="actions_id_case_key"),
        UniqueConstraint("slug", name="actions_slug_key"),
        Index("actions_case_idx", "case_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    kind: Mapped[str]
    title: Mapped[str]
    visibility: Mapped[str]
    organisation_id: Mapped[OrganisationId] = mapped_column(
        comment="The lead organisation: the one whose drafter began it."
    )
    author_id: Mapped[PersonId]
    slug: Mapped[str | None] = mapped_column(
        comment="Its address on the public site; given at the first publication, never changed."
    )
    created_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class Revision(Base):
    """An immutable version of an action's content. Null content: erased, while the digest stands."""

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("id", "digest", "action_id", "case_id", name="revisions_id_digest_key"),
        UniqueConstraint("action_id", "number", name="revisions_number_key"),
        of_same_case("revisions_action_fkey", "action_id", "actions"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    number: Mapped[int]
    canonical: Mapped[bytes | None] = mapped_column(
        comment="RFC 8785 canonical JSON of everything anybody will see; the digest is its SHA-256."
    )
    digest: Mapped[str]
    content: Mapped[dict[str, Any] | None] = mapped_column(
        comment="The same as JSON, for reading; filled by a trigger."
    )
    author_id: Mapped[PersonId]
    contributors: Mapped[list[UUID]] = mapped_column(
        server_default=text("'{}'"),
        comment="Others whose saved text went into this revision: writers too, where writers may not clear.",
    )
    created_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class Draft(Base):
    """What each writer has typed and not yet put forward: one for each person, so nobody overwrites another."""

    __tablename__ = "drafts"
    __table_args__ = (of_same_case("drafts_action_fkey", "action_id", "actions"),)

    action_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    person_id: Mapped[PersonId] = mapped_column(primary_key=True)
    form: Mapped[dict[str, Any]]
    based_on: Mapped[UUID | None]
    contributors: Mapped[list[UUID]] = mapped_column(server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    saved_at: Mapped[datetime]


class Clearance(Base):
    """A recorded yes or no of an organisation or reviewer to one content digest. The latest word counts."""

    __tablename__ = "clearances"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="clearances_id_case_key"),
        UniqueConstraint("ledger_index", name="clearances_ledger_index_key"),
        of_revision("clearances_revision_fkey"),
        Index("clearances_action_idx", "action_id", "ledger_index"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    digest: Mapped[str]
    person_id: Mapped[PersonId]
    role: Mapped[str]
    organisation_id: Mapped[OrganisationId | None]
    decision: Mapped[str]
    note: Mapped[str] = mapped_column(server_default=text("''"))
    risks: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"),
        comment="What could go wrong, in plain words for the family, by language; written by the safety reviewer.",
    )
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class Concern(Base):
    """A relative's concern or a safety reviewer's hold: the case's gates stay shut until it is answered."""

    __tablename__ = "concerns"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="concerns_id_case_key"),
        of_same_case("concerns_action_fkey", "action_id", "actions"),
        Index("concerns_case_idx", "case_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    kind: Mapped[str]
    text: Mapped[str]
    raised_by: Mapped[PersonId]
    raised_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class ConcernAnswer(Base):
    """The coordinator's answer to a concern, or the reviewer's lifting of a hold."""

    __tablename__ = "concern_answers"
    __table_args__ = (of_same_case("concern_answers_concern_fkey", "concern_id", "concerns"),)

    concern_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    text: Mapped[str]
    answered_by: Mapped[PersonId]
    answered_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class ProcedureStep(Base):
    """How far a filing has come, on which day: deadlines follow. Of two records of one step the later counts."""

    __tablename__ = "procedure_steps"
    __table_args__ = (
        of_same_case("procedure_steps_action_fkey", "action_id", "actions"),
        Index("procedure_steps_action_idx", "action_id", "ledger_index"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    action_id: Mapped[UUID]
    case_id: Mapped[UUID]
    step: Mapped[str]
    happened_on: Mapped[date]
    recorded_by: Mapped[PersonId]
    recorded_at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]
