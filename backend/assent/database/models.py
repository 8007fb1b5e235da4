"""What all tables have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, LargeBinary, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase

SCHEMA = "assent"


class Base(DeclarativeBase):
    """A table in the schema `assent`, as the migrations made it.

    Constraints, triggers and policies stand in the migrations alone; the models say names and types.
    """

    metadata = MetaData(schema=SCHEMA)
    # Row-level security may hide a fresh row from its own RETURNING: nothing is fetched back.
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 (SQLAlchemy reads it from the class)
    type_annotation_map = {  # noqa: RUF012
        str: Text(),
        int: Integer(),
        bytes: LargeBinary(),
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        list[str]: ARRAY(Text()),
        list[UUID]: ARRAY(Uuid()),
    }
