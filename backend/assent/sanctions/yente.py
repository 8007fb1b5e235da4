"""Asking a matching service that speaks yente's protocol: POST /match/{dataset}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx2
import orjson

from assent.sanctions.entities import Entity
from assent.sanctions.refusals import ScreeningAway

_SECONDS = 20.0
_MOST = 20
LARGEST_ANSWER = 4 * 1024 * 1024


async def ask(address: str, dataset: str, key: str | None, entity: Entity) -> list[dict[str, Any]]:
    """Return the service's candidates as it sends them: id, caption, schema, properties, score, features.

    Only name, dates, countries and gender are told: what else we know of a target is nobody's business.

    Raises:
        ScreeningAway: it does not answer, refuses, or answers otherwise than the protocol says.
    """
    told = ("name", "alias", "birthDate", "nationality", "country", "gender")
    properties = {name: list(entity.values(name)) for name in told if entity.values(name)}
    query = {"queries": {"target": {"schema": entity.schema, "properties": properties}}}
    headers = {"Authorization": f"ApiKey {key}"} if key else {}
    url = f"{address.rstrip('/')}/match/{quote(dataset, safe='')}"
    try:
        async with (
            httpx2.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client,
            client.stream(
                "POST", url, params={"limit": _MOST}, json=query, headers=headers
            ) as answer,
        ):
            if answer.status_code != 200:
                raise ScreeningAway
            body = b""
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LARGEST_ANSWER:
                    raise ScreeningAway
        return _results(body)
    except httpx2.HTTPError as error:
        raise ScreeningAway from error


def _results(body: bytes) -> list[dict[str, Any]]:
    try:
        answer = orjson.loads(body)["responses"]["target"]
        if answer.get("status", 200) != 200:
            raise ScreeningAway
        results = answer["results"]
        return [dict(found) for found in results if _is_candidate(found)][:_MOST]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ScreeningAway from error


def _is_candidate(found: object) -> bool:
    return (
        isinstance(found, Mapping)
        and isinstance(found.get("id"), str)
        and isinstance(found.get("properties"), Mapping)
        and isinstance(found.get("score"), int | float)
    )
