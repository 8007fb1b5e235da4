"""The application: every room's doors, in one frame."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.middleware import Middleware

from assent import serving
from assent.actions import api as actions_api
from assent.actions import deciding_pages, decisions_api, document_pages, drafts_api, steps_pages
from assent.actions import editor as actions_editor
from assent.actions import pages as actions_pages
from assent.cases import api as cases_api
from assent.cases import (
    arrangement_api,
    family_api,
    family_pages,
    posture_api,
    posture_pages,
    timeline_pages,
)
from assent.cases import pages as cases_pages
from assent.cases import people_pages as case_people_pages
from assent.consents import api as consents_api
from assent.consents import (
    disowning_api,
    disowning_pages,
    files_api,
    files_pages,
    record_pages,
    standing_api,
    standing_pages,
    stop_pages,
    taking_down_api,
    taking_down_pages,
    word_pages,
)
from assent.consents import pages as consents_pages
from assent.contacts import api as contacts_api
from assent.contacts import pages as contacts_pages
from assent.database.session import Database
from assent.diplomacy import api as diplomacy_api
from assent.diplomacy import pages as diplomacy_pages
from assent.erasure import api as erasure_api
from assent.erasure import pages as erasure_pages
from assent.evidence import api as evidence_api
from assent.evidence import pages as evidence_pages
from assent.people import api as people_api
from assent.people import appearance_pages, organisation_api, organisation_pages, passkey_pages
from assent.people import pages as people_pages
from assent.proving import api as proving_api
from assent.proving import demands_pages
from assent.proving import pages as proving_pages
from assent.proving import public as proving_public
from assent.proving.rewinds import shut_if_rewound
from assent.publishing import api as publishing_api
from assent.publishing import (
    file_pages,
    launches_api,
    launches_pages,
    proof_api,
    proof_pages,
    seen_api,
    seen_pages,
    taking_back_api,
    taking_back_pages,
)
from assent.publishing import pages as publishing_pages
from assent.sanctions import api as sanctions_api
from assent.sanctions import claims_api, dossier_api, dossier_pages, screening_api, target_pages
from assent.sanctions import pages as sanctions_pages
from assent.settings import Settings
from assent.tasks import api as tasks_api
from assent.tasks import calendar_pages
from assent.tasks import pages as tasks_pages
from assent.web import health, ledger_api, reference, stream, verify_page
from assent.web.errors import install_error_answers
from assent.web.journal import Journal, write_json_lines
from assent.web.live import Listener
from assent.web.security import (
    CompressPublic,
    HeadersAlone,
    KnownHosts,
    LimitedBody,
    SameSite,
    SecurityHeaders,
)
from assent.web.shutdown import on_stop
from assent.web.static import built_files

API = (
    people_api, organisation_api, cases_api, posture_api, arrangement_api, family_api, standing_api,
    actions_api, drafts_api, decisions_api, consents_api,
    publishing_api, taking_back_api, tasks_api, ledger_api, proving_api, taking_down_api, disowning_api, files_api,
    evidence_api, sanctions_api, claims_api, dossier_api, screening_api, erasure_api,
    launches_api, seen_api, contacts_api, proof_api,
)  # fmt: skip
PAGES = (
    people_pages, appearance_pages, organisation_pages, cases_pages, case_people_pages, actions_pages, actions_editor,
    deciding_pages, consents_pages, record_pages, stop_pages, file_pages, publishing_pages, tasks_pages, proving_public,
    evidence_pages, erasure_pages, taking_back_pages, proving_pages, demands_pages,
    launches_pages, seen_pages, timeline_pages, posture_pages,
    taking_down_pages, disowning_pages, files_pages, word_pages, passkey_pages,
    document_pages, steps_pages, diplomacy_pages, diplomacy_api, contacts_pages, proof_pages,
    sanctions_pages, target_pages, dossier_pages,
    family_pages, standing_pages,
    calendar_pages,
)  # fmt: skip
FRAME = (health, reference, stream, verify_page)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application.

    Args:
        settings: from the environment, unless given; `database_app_url` has to be set, and the
            database to be migrated.
    """
    if settings is None:  # made by the server's own processes, which do nothing else
        settings = Settings()
        write_json_lines(settings.log)
    app = FastAPI(
        title="Assent",
        version="1",
        summary="Nothing goes out without the family's yes.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry={"auto_configure": False},
        lifespan=_lifespan,
        middleware=_middleware(settings),
    )
    app.state.settings = settings
    install_error_answers(app)
    for room in (*API, *PAGES, *FRAME):
        app.include_router(room.router)
    for more in (document_pages, steps_pages, demands_pages):
        app.include_router(more.api)
    app.mount("/static", built_files(), name="static")
    return app


def _middleware(settings: Settings) -> list[Middleware]:
    """Outermost first: whatever answers, a fault too, the answer carries the headers and is noted down."""
    return [
        Middleware(SecurityHeaders, https=settings.secure),
        Middleware(Journal),
        Middleware(KnownHosts, base_url=settings.base_url, further=settings.allowed_hosts),
        Middleware(LimitedBody),
        Middleware(SameSite),
        Middleware(HeadersAlone),
        Middleware(CompressPublic),
    ]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Have keys, policies, database, job queue and listener ready; refuse to start without."""
    settings: Settings = app.state.settings
    if settings.database_app_url is None:
        raise RuntimeError("the application needs ASSENT_DATABASE_APP_URL: `assent serve` sets it")
    book = serving.read_policies(settings)
    url = settings.database_app_url.get_secret_value()
    async with AsyncExitStack() as stack:
        app.state.database = await stack.enter_async_context(serving.at_work(settings, url, book))
        await shut_if_rewound(app.state.database, settings)
        app.state.listener = Listener(url)
        await stack.enter_async_context(app.state.listener.running())
        stack.enter_context(on_stop(app.state.listener.end_streams))
        if settings.run_jobs:
            await stack.enter_async_context(_running_jobs(app.state.database, settings))
        yield


@asynccontextmanager
async def _running_jobs(database: Database, settings: Settings) -> AsyncIterator[None]:
    task = asyncio.create_task(serving.run_jobs(database, settings))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
