"""Whoever holds the application's password cannot write records that nobody could have made."""

from datetime import timedelta
from operator import methodcaller as do
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import errors

from tests.conftest import Place
from tests.database.attacks import (
    Attack,
    Step,
    assert_refused,
    assert_succeeds_with_its_guard_asleep,
    publishable,
)
from tests.database.everything import answer_erasure, ask_erasure, checkpoint, sign_the_log
from tests.database.rows import Rows, as_app

REVIEW = "clearance:safety_reviewer"


def refused(guard: str, constraint: str, name: str, *steps: Step) -> Attack:
    """An attack that `table.trigger` has to refuse under this constraint's name."""
    table, trigger = guard.split(".")
    return Attack(name, steps, (table, trigger), constraint)


def clearing(constraint: str, name: str, *steps: Step) -> Attack:
    return refused("clearances.b_guard", constraint, name, *steps)


def deciding(constraint: str, name: str, *steps: Step) -> Attack:
    return refused("consents.b_guard", constraint, name, *steps)


def delivering(constraint: str, name: str, *steps: Step) -> Attack:
    return refused("deliveries.b_guard", constraint, name, Rows.publish, *steps)


def answering(constraint: str, name: str, *steps: Step) -> Attack:
    return refused("arrangement_answers.b_guard", constraint, name, *steps)


def wish_for(*deciders: str) -> Step:
    """Somebody's wish that these decide instead: those who decide so far have not answered."""

    def step(rows: Rows) -> None:
        rows.everybody_agrees_to_it = lambda: None  # type: ignore[method-assign]
        rows.arrange("any", *deciders)

    return step


def agrees(name: str) -> Step:
    return lambda rows: rows.agree_to_arrangement(rows.people[name])


def agree_to_the_first(rows: Rows) -> None:
    first = rows.ask(
        "select id from assent.arrangements where case_id = %s and version = 1", rows.case
    )
    rows.agree_to_arrangement(rows.people["mother"], arrangement_id=first)


def agree_in_the_past(rows: Rows) -> None:
    rows.agree_to_arrangement(rows.people["mother"], at=rows.now() - timedelta(minutes=6))


def agree_on_an_entry_of_another(rows: Rows) -> None:
    on_an_entry_of_another("agree_to_arrangement", rows.people["mother"])(rows)


def promising(constraint: str, name: str, *steps: Step) -> Attack:
    return refused("consent_acknowledgements.b_guard", constraint, name, *steps)


def conditional(rows: Rows) -> UUID:
    return rows.agree_if("brother", {"kind": "other", "value": "Not a word about the school."})


def promise_by(name: str) -> Step:
    return lambda rows: rows.promise(conditional(rows), name)


def promise_about_the_mothers_yes(rows: Rows) -> None:
    rows.promise(rows.grounds["consent:family"]["consent_id"])


def promise_in_the_past(rows: Rows) -> None:
    rows.promise(conditional(rows), at=rows.now() - timedelta(minutes=6))


def promise_on_an_entry_of_another(rows: Rows) -> None:
    given = conditional(rows)
    on_an_entry_of_another("promise", given)(rows)


def clear_for(organisation: str | None) -> Step:
    return lambda rows: rows.clear(
        "lantern_officer", organisation_id=rows.organisations.get(organisation or "")
    )


def clear_in_the_past(rows: Rows) -> None:
    rows.clear("other_reviewer", at=rows.now() - timedelta(minutes=6))


def decide_in_the_future(rows: Rows) -> None:
    rows.decide("mother", at=rows.now() + timedelta(minutes=1))


def brother_withdraws_the_mothers_yes(rows: Rows) -> None:
    rows.withdraw(rows.grounds["consent:family"]["consent_id"], "brother")


def take_back_a_question(rows: Rows) -> None:
    rows.withdraw(rows.decide("brother", "question"), "brother")


def with_a_son(rows: Rows) -> None:
    rows.person("son", None, f"son.{uuid4().hex}@example.org", born=rows.now().date())
    rows.join("son", "decision_maker", None)


def jump_ahead(rows: Rows) -> None:
    rows.number += 4


def write_nothing(rows: Rows) -> None:
    rows.insert(
        "revisions", id=uuid4(), action_id=rows.action, case_id=rows.case, number=rows.number + 1,
        digest=rows.digest, author_id=rows.people["drafter"], created_at=rows.now(),
        ledger_index=rows.entry(rows.action),
    )  # fmt: skip


def of_another_action(rows: Rows) -> None:
    rows.action = uuid4()


def on_an_entry_of_another(method: str, *args: Any) -> Step:
    """A record that points at a ledger entry somebody else has made."""
    entry = "select min(index) from assent.ledger_entries"
    return lambda rows: getattr(rows, method)(*args, ledger_index=rows.ask(entry))


def leave_on_an_entry_of_another(rows: Rows) -> None:
    rows.entry = lambda *_: rows.ask("select min(index) from assent.ledger_entries")  # type: ignore[method-assign]
    rows.leave("observer")


def hide_from_the_family(rows: Rows) -> None:
    hidden = "update assent.actions set visibility = 'organisation' where id = %s"
    rows.connection.execute(hidden, [rows.action])


def come_back(rows: Rows) -> None:
    rows.leave("observer")
    rows.connection.execute(
        "update assent.memberships set ended_at = null, end_ledger_index = null where person_id = %s",
        [rows.people["observer"]],
    )


def delivery_becomes(*states: str, **other: object) -> Step:
    def step(rows: Rows) -> None:
        delivery = rows.deliver()
        for state in states:
            rows.connection.execute(
                "update assent.deliveries set state = %s, changed_by = %s where id = %s",
                [state, other.get("by"), delivery],
            )

    return step


def stopped_then(state: str, stop: Step) -> Step:
    """Something stops what was released, and it is handed over all the same."""

    def step(rows: Rows) -> None:
        delivery = rows.deliver()
        stop(rows)
        change = "update assent.deliveries set state = %s where id = %s"
        rows.connection.execute(change, [state, delivery])

    return step


def claim_against_a_source(rows: Rows) -> None:
    """The source agreed when it was released, and says no before it is handed over."""
    evidence = rows.bring_in()
    rows.agree_to_show(evidence)
    digest = rows.ask(
        "select sha256 from assent.stored_files s join assent.evidence e on e.file_id = s.id where e.id = %s",
        evidence,
    )
    rows.begin_action(
        attachments=[{"sha256": digest, "title": "A letter"}], form={"government": "GB"}
    )
    rows.everybody_agrees()
    rows.publish()
    delivery = rows.deliver()
    rows.agree_to_show(evidence, agrees=False)
    rows.connection.execute(
        "update assent.deliveries set state = 'handed_over' where id = %s", [delivery]
    )


def claim_after_retraction(rows: Rows) -> None:
    delivery = rows.deliver()
    rows.connection.execute(
        "update assent.deliveries set state = 'claimed' where id = %s", [delivery]
    )
    rows.connection.execute(
        "update assent.deliveries set state = 'unknown' where id = %s", [delivery]
    )
    rows.retract()
    rows.connection.execute(
        "update assent.deliveries set state = 'pending', changed_by = %s where id = %s",
        [rows.people["coordinator"], delivery],
    )


def sign_another_tree(rows: Rows) -> None:
    sign_the_log(rows)
    rows.entry()
    checkpoint(rows, root=bytes(32))


def cosigned_by_nobody_known(rows: Rows) -> None:
    sign_the_log(rows)
    size = rows.ask("select max(size) from assent.ledger_checkpoints")
    stranger = {"witness": "stranger.example/witness", "line": "— stranger.example/witness c2ln"}
    rows.insert("ledger_cosignatures", size=size, at=rows.now(), nth=2, **stranger)


def sign_a_shorter_log(rows: Rows) -> None:
    rows.entry()
    sign_the_log(rows)
    checkpoint(rows, shorter=1)


def change_keys_on_an_entry_of_another(rows: Rows) -> None:
    values = {"number": 7, "origin": "log.example", "public_key": bytes(32), "reason": "stolen"}
    entry = rows.ask("select min(index) from assent.ledger_entries")
    rows.insert("ledger_keys", **values, at=rows.now(), ledger_index=entry)


def wished_by(*people: str, agreed_by: str = "", stopped_by: str = "") -> Step:
    """That everything be destroyed; then somebody answers."""

    def step(rows: Rows) -> None:
        erasures = [ask_erasure(rows, by=person) for person in people]
        for answering_person, agrees in ((agreed_by, True), (stopped_by, False)):
            if answering_person:
                answer_erasure(rows, erasures[-1], answering_person, agrees=agrees)

    return step


def stopped_twice(rows: Rows) -> None:
    erasure = ask_erasure(rows)
    answer_erasure(rows, erasure, "mother")
    answer_erasure(rows, erasure, "brother")


def wished_in_the_past(rows: Rows) -> None:
    now = rows.now
    rows.now = lambda: now() - timedelta(days=8)  # type: ignore[method-assign]
    ask_erasure(rows)


def wished_on_an_entry_of_another(rows: Rows) -> None:
    rows.entry = lambda *_: rows.ask("select min(index) from assent.ledger_entries")  # type: ignore[method-assign]
    ask_erasure(rows)


ATTACKS = [
    clearing("clearances_not_writer", "clearing one's own text", do("write", "harbour_officer"), do("write"),
             do("clear", "harbour_officer")),
    clearing("clearances_not_writer", "clearing a text one wrote a part of",
             do("write", "drafter", ("harbour_officer",)), do("write"), do("clear", "harbour_officer")),
    clearing("clearances_entitled", "clearing without the role", do("clear", "observer", role="safety_reviewer")),
    clearing("clearances_entitled", "clearing for another organisation", clear_for("harbour")),
    clearing("clearances_entitled", "clearing for no organisation", clear_for(None)),
    clearing("clearances_entitled", "clearing after one has left", do("leave", "other_reviewer"),
             do("clear", "other_reviewer")),
    clearing("clearances_not_repeated", "clearing twice", do("clear", "reviewer")),
    clearing("clearances_latest_revision", "clearing an older text", do("older_text"), do("clear", "other_reviewer")),
    refused("clearances.c_time", "recorded_now", "a clearance dated back", clear_in_the_past),
    refused("clearances.c_entry", "recorded_in_ledger", "a clearance on another's entry",
            on_an_entry_of_another("clear", "other_reviewer")),
    deciding("consents_decision_maker", "a consent by an informed relative", do("decide", "aunt")),
    deciding("consents_decision_maker", "a consent by a coordinator", do("decide", "coordinator")),
    deciding("consents_decision_maker", "a consent by one who left", do("leave", "brother"), do("decide", "brother")),
    deciding("consents_decision_maker", "a consent by one no longer named", do("arrange", "any", "mother"),
             do("decide", "brother")),
    deciding("consents_latest_revision", "a consent to an older text", do("older_text"), do("decide", "brother")),
    refused("consents.c_time", "recorded_now", "a consent dated ahead", decide_in_the_future),
    refused("consents.c_entry", "recorded_in_ledger", "a consent on another's entry",
            on_an_entry_of_another("decide", "brother")),
    refused("consent_withdrawals.b_guard", "consent_withdrawals_own_yes", "a yes taken back by another",
            brother_withdraws_the_mothers_yes),
    refused("consent_withdrawals.b_guard", "consent_withdrawals_own_yes", "a question taken back",
            take_back_a_question),
    answering("arrangement_answers_decider", "a change agreed to by those it would name", wish_for("aunt"),
              agrees("aunt")),
    answering("arrangement_answers_decider", "a change agreed to by its coordinator", wish_for("aunt"),
              agrees("coordinator")),
    answering("arrangement_answers_decider", "a change agreed to by one who left", wish_for("aunt"),
              do("leave", "brother"), agrees("brother")),
    answering("arrangement_answers_latest", "a change agreed to after another", wish_for("aunt"), agree_to_the_first),
    answering("arrangement_answers_pending", "what is in force agreed to again", agrees("mother")),
    refused("arrangement_answers.c_time", "recorded_now", "an agreement dated back", wish_for("aunt"),
            agree_in_the_past),
    refused("arrangement_answers.c_entry", "recorded_in_ledger", "an agreement on another's entry", wish_for("aunt"),
            agree_on_an_entry_of_another),
    deciding("consents_decision_maker", "a consent by one whom only a wish names", wish_for("aunt"),
             do("decide", "aunt")),
    promising("consent_acknowledgements_coordinator", "a promise by a drafter", promise_by("drafter")),
    promising("consent_acknowledgements_coordinator", "a promise by a coordinator who left", do("leave", "coordinator"),
              promise_by("coordinator")),
    promising("consent_acknowledgements_conditions", "a promise about a plain yes", promise_about_the_mothers_yes),
    refused("consent_acknowledgements.c_time", "recorded_now", "a promise dated back", promise_in_the_past),
    refused("consent_acknowledgements.c_entry", "recorded_in_ledger", "a promise on another's entry",
            promise_on_an_entry_of_another),
    refused("arrangement_people.b_guard", "arrangement_people_adult", "a minor named a decision maker", with_a_son,
            do("arrange", "any", "mother", "son")),
    refused("memberships.b_guard", "memberships_kept", "a membership that ended taken up again", come_back),
    refused("memberships.b_guard", "recorded_in_ledger", "a membership ended on another's entry",
            leave_on_an_entry_of_another),
    refused("revisions.b_guard", "revisions_number_next", "a text with a number of its own", jump_ahead, do("write")),
    refused("revisions.b_guard", "revisions_content_given", "a text without content", write_nothing),
    refused("publications.c_entry", "recorded_in_ledger", "going out on another's entry",
            on_an_entry_of_another("publish")),
    refused("publications.publications_once_key", "publications_once_key", "going out twice", Rows.publish,
            Rows.publish),
    refused("publication_grounds.publication_grounds_pkey", "publication_grounds_pkey", "one for two requirements",
            do("credit", REVIEW, "lantern_officer"), Rows.publish),
    refused("retractions.b_guard", "retractions_of_action", "a retraction of another action", Rows.publish,
            of_another_action, do("retract")),
    refused("actions.b_guard", "actions_slug_kept", "the public address changed", Rows.publish, Rows.give_address,
            Rows.give_address),
    refused("actions.b_guard", "actions_family_sees", "hiding from the family what they were asked",
            hide_from_the_family),
    delivering("deliveries_to_audience", "a letter to somebody not approved",
               do("deliver", "Press <news@example.org>")),
    delivering("deliveries_to_audience", "a letter marked sent that never was", do("deliver", state="sent")),
    delivering("deliveries_not_retracted", "a letter of what was taken back", do("retract"), do("deliver")),
    delivering("deliveries_not_retracted", "a letter tried again after it was taken back", claim_after_retraction),
    delivering("deliveries_agreed_still", "a letter sent during a pause", stopped_then("claimed", do("pause"))),
    delivering("deliveries_agreed_still", "a letter handed over despite a concern",
               stopped_then("handed_over", do("raise_concern"))),
    delivering("deliveries_agreed_still", "a letter sent over a relative's question",
               stopped_then("claimed", do("decide", "brother", "question"))),
    delivering("deliveries_agreed_still", "a letter sent on the yes of one who left",
               stopped_then("claimed", do("leave", "mother"))),
    delivering("deliveries_agreed_still", "a letter its source keeps from its reader", claim_against_a_source),
    delivering("deliveries_forward", "a sent letter sent again", delivery_becomes("claimed", "sent", "pending")),
    delivering("deliveries_came_back_says_somebody", "a letter come back, says nobody",
               delivery_becomes("claimed", "sent", "not_sent")),
    delivering("deliveries_forward", "a letter sent without being claimed", delivery_becomes("sent")),
    delivering("deliveries_tried_again_by_somebody", "an unknown letter tried again by nobody",
               delivery_becomes("claimed", "unknown", "pending")),
    refused("ledger_checkpoints.b_guard", "ledger_checkpoints_of_this_tree", "another tree signed", sign_another_tree),
    refused("ledger_cosignatures.b_guard", "ledger_cosignatures_of_a_witness", "seen by a witness nobody enrolled",
            cosigned_by_nobody_known),
    refused("ledger_checkpoints.b_guard", "ledger_checkpoints_longer", "a shorter log signed", sign_a_shorter_log),
    refused("erasures.b_guard", "erasures_once", "erasing asked for twice", wished_by("mother", "coordinator")),
    refused("erasures.b_guard", "erasures_entitled", "erasing asked for by a drafter", wished_by("drafter")),
    refused("erasures.b_guard", "erasures_entitled", "erasing asked for by an informed relative", wished_by("aunt")),
    refused("erasures.c_time", "recorded_now", "an erasure dated back", wished_in_the_past),
    refused("erasures.c_entry", "recorded_in_ledger", "an erasure on another's entry", wished_on_an_entry_of_another),
    refused("erasure_answers.b_guard", "erasure_answers_open", "stopping what was stopped", stopped_twice),
    refused("erasure_answers.b_guard", "erasure_answers_second", "agreeing within one organisation",
            wished_by("coordinator", agreed_by="other_reviewer")),
    refused("erasure_answers.b_guard", "erasure_answers_second", "agreeing without a role for it",
            wished_by("coordinator", agreed_by="observer")),
    refused("erasure_answers.b_guard", "erasure_answers_stopped_by", "stopping the family's wish as a reviewer",
            wished_by("mother", stopped_by="reviewer")),
    refused("ledger_keys.c_entry", "recorded_in_ledger", "a key on another's entry",
            change_keys_on_an_entry_of_another),
]  # fmt: skip

# Those a constraint stops, rather than a trigger that could sleep.
BY_TRIGGER = [attack for attack in ATTACKS if not attack.constraint.endswith("key")]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_refused(shared_place: Place, attack: Attack) -> None:
    assert_refused(shared_place, attack)


@pytest.mark.parametrize("attack", BY_TRIGGER, ids=str)
def test_but_for_its_guard_it_would_stand(shared_place: Place, attack: Attack) -> None:
    assert_succeeds_with_its_guard_asleep(shared_place, attack)


def test_a_minor_cannot_decide_even_when_named(shared_place: Place) -> None:
    asleep = ("arrangement_people", "b_guard")
    with as_app("", shared_place.superuser_dsn, without=asleep) as connection:
        rows = publishable(connection)
        with_a_son(rows)
        rows.arrange("any", "son")
        with pytest.raises(errors.CheckViolation) as refusal:
            rows.decide("son")
    assert refusal.value.diag.constraint_name == "consents_adult"


@pytest.mark.parametrize(
    "step",
    [
        do("clear", "other_reviewer", digest="0" * 64),
        do("decide", "brother", digest="0" * 64),
        do("publish", digest="0" * 64),
    ],
    ids=["clearance", "consent", "publication"],
)
def test_no_record_refers_to_a_digest_that_is_not_the_texts(
    shared_place: Place, step: Step
) -> None:
    with as_app(shared_place.app_dsn) as connection:
        rows = publishable(connection)
        with pytest.raises(errors.ForeignKeyViolation):
            step(rows)
