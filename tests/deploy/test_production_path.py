"""What docker-compose.yml starts, started without containers: from an empty PostgreSQL to a delivered letter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from assent.settings import ROOT
from tests.deploy.production import Stack, production, until

pytestmark = pytest.mark.timeout(400)
RECIPIENT = "Special envoy <envoy@ministry.example>"
MOTHER, COORDINATOR = "parvaneh@family.example", "lena@nordlicht.example"
DRAFTER, OFFICER = "jonas@nordlicht.example", "miriam@nordlicht.example"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything up, in compose's order, with the demo coalition imported."""
    with production(tmp_path_factory.mktemp("production")) as made:
        migrated = made.start("migrate")
        assert migrated.wait(120) == 0, made.said("migrate")
        del made.running["migrate"]
        made.run(
            "import", str(ROOT / "demo" / "coalition.yaml"), "--data", str(made.folder / "data")
        )
        made.start("serve")
        made.start("worker")
        until(made.is_ready, "the application is ready")
        yield made
        assert made.stop("worker") == 0, made.said("worker")
        assert made.stop("serve") == 0, made.said("serve")


_tokens: dict[str, str] = {}


def token(stack: Stack, who: str) -> str:
    if who not in _tokens:
        _tokens[who] = stack.run("token", who, "--data", str(stack.folder / "data")).strip()
    return _tokens[who]


def let_out(stack: Stack, title: str) -> str:
    """A letter to the envoy, agreed to by everybody; returns the action's id once it is let out."""
    tokens = {who: token(stack, who) for who in (MOTHER, COORDINATOR, DRAFTER, OFFICER)}

    def ask(who: str, path: str, body: Any, expected: int = 201) -> Any:
        status, answer = stack.call("POST", f"/api/v1/{path}", tokens[who], body)
        assert status == expected, answer
        return answer

    wanted = {"kind": "diplomatic_outreach", "title": title, "visibility": "case"}
    action = ask(DRAFTER, "cases/the-translator/actions", wanted)["id"]
    content = {
        "languages": {"en": {"title": title, "body": "He has to see a doctor."}},
        "form": {}, "cosigners": [], "audience": [RECIPIENT],
    }  # fmt: skip
    digest = ask(DRAFTER, f"actions/{action}/revisions", {"content": content})["digest"]
    word = {"digest": digest, "role": "clearance_officer", "decision": "cleared", "note": ""}
    ask(OFFICER, f"actions/{action}/clearances", word)
    ask(MOTHER, f"actions/{action}/consents", {"digest": digest, "decision": "yes"})
    ask(COORDINATOR, f"actions/{action}/publication", {"digest": digest})
    return str(action)


def deliveries(stack: Stack, action: str) -> list[str]:
    """How far each delivery got."""
    status, answer = stack.call(
        "GET", f"/api/v1/actions/{action}/deliveries", token(stack, COORDINATOR)
    )
    assert status == 200
    return [delivery["state"] for delivery in answer["items"]]


def test_a_letter_is_delivered_by_the_worker(stack: Stack) -> None:
    action = let_out(stack, "A request for a visit")
    until(lambda: deliveries(stack, action) == ["sent"], "the letter is sent")
    [letter] = [m for m in stack.mailbox.mails if m["Subject"] == "A request for a visit"]
    assert letter["To"] == "envoy@ministry.example"
    said = letter.get_payload(decode=True)
    assert isinstance(said, bytes)
    assert "He has to see a doctor." in said.decode()


def test_a_worker_killed_in_the_middle_of_a_letter_never_sends_it_twice(stack: Stack) -> None:
    stack.mailbox.stall = "A letter on its way"
    action = let_out(stack, "A letter on its way")
    assert stack.mailbox.stalled.wait(60), stack.said("worker")
    assert deliveries(stack, action) == ["claimed"]
    stack.running["worker"].kill()
    assert stack.running.pop("worker").wait(30) == -9
    stack.mailbox.stall = ""
    stack.mailbox.go_on.set()
    long_ago(stack)
    stack.start("worker")
    until(lambda: deliveries(stack, action) == ["unknown"], "it is said that nobody knows")
    letters = [m for m in stack.mailbox.mails if m["Subject"] == "A letter on its way"]
    assert len(letters) == 1
    tasks = stack.call("GET", "/api/v1/me/tasks", token(stack, COORDINATOR))[1]["items"]
    assert any(task["action"] == action for task in tasks), "a person is asked"


def long_ago(stack: Stack) -> None:
    """As if the claim had been made an hour ago, and the worker had been silent as long."""
    with psycopg.connect(stack.owner_dsn, autocommit=True) as owner:
        owner.execute("alter table assent.deliveries disable trigger all")
        owner.execute(
            "update assent.deliveries set changed_at = changed_at - interval '1 hour' where state = 'claimed'"
        )
        owner.execute("alter table assent.deliveries enable always trigger b_guard")
        owner.execute("alter table assent.deliveries enable always trigger deliveries_keep_all")
        owner.execute("alter table assent.deliveries enable trigger all")
        owner.execute("alter table assent.deliveries enable always trigger b_guard")
        owner.execute("alter table assent.deliveries enable always trigger deliveries_keep_all")
        owner.execute(
            "update jobs.procrastinate_workers set last_heartbeat = last_heartbeat - interval '1 hour'"
        )


def test_what_serves_cannot_become_the_owner(stack: Stack) -> None:
    app = (stack.folder / "secrets" / "database_app_url").read_text()
    with psycopg.connect(app, autocommit=True) as connection:
        row = connection.execute(
            "select current_user, rolsuper, rolbypassrls from pg_roles where rolname = current_user"
        ).fetchone()
        assert row == ("assent_app", False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("alter table assent.publications disable trigger all")
    assert "database_url" not in stack.environment("serve")


def test_the_eraser_runs_with_its_own_secret_alone(stack: Stack) -> None:
    stack.start("eraser")
    until(lambda: "Erased: 0." in stack.said("eraser"), "the eraser has looked")
    assert stack.running["eraser"].poll() is None, stack.said("eraser")
    stack.stop("eraser")
    eraser = (stack.folder / "secrets" / "database_eraser_url").read_text()
    with psycopg.connect(eraser, autocommit=True) as connection:
        for table in ("cases", "consents", "people"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select from assent.{table}")


def test_the_doctor_is_content(stack: Stack) -> None:
    said = stack.run("doctor", "--data", str(stack.folder / "data"))
    assert "mend" not in said.split(), said


def test_secrets_are_in_no_log(stack: Stack) -> None:
    logs = stack.said("serve") + stack.said("worker") + stack.said("migrate")
    for secret in (stack.folder / "secrets").iterdir():
        if secret.name != "smtp_url":
            assert secret.read_text() not in logs, secret.name
    for word in ("Sina", "envoy", "doctor", MOTHER):
        assert word not in logs
