"""The gate is stated twice, in Python and in SQL: on whatever is on record, both give the same answer.

Random histories, written row by row as the application's role. What Python would let out goes out;
what it would not is refused, on the grounds Python found and on the best that can be made up.
"""

import os
import random
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from assent.facts import ActionFacts, _action_facts
from assent.gate.evaluate import GateStatus
from tests.conftest import Place
from tests.database.everything import WITNESSES, cosign, sign_the_log
from tests.database.rows import PEOPLE, Rows, as_app

HISTORIES = 150
KINDS = ("public_statement", "sanctions_request", "diplomatic_outreach", "un_submission")
OFFICERS = [
    p for p, (role, _) in PEOPLE.items() if role in ("clearance_officer", "safety_reviewer")
]
RELATIVES = ["mother", "brother"]
ALTERNATE = "grandmother"
ATTACHED = {"sha256": "0" * 64, "title": "A scan", "kind": "photograph"}
NAMING = {"en": {"title": "A word", "body": "The mother and the brother wait."}}
Turn = Callable[[Rows, random.Random], Any]


def clear(rows: Rows, dice: random.Random) -> None:
    rows.clear(dice.choice(OFFICERS), dice.choices(["cleared", "refused", "recused"], [6, 2, 1])[0])


def decide(rows: Rows, dice: random.Random) -> None:
    rows.decide(
        dice.choice([*RELATIVES, ALTERNATE]), dice.choices(["yes", "no", "question"], [6, 1, 1])[0]
    )


def decide_for_a_moment(rows: Rows, dice: random.Random) -> None:
    now = rows.now()
    times = {"at": now - timedelta(minutes=2), "expires_at": now - timedelta(seconds=1)}
    rows.decide(dice.choice(RELATIVES), "yes", **times)


def withdraw(rows: Rows, dice: random.Random) -> None:
    who = dice.choice(RELATIVES)
    given = rows.ask(
        "select id from assent.consents where action_id = %s and person_id = %s order by ledger_index desc",
        rows.action,
        rows.people[who],
    )
    rows.withdraw(given, who)


def agree_if(rows: Rows, dice: random.Random) -> None:
    """A yes that depends on one thing or two; often a coordinator promises to keep to it."""
    soon, before = (
        (rows.now() + timedelta(minutes=n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in (1, -1)
    )
    conditions: list[dict[str, Any]] = [
        {"kind": "no_name"}, {"kind": "no_photograph"}, {"kind": "other", "value": "Not the school."},
        {"kind": "not_in_language", "value": "fa"}, {"kind": "not_in_language", "value": "en"},
        {"kind": "not_in_country", "value": "IR"}, {"kind": "not_in_country", "value": "SE"},
        {"kind": "only_organisations", "value": ["harbour", "lantern"]},
        {"kind": "only_organisations", "value": ["lantern"]},
        {"kind": "not_before", "value": soon}, {"kind": "not_before", "value": before},
    ]  # fmt: skip
    who, chosen = dice.choice(RELATIVES), dice.sample(conditions, dice.randint(1, 2))
    given = rows.decide(who, "yes_with_conditions", conditions=Jsonb(chosen))
    if dice.random() < 0.7:
        rows.promise(given)


def take_down(rows: Rows, dice: random.Random) -> None:
    """A decision taken down by staff; mostly attested, now and then contested."""
    who = dice.choice(RELATIVES)
    decision = dice.choices(["yes", "no", "question"], [8, 1, 1])[0]
    taken = rows.take_down(who, decision)
    if dice.random() < 0.7:
        rows.attest(taken, attests=dice.random() < 0.8)
    if dice.random() < 0.2:
        rows.contest(taken, who)


def decide_elsewhere(rows: Rows, dice: random.Random) -> None:
    """A yes in a session of which its giver says, or does not say, that it was not theirs."""
    who = dice.choice(RELATIVES)
    device = rows.sign_in(who)
    rows.decide(who, given_in=device)
    if dice.random() < 0.4:
        rows.answer_device(device, who, own=dice.random() < 0.5)


def sign(rows: Rows, dice: random.Random) -> None:
    rows.sign(dice.choice(RELATIVES))


def decide_and_wait(rows: Rows, dice: random.Random) -> None:
    """A yes that counts later, or when its giver says so; or did so a moment ago."""
    now = rows.now()
    moments = ["infinity", now + timedelta(minutes=1), now - timedelta(seconds=1)]
    at = now - timedelta(seconds=2)
    rows.decide(dice.choice(RELATIVES), "yes", at=at, counts_from=dice.choice(moments))


def arrange(rows: Rows, dice: random.Random) -> None:
    rule = dice.choice(["one", "any", "all", "quorum"])
    deciders = dice.sample(RELATIVES, dice.randint(1, 2))
    rows.arrange(
        rule,
        *deciders,
        quorum=dice.randint(1, 2) if rule == "quorum" else None,
        cooling_off_hours=dice.choice([0, 0, 0, 1]),
        alternates=dice.choice([(), (ALTERNATE,), (ALTERNATE,)]),
        stand_in_after_hours=dice.choice([None, 1, 1]),
        asks_again=dice.choice([[], ["trial"]]),
        set_by=rows.people[dice.choice(RELATIVES)],
    )


def be_away(rows: Rows, dice: random.Random) -> None:
    """Somebody cannot be reached; often long enough for another to stand in, who then decides."""
    if dice.random() < 0.6:
        rows.arrange(
            dice.choice(["any", "all"]), *RELATIVES, alternates=(ALTERNATE,), stand_in_after_hours=1,
            set_by=rows.people["mother"],
        )  # fmt: skip
    rows.write(cosigners=cosigners(dice))
    gone = rows.lose(dice.choice([*RELATIVES, ALTERNATE]))
    if dice.random() < 0.8:
        rows.pass_time(2)
    if dice.random() < 0.2:
        rows.reach(gone)
    for requirement_of in (*OFFICERS, *RELATIVES, ALTERNATE):
        with suppress(errors.IntegrityError), rows.connection.transaction():
            if requirement_of in OFFICERS:
                rows.clear(requirement_of)
            elif dice.random() < 0.7:
                rows.decide(requirement_of)


def agree_in_advance(rows: Rows, dice: random.Random) -> None:
    """A scope that mostly covers the text, and what each of the family says to it."""
    other: dict[str, Any] = dice.choice([
        {}, {}, {}, {"languages": ["en", "fa"]}, {"languages": ["fa"]}, {"audiences": ["public"]},
        {"excludes": ["Let her GO home"]}, {"excludes": ["photograph"]}, {"excludes": ["names_of_relatives"]},
        {"only_when": "Nobody has seen her for 48 hours."},
    ])  # fmt: skip
    standing = rows.agree_in_advance(**other)
    for name in RELATIVES:
        if dice.random() < 0.8:
            moment = dice.choice([None] * 6 + ["infinity", rows.now() + timedelta(minutes=1)])
            rows.answer_standing(standing, name, dice.random() < 0.9, counts_from=moment)
    for name in dice.choice([(), ("coordinator", "reviewer"), ("coordinator", "drafter")]):
        with suppress(errors.IntegrityError), rows.connection.transaction():
            rows.say_it_happened(standing, name)
    if dice.random() < 0.1:
        rows.end_standing(standing)


def happen(rows: Rows, dice: random.Random) -> None:
    rows.happen(dice.choice(["trial", "trial", "visit", "release"]))


def wish(rows: Rows, dice: random.Random) -> None:
    about: dict[str, Any] = dice.choice([
        {}, {"kinds": ["un_submission"]}, {"audiences": ["public"]}, {"details": ["school"]},
        {"details": ["Let her go"]}, {"kinds": list(KINDS[:3])},
    ])  # fmt: skip
    said = rows.wish("no", dice.choice(["trusted", "uncertain", "imposed"]), **about)
    if dice.random() < 0.3:
        rows.wish(dice.choice(["yes", "no"]), dice.choice(["trusted", "imposed"]), replaces=said)


def leave(rows: Rows, dice: random.Random) -> None:
    rows.leave(dice.choice(list(PEOPLE)))


def come_back(rows: Rows, dice: random.Random) -> None:
    name = dice.choice(list(PEOPLE))
    rows.join(name, *PEOPLE[name])


def write(rows: Rows, dice: random.Random) -> None:
    rows.write(dice.choice(["drafter", "harbour_officer"]), cosigners=cosigners(dice))


def pause(rows: Rows, dice: random.Random) -> None:
    standing = rows.pause()
    if dice.random() < 0.5:
        rows.resume(standing)


def concern(rows: Rows, dice: random.Random) -> None:
    raised = rows.raise_concern(kind=dice.choice(["concern", "hold"]))
    if dice.random() < 0.5:
        rows.insert(
            "concern_answers", concern_id=raised, case_id=rows.case, text="It is safe.",
            answered_by=rows.people["coordinator"], answered_at=rows.now(), ledger_index=rows.entry(rows.action),
        )  # fmt: skip


def demand(rows: Rows, dice: random.Random) -> None:
    """Witnesses have to have seen it: more of them, or fewer, since now or for a day; often they have."""
    for _ in range(dice.randint(1, 2)):
        rows.demand_witnesses(dice.choice([0, 1, 1, 2]))
        if dice.random() < 0.3:
            rows.pass_time(dice.choice([1, 23, 24]))
    if dice.random() < 0.8:
        see(rows, dice)


def see(rows: Rows, dice: random.Random) -> None:
    """The log is signed as it stands, and a witness or two cosign."""
    sign_the_log(rows)
    if dice.random() < 0.5:
        cosign(rows, WITNESSES[1])


def release_by(rows: Rows, dice: random.Random) -> None:
    rows.releaser = dice.choice(["coordinator", "coordinator", "drafter"])


TURNS: dict[Turn, int] = {
    clear: 6, decide: 4, agree_if: 4, decide_for_a_moment: 1, withdraw: 1, arrange: 2, leave: 1, come_back: 1, write: 1,
    pause: 1, concern: 1, release_by: 1, be_away: 2, agree_in_advance: 3, happen: 1, wish: 1,
    take_down: 3, sign: 2, decide_and_wait: 1, decide_elsewhere: 1, demand: 2, see: 1,
}  # fmt: skip


def cosigners(dice: random.Random) -> list[str]:
    return dice.sample(["harbour", "lantern"], dice.randint(0, 2))


def live(rows: Rows, dice: random.Random) -> None:
    """Begin an action and let a few things happen to it, mostly towards its going out."""
    soon = (rows.now() + timedelta(minutes=1)).isoformat()
    moment = {"not_before": soon} if dice.random() < 0.1 else {}
    extras: list[dict[str, Any]] = [{}, {}, {"attachments": [ATTACHED]}, {"languages": NAMING}]
    kind = dice.choice(KINDS)
    # What sources let a government see is asked of the database by both, beside the gate.
    fit = [e for e in extras if kind != "sanctions_request" or "attachments" not in e]
    more = moment | dice.choice(fit)
    rows.begin_action(kind, cosigners=cosigners(dice), **more)
    if dice.random() < 0.7:
        rows.everybody_agrees(family=kind != "diplomatic_outreach" or dice.random() < 0.5)
        if kind == "diplomatic_outreach" and dice.random() < 0.6:
            agree_in_advance(rows, dice)
    for turn in dice.choices(list(TURNS), list(TURNS.values()), k=dice.randint(0, 6)):
        before = rows.revision, rows.digest, rows.number
        try:
            with rows.connection.transaction():
                turn(rows, dice)
        except errors.IntegrityError:
            rows.revision, rows.digest, rows.number = before


def facts_of(rows: Rows) -> ActionFacts:
    return _action_facts(
        rows.action, rows.ask("select facts from assent.gate_facts(array[%s])", rows.action)
    )


def rest_on(rows: Rows, status: GateStatus) -> None:
    """Python's grounds, and for what it misses whatever is on record that could pass for it."""
    rows.grounds = {
        f"{ground.requirement_key}#{ground.person}": {
            "requirement": ground.requirement_key,
            "person_id": UUID(ground.person),
            f"{ground.record}_id": UUID(ground.record_id),
        }
        for ground in status.grounds
    }
    taken = {ground["person_id"] for ground in rows.grounds.values()}
    for missed in (r.key for r in status.requirements if not r.met):
        for record in pretended(rows, missed):
            if record["person_id"] not in taken:
                taken.add(record["person_id"])
                rows.grounds[f"{missed}#{record['person_id']}"] = {"requirement": missed, **record}


def pretended(rows: Rows, requirement: str) -> list[dict[str, Any]]:
    what, _, who = requirement.partition(":")
    if what == "consent":
        found = rows.connection.execute(
            "select person_id, id from assent.consents where action_id = %s order by ledger_index desc",
            [rows.action],
        )
        given = [{"person_id": person, "consent_id": record} for person, record in found]
        found = rows.connection.execute(
            "select person_id, standing_consent_id from assent.standing_consent_answers where case_id = %s"
            " order by agrees desc, ledger_index desc",
            [rows.case],
        )
        return given + [{"person_id": p, "standing_consent_id": record} for p, record in found]
    role, _, organisation = who.partition(":")
    found = rows.connection.execute(
        "select c.person_id, c.id from assent.clearances c left join assent.organisations o on o.id = c.organisation_id"
        " where c.action_id = %s and c.role = %s and %s in ('', o.slug) order by c.ledger_index desc",
        [rows.action, role, organisation],
    )
    return [{"person_id": person, "clearance_id": record} for person, record in found]


def lets_out(rows: Rows) -> bool:
    """What the database says to the publication."""
    grounds, rows.grounds = rows.grounds, {}
    try:
        with rows.undone():
            rows.write_publication()
            for ground in grounds.values():
                rows.insert(
                    "publication_grounds",
                    publication_id=rows.publication,
                    case_id=rows.case,
                    **ground,
                )
            rows.judge()
    except errors.CheckViolation as refusal:
        if refusal.diag.constraint_name != "publications_gate_open":
            raise
        return False
    return True


def answers(rows: Rows, dice: random.Random) -> Generator[tuple[bool, bool, str], None, None]:
    """For one history after another: what Python says, what the database says, what was missing."""
    rows.open_case()
    rows.person(ALTERNATE, None, f"{ALTERNATE}.{os.urandom(4).hex()}@example.org")
    rows.join(ALTERNATE, "decision_maker", None)
    while True:
        with rows.undone():
            rows.releaser = "coordinator"
            live(rows, dice)
            status = facts_of(rows).status(releaser=rows.people[rows.releaser])
            rest_on(rows, status)
            missing = ", ".join(r.key for r in status.requirements if not r.met)
            yield status.open, lets_out(rows), missing


@pytest.mark.parametrize("seed", range(4))
def test_both_say_the_same(shared_place: Place, seed: int) -> None:
    with (
        as_app("", shared_place.superuser_dsn) as connection,
        closing(answers(Rows(connection), random.Random(seed))) as histories,
    ):
        given = list(islice(histories, HISTORIES))
    assert [answer for answer in given if answer[0] != answer[1]] == []
    assert 5 < sum(python for python, _, _ in given) < HISTORIES - 5, "both answers, often enough"


# What a careless change of the SQL might do: a function that answers too kindly.
KINDER = {
    "holds_role(case_id uuid, person_id uuid, role text, organisation_id uuid) returns boolean": "true",
    "decides(case_id uuid, person_id uuid) returns boolean": "true",
    "clearance_counts(ground assent.clearances, not_author boolean) returns boolean": "true",
    "consent_misses(p assent.publications) returns text[]": "'{}'::text[]",
    "condition_kept(given assent.consents, condition jsonb, promised boolean) returns boolean": "true",
    "clearance_misses(p assent.publications, slot jsonb) returns text[]": "'{}'::text[]",
    "standing_covers(standing assent.standing_consents, p assent.publications) returns boolean": "true",
    "grounds_witnessed(p assent.publications) returns boolean": "true",
    "witnesses_needed(case_id uuid) returns integer": "0",
    "witnessed_size(witnesses integer) returns bigint": "999999::bigint",
    "asked_again_at(action_id uuid, revision_id uuid) returns bigint": "-1::bigint",
}


@pytest.mark.parametrize(
    ("function", "answer"), KINDER.items(), ids=lambda text: text.split("(")[0]
)
def test_a_kinder_gate_would_be_found_out(shared_place: Place, function: str, answer: str) -> None:
    with as_app("", shared_place.superuser_dsn) as connection:
        connection.execute("reset role")
        kinder = f"create or replace function assent.{function} language sql stable as $$ select {answer} $$"
        connection.execute(kinder.encode())
        connection.execute("set local role assent_app")
        with closing(answers(Rows(connection), random.Random(1))) as given:
            assert any(python != database for python, database, _ in islice(given, 20 * HISTORIES))
