"""Row-level security: a check forgotten in a service writes nothing in somebody else's name or case."""

from collections.abc import Iterator
from dataclasses import replace
from operator import methodcaller as do
from uuid import uuid4

import pytest
from psycopg import errors

from tests.conftest import Place
from tests.database.attacks import Step, publishable
from tests.database.conftest import Filled
from tests.database.everything import a_meeting, a_promise, a_step
from tests.database.rows import Rows, as_app


def withdraw(rows: Rows) -> None:
    rows.withdraw(rows.grounds["consent:family"]["consent_id"])


def lift_the_pause(rows: Rows) -> None:
    rows.resume(rows.ask("select id from assent.pauses where case_id = %s", rows.case))


def ask_the_brother(rows: Rows) -> None:
    rows.insert(
        "consent_requests", **rows.of_revision(), person_id=rows.people["brother"], asked_at=rows.now(),
        asked_by=rows.people["coordinator"], ledger_index=rows.entry(rows.action),
    )  # fmt: skip


def answer_the_mother(rows: Rows) -> None:
    rows.insert(
        "consent_answers", id=uuid4(), consent_id=rows.grounds["consent:family"]["consent_id"],
        case_id=rows.case, text="Gladly.", answered_by=rows.people["coordinator"], answered_at=rows.now(),
        ledger_index=rows.entry(rows.action),
    )  # fmt: skip


def agree_if_the_school_stays_out(rows: Rows) -> None:
    rows.agree_if("brother", {"kind": "other", "value": "Not a word about the school."})


def promise_the_brother(rows: Rows) -> None:
    rows.promise(rows.grounds["consent:family#brother"]["consent_id"])


def take_down(rows: Rows) -> None:
    rows.take_down()


def attest_the_mother(rows: Rows) -> None:
    rows.attest(rows.taken)


def contest_it(rows: Rows) -> None:
    rows.contest(rows.taken)


def compare_a_reading(rows: Rows) -> None:
    rows.check_reading(rows.read)


def vouch(rows: Rows) -> None:
    mothers = "select id from assent.passkeys where person_id = %s"
    rows.vouch(rows.ask(mothers, rows.people["mother"]))


def answer_the_aunt(rows: Rows) -> None:
    concern = rows.ask("select id from assent.concerns where case_id = %s", rows.case)
    rows.insert(
        "concern_answers", concern_id=concern, case_id=rows.case, text="It is safe.",
        answered_by=rows.people["coordinator"], answered_at=rows.now(), ledger_index=rows.entry(rows.action),
    )  # fmt: skip


def arrange(rows: Rows) -> None:
    rows.insert(
        "arrangements", id=uuid4(), case_id=rows.case, version=9, rule="any", set_at=rows.now(),
        set_by=rows.people["coordinator"], ledger_index=rows.entry(),
    )  # fmt: skip


def answer_in_advance(rows: Rows) -> None:
    rows.answer_standing(rows.standing, "brother")


def end_in_advance(rows: Rows) -> None:
    rows.end_standing(rows.standing)


def say_it_happened(rows: Rows) -> None:
    rows.say_it_happened(rows.standing)


def reach_the_brother(rows: Rows) -> None:
    rows.reach(rows.ask("select id from assent.absences where case_id = %s", rows.case))


def save_a_draft(rows: Rows) -> None:
    rows.insert(
        "drafts", action_id=rows.action, case_id=rows.case, person_id=rows.people["drafter"],
        form={"body": "\u2026"}, saved_at=rows.now(),
    )  # fmt: skip


def begin(rows: Rows) -> None:
    rows.insert(
        "actions", id=uuid4(), case_id=rows.case, kind="un_submission", title="A word", visibility="organisation",
        organisation_id=rows.organisations["harbour"], author_id=rows.people["drafter"], created_at=rows.now(),
        ledger_index=rows.entry(),
    )  # fmt: skip


def let_in(rows: Rows) -> None:
    rows.insert(
        "memberships", id=uuid4(), case_id=rows.case, person_id=rows.people["stranger"], role="observer",
        organisation_id=rows.organisations["outside"], granted_by=rows.people["coordinator"], granted_at=rows.now(),
        ledger_index=rows.entry(),
    )  # fmt: skip


def name_the_source(rows: Rows) -> None:
    rows.insert(
        "evidence_sources", evidence_id=rows.evidence, case_id=rows.case, sealed=b"sealed", named_at=rows.now(),
        named_by=rows.people["coordinator"], ledger_index=rows.entry(),
    )  # fmt: skip


def bring_in(rows: Rows) -> None:
    rows.evidence = rows.bring_in()


def bring_in_with_source(rows: Rows) -> None:
    bring_in(rows)
    rows.name_source(rows.evidence)


def publish_and_find_a_copy(rows: Rows) -> None:
    rows.publish()
    rows.copy = rows.note_copy()  # type: ignore[attr-defined]


def tell_a_copy(rows: Rows) -> None:
    rows.tell(copy_id=rows.copy)  # type: ignore[attr-defined]


def send_a_file(rows: Rows) -> None:
    rows.insert(
        "uploads", id=uuid4(), case_id=rows.case, person_id=rows.people["drafter"], name="film.mp4", size=9000,
        begun_at=rows.now(), changed_at=rows.now(),
    )  # fmt: skip


def answer_apart(rows: Rows) -> None:
    rows.insert(
        "separate_answers", consent_id=rows.grounds["consent:family"]["consent_id"], case_id=rows.case,
        question="known", answer="yes",
    )  # fmt: skip


def record_a_step(rows: Rows) -> None:
    rows.insert("procedure_steps", **a_step(rows))


def meet(rows: Rows) -> None:
    rows.insert("meetings", **a_meeting(rows))


def note_a_promise(rows: Rows) -> None:
    meeting = rows.ask("select id from assent.meetings where case_id = %s", rows.case)
    rows.insert("meeting_notes", **a_promise(rows, meeting))


# table -> whose it is to write, what they write, and somebody of the case who may not write it for them
WRITING: dict[str, tuple[str, Step, str]] = {
    "revisions": ("drafter", do("write", "drafter"), "coordinator"),
    "clearances": ("other_reviewer", do("clear", "other_reviewer"), "reviewer"),
    "concerns": ("aunt", do("raise_concern", "aunt"), "coordinator"),
    "concern_answers": ("coordinator", answer_the_aunt, "drafter"),
    "consent_requests": ("coordinator", ask_the_brother, "drafter"),
    "consents": ("brother", do("decide", "brother"), "coordinator"),
    "consents of a no": ("brother", do("decide", "brother", "no"), "mother"),
    "consent_withdrawals": ("mother", withdraw, "coordinator"),
    "consent_answers": ("coordinator", answer_the_mother, "drafter"),
    "consent_acknowledgements": ("coordinator", promise_the_brother, "drafter"),
    "consents taken down": ("coordinator", take_down, "drafter"),
    "consent_attestations": ("lantern_officer", attest_the_mother, "coordinator"),
    "consent_contests": ("mother", contest_it, "coordinator"),
    "reading_checks": ("reviewer", compare_a_reading, "coordinator"),
    "readings": ("drafter", do("read_aloud"), "coordinator"),
    "consent_signatures": ("brother", do("sign", "brother"), "coordinator"),
    "passkey_vouches": ("harbour_officer", vouch, "coordinator"),
    "separate_answers": ("mother", answer_apart, "coordinator"),
    "procedure_steps": ("drafter", record_a_step, "coordinator"),
    "meetings": ("drafter", meet, "coordinator"),
    "meeting_notes": ("drafter", note_a_promise, "coordinator"),
    "authorities": ("drafter", do("know_authority"), "coordinator"),
    "contacts": ("drafter", do("know_contact"), "coordinator"),
    "pauses": ("coordinator", do("pause", "coordinator"), "drafter"),
    "pause_ends": ("coordinator", lift_the_pause, "drafter"),
    "arrangements": ("coordinator", arrange, "drafter"),
    "publications": ("coordinator", Rows.publish, "drafter"),
    "events": ("coordinator", do("happen"), "drafter"),
    "postures": ("coordinator", do("set_posture"), "mother"),
    "postures of the family": ("mother", do("set_posture", "mother"), "coordinator"),
    "standing_consents": ("mother", do("agree_in_advance"), "coordinator"),
    "standing_consent_answers": ("brother", answer_in_advance, "mother"),
    "standing_consent_ends": ("mother", end_in_advance, "coordinator"),
    "standing_consent_triggers": ("coordinator", say_it_happened, "drafter"),
    "absences": ("coordinator", do("lose", "brother"), "mother"),
    "absence_ends": ("coordinator", reach_the_brother, "brother"),
    "wishes": ("counsel", Rows.wish, "coordinator"),
    "contact_states": ("counsel", Rows.cut_off, "coordinator"),
    "witness_demands": ("coordinator", do("demand_witnesses"), "drafter"),
    "retractions": ("coordinator", do("retract"), "drafter"),
    "copies": ("coordinator", do("note_copy"), "drafter"),
    "tellings": ("coordinator", tell_a_copy, "drafter"),
    "decision_drafts": ("mother", do("begin_answer"), "brother"),
    "drafts": ("drafter", save_a_draft, "coordinator"),
    "actions": ("drafter", begin, "coordinator"),
    "memberships": ("coordinator", let_in, "drafter"),
    "uploads": ("drafter", send_a_file, "coordinator"),
    "stored_files": ("coordinator", do("store_file"), "drafter"),
    "evidence": ("coordinator", do("bring_in"), "drafter"),
    "evidence_sources": ("coordinator", name_the_source, "drafter"),
    "evidence_source_readers": (
        "coordinator",
        lambda r: r.admit(r.evidence, "coordinator", "mother"),
        "drafter",
    ),
    "launches": ("coordinator", do("plan_launch"), "drafter"),
    "launch_moments": ("coordinator", do("set_moment", 2), "drafter"),
    "launch_answers": ("mother", do("answer_launch"), "coordinator"),
    "launch_outcomes": ("coordinator", do("end_launch", "held"), "drafter"),
    "source_agreements": ("coordinator", lambda r: r.agree_to_show(r.evidence), "drafter"),
}
BEFORE: dict[str, Step] = {
    "concern_answers": do("raise_concern"),
    "consent_acknowledgements": agree_if_the_school_stays_out,
    "consent_attestations": do("take_down"),
    "consent_contests": do("take_down"),
    "reading_checks": do("read_aloud"),
    "passkey_vouches": do("enrol", "mother"),
    "pause_ends": do("pause"),
    "standing_consent_answers": do("agree_in_advance"),
    "standing_consent_ends": do("agree_in_advance"),
    "standing_consent_triggers": do("agree_in_advance", only_when="Nobody has seen her."),
    "absence_ends": do("lose", "brother"),
    "meeting_notes": meet,
    "retractions": Rows.publish,
    "copies": Rows.publish,
    "tellings": publish_and_find_a_copy,
    "launch_moments": do("plan_launch"),
    "launch_answers": do("plan_launch"),
    "launch_outcomes": do("plan_launch"),
    "evidence_sources": bring_in,
    "evidence_source_readers": bring_in_with_source,
    "source_agreements": bring_in,
}


@pytest.fixture(params=WRITING)
def writing(request: pytest.FixtureRequest, shared_place: Place) -> Iterator[tuple[Rows, str]]:
    """A case with everything on record, and what is to be written in it."""
    table: str = request.param
    with as_app(shared_place.app_dsn) as connection:
        rows = publishable(connection)
        BEFORE.get(table, Rows.now)(rows)
        yield rows, table


def test_in_ones_own_name(writing: tuple[Rows, str]) -> None:
    rows, table = writing
    who, step, _ = WRITING[table]
    rows.acting_for(who)
    step(rows)


def test_not_in_anothers(writing: tuple[Rows, str]) -> None:
    rows, table = writing
    _, step, another = WRITING[table]
    rows.acting_for(another)
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        step(rows)


@pytest.mark.parametrize("outsider", ["stranger", None])
def test_not_from_outside(writing: tuple[Rows, str], outsider: str | None) -> None:
    rows, table = writing
    made = rows.entry(rows.action)
    rows.entry = lambda action=None: made  # type: ignore[method-assign] # the case's ledger is closed to them too
    rows.acting_for(outsider)
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        WRITING[table][1](rows)


CHANGES = {
    "end a membership": "update assent.memberships set ended_at = now() where case_id = %s",
    "rename an action": "update assent.actions set title = 'Mine' where case_id = %s",
    "move a delivery": "update assent.deliveries set state = 'claimed' where case_id = %s",
    "close a task": "update assent.tasks set closed_at = now() where case_id = %s",
    "rewrite a draft": "update assent.drafts set form = '{}' where case_id = %s",
    "redirect a contact": "update assent.contacts set address = 'mine@thief.example' where case_id = %s",
    "discard a draft": "delete from assent.drafts where case_id = %s",
}


def changed(rows: Rows, change: str) -> int:
    return rows.connection.execute(CHANGES[change], [rows.case]).rowcount


@pytest.mark.parametrize("outsider", ["stranger", None])
@pytest.mark.parametrize("change", CHANGES)
def test_nothing_of_another_case_is_changed(
    filled: Filled, change: str, outsider: str | None
) -> None:
    with as_app(filled.place.app_dsn) as connection:
        rows = replace(filled.cases["case"], connection=connection)
        rows.acting_for(outsider)
        assert changed(rows, change) == 0


@pytest.mark.parametrize("change", ["rename an action", "close a task"])
def test_but_by_its_own_people(filled: Filled, change: str) -> None:
    with as_app(filled.place.app_dsn) as connection:
        rows = replace(filled.cases["case"], connection=connection)
        rows.acting_for("coordinator")
        assert changed(rows, change) > 0


@pytest.mark.parametrize(("who", "count"), [("drafter", 1), ("coordinator", 0)])
@pytest.mark.parametrize("change", ["rewrite a draft", "discard a draft"])
def test_a_draft_is_its_writers_alone(filled: Filled, change: str, who: str, count: int) -> None:
    """Everybody of the case may read it, and take it over as a draft of their own."""
    with as_app(filled.place.app_dsn) as connection:
        rows = replace(filled.cases["case"], connection=connection)
        rows.acting_for(who)
        assert rows.ask("select count(*) from assent.drafts") == 1
        assert changed(rows, change) == count
