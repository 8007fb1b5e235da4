"""Targets, what is claimed of them, where they are listed, and requests being prepared."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import Base, CaseId, LedgerIndex, PersonId, of_same_case


class OfCase:
    """A row with an id, in a case."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]


class Made:
    """Who recorded it, when, and with which entry of the ledger."""

    made_by: Mapped[PersonId]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class Ended:
    """Who took it back, when, and with which entry; nobody so far where it is empty."""

    ended_by: Mapped[PersonId | None]
    ended_at: Mapped[datetime | None]
    end_ledger_index: Mapped[LedgerIndex | None]


class Target(Base):
    """A FollowTheMoney entity of a case: a perpetrator or beneficiary, a post, or a link between two."""

    __tablename__ = "targets"
    __table_args__ = (
        UniqueConstraint("case_id", "entity_id", name="targets_entity_key"),
        UniqueConstraint("id", "case_id", name="targets_id_case_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    entity_id: Mapped[str] = mapped_column(
        comment="Its id in FollowTheMoney JSON; of this case alone, so that no id tells of another case."
    )
    made_by: Mapped[PersonId | None]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class TargetEnd(Made, Base):
    """A target or link that was recorded by mistake: it stays on record and goes nowhere any more."""

    __tablename__ = "target_ends"
    __table_args__ = (of_same_case("target_ends_target_fkey", "target_id", "targets"),)

    target_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]


class TargetVersion(Base):
    """What a target's entity says; the highest number is in force, earlier ones stay."""

    __tablename__ = "target_versions"
    __table_args__ = (
        UniqueConstraint("target_id", "number", name="target_versions_number_key"),
        of_same_case("target_versions_target_fkey", "target_id", "targets"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    target_id: Mapped[UUID]
    case_id: Mapped[UUID]
    number: Mapped[int]
    entity: Mapped[dict[str, Any]]
    caption: Mapped[str]
    made_by: Mapped[PersonId | None]
    at: Mapped[datetime]
    ledger_index: Mapped[LedgerIndex]


class TargetMerge(OfCase, Made, Base):
    """Two targets that are one; undone, both are there again as they were."""

    __tablename__ = "target_merges"
    __table_args__ = (
        of_same_case("target_merges_kept_fkey", "kept_id", "targets"),
        of_same_case("target_merges_merged_fkey", "merged_id", "targets"),
        Index(
            "target_merges_standing_key",
            "merged_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    kept_id: Mapped[UUID]
    merged_id: Mapped[UUID]
    added: Mapped[dict[str, Any]] = mapped_column(
        comment="The properties that came to the one that was kept: what an undo takes back."
    )
    undone_by: Mapped[PersonId | None]
    undone_at: Mapped[datetime | None]
    undo_ledger_index: Mapped[LedgerIndex | None]


class TargetCopy(OfCase, Made, Base):
    """One target in two cases: known to those alone who are in both."""

    __tablename__ = "target_copies"
    __table_args__ = (
        of_same_case("target_copies_target_fkey", "target_id", "targets"),
        ForeignKeyConstraint(
            ["copy_id", "copy_case_id"],
            ["assent.targets.id", "assent.targets.case_id"],
            name="target_copies_copy_fkey",
            ondelete="CASCADE",  # the other case may be erased
        ),
    )

    target_id: Mapped[UUID]
    copy_case_id: Mapped[UUID]
    copy_id: Mapped[UUID]


class Claim(OfCase, Made, Ended, Base):
    """One thing said of a target: an abuse, a link to it, assets, or what speaks for them."""

    __tablename__ = "claims"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="claims_id_case_key"),
        of_same_case("claims_target_fkey", "target_id", "targets"),
        Index("claims_target_idx", "target_id"),
    )

    target_id: Mapped[UUID]
    part: Mapped[str]
    statement: Mapped[str]
    category: Mapped[str] = mapped_column(
        server_default=text("''"), comment="Of an abuse its legal category, of a link its kind."
    )
    happened_on: Mapped[str] = mapped_column(server_default=text("''"))
    place: Mapped[str] = mapped_column(server_default=text("''"))


class ClaimText(OfCase, Made, Base):
    """A claim in another language in which a government takes requests; the latest of a language counts."""

    __tablename__ = "claim_texts"
    __table_args__ = (
        of_same_case("claim_texts_claim_fkey", "claim_id", "claims"),
        Index("claim_texts_claim_idx", "claim_id", "language", "ledger_index"),
    )

    claim_id: Mapped[UUID]
    language: Mapped[str]
    statement: Mapped[str]


class Exhibit(OfCase, Made, Ended, Base):
    """What shows a claim: a page anybody can read, or evidence whose source agrees government by government."""

    __tablename__ = "exhibits"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="exhibits_id_case_key"),
        of_same_case("exhibits_claim_fkey", "claim_id", "claims"),
        of_same_case("exhibits_evidence_fkey", "evidence_id", "evidence"),
        Index("exhibits_claim_idx", "claim_id"),
    )

    claim_id: Mapped[UUID]
    title: Mapped[str]
    tier: Mapped[str] = mapped_column(
        comment="primary: document or victim's testimony; official: of the UN, a court or a government; "
        "credible: of a known organisation or press; single_source: one alone."
    )
    source: Mapped[str] = mapped_column(
        server_default=text("''"),
        comment="How the source is to be described; never a protected name.",
    )
    address: Mapped[str] = mapped_column(server_default=text("''"))
    evidence_id: Mapped[UUID | None]
    confidential: Mapped[bool]
    quote: Mapped[str] = mapped_column(
        server_default=text("''"),
        comment="The words of the exhibit itself, in the language they were said in.",
    )
    quote_language: Mapped[str] = mapped_column(server_default=text("''"))
    translation: Mapped[str] = mapped_column(
        server_default=text("''"), comment="The same words in English, where they are not."
    )


class Listing(OfCase, Made, Base):
    """What became of a target in one jurisdiction. The latest counts; earlier ones are its history."""

    __tablename__ = "listings"
    __table_args__ = (
        of_same_case("listings_target_fkey", "target_id", "targets"),
        of_same_case("listings_evidence_fkey", "evidence_id", "evidence"),
        Index("listings_target_idx", "target_id", "ledger_index"),
    )

    target_id: Mapped[UUID]
    jurisdiction: Mapped[str]
    status: Mapped[str]
    happened_on: Mapped[date | None] = mapped_column(
        comment="The day of the status itself; the days beside it fall apart in real campaigns."
    )
    adopted_on: Mapped[date | None]
    submitted_on: Mapped[date | None]
    effective_on: Mapped[date | None]
    announced_on: Mapped[date | None]
    published_on: Mapped[date | None]
    reference: Mapped[str] = mapped_column(server_default=text("''"))
    address: Mapped[str] = mapped_column(server_default=text("''"))
    note: Mapped[str] = mapped_column(server_default=text("''"))
    evidence_id: Mapped[UUID | None] = mapped_column(
        comment="The document that says so, where its file was brought in."
    )


class Dossier(OfCase, Made, Base):
    """A request for measures being prepared: the parts its jurisdiction asks for beyond the evidence base."""

    __tablename__ = "dossiers"
    __table_args__ = (
        UniqueConstraint("action_id", name="dossiers_action_key"),
        of_same_case("dossiers_action_fkey", "action_id", "actions"),
        of_same_case("dossiers_target_fkey", "target_id", "targets"),
        Index("dossiers_target_idx", "target_id"),
    )

    action_id: Mapped[UUID]
    target_id: Mapped[UUID]
    jurisdiction: Mapped[str]
    answers: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    saved_by: Mapped[PersonId]
    saved_at: Mapped[datetime]


class Screening(OfCase, Made, Base):
    """What a list said when a target was looked for in it: candidates with reasons, decided by a person."""

    __tablename__ = "screenings"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="screenings_id_case_key"),
        of_same_case("screenings_target_fkey", "target_id", "targets"),
        Index("screenings_target_idx", "target_id", "ledger_index"),
    )

    target_id: Mapped[UUID]
    source: Mapped[str]
    dataset: Mapped[str]
    candidates: Mapped[list[dict[str, Any]]]


class ScreeningDecision(OfCase, Made, Base):
    """Whether a candidate is the target: a person's word, the latest counts."""

    __tablename__ = "screening_decisions"
    __table_args__ = (
        of_same_case("screening_decisions_screening_fkey", "screening_id", "screenings"),
        Index("screening_decisions_screening_idx", "screening_id", "ledger_index"),
    )

    screening_id: Mapped[UUID]
    entity_id: Mapped[str]
    decision: Mapped[str]
    note: Mapped[str] = mapped_column(server_default=text("''"))


class Watchlist(Base):
    """A data set of entities loaded from a file; whole, or not at all."""

    __tablename__ = "watchlists"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[str]
    entities: Mapped[int] = mapped_column(BigInteger)
    loaded_at: Mapped[datetime]


class WatchlistEntity(Base):
    """One entity of a list, and the keys its names are found by."""

    __tablename__ = "watchlist_entities"
    __table_args__ = (Index("watchlist_entities_keys_idx", "keys", postgresql_using="gin"),)

    watchlist_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity_id: Mapped[str] = mapped_column(primary_key=True)
    keys: Mapped[list[str]]
    entity: Mapped[dict[str, Any]]
