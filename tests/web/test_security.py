"""What every request has to fit, and every answer carries."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from assent.web.security import MOST_BYTES
from tests.coalition import Coalition
from tests.conftest import Place
from tests.web.visitors import BASE_URL, Visitors, served, settings_of


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/api/docs", "/api/v1/me", "/nowhere", "/sign-in"]
)
async def test_every_answer_carries_the_security_headers(visitors: Visitors, path: str) -> None:
    nobody = await visitors.nobody()
    headers = (await nobody.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


async def test_over_https_browsers_are_told_to_stay_there(
    place: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = settings_of(place, tmp_path_factory.mktemp("data"))
    secure = settings.model_copy(update={"base_url": "https://assent.example"})
    async with served(secure) as app:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(
            transport=transport, base_url="https://assent.example"
        ) as client:
            headers = (await client.get("/healthz")).headers
    assert headers["strict-transport-security"].startswith("max-age=")


async def test_what_is_not_public_is_kept_out_of_caches(
    visitors: Visitors, coalition: Coalition
) -> None:
    program = await visitors.program(coalition.drafter)
    nobody = await visitors.nobody()
    assert (await program.get("me")).headers["cache-control"] == "no-store"
    assert (await nobody.get("/sign-in")).headers["cache-control"] == "no-store"
    assert (await nobody.get("/static/none.js")).headers["cache-control"] == "no-store"
    assert "public" in (await nobody.get("/api/docs")).headers["cache-control"]


async def test_only_public_answers_are_compressed(visitors: Visitors, coalition: Coalition) -> None:
    accepts = {"Accept-Encoding": "gzip"}
    program = await visitors.program(coalition.coordinator)
    for title in range(20):
        await program.post(
            "cases/teacher/actions", json={"kind": "public_statement", "title": f"No {title}"}
        )
    listed = await program.get("cases/teacher/actions", headers=accepts)
    assert len(listed.content) > 2000
    assert "content-encoding" not in listed.headers
    assert (await program.get(f"{BASE_URL}/api/docs", headers=accepts)).headers[
        "content-encoding"
    ] == "gzip"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "user@127.0.0.1@evil"]
)
async def test_a_foreign_host_is_refused(visitors: Visitors, host: str) -> None:
    nobody = await visitors.nobody()
    answer = await nobody.get("/api/v1/me", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("unknown-host")


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:9"])
async def test_this_machine_has_several_names(visitors: Visitors, host: str) -> None:
    nobody = await visitors.nobody()
    assert (await nobody.get("/api/v1/me", headers={"Host": host})).status_code == 401


async def test_probes_may_use_any_name(visitors: Visitors) -> None:
    nobody = await visitors.nobody()
    assert (await nobody.get("/healthz", headers={"Host": "10.0.0.7:8000"})).status_code == 200


CROSS_SITE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://[bad"},
    {"Sec-Fetch-Site": "cross-site", "Origin": BASE_URL},
]
SAME_SITE = [
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": BASE_URL},
    {},
]


@pytest.mark.parametrize("headers", CROSS_SITE)
async def test_what_another_site_sends_is_not_carried_out(
    visitors: Visitors, coalition: Coalition, headers: dict[str, str]
) -> None:
    browser = await visitors.browser(coalition.mother)
    assert (await browser.post("/sign-out", headers=headers)).status_code == 403
    assert (await browser.get("/devices")).status_code == 200


@pytest.mark.parametrize("headers", SAME_SITE)
async def test_what_our_own_pages_send_is_carried_out(
    visitors: Visitors, coalition: Coalition, headers: dict[str, str]
) -> None:
    browser = await visitors.browser(coalition.mother)
    assert (await browser.post("/sign-out", headers=headers)).status_code == 303
    assert (await browser.get("/devices")).status_code == 303


async def test_a_cookie_never_authenticates_the_api(
    visitors: Visitors, coalition: Coalition
) -> None:
    browser = await visitors.browser(coalition.coordinator)
    assert (await browser.get("/devices")).status_code == 200
    for method, path in [("GET", "/api/v1/me"), ("POST", "/api/v1/cases/teacher/pause")]:
        answer = await browser.request(
            method, path, headers={"Sec-Fetch-Site": "same-origin"}, json={}
        )
        assert answer.status_code == 401


async def test_a_token_never_opens_a_page(visitors: Visitors, coalition: Coalition) -> None:
    program = await visitors.program(coalition.coordinator)
    assert (await program.get("me")).status_code == 200
    assert (await program.get(f"{BASE_URL}/devices")).status_code == 303


async def test_a_program_is_not_bound_by_the_rules_of_browsers(
    visitors: Visitors, coalition: Coalition
) -> None:
    program = await visitors.program(coalition.coordinator)
    headers = {"Origin": "https://partner.example", "Sec-Fetch-Site": "cross-site"}
    assert (await program.post("cases/teacher/pause", json={}, headers=headers)).status_code == 201


async def test_too_much_is_refused_by_its_declared_length(
    visitors: Visitors, coalition: Coalition
) -> None:
    program = await visitors.program(coalition.drafter)
    answer = await program.post("cases", content=b" " * (5 * 1024 * 1024))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith("too-large")


async def test_too_much_is_refused_as_it_comes(visitors: Visitors, coalition: Coalition) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b" " * (1024 * 1024)

    program = await visitors.program(coalition.drafter)
    answer = await program.post(
        "cases", content=parts(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("too-large")


async def test_what_fits_is_read(visitors: Visitors, coalition: Coalition) -> None:
    program = await visitors.program(coalition.drafter)
    just = b'{"slug": "' + b"x" * (MOST_BYTES - 12) + b'"}'
    answer = await program.post("cases", content=just, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


async def test_a_browser_reads_about_it_on_a_page(visitors: Visitors, coalition: Coalition) -> None:
    browser = await visitors.browser(coalition.mother)
    answer = await browser.post("/sign-in", content=b"x" * (4 * 1024 * 1024))
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")


async def test_an_unfit_length_is_no_way_around(app: FastAPI) -> None:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b" " * (MOST_BYTES + 1), "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/api/v1/cases", "raw_path": b"/api/v1/cases", "query_string": b"", "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), (b"content-length", b"-1"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000), "state": {},
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 413


async def test_headers_alone_may_be_asked_for_where_anybody_reads(
    visitors: Visitors, coalition: Coalition
) -> None:
    nobody = await visitors.nobody()
    for path in ("/healthz", "/readyz", "/api/docs", "/feed.atom"):
        headers, whole = await nobody.head(path), await nobody.get(path)
        assert headers.status_code == whole.status_code == 200
        assert headers.content == b""
        assert headers.headers["content-type"] == whole.headers["content-type"]
    assert (await nobody.head("/s/none")).status_code == 404
    assert (await nobody.head("/api/v1/me")).status_code == 405


async def test_the_page_that_checks_receipts_may_run_its_own_script_and_no_other(
    visitors: Visitors,
) -> None:
    nobody = await visitors.nobody()
    answer = await nobody.get("/verify")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "'self'" not in policy
    (script,) = re.findall(r"<script>(.*)</script>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "http://" not in script
    assert "fetch(" not in script
