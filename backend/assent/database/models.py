"""What all tables have in common."""

from __future__ import annotations

import inspect
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

SCHEMA = "assent"

PersonId = Annotated[UUID, mapped_column(ForeignKey("assent.people.id"))]
OrganisationId = Annotated[UUID, mapped_column(ForeignKey("assent.organisations.id"))]
CaseId = Annotated[UUID, mapped_column(ForeignKey("assent.cases.id"))]
LedgerIndex = Annotated[int, mapped_column(BigInteger, ForeignKey("assent.ledger_entries.index"))]


class Base(DeclarativeBase):
    """A table in the schema `assent`, as the migrations made it; the class's docstring is its comment.

    Checks, triggers and policies stand in the migrations alone.
    """

    metadata = MetaData(
        schema=SCHEMA,
        # The names PostgreSQL gives, so that the migrations need not repeat them.
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        },
    )
    # Row-level security may hide a fresh row from its own RETURNING: nothing is fetched back.
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 (SQLAlchemy reads it from the class)
    type_annotation_map = {  # noqa: RUF012
        str: Text(),
        int: Integer(),
        bytes: LargeBinary(),
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        list[dict[str, Any]]: JSONB(),
        list[str]: ARRAY(Text()),
        list[UUID]: ARRAY(Uuid()),
    }

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if isinstance(cls.__table__, Table):
            cls.__table__.comment = inspect.cleandoc(cls.__doc__ or "").replace("\n", " ")


def of_same_case(name: str, column: str, table: str) -> ForeignKeyConstraint:
    """Return a foreign key that also holds the two rows to one case."""
    return ForeignKeyConstraint(
        [column, "case_id"], [f"{SCHEMA}.{table}.id", f"{SCHEMA}.{table}.case_id"], name=name
    )


def of_revision(name: str) -> ForeignKeyConstraint:
    """Return a foreign key to one revision together with its digest: nothing refers to another text."""
    own = ["revision_id", "digest", "action_id", "case_id"]
    theirs = [f"{SCHEMA}.revisions.{column}" for column in ("id", *own[1:])]
    return ForeignKeyConstraint(own, theirs, name=name)
