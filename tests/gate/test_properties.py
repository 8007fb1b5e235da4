"""For all worlds: what an open gate means, restated by brute force; and what can never open one."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections import Counter
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assent.gate.evaluate import Ground, evaluate
from assent.gate.facts import (
    Concern,
    Condition,
    Consent,
    Event,
    Facts,
    Hold,
    Pause,
    StandingAnswer,
    StandingConsent,
    Wish,
)
from assent.gate.roles import Role
from assent.gate.rules import GateRule
from tests.gate.worlds import FOR_EVER, NOW, facts, rules, said

many = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def holds(world: Facts, person: str, role: Role, organisation: str | None = None) -> bool:
    return any(
        (m.person, m.role) == (person, role) and organisation in (None, m.organisation)
        for m in world.members
    )


def in_place_of(world: Facts) -> dict[str, str]:
    """Who is stood in for by whom, restated: first away, first in the family's order, nobody twice."""
    arrangement = world.arrangement
    if arrangement is None or arrangement.stand_in_after is None:
        return {}
    free = [
        person for person in arrangement.alternates
        if holds(world, person, Role.DECISION_MAKER) and person not in {a.person for a in world.absences}
    ]  # fmt: skip
    replaced: dict[str, str] = {}
    for absence in sorted(world.absences, key=lambda a: a.seq):
        silent = not any(
            (c.person, c.revision) == (absence.person, world.revision) and is_a_word(c)
            for c in world.consents
        )
        due = absence.at <= NOW - arrangement.stand_in_after
        if absence.person in arrangement.decision_makers and silent and due and free:
            replaced[absence.person] = free.pop(0)
    return replaced


def last_words(world: Facts) -> list[Consent]:
    """What each who decides, or stands in, said last about this very text."""
    words = []
    named = world.arrangement.decision_makers if world.arrangement else frozenset()
    for person in {*named, *in_place_of(world).values()}:
        theirs = [
            c for c in world.consents
            if (c.person, c.revision, c.digest) == (person, world.revision, world.digest)
            and is_a_word(c)
        ]  # fmt: skip
        if theirs:
            words.append(max(theirs, key=lambda c: c.seq))
    return words


def asked_since(world: Facts, seq: int) -> bool:
    """Whether something has happened, or word has come, after which the family is asked again."""
    chosen = {"release"} | (world.arrangement.asks_again if world.arrangement else set())
    asking = [e.seq for e in world.events if e.kind in chosen]
    asking += [w.seq for w in world.wishes if w.trust in ("uncertain", "imposed")]
    return any(seq <= asked for asked in asking)


def is_a_word(record: Consent) -> bool:
    """What staff took down and nobody attested opens nothing; it stops all the same."""
    if record.channel not in ("attested", "letter") or record.attested_at or record.contested_at:
        return True
    return not record.decision.startswith("yes")


ENOUGH = {
    "link": {"session", "link", "token", "attested", "letter", "passkey"},
    "attested": {"attested", "letter", "passkey"},
    "passkey": {"passkey"},
}


def wanted(world: Facts) -> int | None:
    arrangement = world.arrangement
    if arrangement is None or not arrangement.decision_makers:
        return None
    deciders = len(arrangement.decision_makers)
    if arrangement.rule == "one" and deciders != 1:
        return None
    number = {"all": deciders, "quorum": arrangement.quorum or 0}.get(arrangement.rule, 1)
    return number if 1 <= number <= deciders else None


def family_agrees(rule: GateRule, world: Facts) -> list[datetime] | None:
    """The invariant of the family's side, restated from the rule of design: when it had agreed, each way; or None."""
    number = wanted(world)
    if number is None:
        return None
    words = last_words(world)
    if any(c.decision in ("no", "question") or c.withdrawn_at or c.contested_at for c in words):
        return None
    if any(c.counts_from is not None and c.counts_from > NOW for c in words):
        return None
    yeses = [c for c in _live_yeses(rule, world) if not asked_since(world, c.seq)]
    moments = [sorted(yeses, key=lambda c: c.seq)[number - 1].at] if len(yeses) >= number else []
    for standing in world.standing if rule.family_consent.channel == "link" else ():
        answers = in_advance(rule, world, standing)
        if answers is not None and len(answers) >= number:
            moments.append(answers[number - 1].at)
    return moments or None


def in_advance(
    rule: GateRule, world: Facts, standing: StandingConsent
) -> list[StandingAnswer] | None:
    """The yeses to a standing consent that covers this text, by record; None if it covers it not."""
    if rule.family_consent.standing == "never" or standing.broken or standing.waits:
        return None
    within = (
        {world.kind} <= standing.kinds
        and set(world.audience) <= standing.audiences
        and world.audience != ()
        and set(world.languages) <= standing.languages
    )
    days = (NOW - standing.at).days
    if not within or standing.expires_at <= NOW or days >= (rule.family_consent.max_days or 0):
        return None
    assert world.arrangement is not None
    last = {a.person: a for a in sorted(standing.answers, key=lambda a: a.seq)}
    words = [a for person, a in last.items() if person in world.arrangement.decision_makers]
    if not all(a.agrees and (a.counts_from is None or a.counts_from <= NOW) for a in words):
        return None
    return sorted(
        (
            a for a in words
            if holds(world, a.person, Role.DECISION_MAKER) and not asked_since(world, a.seq)
        ),
        key=lambda a: a.seq,
    )  # fmt: skip


def conditions_hold(world: Facts) -> bool:
    """Every condition of every last word, restated one by one: what nobody has promised is not kept."""
    return all(keeps(world, word, c) for word in last_words(world) for c in word.conditions)


def keeps(world: Facts, yes: Consent, condition: Condition) -> bool:
    promised = yes.acknowledged_at is not None
    acting = {*world.cosigners, world.lead_organisation}
    if condition.kind == "no_name":
        return promised and yes.person not in world.named
    if condition.kind == "no_photograph":
        return not set(world.attachments) - {"document", "audio"}
    if condition.kind == "not_in_language":
        return not any(tag.split("-")[0] in condition.values for tag in world.languages)
    if condition.kind == "not_in_country":
        return promised and not world.public and not world.countries & set(condition.values)
    if condition.kind == "only_organisations":
        return acting <= set(condition.values)
    if condition.kind == "not_before":
        return condition.moment is not None and condition.moment <= NOW
    return promised


def slept_over(world: Facts, agreed: list[datetime]) -> bool:
    """Whether the family's cooling-off has gone by since it had agreed, the first of its ways."""
    assert world.arrangement is not None
    return any(moment + world.arrangement.cooling_off <= NOW for moment in agreed)


def witnessed(world: Facts, rests_on: set[int]) -> bool:
    """Whether enough witnesses have seen all of it: as many as any demand asks that nobody replaced a day ago."""
    for demand in world.witness_demands:
        later = [d.at for d in world.witness_demands if d.seq > demand.seq]
        if demand.needed == 0 or (later and NOW - later[0] >= timedelta(days=1)):
            continue
        seen = [0] * 3
        seen[: len(world.witnessed)] = world.witnessed
        if any(place >= seen[demand.needed - 1] for place in rests_on):
            return False
    return True


def clearances_suffice(rule: GateRule, world: Facts, busy: set[str]) -> bool:
    """Search every way to give each place to a different entitled person."""
    places: dict[tuple[Role, str | None], tuple[int, bool]] = {}
    for slot in rule.clearance:
        voices = {
            "each_cosigner": world.cosigners,
            "lead_organisation": (world.lead_organisation,),
            None: (None,),
        }[slot.source]
        for voice in voices:
            count, strict = places.get((slot.role, voice), (1, False))
            places[slot.role, voice] = (max(count, slot.count), strict or slot.not_author)
    candidates: list[set[str]] = []
    for (role, voice), (count, strict) in places.items():
        words = sorted(
            (
                c for c in world.clearances
                if (c.revision, c.digest, c.role) == (world.revision, world.digest, role)
                and voice in (None, c.organisation)
                and holds(world, c.person, role, voice)
                and not (strict and c.person in world.writers)
            ),
            key=lambda c: c.seq,
        )  # fmt: skip
        latest = {c.person: c.decision for c in words}
        if voice is not None and words and words[-1].decision != "cleared":
            return False
        if voice is None and any(decision != "cleared" for decision in latest.values()):
            return False
        able = {p for p, decision in latest.items() if decision == "cleared"} - busy
        candidates += [able] * count
    return any(len(set(pick)) == len(pick) for pick in itertools.product(*candidates))


def test_the_worlds_are_often_open_and_often_shut_by_one_thing_alone() -> None:
    """Otherwise what follows would say little, however often it is tried."""
    seen: Counter[int] = Counter()

    @settings(many, max_examples=600, derandomize=True, database=None)
    @given(rules, facts)
    def look(rule: GateRule, world: Facts) -> None:
        seen[sum(not r.met for r in evaluate(rule, world, NOW).requirements)] += 1

    look()
    assert seen[0] > 100, seen
    assert seen[1] > 50


@many
@given(rules, facts)
def test_the_gate_is_open_exactly_if_every_requirement_of_the_rule_holds(
    rule: GateRule, world: Facts
) -> None:
    agreed = family_agrees(rule, world)
    status = evaluate(rule, world, NOW)
    busy = {c.person for c in _live_yeses(rule, world) if not asked_since(world, c.seq)}
    busy |= {g.person for g in status.grounds if g.requirement_key == "consent:family"}
    releasers = {m.person for m in world.members if m.role == Role.COORDINATOR}
    expected = (
        agreed is not None
        and conditions_hold(world)
        and slept_over(world, agreed)
        and not any(w.trust == "trusted" for w in world.wishes)
        and clearances_suffice(rule, world, busy)
        and not world.pauses
        and not world.concerns
        and not world.holds
        and (world.not_before is None or world.not_before <= NOW)
        and witnessed(world, places_of(world, status.grounds))
        and bool(releasers)
        and (world.releaser is None or world.releaser in releasers)
    )
    assert status.open == expected


def places_of(world: Facts, grounds: tuple[Ground, ...]) -> set[int]:
    """Where in the ledger these grounds stand."""
    places = {("clearance", c.id, c.person): c.seq for c in world.clearances}
    places |= {("consent", c.id, c.person): c.seq for c in world.consents}
    for standing in world.standing:
        for answer in sorted(standing.answers, key=lambda a: a.seq):
            places["standing_consent", standing.id, answer.person] = answer.seq
    return {places[g.record, g.record_id, g.person] for g in grounds}


def _live_yeses(rule: GateRule, world: Facts) -> list[Consent]:
    """Yeses that stand, whether or not they suffice: their givers do not clear as well."""
    return [
        word for word in last_words(world)
        if word.decision.startswith("yes") and word.withdrawn_at is None and word.contested_at is None
        and word.channel in ENOUGH[rule.family_consent.channel] and word.expires_at > NOW
        and holds(world, word.person, Role.DECISION_MAKER)
    ]  # fmt: skip


@many
@given(rules, facts, st.integers())
def test_the_order_in_which_records_are_read_makes_no_difference(
    rule: GateRule, world: Facts, seed: int
) -> None:
    shuffled = random.Random(seed)
    other = dataclasses.replace(
        world,
        clearances=tuple(shuffled.sample(world.clearances, len(world.clearances))),
        consents=tuple(shuffled.sample(world.consents, len(world.consents))),
        absences=tuple(shuffled.sample(world.absences, len(world.absences))),
        events=tuple(shuffled.sample(world.events, len(world.events))),
        standing=tuple(shuffled.sample(world.standing, len(world.standing))),
        witness_demands=tuple(shuffled.sample(world.witness_demands, len(world.witness_demands))),
        members=tuple(shuffled.sample(world.members, len(world.members))),
    )
    assert evaluate(rule, world, NOW) == evaluate(rule, other, NOW)


@many
@given(rules, facts, st.data())
def test_taking_back_refusing_or_stopping_never_opens_a_gate(
    rule: GateRule, world: Facts, data: st.DataObject
) -> None:
    before = evaluate(rule, world, NOW).open
    stops: list[Facts] = [
        dataclasses.replace(world, pauses=(*world.pauses, Pause("new", NOW))),
        dataclasses.replace(world, concerns=(*world.concerns, Concern("new", "uncle", NOW))),
        dataclasses.replace(world, holds=(*world.holds, Hold("new", "eva", NOW))),
        dataclasses.replace(world, wishes=(*world.wishes, Wish("new", 999, "trusted"))),
        dataclasses.replace(world, wishes=(*world.wishes, Wish("new", 999, "imposed"))),
        dataclasses.replace(world, events=(Event("release", 999),)),
    ]
    if world.consents:
        index = data.draw(st.integers(0, len(world.consents) - 1))
        withdrawn = dataclasses.replace(world.consents[index], withdrawn_at=NOW)
        changed = (*world.consents[:index], withdrawn, *world.consents[index + 1 :])
        stops.append(dataclasses.replace(world, consents=changed))
    if world.arrangement and world.arrangement.decision_makers:
        person = data.draw(st.sampled_from(sorted(world.arrangement.decision_makers)))
        for word in ("no", "question"):
            refusal = said(person, 1000, word)
            stopped = dataclasses.replace(world, consents=(*world.consents, refusal))
            assert not evaluate(rule, stopped, NOW).open
    for stopped in stops:
        after = evaluate(rule, stopped, NOW).open
        assert not after or before
    assert not any(evaluate(rule, stopped, NOW).open for stopped in stops[:6])
    ended = dataclasses.replace(world, standing=world.standing[1:])
    assert not evaluate(rule, ended, NOW).open or before


@many
@given(rules, facts, st.data())
def test_nothing_that_staff_take_down_alone_opens_a_gate(
    rule: GateRule, world: Facts, data: st.DataObject
) -> None:
    """Nor shuts it, if it is a yes: it is no word of anybody's until it is attested, or contested."""
    person = data.draw(st.sampled_from(["mother", "brother", "uncle"]))
    channel = data.draw(st.sampled_from(["attested", "letter"]))
    alone = dataclasses.replace(
        world, consents=(*world.consents, said(person, 1000, channel=channel))
    )
    assert evaluate(rule, alone, NOW) == evaluate(rule, world, NOW)
    if world.arrangement and person in world.arrangement.decision_makers:
        contested = said(person, 1000, channel=channel, contested=NOW)
        stopped = dataclasses.replace(world, consents=(*world.consents, contested))
        assert not evaluate(rule, stopped, NOW).open
        stop = said(person, 1000, data.draw(st.sampled_from(["no", "question"])), channel=channel)
        stopped = dataclasses.replace(world, consents=(*world.consents, stop))
        assert not evaluate(rule, stopped, NOW).open


@many
@given(rules, facts, st.data())
def test_every_reason_for_which_a_yes_waits_answers_alike(
    rule: GateRule, world: Facts, data: st.DataObject
) -> None:
    """A moment for undoing it, a wish to wait, a private sign: the gate's whole answer is the same."""
    person = data.draw(st.sampled_from(["mother", "brother", "uncle"]))
    answers = [
        evaluate(
            rule, dataclasses.replace(world, consents=(*world.consents, said(person, 1000, counts_from=m))), NOW
        )
        for m in (NOW + timedelta(seconds=1), NOW + timedelta(days=1), FOR_EVER)
    ]  # fmt: skip
    assert answers[0] == answers[1] == answers[2]
    if world.arrangement and person in world.arrangement.decision_makers:
        assert not answers[0].open


@many
@given(rules, facts)
def test_a_new_revision_voids_everything_given_to_the_old_one(rule: GateRule, world: Facts) -> None:
    # What was agreed to in advance was given to no revision, and may cover the newer one too.
    newer = dataclasses.replace(world, revision="r3", standing=())
    assert not evaluate(rule, newer, NOW).open
    other_text = dataclasses.replace(world, digest="c" * 64, standing=())
    assert not evaluate(rule, other_text, NOW).open


@many
@given(rules, facts, st.integers(1, 100))
def test_time_alone_lets_consents_lapse_and_never_renews_them(
    rule: GateRule, world: Facts, days: int
) -> None:
    world = dataclasses.replace(world, absences=())  # who stands in, and when, time does decide
    later = evaluate(rule, world, NOW + timedelta(days=days))
    if later.open:
        for now in evaluate(rule, world, NOW).requirements:
            assert (
                now.met
                or now.key in ("release:not_before", "release:witnessed")
                or now.why.code == "family_time"
            )


@many
@given(rules, facts)
def test_grounds_are_evidence_enough_and_nobody_is_counted_twice(
    rule: GateRule, world: Facts
) -> None:
    status = evaluate(rule, world, NOW)
    people = [g.person for g in status.grounds]
    assert len(people) == len(set(people))
    if status.open:
        needed = {
            (r.key, person)
            for r in status.requirements
            if r.key.startswith("clearance:") or r.key == "consent:family"
            for person in r.by
        }
        assert {(g.requirement_key, g.person) for g in status.grounds} == needed


@many
@given(rules, facts)
def test_whatever_is_missing_says_from_whom_or_until_when(rule: GateRule, world: Facts) -> None:
    for requirement in evaluate(rule, world, NOW).requirements:
        if not requirement.met:
            assert requirement.missing_from or requirement.key in (
                "release:not_before",
                "release:witnessed",
            )
