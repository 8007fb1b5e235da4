"""What stands around the rooms: probes, built files, the reference, the journal, strict JSON."""

import json
import logging
import re

import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from assent import gates
from assent.gate.rules import GateBook
from assent.web.assets import asset, manifest
from assent.web.journal import JsonLines, fault_fields
from assent.web.json_body import BrokenText, MalformedJson, read_json
from tests.coalition import Coalition
from tests.conftest import Place
from tests.web.visitors import Visitors


async def test_alive_and_ready_are_two_things(app: FastAPI, visitors: Visitors) -> None:
    nobody = await visitors.nobody()
    assert (await nobody.get("/healthz")).text == "ok"
    assert (await nobody.get("/readyz")).text == "ready"


async def test_not_ready_under_other_gates(app: FastAPI, visitors: Visitors, place: Place) -> None:
    book = gates.current().book
    fewer = GateBook({"public_statement": book.rule("public_statement")})
    engine = create_async_engine(place.owner_url)
    async with AsyncSession(engine) as session, session.begin():
        await gates.load_gate_book(session, fewer)
    await engine.dispose()
    nobody = await visitors.nobody()
    answer = await nobody.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready: other gates are in force")
    assert (await nobody.get("/healthz")).status_code == 200


async def test_not_ready_at_another_version(
    app: FastAPI, visitors: Visitors, owner_dsn: str
) -> None:
    with psycopg.connect(owner_dsn) as owner:
        owner.execute("update public.alembic_version set version_num = '0000'")
    nobody = await visitors.nobody()
    assert (await nobody.get("/readyz")).text == "not ready: the database is at another version"


async def test_built_files_are_cached_for_ever(visitors: Visitors) -> None:
    nobody = await visitors.nobody()
    for name in manifest():
        answer = await nobody.get(asset(name))
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in (
        "/static/",
        "/static/../package.json",
        "/static/%2e%2e/package.json",
        "/static/none.js",
    ):
        assert (await nobody.get(path)).status_code == 404


async def test_the_reference_asks_nobody_else_for_anything(visitors: Visitors) -> None:
    nobody = await visitors.nobody()
    page = await nobody.get("/api/docs")
    assert page.status_code == 200
    assert re.findall(r'(?:src|href|action)="(?!/|#)[^"]*"', page.text) == []
    assert "<script" not in page.text
    assert "POST /api/v1/actions/{action}/publication" in page.text
    anchors = set(re.findall(r'id="(problem-[^"]+)"', page.text))
    assert anchors >= set(re.findall(r'href="#(problem-[^"]+)"', page.text))
    document = (await nobody.get("/api/openapi.json")).json()
    for kind in re.findall(r"/api/docs#(problem-[a-z-]+)", json.dumps(document)):
        assert kind in anchors


async def test_the_journal_notes_ids_and_no_words(
    visitors: Visitors, coalition: Coalition, caplog: pytest.LogCaptureFixture
) -> None:
    action = await coalition.a_statement()
    program, nobody = await visitors.program(coalition.drafter), await visitors.nobody()
    with caplog.at_level(logging.INFO, logger="assent.web"):
        await program.get(f"actions/{action}?search=Teheran", headers={"X-Note": "Teheran"})
        await program.get("cases/teacher")
        await nobody.get("/link/a-secret-token")
        await nobody.get("/no/such/path")
    lines = [r.__dict__["fields"] for r in caplog.records if r.name == "assent.web"]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "/api/v1/actions/{action}", 200),
        ("GET", "/api/v1/cases/{case}", 200),
        ("GET", "/link/{token}", 410),
        ("GET", "?", 404),
    ]
    assert lines[0]["action"] == str(action)
    assert all(re.fullmatch("[0-9a-f]{12}", line["reference"]) for line in lines)
    noted = "".join(
        JsonLines().format(record) for record in caplog.records if record.name == "assent.web"
    )
    for word in ("Teheran", "secret-token", "teacher", "no/such", "assent_"):
        assert word not in noted


def test_a_fault_is_noted_by_place_and_kind() -> None:
    try:
        try:
            raise ValueError("the witness")
        except ValueError as error:
            raise RuntimeError("the witness again") from error
    except RuntimeError as error:
        fields = fault_fields(error)
        record = logging.LogRecord(
            "any", logging.ERROR, "", 1, "failed", None, (RuntimeError, error, None)
        )
    assert fields["kind"] == "RuntimeError < ValueError"
    assert "witness" not in json.dumps(fields) + JsonLines().format(record)
    assert json.loads(JsonLines().format(record))["at"]


@pytest.mark.parametrize(
    "body", [b"{", b'{"a":1,"a":1}', b'{"a":NaN}', b"\xff", b"[" * 2000, b"1" * 5000, b'{"a":1}x']
)
def test_json_that_can_be_read_in_two_ways_is_not_read(body: bytes) -> None:
    with pytest.raises(MalformedJson):
        read_json(body)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'"\\u0000"', "body"),
        (b'{"a":[1,"\\ud800"]}', "a[1]"),
        (b'{"a":{"b\\udfff":1}}', "a"),
        (b'{"a":"x\\u0000"}', "a"),
    ],
)
def test_a_broken_character_is_named_by_its_place(body: bytes, field: str) -> None:
    with pytest.raises(BrokenText) as refused:
        read_json(body)
    assert refused.value.field == field


def test_all_other_json_is_read_as_it_stands() -> None:
    value = {
        "ü": ["\U0001f54a", 1, -2.5, True, None, {}],
        "pair": "\ud83d\udd4a".encode("utf-16", "surrogatepass").decode("utf-16"),
    }
    assert read_json(json.dumps(value).encode()) == value
