"""Every error is answered where it was asked, in our words, and tells nothing else."""

import gettext
import json
import logging
from typing import Annotated, Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, text

from assent.access import Permission
from assent.database.ids import new_id
from assent.database.session import Database, acting_as_job, present
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.publishing.models import Publication
from assent.web import language, problems
from assent.web.requires import ActionVisit, ApiCaller, Public, Unchecked, api_on_action
from tests.coalition import Coalition
from tests.web.visitors import Visitors

SECRET = "the name of a witness"


@pytest.fixture
def broken(app: FastAPI) -> FastAPI:
    """The application with routes that fail in every way."""

    async def fault(_: Unchecked) -> None:
        raise RuntimeError(SECRET)

    async def commit_fails(visit: ApiCaller) -> dict[str, str]:
        async with acting_as_job(visit.session):
            values = {"id": new_id(), "case_id": new_id()}
            await visit.session.execute(
                text("insert into data_keys values (:id, :case_id, '\\x00', now())"), values
            )
        return {"status": "fine"}

    async def publish_anyway(
        visit: Annotated[ActionVisit, api_on_action(Permission.CASE_READ)],
        revision: UUID,
        digest: str,
    ) -> dict[str, str]:
        await _publish_past_every_check(visit, revision, digest)
        return {"status": "out"}

    async def sql_state(visit: Public, code: str) -> None:
        await visit.session.execute(
            text(f"do $$ begin raise exception '{SECRET}' using errcode = '{code}'; end $$")
        )

    app.add_api_route("/fault", fault)
    app.add_api_route("/api/v1/fault", fault)
    app.add_api_route("/api/v1/commit-fails", commit_fails, methods=["POST"])
    app.add_api_route("/api/v1/publish-anyway/{action}", publish_anyway, methods=["POST"])
    app.add_api_route("/api/v1/sql-state/{code}", sql_state)
    app.add_api_route("/sql-state/{code}", sql_state)
    return app


async def _publish_past_every_check(visit: ActionVisit, revision: UUID, digest: str) -> None:
    """What a service without any rule would write."""
    now = await present(visit.session)
    index = await append(
        visit.session, event=EventKind.PUBLISHED, actor=visit.caller, case_id=visit.case.id,
        action_id=visit.action.id, at=now, body={},
    )  # fmt: skip
    values = {
        "id": new_id(), "action_id": visit.action.id, "case_id": visit.case.id, "revision_id": revision,
        "digest": digest, "gate_version": 1, "idempotency_key": "k", "released_by": visit.caller.person_id,
        "released_at": now, "ledger_index": index,
    }  # fmt: skip
    await visit.session.execute(insert(Publication).values(**values))


def _problem(answer: httpx2.Response, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"/api/docs#problem-{kind}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return dict(problem)


async def test_a_fault_tells_a_reference_and_nothing_else(
    broken: FastAPI, visitors: Visitors, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = await visitors.nobody()
    with caplog.at_level(logging.INFO, logger="assent.web"):
        answer = await nobody.get(f"/api/v1/fault?name={SECRET}")
        page = await nobody.get("/fault")
    problem = _problem(answer, 500, "unexpected")
    assert set(problem) == {"type", "title", "status", "detail", "reference"}
    assert page.status_code == 500
    assert page.headers["content-type"].startswith("text/html")
    assert "content-security-policy" in page.headers
    assert SECRET not in answer.text + page.text
    noted = [record.__dict__["fields"] for record in caplog.records if record.name == "assent.web"]
    fault = next(fields for fields in noted if "kind" in fields)
    assert fault["reference"] == problem["reference"]
    assert fault["kind"] == "RuntimeError"
    assert any("test_errors.py" in line for line in fault["at"])
    assert SECRET not in json.dumps(noted)


async def test_a_commit_that_fails_is_never_a_success(
    broken: FastAPI, visitors: Visitors, coalition: Coalition
) -> None:
    program = await visitors.program(coalition.drafter)
    answer = await program.post("commit-fails")
    assert "fine" not in answer.text
    _problem(answer, 500, "unexpected")


async def test_what_the_database_refuses_at_commit_is_said_like_any_refusal(
    broken: FastAPI, visitors: Visitors, coalition: Coalition
) -> None:
    action = await coalition.a_statement()
    revision = await coalition.revision(action)
    program = await visitors.program(coalition.coordinator)
    answer = await program.post(
        f"publish-anyway/{action}", params={"revision": str(revision.id), "digest": revision.digest}
    )
    problem = _problem(answer, 409, "gate-shut")
    unmet = {r["key"] for r in problem["requirements"] if not r["met"]}
    assert {"consent:family", "clearance:safety_reviewer"} <= unmet
    after = (await program.get(f"actions/{action}")).json()
    assert after["publication"] is None


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03", "57014", "57P01", "53100", "53300"])
async def test_a_passing_trouble_of_the_database_asks_to_come_again(
    broken: FastAPI, visitors: Visitors, code: str
) -> None:
    nobody = await visitors.nobody()
    answer = await nobody.get(f"/api/v1/sql-state/{code}")
    _problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    page = await nobody.get(f"/sql-state/{code}")
    assert page.status_code == 503
    assert int(page.headers["retry-after"]) > 0
    assert SECRET not in answer.text + page.text


async def test_a_right_that_ends_meanwhile_is_a_refusal(
    broken: FastAPI, visitors: Visitors
) -> None:
    nobody = await visitors.nobody()
    _problem(await nobody.get("/api/v1/sql-state/42501"), 403, "not-allowed")


async def test_without_a_database_nothing_pretends(
    app: FastAPI, visitors: Visitors, coalition: Coalition
) -> None:
    program, browser = (
        await visitors.program(coalition.mother),
        await visitors.browser(coalition.mother),
    )
    working = app.state.database
    app.state.database = Database("postgresql+psycopg://nobody@/none?host=/nowhere", pool=1)
    try:
        _problem(await program.get("me"), 503, "unavailable")
        assert (await browser.get("/devices")).status_code == 503
        ready = await browser.get("/readyz")
        assert ready.status_code == 503
        assert int(ready.headers["retry-after"]) > 0
        assert (await browser.get("/healthz")).status_code == 200
    finally:
        await app.state.database.close()
        app.state.database = working
    assert (await program.get("me")).status_code == 200


async def test_unknown_addresses_and_methods_are_problems_too(visitors: Visitors) -> None:
    nobody = await visitors.nobody()
    _problem(await nobody.get("/api/v1/nothing"), 404, "not-found")
    _problem(await nobody.delete("/api/v1/me"), 405, "method-not-allowed")
    page = await nobody.get("/nothing")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")


async def test_nobody_is_asked_for_a_token(visitors: Visitors) -> None:
    nobody = await visitors.nobody()
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer"},
    ):
        answer = await nobody.get("/api/v1/me", headers=headers)
        _problem(answer, 401, "not-signed-in")
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_problem_is_said_in_the_language_asked_for(
    visitors: Visitors, coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Persian(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return f"fa:{message}"

    spoken = {"fa": Persian(), "en": gettext.NullTranslations()}
    monkeypatch.setattr(problems, "catalogue", spoken.__getitem__)
    monkeypatch.setattr(language, "languages", lambda: ("en", "fa"))
    nobody = await visitors.nobody()
    answer = await nobody.get("/api/v1/nothing", headers={"Accept-Language": "fa-IR, en;q=0.5"})
    assert answer.json()["title"].startswith("fa:")
    assert (await nobody.get("/api/v1/nothing")).json()["title"].startswith("There is nothing")
