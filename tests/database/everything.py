"""A case with a row in every table there is, for tests that walk all of them."""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from tests.database.rows import Rows
from tests.database.sanctions import ask_for_measures

NO_SCHOOL = [{"kind": "other", "value": "Not a word about the school."}]

WITNESSES = ("harbour.example/witness", "lantern.example/witness")


def fill_every_table(rows: Rows, visibility: str = "case") -> None:
    """Open a case, and let everything happen in it that can.

    visibility: the label of its one action.
    """
    rows.open_case()
    sign_in(rows)
    rows.begin_action(visibility=visibility)
    prepare(rows)
    in_every_way(rows)
    rows.everybody_agrees()
    rows.give_address()
    rows.publish()
    delivery = rows.deliver()
    rows.tell(copy_id=rows.note_copy())
    rows.tell(delivery_id=delivery)
    rows.prove(delivery)
    rows.withdraw(rows.grounds["consent:family"]["consent_id"])  # which retracts
    open_tasks(rows)
    use_the_instruments(rows)
    rows.resume(rows.pause())
    bring_in_evidence(rows)
    rows.plan_launch()
    rows.answer_launch()
    rows.set_moment(2)
    rows.end_launch("held", 2)
    rows.arrange("any", "mother", "brother", cooling_off_hours=1)
    ask_for_measures(rows)
    agree_beforehand(rows)
    sign_the_log(rows)
    rows.demand_witnesses()
    answer_erasure(rows, ask_erasure(rows), "mother")


def agree_beforehand(rows: Rows) -> None:
    """A standing consent that was used and ended; what happened, who was away, what the person wants."""
    standing = rows.agree_in_advance(only_when="Nobody has seen her for 48 hours.")
    rows.answer_standing(standing)
    for name in ("coordinator", "reviewer"):
        rows.say_it_happened(standing, name)
    rows.end_standing(standing)
    rows.happen()
    rows.set_posture()
    rows.reach(rows.lose("brother"))
    rows.wish("yes", replaces=rows.wish())
    rows.cut_off()


def prepare(rows: Rows) -> None:
    """A draft, a request, a question with its answer, a concern with its own."""
    now, mother, coordinator = rows.now(), rows.people["mother"], rows.people["coordinator"]
    rows.insert(
        "drafts", action_id=rows.action, case_id=rows.case, person_id=rows.people["drafter"],
        form={"body": "…"}, saved_at=now,
    )  # fmt: skip
    rows.begin_answer("mother")
    rows.insert(
        "consent_requests", **rows.of_revision(), person_id=mother, asked_by=coordinator, asked_at=now,
        ledger_index=rows.entry(rows.action),
    )  # fmt: skip
    rows.insert(
        "consent_answers", id=uuid4(), consent_id=rows.decide("mother", "question"), case_id=rows.case,
        text="Nobody will name the school.", answered_by=coordinator, answered_at=now,
        ledger_index=rows.entry(rows.action),
    )  # fmt: skip
    rows.promise(rows.decide("brother", "yes_with_conditions", conditions=Jsonb(NO_SCHOOL)))
    rows.insert(
        "concern_answers", concern_id=rows.raise_concern(), case_id=rows.case, text="It is safe.",
        answered_by=coordinator, answered_at=now, ledger_index=rows.entry(rows.action),
    )  # fmt: skip


def bring_in_evidence(rows: Rows) -> None:
    """A file with everything that can be known about it, and another on its way."""
    now, coordinator = rows.now(), rows.people["coordinator"]
    rows.insert(
        "uploads", id=uuid4(), case_id=rows.case, person_id=coordinator, name="film.mp4", size=9000, begun_at=now,
        changed_at=now,
    )  # fmt: skip
    evidence = rows.bring_in()
    rows.name_source(evidence)
    rows.agree_to_show(evidence)
    rows.bring_in(derived_from=evidence, derivation="redacted")


def in_every_way(rows: Rows) -> None:
    """Decisions signed by passkey, taken down and attested, and taken down and contested."""
    passkey = rows.enrol("brother")
    rows.vouch(passkey)
    rows.sign("brother", passkey)
    rows.connection.execute(
        "insert into assent.passkey_challenges values (%s, 'decide', %s, null, %s, %s, null)",
        [os.urandom(32), rows.people["brother"], rows.now(), rows.now() + timedelta(hours=1)],
    )
    rows.attest(rows.take_down("brother"))
    rows.contest(rows.take_down("mother"))
    rows.check_reading(rows.read_aloud())


def open_tasks(rows: Rows) -> None:
    """One for a person, one that a gate has opened."""
    task = {"case_id": rows.case, "action_id": rows.action, "opened_at": rows.now()}
    rows.insert(
        "tasks",
        id=uuid4(),
        **task,
        kind="assigned",
        title="Call",
        assignee_id=rows.people["drafter"],
    )
    rows.insert(
        "tasks", id=uuid4(), **task, kind="gate", gate_key="consent:family", role="decision_maker"
    )


def use_the_instruments(rows: Rows) -> None:
    """A step after filing with its deadline, an answer asked for apart, a meeting and what was promised there."""
    rows.insert("procedure_steps", **a_step(rows))
    rows.insert(
        "tasks", id=uuid4(), case_id=rows.case, action_id=rows.action, opened_at=rows.now(), kind="deadline",
        gate_key="step:replied", title="Ask for the reply", organisation_id=rows.organisations["harbour"],
    )  # fmt: skip
    rows.insert(
        "separate_answers", consent_id=rows.grounds["consent:family"]["consent_id"], case_id=rows.case,
        question="known", answer="no",
    )  # fmt: skip
    meeting = a_meeting(rows) | {"authority_id": rows.know_authority()}
    rows.know_contact(authority_id=meeting["authority_id"])
    rows.insert("meetings", **meeting)
    rows.insert("meeting_notes", **a_promise(rows, meeting["id"]))


def a_step(rows: Rows) -> dict[str, Any]:
    """The government has the communication."""
    return {
        "id": uuid4(), "action_id": rows.action, "case_id": rows.case, "step": "transmitted",
        "happened_on": date(2026, 1, 1), "recorded_by": rows.people["drafter"], "recorded_at": rows.now(),
        "ledger_index": rows.entry(rows.action),
    }  # fmt: skip


def a_meeting(rows: Rows) -> dict[str, Any]:
    """A meeting with the home government."""
    return {
        "id": uuid4(), "case_id": rows.case, "side": "home", "country": "SE", "body": "Foreign ministry",
        "held_on": date(2026, 1, 1), "recorded_by": rows.people["drafter"], "recorded_at": rows.now(),
        "ledger_index": rows.entry(),
    }  # fmt: skip


def a_promise(rows: Rows, meeting: UUID) -> dict[str, Any]:
    """What they promised there."""
    return {
        "id": uuid4(), "meeting_id": meeting, "case_id": rows.case, "kind": "promise", "text": "A visit.",
        "promised_by": "the desk", "due_on": date(2026, 2, 1), "recorded_by": rows.people["drafter"],
        "recorded_at": rows.now(), "ledger_index": rows.entry(),
    }  # fmt: skip


def sign_in(rows: Rows) -> None:
    """Every way somebody may come in."""
    now, later, harbour = rows.now(), rows.now() + timedelta(hours=1), rows.organisations["harbour"]
    drafter = rows.people["drafter"]
    rows.connection.execute(
        "insert into assent.identity_providers values (%s, 'https://login.example', 'id', 'sealed', %s)"
        " on conflict do nothing",
        [harbour, now],
    )
    rows.insert(
        "identities", id=uuid4(), person_id=drafter, organisation_id=harbour, issuer="https://login.example",
        subject=str(uuid4()), created_at=now,
    )  # fmt: skip
    rows.insert(
        "organisation_roles", person_id=drafter, organisation_id=harbour, role="organisation_admin", granted_at=now
    )  # fmt: skip
    rows.insert(
        "browser_sessions", id=uuid4(), token_hash=os.urandom(32), person_id=drafter, via="link", device="phone",
        created_at=now, last_seen_at=now, expires_at=later,
    )  # fmt: skip
    rows.answer_device(rows.sign_in())
    rows.insert(
        "sign_in_links", id=uuid4(), token_hash=os.urandom(32), person_id=drafter, purpose="sign_in",
        created_at=now, expires_at=later,
    )  # fmt: skip
    rows.insert(
        "provider_sign_ins", state_hash=os.urandom(32), organisation_id=harbour, browser_hash=os.urandom(32),
        sealed=b"sealed", created_at=now,
    )  # fmt: skip
    rows.insert(
        "api_tokens", id=uuid4(), token_hash=os.urandom(32), person_id=drafter, label="script", created_at=now,
        expires_at=later,
    )  # fmt: skip
    rows.connection.execute(
        "insert into assent.calendar_links values (%s, %s, %s) on conflict do nothing",
        [drafter, os.urandom(32), now],
    )
    rows.insert(
        "kept_forms", id=uuid4(), person_id=drafter, path="/", sealed=b"sealed", kept_at=now
    )


def sign_the_log(rows: Rows) -> None:
    """A key, a checkpoint of the log as it is, a witness and its line; once in a database."""
    if not rows.ask("select true from assent.ledger_keys"):
        now = rows.now()
        rows.insert(
            "ledger_keys", number=1, origin="log.example/assent", public_key=os.urandom(32), reason="first", at=now,
            ledger_index=rows.entry(),
        )  # fmt: skip
        for witness in WITNESSES:
            rows.insert("ledger_witnesses", name=witness, key="a key")
    checkpoint(rows)
    cosign(rows, WITNESSES[0])


def cosign(rows: Rows, witness: str) -> None:
    """A witness's line under the newest checkpoint."""
    size = rows.ask("select max(size) from assent.ledger_checkpoints")
    before = rows.ask("select count(*) from assent.ledger_cosignatures where size = %s", size)
    rows.insert(
        "ledger_cosignatures", size=size, witness=witness, line=f"— {witness} c2ln", at=rows.now(), nth=before + 1
    )  # fmt: skip


def checkpoint(rows: Rows, *, shorter: int = 0, root: bytes = b"") -> None:
    """A checkpoint of the log as it is, or of one shorter by so many entries.

    root: what it says the tree's root is, where that is not true.
    """
    size = rows.ask("select size - %s from assent.ledger_head", shorter)
    rows.insert(
        "ledger_checkpoints", size=size, root=root or rows.ask("select assent.ledger_root(%s)", size), key_number=1,
        note="signed", at=rows.now(),
    )  # fmt: skip


def ask_erasure(rows: Rows, *, by: str = "mother", days: int = 7) -> UUID:
    """A wish that everything be destroyed; returns its id."""
    erasure, now = uuid4(), rows.now()
    rows.insert(
        "erasures", id=erasure, case_id=rows.case, asked_by=rows.people[by], by_family=by == "mother", asked_at=now,
        due_at=now + timedelta(days=days), ledger_index=rows.entry(),
    )  # fmt: skip
    return erasure


def answer_erasure(rows: Rows, erasure: UUID, by: str, *, agrees: bool = False) -> None:
    """Somebody agrees to it, or stops it."""
    rows.insert(
        "erasure_answers", erasure_id=erasure, case_id=rows.case, person_id=rows.people[by], agrees=agrees,
        at=rows.now(), ledger_index=rows.entry(),
    )  # fmt: skip
