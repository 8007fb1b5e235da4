"""Whoever holds the application's password cannot agree for the family in advance, nor take anybody's place in it."""

from collections.abc import Callable
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
from tests.database.rows import Rows, as_app

FAMILY = "consent:family"
TERMS: dict[str, Any] = {
    "stand_in_after_hours": 1,
    "asks_again": ["trial"],
    "shows_votes": True,
}


def refused(guard: str, constraint: str, name: str, *steps: Step) -> Attack:
    """An attack that `table.trigger` has to refuse under this constraint's name."""
    table, trigger = guard.split(".")
    return Attack(name, steps, (table, trigger), constraint)


def out(name: str, says: str, *steps: Step) -> Attack:
    """An attempt to let a letter go out after these steps; the refusal names what is missing."""
    gate = "publications_gate_open"
    return Attack(name, (*steps, Rows.publish), ("publications", gate), gate, says)


def a_letter(**content: Any) -> Step:
    """A letter whose gate takes a standing consent, cleared, with nothing said by the family to it."""

    def step(rows: Rows) -> None:
        rows.begin_action("diplomatic_outreach", **content)
        rows.everybody_agrees(family=False)

    return step


def hidden_letter(rows: Rows) -> None:
    """The same, kept within the organisation that writes it."""
    rows.begin_action("diplomatic_outreach", visibility="organisation")
    rows.everybody_agrees(family=False)


def hide(rows: Rows) -> None:
    change = "update assent.actions set visibility = 'organisation' where id = %s"
    rows.connection.execute(change, [rows.action])


def agreed(*by: str, **scope: Any) -> Step:
    """A standing consent that these agree to, on which what follows rests."""

    def step(rows: Rows) -> None:
        standing = rows.agree_in_advance(**scope)
        for name in by or ("mother",):
            rows.answer_standing(standing, name)
            rows.ground(f"{FAMILY}#{name}", name, standing_consent_id=standing)

    return step


def with_it(deed: Callable[[Rows, UUID], Any]) -> Step:
    """Something done with the last standing consent."""
    return lambda rows: deed(rows, rows.standing)


def in_the_past(method: str, *args: Any, **other: Any) -> Step:
    def step(rows: Rows) -> None:
        moment = {"at": rows.now() - timedelta(minutes=6)}
        getattr(rows, method)(*args, **other | moment)

    return step


def on_anothers_entry(method: str, *args: Any, **other: Any) -> Step:
    entry = "select min(index) from assent.ledger_entries"
    return lambda rows: getattr(rows, method)(*args, ledger_index=rows.ask(entry), **other)


def longer_than_its_gate(rows: Rows) -> None:
    rows.agree_in_advance(expires_at=rows.now() + timedelta(days=91))


def older_than_its_gate_allows(rows: Rows) -> None:
    """As if it had been written before the gate was tightened."""
    agreed(at=rows.now() - timedelta(minutes=4), expires_at=rows.now() - timedelta(seconds=1))(rows)


def terms_by(name: str | None, term: str) -> Step:
    def step(rows: Rows) -> None:
        setter = rows.people[name] if name else None
        rows.arrange("any", "mother", set_by=setter, **{term: TERMS[term]})

    return step


def stood_in_for(*steps: Step) -> tuple[Step, ...]:
    """An alternate is named; the family's time has not passed, or nobody is away."""

    def step(rows: Rows) -> None:
        rows.join("aunt", "decision_maker", None)
        terms: dict[str, Any] = {
            "alternates": ("aunt",),
            "stand_in_after_hours": 1,
            "set_by": rows.people["mother"],
        }
        rows.arrange("one", "mother", **terms)
        rows.write()

    return (step, *steps, do("decide", "aunt"))


def doubtful_instead(rows: Rows) -> None:
    """Word through a lawyer the state imposed, in the place of what the person said themselves."""
    rows.wish("yes", "imposed", replaces=rows.wish())


OTHERS = {
    "standing_consents": ("agree_in_advance",), "events": ("happen",), "absences": ("lose", "brother"),
    "wishes": ("wish",), "contact_states": ("cut_off",), "witness_demands": ("demand_witnesses",),
    "postures": ("set_posture",),
}  # fmt: skip
ATTACKS = [
    refused("standing_consents.b_guard", "standing_consents_decision_maker", "agreeing in advance as a coordinator",
            do("agree_in_advance", "coordinator")),
    refused("standing_consents.b_guard", "standing_consents_decision_maker", "agreeing in advance as one who left",
            do("leave", "brother"), do("agree_in_advance", "brother")),
    refused("standing_consents.b_guard", "standing_consents_decision_maker", "agreeing in advance when named no more",
            do("arrange", "any", "mother"), do("agree_in_advance", "brother")),
    refused("standing_consents.b_guard", "standing_consents_within_gate", "agreeing in advance to a public statement",
            do("agree_in_advance", kinds=["diplomatic_outreach", "public_statement"])),
    refused("standing_consents.b_guard", "standing_consents_within_gate", "agreeing in advance to no known kind",
            do("agree_in_advance", kinds=["anything"])),
    refused("standing_consents.b_guard", "standing_consents_within_gate", "agreeing for longer than the gate",
            longer_than_its_gate),
    refused("standing_consent_answers.b_guard", "standing_consent_answers_decider", "an answer by the coordinator",
            agreed("coordinator")),
    refused("standing_consent_answers.b_guard", "standing_consent_answers_decider", "an answer by an informed relative",
            agreed("aunt")),
    refused("standing_consent_answers.b_guard", "standing_consent_answers_not_ended", "an answer to what was ended",
            do("agree_in_advance"), with_it(lambda r, s: r.end_standing(s)),
            with_it(lambda r, s: r.answer_standing(s))),
    refused("standing_consent_ends.b_guard", "standing_consent_ends_familys", "ended by the coordinator",
            do("agree_in_advance"), with_it(lambda r, s: r.end_standing(s, "coordinator"))),
    refused("standing_consent_triggers.b_guard", "standing_consent_triggers_awaited", "saying it of nothing",
            do("agree_in_advance"), with_it(lambda r, s: r.say_it_happened(s))),
    refused("standing_consent_triggers.b_guard", "standing_consent_triggers_staff", "said for another organisation",
            do("agree_in_advance", only_when="x"),
            with_it(lambda r, s: r.say_it_happened(s, organisation_id=r.organisations["lantern"]))),
    refused("standing_consent_triggers.b_guard", "standing_consent_triggers_staff", "said by an observer",
            do("agree_in_advance", only_when="x"), with_it(lambda r, s: r.say_it_happened(s, "observer"))),
    refused("absences.b_guard", "absences_of_the_arrangement", "an absence of somebody who does not decide",
            do("lose", "aunt")),
    refused("absences.b_guard", "absences_recorder", "an absence recorded by a drafter",
            do("lose", "mother", "drafter")),
    refused("absences.b_guard", "absences_recorder", "an absence recorded by a relative the family did not name",
            do("lose", "mother", "aunt")),
    refused("wishes.b_guard", "wishes_counsel", "a wish put on record by a coordinator",
            lambda r: r.wish(recorded_by=r.people["coordinator"])),
    refused("wishes.b_guard", "wishes_trusted_stays", "word replaced by an imposed lawyer's",
            doubtful_instead),
    refused("contact_states.b_guard", "contact_states_recorder", "incommunicado recorded by a drafter",
            do("cut_off", "drafter")),
    refused("witness_demands.b_guard", "witness_demands_coordinator", "witnesses asked for by a drafter",
            do("demand_witnesses", 1, "drafter")),
    refused("witness_demands.b_guard", "witness_demands_coordinator", "witnesses no more asked for by one who left",
            do("leave", "coordinator"), do("demand_witnesses", 0)),
    refused("postures.b_guard", "postures_by", "a posture set by a drafter", do("set_posture", "drafter")),
    refused("postures.b_guard", "postures_by", "a posture set by a relative the family did not name",
            do("set_posture", "aunt")),
    refused("postures.b_guard", "postures_by", "a posture set by one who left",
            do("leave", "coordinator"), do("set_posture")),
    refused("postures.b_guard", "postures_owner", "a posture a relative has to answer for",
            lambda r: r.set_posture(owner_id=r.people["mother"])),
    refused("postures.b_guard", "postures_owner", "a posture a stranger has to answer for",
            lambda r: r.set_posture(owner_id=r.people["stranger"])),
    refused("postures.b_guard", "postures_in_turn", "a posture out of turn", do("set_posture", version=3)),
    refused("postures.b_guard", "postures_reason", "a posture for no reason", do("set_posture", reason=" ")),
    *(refused("arrangements.b_guard", "arrangements_terms_familys_own", f"{term} set by {who or 'nobody'}",
              terms_by(who, term)) for term in TERMS for who in ("coordinator", "aunt", None)),
    refused("consents.b_guard", "consents_decision_maker", "an alternate while nobody is away", *stood_in_for()),
    refused("consents.b_guard", "consents_decision_maker", "an alternate before the family's time has passed",
            *stood_in_for(do("lose", "mother"))),
    *(refused(f"{table}.c_entry", "recorded_in_ledger", f"{table} on another's entry", on_anothers_entry(*how))
      for table, how in OTHERS.items()),
    *(refused(f"{table}.c_time", "recorded_now", f"{table} dated back", in_the_past(*how))
      for table, how in OTHERS.items() if table != "events"),
    refused("events.c_time", "recorded_now", "events dated back",
            lambda r: r.happen(recorded_at=r.now() - timedelta(minutes=6))),
    out("a letter with nothing agreed", FAMILY, a_letter()),
    out("a letter on a scope for others", FAMILY, a_letter(), agreed(audiences=["public"])),
    out("a letter on a scope in another language", FAMILY, a_letter(), agreed(languages=["fa"])),
    out("a letter in one language more", FAMILY,
        a_letter(languages={"en": {"title": "t", "body": "b"}, "fa": {"title": "t", "body": "b"}}), agreed()),
    out("a letter to nobody", FAMILY, a_letter(audience=[]), agreed()),
    out("a letter the family cannot see", FAMILY, hidden_letter, agreed()),
    refused("actions.b_guard", "actions_family_sees", "hiding a letter that went out on what was agreed in advance",
            a_letter(), agreed(), Rows.publish, hide),
    out("a letter with words left out", FAMILY, a_letter(), agreed(excludes=["let her go"])),
    out("a letter with a photograph", FAMILY,
        a_letter(attachments=[{"sha256": "0" * 64, "title": "A file"}]), agreed(excludes=["photograph"])),
    out("a letter that names a relative", FAMILY,
        a_letter(languages={"en": {"title": "t", "body": "The Aunt waits."}}), agreed(excludes=["names_of_relatives"])),
    out("a letter before it has happened", FAMILY, a_letter(), agreed(only_when="Nobody has seen her."),
        with_it(lambda r, s: r.say_it_happened(s))),
    out("a letter on a scope that has ended", FAMILY, a_letter(), agreed(), with_it(lambda r, s: r.end_standing(s))),
    out("a letter on a scope that has lapsed", FAMILY, a_letter(), older_than_its_gate_allows),
    out("a letter over another's no to the scope", FAMILY, a_letter(), agreed(),
        with_it(lambda r, s: r.answer_standing(s, "brother", False))),
    out("a letter over a no to itself", "a no, a withdrawal or a question", a_letter(), agreed(),
        do("decide", "brother", "no")),
    out("a letter over a question", "a no, a withdrawal or a question", a_letter(), agreed(),
        do("decide", "brother", "question")),
    out("a letter on one yes of two", FAMILY, do("arrange", "all", "mother", "brother"), a_letter(), agreed()),
    out("a letter on the yes of one who left", FAMILY, a_letter(), agreed("brother"), do("leave", "brother")),
    out("a letter on the yes of one named no more", FAMILY, a_letter(), agreed("brother"),
        do("arrange", "any", "mother")),
    out("a letter after the person's release", FAMILY, a_letter(), agreed(), do("happen", "release")),
    out("a text after the person's release", FAMILY, do("happen", "release")),
    out("a text after what the family chose", FAMILY,
        lambda r: r.arrange("any", "mother", asks_again=["trial"], set_by=r.people["mother"]), do("happen")),
    out("a text after doubtful word against it", FAMILY, do("wish", "no", "imposed")),
    out("a text the person does not want", "consent:detainee", Rows.wish),
    out("a text on what was said before the person's no was lifted", FAMILY,
        lambda r: r.wish("yes", replaces=r.wish())),
    out("a letter on what was agreed before the person's no was lifted", FAMILY, a_letter(), agreed(),
        lambda r: r.wish("yes", replaces=r.wish())),
    out("a letter the person does not want", "consent:detainee", a_letter(), agreed(),
        do("wish", kinds=["diplomatic_outreach"])),
    out("a text with what the person wants left out", "consent:detainee", do("wish", details=["home"])),
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_refused(shared_place: Place, attack: Attack) -> None:
    assert_refused(shared_place, attack)


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_but_for_its_guard_it_would_stand(shared_place: Place, attack: Attack) -> None:
    assert_succeeds_with_its_guard_asleep(shared_place, attack)


GOES_OUT: dict[str, tuple[Step, ...]] = {
    "within the scope": (a_letter(), agreed()),
    "a letter, both agreeing": (do("arrange", "all", "mother", "brother"), a_letter(), agreed("mother", "brother")),
    "once two organisations have said so": (
        a_letter(), agreed(only_when="x"), with_it(lambda r, s: r.say_it_happened(s)),
        with_it(lambda r, s: r.say_it_happened(s, "reviewer")),
    ),
    "confirmed after what happened": (
        a_letter(), agreed(), do("happen", "release"), with_it(lambda r, s: r.answer_standing(s)),
    ),
    "words left out that are not there": (a_letter(), agreed(excludes=["school", "photograph", "names_of_relatives"])),
    "what happened is not what asks again": (do("happen", "trial"),),
    "a wish about something else": (do("wish", kinds=["un_submission"]), do("wish", details=["school"])),
    "a wish that the person has changed, asked again": (
        lambda r: r.wish("yes", replaces=r.wish()),
        lambda r: r.ground(FAMILY, "mother", consent_id=r.decide("mother")),
    ),
    "a changed wish about something else": (
        lambda r: r.wish("yes", replaces=r.wish(kinds=["un_submission"])),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOES_OUT)
def test_what_was_agreed_to_in_advance_does_go_out(shared_place: Place, name: str) -> None:
    with as_app(shared_place.app_dsn) as connection:
        rows = publishable(connection)
        for step in GOES_OUT[name]:
            step(rows)
        rows.publish()


@pytest.mark.parametrize(
    "deed",
    [
        with_it(lambda r, s: r.end_standing(s)),
        with_it(lambda r, s: r.answer_standing(s, "brother", False)),
    ],
    ids=["ended", "a no"],
)
def test_ending_it_takes_back_all_it_let_out(shared_place: Place, deed: Step) -> None:
    with as_app(shared_place.app_dsn) as connection:
        rows = publishable(connection)
        agreed()(rows)
        standing = rows.grounds.pop(f"{FAMILY}#mother")
        published = []
        for _ in range(2):
            a_letter()(rows)
            rows.grounds[FAMILY] = standing
            published.append(rows.publish())
        deed(rows)
        back = "select publication_id from assent.retractions where case_id = %s"
        assert {row[0] for row in rows.connection.execute(back, [rows.case])} == set(published)


def test_a_yes_to_the_text_taken_back_takes_back_what_went_out_on_another(
    shared_place: Place,
) -> None:
    """The brother had said yes too; the letter rests on what was agreed to before."""
    with as_app(shared_place.app_dsn) as connection:
        rows = publishable(connection)
        a_letter()(rows)
        agreed()(rows)
        given = rows.decide("brother")
        rows.publish()
        rows.withdraw(given, "brother")
        assert rows.ask(
            "select cause from assent.retractions where publication_id = %s", rows.publication
        )


def test_an_alternate_stands_in_once_the_familys_time_has_passed(shared_place: Place) -> None:
    with as_app("", shared_place.superuser_dsn) as connection:
        rows = publishable(connection)
        for step in stood_in_for(do("lose", "mother"), do("pass_time", 2)):
            step(rows)
        back = rows.ask("select id from assent.absences where case_id = %s", rows.case)
        rows.reach(back)
        with pytest.raises(errors.CheckViolation):
            rows.decide("aunt")


def test_a_minor_agrees_to_nothing_in_advance(shared_place: Place) -> None:
    asleep = ("arrangement_people", "b_guard")
    with as_app("", shared_place.superuser_dsn, without=asleep) as connection:
        rows = publishable(connection)
        rows.person("son", None, f"son.{uuid4().hex}@example.org", born=rows.now().date())
        rows.join("son", "decision_maker", None)
        rows.arrange("any", "son", "mother")
        standing = rows.agree_in_advance()
        with pytest.raises(errors.CheckViolation) as refusal:
            rows.answer_standing(standing, "son")
    assert refusal.value.diag.constraint_name == "standing_consent_answers_adult"
