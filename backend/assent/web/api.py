"""What the API of every room shares: its router, its forms of times, lists and people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from assent.ledger.store import as_utc
from assent.refusal import N_, Invalid, Refusal, Unauthenticated
from assent.web.json_body import MalformedJson, StrictRoute
from assent.web.problems import Busy, NotJson, TooLarge, described
from assent.web.requires import as_id
from assent.web.security import UnknownHost

PREFIX = "/api/v1"
MOST_ITEMS = 200
_USUAL_ITEMS = 50
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


_EVERYWHERE = (UnknownHost, MalformedJson, Unauthenticated, TooLarge, NotJson, Invalid, Busy)


def problems(
    *refusals: type[Refusal], gate: type[BaseModel] | None = None
) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of what a route may refuse, what every route does included.

    Args:
        gate: the model of a conflict that carries a gate's requirements.
    """
    return described(*_EVERYWHERE, *refusals, gate=gate)


Word = Annotated[
    str, Field(max_length=200, description="A word of one's own; kept and shown nowhere.")
]
Waits = Annotated[bool, Field(description="Whether a yes counts only once it is said again.")]


def api_router(name: str) -> APIRouter:
    """Return a router for one room's part of the API.

    Args:
        name: heading in the reference.
    """

    def operation_id(route: APIRoute) -> str:
        return f"{name}-{route.name}".lower().replace(" ", "-").replace("_", "-")

    return APIRouter(
        prefix=PREFIX,
        route_class=StrictRoute,
        tags=[name],
        responses=problems(),
        generate_unique_id_function=operation_id,
    )


def _text_of(pattern: re.Pattern[str], example: str) -> Any:
    def check(value: object) -> object:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise PydanticCustomError("form", "Write it as {example}", {"example": example})
        return value

    return check


# A time comes with its zone, and goes out in UTC; a number is no time.
MomentIn = Annotated[
    datetime,
    BeforeValidator(_text_of(_MOMENT, "2026-12-01T09:00:00Z")),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-12-01T09:00:00Z"]}),
]
Moment = Annotated[
    datetime,
    PlainSerializer(as_utc, return_type=str),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-12-01T09:00:00.000000Z"]}
    ),
]
DayIn = Annotated[
    date,
    BeforeValidator(_text_of(_DAY, "2026-12-01")),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-12-01"]}),
]
DayOut = Annotated[
    date, WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-12-01"]})
]
Digest = Annotated[
    str,
    Field(
        description="Content digest of a revision: SHA-256 over its canonical JSON (RFC 8785), 64 hexadecimal digits.",
        examples=["5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"],
    ),
]


class Sent(BaseModel):
    """What a caller sends: a member we do not know is refused, lest it is believed to count."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Sent):
    """An empty object."""


class Words(Sent):
    """A few words."""

    text: str


class SomebodyOut(BaseModel):
    """A person as the caller may see them: relatives are `family` to those outside the family."""

    person: str | None
    organisation: str | None = Field(description="Short name; null for the family.")


Item = TypeVar("Item")


class Items(BaseModel, Generic[Item]):
    """One part of a list."""

    items: list[Item]
    next: str | None = Field(description="Send it as `cursor` for the next part; null at the end.")


Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="At most so many items.")]
Cursor = Annotated[str | None, Query(description="`next` of the part before.")]
USUAL_ITEMS = _USUAL_ITEMS


class BadCursor(Invalid):
    """A cursor that no list of ours gave out."""

    type = "unknown-cursor"
    title = N_("This cursor does not belong to this list.")


def id_cursor(cursor: str | None) -> UUID | None:
    """Return the id after which a list goes on.

    Raises:
        BadCursor
    """
    if cursor is None:
        return None
    if (key := as_id(cursor)) is None:
        raise BadCursor(field="cursor")
    return key


def cut(rows: Sequence[Any], limit: int) -> tuple[Sequence[Any], Any | None]:
    """Return the first `limit` rows, and the last of them if there are more."""
    return (rows[:limit], rows[limit - 1]) if len(rows) > limit else (rows, None)
