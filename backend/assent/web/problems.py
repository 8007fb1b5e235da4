"""Refusals as RFC 9457 problem documents, and how they are described in the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from assent.language import catalogue
from assent.refusal import N_, Invalid, NotFound, Refusal
from assent.web.language import preferred

MEDIA_TYPE = "application/problem+json"
_DESCRIBED_AT = "/api/docs#problem-"
CHALLENGE = 'Bearer realm="assent"'


def words_of_call(request: Request) -> Callable[[str], str]:
    """Return gettext in the language a call to the API asks for: English unless it says otherwise."""
    return catalogue(preferred(request.headers.get("accept-language", ""))).gettext


class WrongMethod(Refusal):
    """The address exists, and this is not done there."""

    type = "method-not-allowed"
    status = 405
    title = N_("This cannot be done at this address.")


class TooLarge(Refusal):
    """More bytes than any request of ours needs."""

    type = "too-large"
    status = 413
    title = N_("This is too large: at most 3 MB can be sent at once.")
    advice = N_("Shorten the text, or send it in parts.")


class HeaderMissing(Refusal):
    """A header this call cannot do without."""

    type = "header-missing"
    status = 400
    title = N_("A header is missing that this call needs.")


class NotJson(Refusal):
    """A body that does not say it is JSON."""

    type = "not-json"
    status = 415
    title = N_("Send JSON, and say so: Content-Type: application/json.")


class Busy(Refusal):
    """The database is away, overloaded or out of room: nothing was recorded."""

    type = "unavailable"
    status = 503
    title = N_("Assent cannot be reached just now.")
    advice = N_("Nothing was recorded. Please try again in a minute.")


class Unexpected(Refusal):
    """A fault of ours; the reference finds it in the logs, and nothing else is told."""

    type = "unexpected"
    status = 500
    title = N_("Something went wrong on our side. Nothing was recorded.")

    def __init__(self, reference: str) -> None:
        super().__init__(
            N_("If it happens again, tell the operator this reference: {reference}."),
            extra={"reference": reference},
            reference=reference,
        )


class Problem(BaseModel):
    """Why something was not done (RFC 9457). Further members may be added."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(
        description="Which kind of problem, for programs.", examples=["/api/docs#problem-not-found"]
    )
    title: str = Field(
        description="The same in a sentence.", examples=["There is nothing here for you."]
    )
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(description="What is the matter in this case, and what to do about it.")


class FieldProblem(BaseModel):
    """One field that does not fit."""

    field: str = Field(description="Where, such as `content.languages.en.title`.")
    detail: str


class InvalidProblem(Problem):
    """What was sent does not fit; `field` is the first place, `errors` all of them where known."""

    field: str | None = None
    errors: list[FieldProblem] | None = None


def problem_of(refusal: Refusal, translate: Callable[[str], str] = str) -> dict[str, Any]:
    """Return the problem document of a refusal, in the reader's language."""
    sentences = [
        refusal.detail_text(translate),
        translate(refusal.advice) if refusal.advice else "",
    ]
    title = translate(refusal.title)
    document: dict[str, Any] = {
        "type": _DESCRIBED_AT + refusal.type,
        "title": title,
        "status": refusal.status,
        "detail": " ".join(filter(None, sentences)) or title,
    }
    if refusal.field:
        document["field"] = refusal.field
    return document | refusal.extra


def problem_response(
    document: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """Return a problem document as a response; a broken character in it breaks nothing."""
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace")
    further = dict(headers or {})
    if document["status"] == HTTPStatus.UNAUTHORIZED:
        further["WWW-Authenticate"] = CHALLENGE
    return Response(body, status_code=document["status"], media_type=MEDIA_TYPE, headers=further)


def refusal_of_validation(error: RequestValidationError) -> Refusal:
    """Return what is wrong with a request that does not fit its description."""
    first, *_ = errors = error.errors()
    if first["loc"] == ("body",) and isinstance(first.get("input"), bytes):
        return NotJson()
    if first["loc"][0] == "path":
        return NotFound()  # what has no fit address does not exist
    if first["type"] == "missing" and first["loc"][0] == "header":
        header = str(first["loc"][-1])
        return HeaderMissing(N_("Send {header}."), field=header, header=header)
    places = [{"field": _place(e["loc"]), "detail": str(e["msg"])} for e in errors]
    return Invalid(
        "{problem}",
        field=places[0]["field"],
        extra={"errors": places},
        problem="; ".join(f"{p['field']}: {p['detail']}" for p in places),
    )


def refusal_of_status(error: HTTPException) -> Refusal:
    """Return what the framework itself refuses in our own words."""
    known: dict[int, Callable[[], Refusal]] = {404: NotFound, 405: WrongMethod, 413: TooLarge}
    if (make := known.get(error.status_code)) is not None:
        return make()
    refusal = Refusal()
    refusal.status = error.status_code
    return refusal


def described(
    *refusals: type[Refusal], gate: type[BaseModel] | None = None
) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of the problems a route may answer with.

    Args:
        refusals: what it may refuse.
        gate: the model of a 409 that carries requirements.
    """
    by_status: dict[int, list[type[Refusal]]] = {}
    for refusal in dict.fromkeys(refusals):
        by_status.setdefault(refusal.status, []).append(refusal)
    return {status: _response(status, kinds, gate) for status, kinds in sorted(by_status.items())}


def _response(
    status: int, kinds: Iterable[type[Refusal]], gate: type[BaseModel] | None
) -> dict[str, Any]:
    kinds = list(kinds)
    model: type[BaseModel] = (
        InvalidProblem if status == HTTPStatus.UNPROCESSABLE_ENTITY else Problem
    )
    if status == HTTPStatus.CONFLICT and gate is not None:
        model = gate
    examples = {kind.type: {"value": problem_of(kind())} for kind in kinds}
    return {
        "model": model,
        "description": " · ".join(kind.title for kind in kinds),
        "content": {MEDIA_TYPE: {"examples": examples}},
    }


def _place(location: Iterable[int | str]) -> str:
    """("body", "audience", 0) → audience[0]"""
    parts = [part for part in location if part not in ("body", "query", "path", "header")]
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text or "body"
