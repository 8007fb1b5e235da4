"""Bad input: a clear problem that names the field, never a fault, and nothing recorded."""

import json
import re
from typing import Any

import httpx2
import pytest

from tests.coalition import Coalition, content
from tests.web.visitors import Visitors

JSON = {"Content-Type": "application/json"}


def _says(
    answer: httpx2.Response, status: int, kind: str, field: str | None = None
) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"/api/docs#problem-{kind}", problem
    assert problem["detail"]
    if field is not None:
        assert problem["field"] == field
    return dict(problem)


MALFORMED = [
    (b"{", "character 1"),
    (b'{"title": "a", "title": "b"}', "title"),
    (b'{"form": {"deep": {"x": 1, "x": 2}}}', "x"),
    (b'{"a": NaN}', "number"),
    (b'{"a": -Infinity}', "number"),
    (b'{"a": ' + b"9" * 5000 + b"}", "number"),
    (b"[" * 100_000 + b"]" * 100_000, "nested"),
    (b'{"a": ' * 90 + b"1" + b"}" * 90, "nested"),
    (b"\xff\xfe{}", "UTF-8"),
    (b'\xef\xbb\xbf{"a": 1}', "character"),
    (b'{"a": 1} more', "character"),
    (b"'a'", "character"),
]
NO_OBJECT = [b"", b"null", b"[]", b'"text"', b"1", b"[{}]"]
NO_JSON = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]


async def test_a_call_is_one_object_of_json(
    coalition: Coalition, visitors: Visitors, subtests: pytest.Subtests
) -> None:
    program = await visitors.program(coalition.drafter)
    for body, word in MALFORMED:
        with subtests.test(str(body[:40])):
            answer = await program.post("cases/teacher/actions", content=body, headers=JSON)
            assert word in _says(answer, 400, "malformed-json")["detail"]
    for body in NO_OBJECT:
        with subtests.test(str(body)):
            answer = await program.post("cases/teacher/actions", content=body, headers=JSON)
            _says(answer, 422, "invalid", "body")
    for kind in NO_JSON:
        with subtests.test(kind):
            answer = await program.post(
                "cases", content=b'{"slug": "a"}', headers={"Content-Type": kind}
            )
            _says(answer, 415, "not-json")


async def test_broken_json_of_a_stranger_is_still_a_strangers(
    coalition: Coalition, visitors: Visitors
) -> None:
    nobody, stranger = await visitors.nobody(), await visitors.program(coalition.stranger)
    answer = await nobody.post("/api/v1/cases/teacher/actions", content=b"{", headers=JSON)
    _says(answer, 401, "not-signed-in")
    _says(
        await stranger.post("cases/teacher/actions", content=b"{", headers=JSON), 404, "not-found"
    )
    observer = await visitors.program(coalition.observer)
    _says(
        await observer.post("cases/teacher/actions", content=b"{", headers=JSON), 403, "not-allowed"
    )


async def test_a_character_that_cannot_be_kept_is_named(
    coalition: Coalition, visitors: Visitors, subtests: pytest.Subtests
) -> None:
    program = await visitors.program(coalition.drafter)
    for broken in ("\0", "\ud800", "a\udfffb"):
        for field in ("title", "kind"):
            with subtests.test(f"{field} {broken!r}"):
                body = json.dumps(
                    {"kind": "public_statement", "title": "A title"} | {field: broken}
                )
                answer = await program.post("cases/teacher/actions", content=body, headers=JSON)
                _says(answer, 422, "unfit-text", field)


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({}, "languages"),
    ({"languages": {}}, "languages"),
    ({"languages": {"en": {"title": "T"}}}, "languages.en.body"),
    ({"languages": {"en": {"title": "T", "body": "B\0"}}}, "content.languages.en.body"),
    ({"languages": {"en": {"title": "T", "body": "\ud800"}}}, "content.languages.en.body"),
    ({"languages": {"en": {"title": "\u202eT", "body": "B"}}}, "languages.en.title"),
    ({"languages": {"not a tag": {"title": "T", "body": "B"}}}, "languages.not a tag"),
    ({"form": {"number": 1.5}}, "form.number"),
    ({"form": {"nothing": None}}, "form.nothing"),
    ({"cosigners": "harbour"}, "cosigners"),
    ({"cosigners": ["outside"]}, "cosigners"),
    ({"audience": "everybody"}, "audience"),
    ({"not_before": "tomorrow"}, "not_before"),
    ({"surprise": 1}, "surprise"),
]


async def test_a_text_that_does_not_fit_is_named_by_its_field(
    coalition: Coalition, visitors: Visitors, subtests: pytest.Subtests
) -> None:
    action = await coalition.an_action()
    program = await visitors.program(coalition.drafter)
    for change, field in UNFIT:
        with subtests.test(str(change)):
            body = json.dumps({"content": content(**change) if change else {"form": {}}})
            answer = await program.post(f"actions/{action}/revisions", content=body, headers=JSON)
            assert answer.status_code == 422, answer.text
            assert field in answer.json()["field"]
    assert (await program.get(f"actions/{action}")).json()["revision"] is None


async def test_twenty_languages_fit_into_one_text(coalition: Coalition, visitors: Visitors) -> None:
    action = await coalition.an_action()
    program = await visitors.program(coalition.drafter)
    tags = re.findall("..", "enfaruaruktrkupsfrdeesitptplnlsvzhjakoel")
    assert len(tags) == 20
    texts = {tag: {"title": f"Title {tag}", "body": "Body \u2067متن\u2069 body"} for tag in tags}
    answer = await program.post(
        f"actions/{action}/revisions", json={"content": content(languages=texts)}
    )
    assert answer.status_code == 201, answer.text
    assert set(
        (await program.get(f"actions/{action}")).json()["revision"]["content"]["languages"]
    ) == set(tags)


ACTION = {"kind": "public_statement", "title": "T"}
MEMBER = {"person": "a@b.example", "role": "observer", "organisation": "harbour"}
ARRANGEMENT = {"rule": "any", "decision_makers": ["a@b.example"]}
TASK = {"title": "T", "assignee": "x"}
CASE = {"slug": "a", "title": "T", "detained_person": {"name": "N"}, "detaining_state": "IR"}
IN_BODIES = [
    ("POST", "cases/teacher/actions", ACTION | {"kind": "parade"}, "unknown-kind", "kind"),
    ("POST", "cases/teacher/actions", ACTION | {"title": " "}, "unfit-text", "title"),
    ("POST", "cases/teacher/actions", ACTION | {"title": "x" * 301}, "unfit-text", "title"),
    ("POST", "cases/teacher/actions", ACTION | {"title": 7}, "invalid", "title"),
    ("POST", "cases/teacher/actions", {"kind": "public_statement"}, "invalid", "title"),
    ("POST", "cases/teacher/actions", ACTION | {"colour": 1}, "invalid", "colour"),
    ("POST", "cases/teacher/actions", ACTION | {"visibility": "x"}, "invalid", "visibility"),
    ("POST", "cases/teacher/memberships", MEMBER | {"person": "x"}, "unfit-address", "person"),
    ("POST", "cases/teacher/memberships", MEMBER | {"role": "queen"}, "unfit-role", "role"),
    (
        "POST",
        "cases/teacher/memberships",
        MEMBER | {"organisation": "x"},
        "unknown-organisation",
        "organisation",
    ),
    (
        "PUT",
        "cases/teacher/family-arrangement",
        ARRANGEMENT | {"rule": "most"},
        "unfit-arrangement",
        "rule",
    ),
    ("PUT", "cases/teacher/family-arrangement", ARRANGEMENT | {"quorum": 1.5}, "invalid", "quorum"),
    (
        "PUT",
        "cases/teacher/family-arrangement",
        ARRANGEMENT | {"decision_makers": []},
        "unfit-arrangement",
        None,
    ),
    (
        "PUT",
        "cases/teacher/family-arrangement",
        ARRANGEMENT | {"alternates": ["a"] * 101},
        "invalid",
        "alternates",
    ),
    ("POST", "cases/teacher/tasks", {"title": "T"}, "nobody-assigned", "assignee"),
    ("POST", "cases/teacher/tasks", TASK | {"due_on": "soon"}, "invalid", "due_on"),
    ("POST", "cases/teacher/tasks", TASK | {"due_on": 20991231}, "invalid", "due_on"),
    ("POST", "cases/teacher/tasks", TASK | {"due_on": "2099-02-30"}, "invalid", "due_on"),
    ("POST", "cases", CASE | {"slug": "No Good"}, "invalid", "slug"),
    ("POST", "cases", CASE | {"detained_person": {}}, "invalid", "detained_person.name"),
    ("POST", "cases", CASE | {"detaining_state": "Iran"}, "invalid", "detaining_state"),
]
IN_QUERIES = [
    ("cases?cursor=here", "unknown-cursor", "cursor"),
    ("cases?limit=0", "invalid", "limit"),
    ("cases?limit=many", "invalid", "limit"),
    ("cases/teacher/ledger?cursor=-1", "unknown-cursor", "cursor"),
    ("cases/teacher/ledger?cursor=%D9%A1", "unknown-cursor", "cursor"),
    ("cases/teacher/ledger?cursor=9999999999999999999999", "unknown-cursor", "cursor"),
]


async def test_each_field_is_named(
    coalition: Coalition, visitors: Visitors, subtests: pytest.Subtests
) -> None:
    program = await visitors.program(coalition.coordinator)
    before = (await program.get("cases/teacher/ledger?limit=200")).json()
    for method, path, body, kind, field in IN_BODIES:
        with subtests.test(f"{method} {path} {body}"):
            _says(await program.request(method, path, json=body), 422, kind, field)
    for path, kind, field in IN_QUERIES:
        with subtests.test(path):
            _says(await program.get(path), 422, kind, field)
    assert (await program.get("cases/teacher/ledger?limit=200")).json() == before


async def test_decisions_that_do_not_fit(
    coalition: Coalition, visitors: Visitors, subtests: pytest.Subtests
) -> None:
    action = await coalition.a_statement()
    digest = {"digest": (await coalition.revision(action)).digest}
    mother, officer = (
        await visitors.program(coalition.mother),
        await visitors.program(coalition.harbour_officer),
    )
    coordinator = await visitors.program(coalition.coordinator)
    unfit: list[tuple[dict[str, Any], int, str, str]] = [
        ({"decision": "maybe"}, 422, "unknown-decision", "decision"),
        ({"decision": "yes_with_conditions"}, 422, "conditions-missing", "conditions"),
        ({"decision": "question"}, 422, "question-missing", "question"),
        ({"decision": "yes", "language": "de"}, 422, "language-not-shown", "language"),
        (
            {"decision": "yes", "expires_at": "2001-01-01T00:00:00Z"},
            422,
            "expiry-out-of-range",
            "expires_at",
        ),
        ({"decision": "yes", "expires_at": "2027-01-01T00:00:00"}, 422, "invalid", "expires_at"),
        ({"decision": "yes", "expires_at": 4102444800}, 422, "invalid", "expires_at"),
        ({"decision": "yes", "digest": "0" * 64}, 409, "stale-digest", "digest"),
        ({"decision": "yes", "digest": "\u0660"}, 409, "stale-digest", "digest"),
    ]
    for change, status, kind, field in unfit:
        with subtests.test(str(change)):
            answer = await mother.post(f"actions/{action}/consents", json=digest | change)
            _says(answer, status, kind, field)
    assert (await mother.get(f"actions/{action}/consents")).json()["items"] == []

    cleared = digest | {"role": "clearance_officer", "decision": "cleared"}
    unclear: list[tuple[dict[str, Any], int, str, str]] = [
        ({"role": "coordinator"}, 422, "invalid", "role"),
        ({"role": "safety_reviewer"}, 403, "not-your-role", "role"),
        ({"decision": "yes"}, 422, "invalid", "decision"),
        ({"decision": "refused"}, 422, "reason-missing", "note"),
        ({"risks": {"en": 7}}, 422, "invalid", "risks.en"),
    ]
    for change, status, kind, field in unclear:
        with subtests.test(str(change)):
            _says(
                await officer.post(f"actions/{action}/clearances", json=cleared | change),
                status,
                kind,
                field,
            )
    assert (await officer.post(f"actions/{action}/clearances", json=cleared)).status_code == 201
    _says(await officer.post(f"actions/{action}/clearances", json=cleared), 409, "already-given")

    here = f"actions/{action}/publication"
    _says(await coordinator.post(here, json=digest), 400, "header-missing", "Idempotency-Key")
    for key in ("", " " * 3, "x" * 201, "a\tb"):
        with subtests.test(f"key {key!r}"):
            answer = await coordinator.post(here, json=digest, headers={"Idempotency-Key": key})
            assert answer.status_code in (409, 422)


async def test_one_does_not_clear_what_one_wrote(coalition: Coalition, visitors: Visitors) -> None:
    coordinator = await visitors.program(coalition.coordinator)
    wanted = {
        "person": coalition.drafter.email,
        "role": "clearance_officer",
        "organisation": "harbour",
    }
    assert (await coordinator.post("cases/teacher/memberships", json=wanted)).status_code == 201
    action = await coalition.a_statement()
    cleared = {
        "digest": (await coalition.revision(action)).digest, "role": "clearance_officer", "decision": "cleared",
    }  # fmt: skip
    drafter = await visitors.program(coalition.drafter)
    _says(await drafter.post(f"actions/{action}/clearances", json=cleared), 403, "own-text")


UNFIT_ADDRESSES = [
    "cases/%00", "cases/..%2F..", "cases/Teacher", "cases/teacher%20", "cases/' or 1=1 --", "cases/%ED%A0%80",
    "actions/1", "actions/not-an-id", "actions/{0189", "actions/01890000-0000-7000-8000-00000000000\u0661",
    "actions/01890000000070008000000000000000", "actions/{action}/revisions/0", "actions/{action}/revisions/x",
    "actions/{action}/revisions/99999999999999999999", "actions/{action}/revisions/2",
]  # fmt: skip


async def test_an_unfit_address_names_nothing(
    coalition: Coalition, visitors: Visitors, subtests: pytest.Subtests
) -> None:
    action = await coalition.a_statement()
    program = await visitors.program(coalition.coordinator)
    for path in UNFIT_ADDRESSES:
        with subtests.test(path):
            _says(await program.get(path.replace("{action}", str(action))), 404, "not-found")


async def test_a_name_is_not_taken_for_another(coalition: Coalition, visitors: Visitors) -> None:
    coordinator = await visitors.program(coalition.coordinator)
    wanted = {"person": "x@family.example", "role": "informed_relative", "name": "M\u043ether"}
    _says(
        await coordinator.post("cases/teacher/memberships", json=wanted),
        422,
        "look-alike-name",
        "name",
    )
