"""Whoever holds the application's password cannot publish what the gate would not let out."""

from datetime import timedelta
from operator import methodcaller as do
from typing import Any

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
from tests.database.rows import CLEARING, Rows, as_app

FAMILY = "consent:family"
HARBOUR, LANTERN, REVIEW = CLEARING


def out(name: str, says: str, *steps: Step) -> Attack:
    """An attempt to publish after these steps; the refusal names what is missing."""
    gate = "publications_gate_open"
    return Attack(name, (*steps, Rows.publish), ("publications", gate), gate, says)


def without(requirement: str) -> Step:
    """The publication does not say what met this requirement."""
    return lambda rows: rows.grounds.pop(requirement)


def withdraw(rows: Rows) -> None:
    rows.withdraw(rows.grounds[FAMILY]["consent_id"])


def rest_on_a_lapsed_yes(rows: Rows) -> None:
    times = {
        "at": rows.now() - timedelta(minutes=4),
        "expires_at": rows.now() - timedelta(seconds=1),
    }
    rows.ground(FAMILY, "mother", consent_id=rows.decide("mother", "yes", **times))


def rest_on_another_action(rows: Rows) -> None:
    grounds = rows.grounds
    rows.begin_action()
    rows.grounds = grounds


def agree_to(**content: Any) -> Step:
    """Everybody agrees to a text with this in it."""

    def step(rows: Rows) -> None:
        rows.begin_action(**content)
        rows.everybody_agrees()

    return step


def agree_to_a_time_ahead(rows: Rows) -> None:
    agree_to(not_before=(rows.now() + timedelta(minutes=10)).isoformat())(rows)


def past_its_sign_on_deadline(rows: Rows) -> None:
    """The lantern could sign until a minute ago, and did not."""
    until = (rows.now() - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    form = {"form": "statement", "sign_on": {"until": until, "may_be_missing": ["lantern"]}}
    rows.begin_action(form=form)
    for requirement, name in CLEARING.items():
        if name != "lantern_officer":
            rows.ground(requirement, name, clearance_id=rows.clear(name))
    rows.ground(FAMILY, "mother", consent_id=rows.decide("mother"))


def published_as_if_before_it(rows: Rows) -> None:
    rows.publish(released_at=rows.now() - timedelta(minutes=2))


def released_by(name: str) -> Step:
    """Somebody else lets it go."""
    return lambda rows: setattr(rows, "releaser", name)


def only_if(**condition: Any) -> Step:
    """The mother's yes depends on something."""
    return lambda rows: rows.agree_if("mother", condition)


def promised(rows: Rows) -> None:
    """The coordinator has promised to keep to what the mother's yes depends on."""
    rows.promise(rows.grounds["consent:family#mother"]["consent_id"])


def over_the_brothers_condition(rows: Rows) -> None:
    """The mother's plain yes would be enough; the brother's depends on something."""
    rows.agree_if("brother", {"kind": "other", "value": "Not the school."})
    del rows.grounds["consent:family#brother"]


def rest_on_the_first_yes(rows: Rows) -> None:
    first = rows.ask(
        "select id from assent.consents where action_id = %s and decision = 'yes'", rows.action
    )
    rows.grounds = {k: v for k, v in rows.grounds.items() if not k.startswith(FAMILY)}
    rows.ground(FAMILY, "mother", consent_id=first)


def wish_that_the_mother_decides(rows: Rows) -> None:
    """The coordinator has recorded that the brother decides no more; the family has not agreed."""
    rows.everybody_agrees_to_it = lambda: None  # type: ignore[method-assign]
    rows.arrange("one", "mother")


def refuse_it(rows: Rows) -> None:
    rows.agree_to_arrangement(rows.people["brother"], agrees=False)


def take_down_instead(rows: Rows) -> None:
    """What the publication rests on is what staff took down; the mother said nothing herself."""
    rows.begin_action()
    rows.everybody_agrees()
    rows.decide("mother", "question")
    rows.ground(FAMILY, "mother", consent_id=rows.take_down("mother"))


def attest(rows: Rows) -> None:
    rows.attest(rows.grounds[FAMILY]["consent_id"])


def attest_not(rows: Rows) -> None:
    rows.attest(rows.grounds[FAMILY]["consent_id"], attests=False)


def rest_on_another_s_device(rows: Rows) -> None:
    """The mother's yes was given on a device that she says was not hers."""
    device = rows.sign_in()
    rows.ground(FAMILY, "mother", consent_id=rows.decide("mother", given_in=device))
    rows.answer_device(device)


def contest(rows: Rows) -> None:
    rows.contest(rows.grounds[FAMILY]["consent_id"])


def rest_on_a_yes_that_waits(rows: Rows) -> None:
    waits = rows.decide("mother", counts_from=rows.now() + timedelta(minutes=1))
    rows.ground(FAMILY, "mother", consent_id=waits)


def named(rows: Rows) -> None:
    name = rows.ask("select name from assent.people where id = %s", rows.people["mother"])
    agree_to(languages={"en": {"title": "t", "body": f"Her {name.upper()} waits."}})(rows)


def with_file(kind: str | None) -> Step:
    attached = {"sha256": "0" * 64, "title": "A file"} | ({"kind": kind} if kind else {})
    return agree_to(attachments=[attached])


def with_a_source(*words: bool) -> Step:
    """A request to a government with evidence, whose source has said this, one after the other."""

    def step(rows: Rows) -> None:
        evidence = rows.bring_in()
        for agrees in words:
            rows.agree_to_show(evidence, agrees=agrees)
        digest = rows.ask(
            "select sha256 from assent.stored_files s join assent.evidence e on e.file_id = s.id where e.id = %s",
            evidence,
        )
        attached = [{"sha256": digest, "title": "A letter"}]
        agree_to(attachments=attached, form={"government": "GB"})(rows)

    return step


def keep_a_picture(rows: Rows) -> None:
    """The bytes behind what is attached are in the case's store, and are a picture."""
    rows.store_file(sha256="0" * 64, media_type="image/jpeg")


ATTACKS = [
    out("to a government its source was never asked about", "source", with_a_source()),
    out("to a government its source keeps it from now", "source", with_a_source(True, False)),
    out(
        "to a government that it does not name",
        "source",
        agree_to(kind="sanctions_request", attachments=[{"sha256": "0" * 64, "title": "A letter"}]),
    ),
    out("on nothing at all", HARBOUR, lambda rows: rows.grounds.clear()),
    out("without the lead's clearance", HARBOUR, without(HARBOUR)),
    out("without a co-signer's", LANTERN, without(LANTERN)),
    out("without the safety review", REVIEW, without(REVIEW)),
    out("without the family", FAMILY, without(FAMILY)),
    out(
        "for a signer never asked",
        "officer:outside",
        agree_to(cosigners=["harbour", "lantern", "outside"]),
    ),
    # The family
    out("on a consent withdrawn", FAMILY, withdraw),
    out("on a consent lapsed", FAMILY, rest_on_a_lapsed_yes),
    out(
        "on a yes turned into a no",
        "a no, a withdrawal or a question",
        do("decide", "mother", "no"),
    ),
    out("over a relative's no", "a no, a withdrawal or a question", do("decide", "brother", "no")),
    out(
        "over a relative's question",
        "a no, a withdrawal or a question",
        do("decide", "brother", "question"),
    ),
    out("with one yes of two", FAMILY, do("arrange", "all", "mother", "brother")),
    out(
        "short of the quorum",
        FAMILY,
        do("arrange", "quorum", "mother", "brother", "aunt", quorum=2),
    ),
    out("on a quorum nobody can reach", FAMILY, do("arrange", "quorum", "mother", quorum=2)),
    out("where not one but two decide", FAMILY, do("arrange", "one", "mother", "brother")),
    out(
        "under a change that nobody agreed to",
        "a no, a withdrawal",
        do("decide", "brother", "no"),
        wish_that_the_mother_decides,
    ),
    out(
        "under a change that somebody refused",
        "a no, a withdrawal",
        do("decide", "brother", "no"),
        wish_that_the_mother_decides,
        refuse_it,
    ),
    out("on a former decision maker", FAMILY, do("arrange", "any", "brother")),
    out("under an arrangement of nobody", "no arrangement", do("arrange", "any")),
    out("on a relative who left", FAMILY, do("leave", "mother")),
    out("crediting a relative who said nothing", FAMILY, do("credit", FAMILY, "aunt")),
    out(
        "on an older yes than the last",
        FAMILY,
        do("agree_if", "mother", {"kind": "no_name"}),
        rest_on_the_first_yes,
    ),
    out(
        "on a condition nobody has promised to keep",
        "condition:other",
        only_if(kind="other", value="Not the school."),
    ),
    out("over a relative's condition", "condition:other", over_the_brothers_condition),
    out(
        "naming who would not be named",
        "condition:no_name",
        named,
        only_if(kind="no_name"),
        promised,
    ),
    out(
        "with a photograph refused",
        "condition:no_photograph",
        with_file("photograph"),
        only_if(kind="no_photograph"),
    ),
    out(
        "with a photograph said to be a document",
        "condition:no_photograph",
        with_file("document"),
        keep_a_picture,
        only_if(kind="no_photograph"),
    ),
    out(
        "with a file that nobody has described",
        "condition:no_photograph",
        with_file(None),
        only_if(kind="no_photograph"),
    ),
    out(
        "in a language refused",
        "condition:not_in_language",
        only_if(kind="not_in_language", value="en"),
        promised,
    ),
    out(
        "in a variety of a language refused",
        "condition:not_in_language",
        agree_to(languages={"fa-AF": {"title": "t", "body": "b"}}),
        only_if(kind="not_in_language", value="fa"),
    ),
    out(
        "in public where a country is refused",
        "condition:not_in_country",
        agree_to(audience="public"),
        only_if(kind="not_in_country", value="IR"),
        promised,
    ),
    out(
        "signed from a country refused",
        "condition:not_in_country",
        only_if(kind="not_in_country", value="SE"),
        promised,
    ),
    out(
        "signed by another than those agreed to",
        "condition:only_organisations",
        only_if(kind="only_organisations", value=["harbour"]),
    ),
    out(
        "before the day a relative set",
        "condition:not_before",
        only_if(kind="not_before", value="2999-01-01T00:00:00Z"),
    ),
    out(
        "while the family sleeps over its yes",
        "release:not_before",
        do("arrange", "any", "mother", cooling_off_hours=1),
    ),
    out("on what one person took down", FAMILY, take_down_instead),
    out("on what was taken down and not attested", FAMILY, take_down_instead, attest_not),
    out(
        "on what the relative contests",
        "a no, a withdrawal or a question",
        take_down_instead,
        attest,
        contest,
    ),
    out(
        "on a yes from a device that was not theirs",
        "a no, a withdrawal or a question",
        rest_on_another_s_device,
    ),
    out(
        "over a no taken down", "a no, a withdrawal or a question", do("take_down", "brother", "no")
    ),
    out(
        "over a relative's wish to wait",
        "needs more time",
        do("decide", "brother", counts_from="infinity"),
    ),
    out("on a yes that can still be undone", "needs more time", rest_on_a_yes_that_waits),
    # The clearances
    out("on an officer who left", LANTERN, do("leave", "lantern_officer")),
    out("on a reviewer who left", REVIEW, do("leave", "reviewer")),
    out("over an officer's second thought", LANTERN, do("clear", "lantern_officer", "refused")),
    out("over a colleague's veto", LANTERN, do("clear", "other_lantern_officer", "refused")),
    out("over an organisation stepping aside", LANTERN, do("clear", "lantern_officer", "recused")),
    out(
        "over another reviewer's no", REVIEW + " refused", do("clear", "other_reviewer", "refused")
    ),
    out("crediting a reviewer who said nothing", REVIEW, do("credit", REVIEW, "other_reviewer")),
    # The text
    out("a new text on old grounds", HARBOUR, do("write")),
    out("an old text", "revision:latest", do("older_text")),
    out("on another action's grounds", FAMILY, rest_on_another_action),
    out("of a kind without a gate", "another rule", agree_to(kind="press_ambush")),
    # The moment
    out("during a pause", "pause", do("pause")),
    out("over an open concern", "concern or hold", do("raise_concern")),
    out("over a hold", "concern or hold", do("raise_concern", "reviewer", "hold")),
    Attack(
        "with the name of one that did not sign",
        (past_its_sign_on_deadline, published_as_if_before_it),
        ("publications", "publications_gate_open"),
        "publications_gate_open",
        "who signs has changed",
    ),
    out("before its time", "release:not_before", agree_to_a_time_ahead),
    out("released by a drafter", "release:role", released_by("drafter")),
    out("released by a relative", "release:role", released_by("mother")),
    out("released by one who left", "release:role", do("leave", "coordinator")),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_nothing_goes_out(shared_place: Place, attack: Attack) -> None:
    assert_refused(shared_place, attack)


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_but_for_the_gate_it_would(shared_place: Place, attack: Attack) -> None:
    assert_succeeds_with_its_guard_asleep(shared_place, attack)


def test_a_gate_that_changed_shuts_what_was_judged_by_the_older_one(shared_place: Place) -> None:
    with as_app("", shared_place.superuser_dsn) as connection:
        rows = publishable(connection)
        connection.execute("reset role")
        load_next_gates(rows)
        connection.execute("set local role assent_app")
        newest = rows.ask("select max(version) from assent.gate_books")
        with pytest.raises(errors.CheckViolation, match="another rule is in force"), rows.undone():
            rows.publish(gate_version=newest - 1)
        rows.publish(gate_version=newest)


@pytest.mark.parametrize(
    ("channel", "enough"), [("link", True), ("attested", False), ("passkey", False)]
)
def test_a_gate_may_ask_for_a_stronger_way(shared_place: Place, channel: str, enough: bool) -> None:
    with as_app("", shared_place.superuser_dsn) as connection:
        rows = publishable(connection)
        connection.execute("reset role")
        load_next_gates(rows)
        rows.connection.execute("alter table assent.gate_rules disable trigger user")
        rows.connection.execute(
            "update assent.gate_rules set rule = jsonb_set(rule, '{family_consent,channel}', to_jsonb(%s::text))"
            " where version = (select max(version) from assent.gate_books)",
            [channel],
        )
        connection.execute("set local role assent_app")
        if enough:
            rows.publish()
            return
        with pytest.raises(errors.CheckViolation, match="consent:family"), rows.undone():
            rows.publish()
        rows.ground(FAMILY, "mother", consent_id=rows.sign("mother"))
        rows.publish()


def load_next_gates(rows: Rows) -> None:
    """The same rules once more, as the owner of the tables may."""
    version = rows.ask("select max(version) + 1 from assent.gate_books")
    digest, entry = "0" * 64, rows.entry()
    values = {"version": version, "digest": digest, "loaded_at": rows.now(), "ledger_index": entry}
    rows.insert("gate_books", **values)
    rows.connection.execute(
        "insert into assent.gate_rules (version, kind, rule)"
        " select %s, kind, rule from assent.gate_rules where version = %s",
        [version, version - 1],
    )
