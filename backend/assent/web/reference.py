"""The API's reference: the OpenAPI document, and a page of it that asks no other server for anything."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from itertools import groupby
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response

from assent.refusal import Refusal
from assent.web.problems import CHALLENGE, MEDIA_TYPE
from assent.web.render import render
from assent.web.requires import Unchecked
from assent.web.schema_lines import call_lines

router = APIRouter(include_in_schema=False)
_SCHEME = "token"
_OF_BODIES = ("413", "415", "422")
_BRIEFLY_CACHED = {"Cache-Control": "public, max-age=300"}
_INTRODUCTION = """\
Everything people do on Assent's pages, for programs. Send the bearer token that `assent token EMAIL` prints:
`Authorization: Bearer assent_…`. What is not yours to see answers 404, as if it did not exist.

Times are RFC 3339 in UTC. Lists answer `{items, next}`; send `next` as `cursor` for the following part.
Problems are RFC 9457 documents (`application/problem+json`) in the language of Accept-Language, their `type` stable.
A text is agreed to by its content digest: the SHA-256 of its canonical JSON (RFC 8785), which every revision carries.
"""


@router.get("/api/openapi.json")
async def openapi_document(request: Request, _: Unchecked) -> JSONResponse:
    """The OpenAPI document."""
    return JSONResponse(document_of(request.app), headers=_BRIEFLY_CACHED)


@router.get("/api/docs")
async def page(request: Request, _: Unchecked) -> Response:
    """The same as a page."""
    document = document_of(request.app)
    lines = [call_lines(document, *operation) for operation in operations_of(document)]
    context = {
        "document": document,
        "calls": [(tag, list(calls)) for tag, calls in groupby(lines, lambda call: call.tag)],
        "problems": sorted(_kinds(Refusal), key=lambda kind: kind.type),
    }
    return render(request, "api/reference.html", context, headers=_BRIEFLY_CACHED)


@cache
def document_of(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an application."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=_INTRODUCTION,
        routes=app.routes,
    )
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes[_SCHEME] = {"type": "http", "scheme": "bearer", "description": CHALLENGE}
    document["security"] = [{_SCHEME: []}]
    for _, _, operation in operations_of(document):
        _as_answered(operation)
    return document


def operations_of(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return path, method and description of every call."""
    return [
        (path, method.upper(), operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict) and "responses" in operation
    ]


def _as_answered(operation: dict[str, Any]) -> None:
    """Say what is really answered: errors as problem documents, and none that need a body without one."""
    asks = any(p["in"] == "query" for p in operation.get("parameters", []))
    for status, response in list(operation["responses"].items()):
        if (
            status in _OF_BODIES
            and "requestBody" not in operation
            and not (status == "422" and asks)
        ):
            del operation["responses"][status]
        elif int(status) < HTTPStatus.BAD_REQUEST:
            response["description"] = "Done."
            if len(response.get("content", {})) > 1:  # a file: the kinds it may have, and no JSON
                response["content"].pop("application/json", None)
        else:
            # A route that answers with a file or a text describes its problems under that type.
            own = next(kind for kind in response["content"] if kind != MEDIA_TYPE)
            described = response["content"].pop(own)
            response["content"].setdefault(MEDIA_TYPE, {})["schema"] = described["schema"]


def _kinds(kind: type[Refusal]) -> set[type[Refusal]]:
    """Return a refusal's class and all derived from it, one for each type."""
    found = {kind.type: kind}
    for derived in kind.__subclasses__():
        found |= {k.type: k for k in _kinds(derived)}
    return set(found.values())
