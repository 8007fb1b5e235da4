"""Every route says what it requires: nobody can add one and forget."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount

from assent.settings import Settings
from assent.web.app import create_app
from assent.web.requires import OpenToAll, Requires, RequiresSomebody
from assent.web.static import BuiltFiles

# The only routes that are no functions of ours: files of the build, the same for everybody.
MOUNTED = {"/static": BuiltFiles}

# What anybody may call without being signed in. A path is added here on purpose, or not at all.
OPEN_TO_ALL = {
    "/healthz", "/readyz", "/api/docs", "/api/openapi.json",
    "/ledger/checkpoint", "/ledger/tile/{path:path}",
    "/s/{slug}", "/verify",
    "/s/{slug}.json", "/s/{slug}.pdf", "/s/{slug}.docx", "/s/{slug}.png", "/s/{slug}/pictures/{sha256}", "/feed.atom",
    "/calendar/{token}.ics",
    "/sign-in", "/sign-in/with/{organisation}", "/sign-in/with/{organisation}/callback",
    "/sign-in/passkey", "/sign-in/passkey/options",
    "/link/{token}", "/sign-out", "/language/{tag}", "/languages", "/leave",
}  # fmt: skip


def routes_of(app: FastAPI) -> Iterator[BaseRoute]:
    for context in iter_route_contexts(app.routes):
        yield context.original_route


def required(dependant: Dependant) -> Iterator[Requires]:
    for dependency in dependant.dependencies:
        call: object = dependency.call
        if isinstance(call, Requires):
            yield call
        yield from required(dependency)


def undeclared(app: FastAPI) -> list[str]:
    found = []
    for route in routes_of(app):
        if isinstance(route, APIRoute):
            if not any(required(route.dependant)):
                found.append(route.path)
        elif not (isinstance(route, Mount) and isinstance(route.app, MOUNTED.get(route.path, ()))):
            found.append(str(route))
    return found


def _app() -> FastAPI:
    return create_app(Settings())


def test_every_route_declares_what_it_requires() -> None:
    app = _app()
    assert len([r for r in routes_of(app) if isinstance(r, APIRoute)]) > 40
    assert undeclared(app) == []


def test_a_route_that_declares_nothing_is_found_wherever_it_hides() -> None:
    app = _app()
    inner, outer = APIRouter(), APIRouter(prefix="/outer")

    async def forgotten() -> None: ...

    async def plain(_: Request) -> Response:
        return Response()

    inner.get("/forgotten")(forgotten)
    outer.include_router(inner)
    app.include_router(outer)
    app.add_api_route("/plain", forgotten)
    app.add_route("/starlette", plain)
    app.add_api_websocket_route("/socket", forgotten)
    app.mount("/other", FastAPI())
    found = " ".join(undeclared(app))
    for path in ("/forgotten", "/plain", "/starlette", "/socket", "/other"):
        assert path in found


def test_only_the_listed_routes_are_open_to_all() -> None:
    open_routes = {
        route.path
        for route in routes_of(_app())
        if isinstance(route, APIRoute)
        and not any(_knows_somebody(r) for r in required(route.dependant))
    }
    assert open_routes <= OPEN_TO_ALL


def test_the_api_takes_tokens_only_and_pages_take_sessions_only() -> None:
    for route in routes_of(_app()):
        if isinstance(route, APIRoute):
            kinds = {r.by for r in required(route.dependant) if isinstance(r, RequiresSomebody)}
            expected = {"token"} if route.path.startswith("/api/v1/") else {"session"}
            assert kinds <= expected, route.path
            assert not route.path.startswith("/api/v1/") or kinds == {"token"}


def _knows_somebody(requirement: Any) -> bool:
    return isinstance(requirement, RequiresSomebody) and not isinstance(requirement, OpenToAll)
