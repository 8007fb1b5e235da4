"""Every "no" of the program, answered where it was asked: on a page, or as a problem document.

The words come from the refusal; nothing here decides anything.
"""

from __future__ import annotations

import logging

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from assent.database.session import Database, act_for
from assent.database.violations import refusal_of
from assent.facts import read_facts
from assent.people.memberships import standing
from assent.publishing.refusals import GateShut
from assent.refusal import Forbidden, Refusal, Unauthenticated
from assent.web.json_body import unreadable
from assent.web.language import translator_for
from assent.web.paths import is_api
from assent.web.problems import (
    Busy,
    problem_of,
    problem_response,
    refusal_of_status,
    refusal_of_validation,
    words_of_call,
)
from assent.web.render import render_refusal
from assent.web.requirements import Translate, gate_document, names_for
from assent.web.requires import as_id, asking
from assent.web.signing_in import ask_to_sign_in

log = logging.getLogger("assent.web")
_AGAIN_IN = {"Retry-After": "5"}


def install_error_answers(app: FastAPI) -> None:
    """Have every error answered in our words; what none of these is, is a fault (`journal`)."""
    for kind in (Refusal, HTTPException, RequestValidationError, DBAPIError, NoConnectionFree):
        app.add_exception_handler(kind, _on_error)


async def refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request with a refusal, from a middleware."""
    response = await answer(Request(scope, receive), refusal)
    await response(scope, receive, send)


async def answer(request: Request, refusal: Refusal) -> Response:
    """Return the answer that says a refusal in the reader's language, in the form they asked in."""
    called = is_api(request.scope["path"])
    translate = words_of_call(request) if called else translator_for(request)
    if isinstance(refusal, GateShut):
        await _tell_requirements(request, refusal, translate)
    headers = _AGAIN_IN if refusal.status in (429, 503) else {}
    if called:
        return problem_response(problem_of(refusal, translate), headers)
    if isinstance(refusal, Unauthenticated):
        return await ask_to_sign_in(request)
    response = await render_refusal(request, refusal)
    response.headers.update(headers)
    return response


async def _on_error(request: Request, error: Exception) -> Response:
    refusal = refusal_from(request, error)
    if refusal is None:
        raise error
    return await answer(request, refusal)


def refusal_from(request: Request, error: Exception) -> Refusal | None:
    """Return what an error says to people; None for a fault of ours."""
    match error:
        case Refusal():
            return error
        case RequestValidationError():
            return unreadable(request.scope) or refusal_of_validation(error)
        case HTTPException():
            return refusal_of_status(error)
        case NoConnectionFree():
            return Busy()
        case DBAPIError():
            return _refusal_of_database(error)
    return None


def _refusal_of_database(error: DBAPIError) -> Refusal | None:
    if (refusal := refusal_of(error)) is not None:
        return refusal
    match error.orig:
        case psycopg.OperationalError() | psycopg.InterfaceError():
            # Away, restarting, overloaded, out of room, or somebody held a lock for too long.
            log.warning("the database did not answer (%s)", type(error.orig).__name__)
            return Busy()
        case psycopg.errors.InsufficientPrivilege():
            # A membership that ended while this was being done: row-level security saw it first.
            log.warning("row-level security refused what a service had allowed")
            return Forbidden()
    return None


async def _tell_requirements(request: Request, refusal: GateShut, translate: Translate) -> None:
    """Put the gate's requirements into the refusal, as this caller may read them."""
    caller, action_id = asking(request), as_id(request.path_params.get("action", ""))
    if caller is None or action_id is None:
        return
    database: Database = request.app.state.database
    async with database.session() as session:
        await act_for(session, caller.person_id)
        facts = (await read_facts(session, [action_id])).get(action_id)
        reader = await standing(session, caller, facts.case_id) if facts else None
        if facts is None or reader is None:
            return
        gate = refusal.gate or facts.status(releaser=caller.person_id)
        names = await names_for(session, reader)
    refusal.gate = gate
    document = gate_document(gate, names, translate)
    refusal.extra |= {"digest": document["digest"], "requirements": document["requirements"]}
