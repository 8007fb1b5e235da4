"""JSON as the API takes it: UTF-8, no key twice, no NaN, no broken character, not too deep.

What cannot be read is refused only after it is settled who is asking and whether they may: a
stranger's broken JSON answers 401, not 400. Until then the refusal waits in the request's scope.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Scope

from assent.refusal import N_, Invalid, Refusal

_DEEPEST = 64
_BROKEN = re.compile("[\0\ud800-\udfff]")
_WAITING = "assent.unreadable"


class MalformedJson(Refusal):
    """The body is no JSON that could be read in one way only."""

    type = "malformed-json"
    status = 400
    title = N_("This is not JSON that can be read.")


class BrokenText(Invalid):
    """A text holds a character that cannot be kept."""

    type = "unfit-text"
    title = N_("A text contains a character that cannot be kept.")
    advice = N_("Please type it again.")


class StrictRequest(Request):
    """A request whose JSON is read strictly."""

    async def json(self) -> Any:
        """Return the body's value; for what cannot be read, a list, which fits no description of ours."""
        try:
            return read_json(await self.body())
        except Refusal as refusal:
            self.scope[_WAITING] = refusal
            return []


class StrictRoute(APIRoute):
    """A route of the API: its body is strict JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, given a strict request."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return handle_strictly


def unreadable(scope: Scope) -> Refusal | None:
    """Return what is wrong with the body of this request, if it could not be read."""
    waiting = scope.get(_WAITING)
    return waiting if isinstance(waiting, Refusal) else None


def read_json(body: bytes) -> Any:
    """Read strict JSON.

    Raises:
        MalformedJson: saying why.
        BrokenText: naming the field.
    """
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_members, parse_constant=_no_such_number
        )
    except UnicodeDecodeError as error:
        raise MalformedJson(N_("It is not UTF-8.")) from error
    except json.JSONDecodeError as error:
        raise MalformedJson(N_("Its form breaks at character {place}."), place=error.pos) from error
    except (ValueError, RecursionError) as error:
        raise MalformedJson(N_("A number is out of range, or it is nested too deeply.")) from error
    _check(value, "", 0)
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise MalformedJson(N_("The key {key} stands twice in one object."), key=key)
        members[key] = value
    return members


def _no_such_number(name: str) -> None:
    raise ValueError(name)


def _check(value: object, place: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise MalformedJson(N_("It is nested too deeply."))
    match value:
        case str():
            if _BROKEN.search(value):
                raise BrokenText(field=place or "body")
        case list():
            for position, item in enumerate(value):
                _check(item, f"{place}[{position}]", depth + 1)
        case dict():
            for key, item in value.items():
                _check(key, place, depth + 1)
                _check(item, f"{place}.{key}" if place else key, depth + 1)
        case _:
            return
