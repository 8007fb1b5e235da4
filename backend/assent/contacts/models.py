"""The contact book of a case: authorities, and the people who answer for them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assent.database.models import (
    Base,
    CaseId,
    LedgerIndex,
    OrganisationId,
    PersonId,
    of_same_case,
)


class Authority(Base):
    """A ministry, envoy, mission, parliament or body that can move something in a case, and on whose side it stands."""

    __tablename__ = "authorities"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="authorities_id_case_key"),
        Index("authorities_case_idx", "case_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    side: Mapped[str] = mapped_column(
        comment="home: of a country whose national the person is; detaining: holds the person; third: any other."
    )
    country: Mapped[str | None] = mapped_column(comment="Null for an international body.")
    sort: Mapped[str]
    name: Mapped[str]
    notes: Mapped[str] = mapped_column(server_default=text("''"))
    recorded_by: Mapped[PersonId]
    recorded_at: Mapped[datetime]
    changed_by: Mapped[PersonId]
    changed_at: Mapped[datetime]
    set_aside: Mapped[bool] = mapped_column(server_default=text("false"))
    ledger_index: Mapped[LedgerIndex]


class Contact(Base):
    """Somebody who receives a request or a letter. A text names them in words of its own: what was agreed to does not
    change with the book.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="contacts_id_case_key"),
        of_same_case("contacts_authority_fkey", "authority_id", "authorities"),
        Index("contacts_case_idx", "case_id", "id"),
        Index(
            "contacts_authority_idx",
            "authority_id",
            postgresql_where=text("authority_id IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[CaseId]
    authority_id: Mapped[UUID | None]
    name: Mapped[str]
    office: Mapped[str] = mapped_column(server_default=text("''"))
    address: Mapped[str] = mapped_column(
        server_default=text("''"),
        comment="Where mail reaches them; empty: what is for them is handed over by a person.",
    )
    language: Mapped[str] = mapped_column(
        server_default=text("''"),
        comment="In which they are written to, BCP 47; empty: not known.",
    )
    notes: Mapped[str] = mapped_column(server_default=text("''"))
    visibility: Mapped[str]
    organisation_id: Mapped[OrganisationId | None]
    recorded_by: Mapped[PersonId]
    recorded_at: Mapped[datetime]
    changed_by: Mapped[PersonId]
    changed_at: Mapped[datetime]
    set_aside: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="No longer offered: they have left their office, or nobody should write there.",
    )
    ledger_index: Mapped[LedgerIndex]
