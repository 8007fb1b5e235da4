"""The OpenAPI document is true: whatever it allows is answered as it says, and nothing makes a fault."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from assent.actions.document_pages import MEDIA_TYPES
from assent.database.session import Database
from assent.people.tokens import make_token
from assent.web.app import create_app
from assent.web.reference import document_of, operations_of
from tests.coalition import Coalition, a_coalition
from tests.conftest import Place
from tests.web.visitors import settings_of

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
]  # fmt: skip
EXAMPLES = 8


@pytest.fixture
def address(place: Place, tmp_path: Path) -> Iterator[str]:
    """The application behind a real server in a thread, as schemathesis asks from outside."""
    app = create_app(settings_of(place, tmp_path))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


async def _begun(place: Place) -> tuple[str, dict[str, str]]:
    """A coordinator's token, and names of things that exist."""
    database = Database(place.app_url, pool=2)
    coalition: Coalition = await a_coalition(database)
    action = await coalition.ready()
    async with database.session(coalition.coordinator.person_id) as session:
        token = await make_token(session, coalition.coordinator.person_id, "a test")
    await database.close()
    return token, {"case": "teacher", "action": str(action)}


@pytest.mark.timeout(900)
def test_every_call_answers_as_it_is_described(
    address: str, place: Place, subtests: pytest.Subtests
) -> None:
    token, names = asyncio.run(_begun(place))
    # Made at the first request: on a busy machine that takes longer than schemathesis waits.
    requests.get(f"{address}/api/openapi.json", timeout=120).raise_for_status()
    schema = schemathesis.openapi.from_url(f"{address}/api/openapi.json")
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        for result in schema.get_all_operations():
            assert isinstance(result, Ok), result
            operation = result.ok()
            with subtests.test(operation.label):
                _ask(operation, address, session, names)


def _ask(operation: Any, address: str, session: requests.Session, names: dict[str, str]) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        for name in set(case.path_parameters or {}) & set(names):
            case.path_parameters[name] = names[name]
        case.call_and_validate(address, session, checks=CHECKS)

    ask()


# What answers with a file: the kinds of file.
FILES = {
    "/api/v1/readings/{reading}/file": {"audio/*"},
    "/api/v1/consents/{consent}/attachment": {"application/octet-stream"},
    "/api/v1/deliveries/{delivery}/proofs/{sha256}": {"application/octet-stream"},
    "/api/v1/evidence/{evidence}/file": {"application/octet-stream"},
    "/api/v1/dossiers/{dossier}/document": {"application/octet-stream"},
    "/api/v1/dossiers/{dossier}/exhibits": {"application/octet-stream"},
    "/api/v1/consents/{record}/receipt": {"text/plain"},
    "/api/v1/clearances/{record}/receipt": {"text/plain"},
    "/api/v1/publications/{record}/receipt": {"text/plain"},
    "/api/v1/actions/{action}/revisions/{number}/document": set(MEDIA_TYPES.values()),
}


def test_a_stranger_finds_everything_in_the_description(place: Place, tmp_path: Path) -> None:
    document = document_of(create_app(settings_of(place, tmp_path)))
    assert document["security"] == [{"token": []}]
    ids = [operation["operationId"] for _, _, operation in operations_of(document)]
    assert len(ids) == len(set(ids))
    for path, method, operation in operations_of(document):
        assert operation["description"], path
        for status, response in operation["responses"].items():
            kinds = set(response.get("content", {}))
            expected = {"application/problem+json"}
            if int(status) < 400:
                expected = FILES.get(path, {"application/json"})
            assert kinds == (set() if status == "204" else expected), (method, path, status)
            if int(status) >= 400:
                assert response["content"]["application/problem+json"]["examples"]
    shut = document["paths"]["/api/v1/actions/{action}/publication"]["post"]["responses"]["409"]
    assert shut["content"]["application/problem+json"]["schema"]["$ref"].endswith("GateProblem")
