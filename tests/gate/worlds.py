"""Random worlds for the gate: some of any shape, most of them an open gate with a few things changed.

Of those of any shape not one in thousands is open: alone they would only try what keeps a gate shut.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from assent.gate.facts import (
    Absence,
    Arrangement,
    ArrangementRule,
    Clearance,
    Concern,
    Condition,
    Consent,
    ConsentDecision,
    Event,
    Facts,
    Hold,
    Member,
    Pause,
    StandingAnswer,
    StandingConsent,
    Wish,
    WitnessDemand,
)
from assent.gate.roles import Role
from assent.gate.rules import ClearanceSlot, FamilyConsent, GateRule

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PEOPLE = ["ada", "ben", "cyn", "dan", "eva", "mother", "brother", "uncle"]
RELATIVES = ["mother", "brother", "uncle"]
ORGANISATIONS = ["harbour", "lantern"]
FOR_EVER = datetime.max.replace(tzinfo=UTC)
R1, D1, R2, D2 = "r1", "a" * 64, "r2", "b" * 64

LINK, PASSKEY = FamilyConsent("never"), FamilyConsent("never", None, "passkey")
CHANNELS = ["session", "link", "token", "passkey", "attested", "letter"]
moments = st.integers(-3, 3).map(lambda days: NOW + timedelta(days=days))
texts = st.sampled_from([(R2, D2)] * 6 + [(R1, D1), (R2, D1)])
slots = st.one_of(
    st.builds(
        ClearanceSlot,
        st.just(Role.CLEARANCE_OFFICER),
        st.sampled_from(["each_cosigner", "lead_organisation"]),
        st.just(1),
        st.booleans(),
    ),
    st.builds(
        ClearanceSlot, st.just(Role.SAFETY_REVIEWER), st.none(), st.integers(1, 2), st.booleans()
    ),
)
rules = st.builds(
    GateRule,
    st.just("public_statement"),
    st.lists(slots, min_size=1, max_size=3, unique_by=lambda s: (s.role, s.source)).map(tuple),
    st.sampled_from(
        [LINK] * 6
        + [FamilyConsent("allowed", 90)] * 6
        + [FamilyConsent("allowed", 90, "attested"), PASSKEY]
    ),
    st.just(Role.COORDINATOR),
)
members = st.lists(
    st.one_of(
        st.builds(
            Member,
            st.sampled_from(PEOPLE),
            st.sampled_from([Role.CLEARANCE_OFFICER, Role.SAFETY_REVIEWER, Role.COORDINATOR]),
            st.sampled_from(ORGANISATIONS),
        ),
        st.builds(Member, st.sampled_from(RELATIVES), st.just(Role.DECISION_MAKER)),
    ),
    min_size=4,
    max_size=12,
).map(tuple)
arrangements = st.one_of(
    st.none(),
    st.builds(
        Arrangement,
        st.just(1),
        st.sampled_from(["one", "any", "all", "quorum"]),
        st.frozensets(st.sampled_from(RELATIVES), max_size=3),
        st.one_of(st.none(), st.integers(0, 4)),
        st.sampled_from([timedelta(0)] * 4 + [timedelta(hours=12), timedelta(days=2)]),
        st.sampled_from([(), ("uncle",), ("uncle", "brother")]),
        st.sampled_from([None, timedelta(days=1)]),
        st.sampled_from([frozenset(), frozenset({"trial"})]),
    ),
)
KINDS = frozenset({"public_statement"})
absences = st.lists(
    st.builds(Absence, st.sampled_from(RELATIVES), st.integers(0, 40), moments),
    max_size=2,
    unique_by=lambda a: a.person,
).map(tuple)
events = st.lists(
    st.builds(Event, st.sampled_from(["trial", "visit", "release"]), st.integers(0, 200)),
    max_size=2,
    unique_by=lambda e: e.kind,
).map(tuple)
wishes = st.lists(
    st.builds(
        Wish,
        st.just("w"),
        st.integers(0, 200),
        st.sampled_from(["trusted", "uncertain", "imposed"]),
    ),
    max_size=1,
).map(tuple)
standing_answers = st.lists(
    st.builds(
        StandingAnswer,
        st.integers(0, 200),
        st.sampled_from(RELATIVES),
        st.sampled_from([True] * 5 + [False]),
        st.integers(0, 3).map(lambda days: NOW - timedelta(days=days)),
        st.sampled_from([None] * 6 + [NOW, NOW + timedelta(seconds=1)]),
    ),
    max_size=4,
    unique_by=lambda a: a.seq,
).map(tuple)
scopes = st.builds(
    StandingConsent,
    st.sampled_from(["s1", "s2"]),
    st.sampled_from([KINDS] * 5 + [frozenset({"un_submission"})]),
    st.sampled_from([frozenset({"public", "ministry"})] * 3 + [frozenset({"ministry"})]),
    st.sampled_from([frozenset({"en", "fa-AF", "fa", "ru"})] * 3 + [frozenset({"en"})]),
    st.sampled_from([NOW - timedelta(days=1)] * 4 + [NOW - timedelta(days=91)]),
    st.sampled_from([NOW + timedelta(days=1)] * 5 + [NOW]),
    standing_answers,
    st.sampled_from([False] * 5 + [True]),
    st.sampled_from([False] * 5 + [True]),
)
standing = st.lists(scopes, max_size=2, unique_by=lambda s: s.id).map(tuple)
conditions = st.lists(
    st.one_of(
        st.builds(Condition, st.sampled_from(["no_name", "no_photograph", "other"])),
        st.builds(
            Condition,
            st.just("not_in_language"),
            st.sampled_from(["fa", "ru"]).map(lambda tag: (tag,)),
        ),
        st.builds(Condition, st.just("not_in_country"), st.sampled_from([("SE",), ("IR",)])),
        st.builds(
            Condition,
            st.just("only_organisations"),
            st.sampled_from([("harbour",), ("harbour", "lantern")]),
        ),
        st.builds(Condition, st.just("not_before"), moment=moments),
    ),
    min_size=1,
    max_size=2,
).map(tuple)


@st.composite
def clearances(draw: st.DrawFn) -> tuple[Clearance, ...]:
    """Clearances in any order, each with a number of its own."""
    made = []
    for seq in draw(st.lists(st.integers(0, 40), unique=True, max_size=8)):
        revision, digest = draw(texts)
        role = draw(st.sampled_from([Role.CLEARANCE_OFFICER, Role.SAFETY_REVIEWER]))
        made.append(
            Clearance(
                f"c{seq}",
                seq,
                draw(st.sampled_from(PEOPLE)),
                role,
                draw(st.sampled_from(ORGANISATIONS)),
                revision,
                digest,
                draw(st.sampled_from(["cleared"] * 5 + ["refused", "recused"])),
                NOW,
            )
        )
    return tuple(made)


@st.composite
def consents(draw: st.DrawFn) -> tuple[Consent, ...]:
    """Decisions of relatives in any order."""
    made = []
    for seq in draw(st.lists(st.integers(50, 90), unique=True, max_size=6)):
        revision, digest = draw(texts)
        decision: ConsentDecision = draw(
            st.sampled_from(["yes"] * 5 + ["yes_with_conditions"] * 3 + ["no", "question"])
        )
        made.append(
            Consent(
                f"y{seq}",
                seq,
                draw(st.sampled_from([*RELATIVES, "ada"])),
                revision,
                digest,
                decision,
                NOW - timedelta(days=draw(st.integers(0, 3))),
                draw(moments.filter(lambda m: m != NOW) | st.just(NOW + timedelta(days=30))),
                draw(st.sampled_from([None] * 4 + [NOW])),
                draw(conditions) if decision == "yes_with_conditions" else (),
                draw(st.sampled_from([None, NOW, NOW])),
                draw(st.sampled_from(CHANNELS)),
                draw(st.sampled_from([None] * 5 + [NOW, NOW + timedelta(seconds=1), FOR_EVER])),
                draw(st.sampled_from([None, NOW])),
                draw(st.sampled_from([None] * 4 + [NOW])),
            )
        )
    return tuple(made)


# Records stand at places up to 200, so what two have seen is often not enough.
witness_demands = st.lists(
    st.builds(
        WitnessDemand,
        st.integers(0, 9),
        st.sampled_from([0, 0, 0, 1, 1, 2, 2, 3]),
        st.sampled_from([NOW - timedelta(days=n) for n in (0, 1, 2)] + [NOW - timedelta(hours=23)]),
    ),
    max_size=2,
    unique_by=lambda d: d.seq,
).map(lambda found: tuple(sorted(found, key=lambda d: d.at)))
witnessed = st.sampled_from([(500, 500)] * 5 + [(500, 105), (500, 104), (106,), (0, 0), ()])

ANYTHING: dict[str, st.SearchStrategy[Any]] = {
    "lead_organisation": st.sampled_from(ORGANISATIONS),
    "cosigners": st.lists(st.sampled_from(ORGANISATIONS), unique=True).map(tuple),
    "writers": st.frozensets(st.sampled_from(PEOPLE[:5]), max_size=2),
    "members": members,
    "clearances": clearances(),
    "consents": consents(),
    "arrangement": arrangements,
    "pauses": st.sampled_from([(), (Pause("p", NOW),)]),
    "concerns": st.sampled_from([(), (Concern("k", "uncle", NOW),)]),
    "holds": st.sampled_from([(), (Hold("h", "eva", NOW),)]),
    "not_before": st.sampled_from([None, NOW - timedelta(days=1), NOW, NOW + timedelta(days=1)]),
    "languages": st.sampled_from([("en",), ("en", "fa-AF"), ("en", "fa", "ru")]),
    "attachments": st.sampled_from([(), ("document",), ("document", "photograph"), ("",)]),
    "public": st.booleans(),
    "countries": st.sampled_from([frozenset({"NO"}), frozenset({"NO", "SE"})]),
    "named": st.sampled_from([frozenset(), frozenset({"mother"})]),
    "releaser": st.sampled_from([None, *PEOPLE]),
    "audience": st.sampled_from([("public",), ("public",), ("ministry",), ()]),
    "absences": absences,
    "events": events,
    "wishes": wishes,
    "standing": standing,
    "witness_demands": witness_demands,
    "witnessed": witnessed,
}
RECORDS = ("members", "clearances", "consents")
OTHER_WORDS = {"clearances": ["refused", "recused"], "consents": ["no", "question"]}
ASKED_BY_CONDITIONS = ("languages", "attachments", "public", "countries", "named")
FIELDS = [
    *(name for name in ANYTHING if name not in ASKED_BY_CONDITIONS),
    *RECORDS,
]


@st.composite
def open_worlds(draw: st.DrawFn) -> Facts:
    """Whatever any of `rules` asks for is on record, before or after what `nearly_open` adds to it.

    What only conditions ask about is of any kind.
    """
    first = draw(st.sampled_from([-20, 100]))
    deciders = draw(st.frozensets(st.sampled_from(RELATIVES), min_size=1))
    asks_for: list[ArrangementRule] = ["any", "all", "quorum"]
    if len(deciders) == 1:
        asks_for.append("one")
    return open_world(
        **{name: draw(ANYTHING[name]) for name in ("lead_organisation", "cosigners")},
        **{name: draw(ANYTHING[name]) for name in ASKED_BY_CONDITIONS},
        witnessed=draw(witnessed),
        members=(
            *open_world().members,
            Member("fay", Role.SAFETY_REVIEWER, "harbour"),
            Member("uncle", Role.DECISION_MAKER),
        ),
        clearances=(
            cleared("ada", first),
            cleared("ben", first + 1, organisation="lantern"),
            cleared("cyn", first + 2, role=Role.SAFETY_REVIEWER),
            cleared("fay", first + 3, role=Role.SAFETY_REVIEWER),
        ),
        consents=tuple(
            said(
                person,
                first + 5 + n,
                at=NOW - timedelta(days=1),
                channel=draw(st.sampled_from([*CHANNELS, *["passkey"] * 6])),
                attested=NOW,
            )
            for n, person in enumerate(draw(st.permutations(sorted(deciders))))
        ),
        arrangement=Arrangement(
            1,
            draw(st.sampled_from(asks_for)),
            deciders,
            draw(st.integers(1, len(deciders))),
            draw(st.sampled_from([timedelta(0), timedelta(hours=12)])),
        ),
    )


@st.composite
def nearly_open(draw: st.DrawFn) -> Facts:
    """An open world in which a few fields, or none, hold something else, more, less, or somebody's other word."""
    world = draw(open_worlds())
    for name in draw(st.lists(st.sampled_from(FIELDS), max_size=3, unique=True)):
        value = draw(ANYTHING[name])
        if name in RECORDS:
            value = draw(changed_records(getattr(world, name), value, OTHER_WORDS.get(name, [])))
        world = dataclasses.replace(world, **{name: value})
    if draw(st.sampled_from([False, False, True])):
        world = dataclasses.replace(
            world, consents=(), standing=(draw(in_advance(world)), *draw(standing))
        )
    if draw(st.booleans()) and world.consents:
        depends = draw(conditional(world.consents[0]))
        world = dataclasses.replace(world, consents=(depends, *world.consents[1:]))
    if draw(st.sampled_from([True, *[False] * 5])) and world.consents:
        way = draw(st.sampled_from(WAYS))
        world = dataclasses.replace(
            world, consents=(dataclasses.replace(world.consents[-1], **way), *world.consents[:-1])
        )
    return world


# What else may be said of how a decision was given.
WAYS: list[dict[str, Any]] = [
    {"channel": "attested", "attested_at": None},
    {"channel": "letter", "attested_at": None},
    {"channel": "attested", "contested_at": NOW},
    {"channel": "session"},
    {"counts_from": NOW},
    {"counts_from": NOW + timedelta(seconds=1)},
    {"counts_from": FOR_EVER},
]


@st.composite
def in_advance(draw: st.DrawFn, world: Facts) -> StandingConsent:
    """What a family may have agreed to in advance, mostly wide enough, by those who decide."""
    named = world.arrangement.decision_makers if world.arrangement else frozenset()
    answers = tuple(
        StandingAnswer(300 + n, person, True, NOW - timedelta(days=draw(st.integers(0, 2))))
        for n, person in enumerate(sorted(named))
    )
    return dataclasses.replace(draw(scopes), id="s0", answers=answers)


@st.composite
def changed_records(
    draw: st.DrawFn, there: tuple[Any, ...], others: tuple[Any, ...], words: list[str]
) -> tuple[Any, ...]:
    """Other records, more of them, one less, or one whose decision is another."""
    index = draw(st.integers(0, len(there) - 1))
    before, after = there[:index], there[index + 1 :]
    if draw(st.booleans()) and words:
        other = dataclasses.replace(there[index], decision=draw(st.sampled_from(words)))
        return (*before, other, *after)
    return draw(st.sampled_from([others, (*there, *others), (*before, *after)]))


@st.composite
def conditional(draw: st.DrawFn, consent: Consent) -> Consent:
    """The same person's word as a yes that depends on something, mostly with a coordinator's promise."""
    return dataclasses.replace(
        consent,
        decision="yes_with_conditions",
        conditions=draw(conditions),
        acknowledged_at=draw(st.sampled_from([NOW, NOW, None])),
    )


facts = st.one_of(
    nearly_open(),
    nearly_open(),
    st.builds(Facts, st.just("public_statement"), st.just(R2), st.just(D2), **ANYTHING),
)


def open_world(**changes: object) -> Facts:
    """A world whose gate is open; pass what should differ."""
    values: dict[str, object] = {
        "kind": "public_statement",
        "revision": R2,
        "digest": D2,
        "lead_organisation": "harbour",
        "cosigners": ("harbour", "lantern"),
        "writers": frozenset({"dan"}),
        "members": (
            Member("ada", Role.CLEARANCE_OFFICER, "harbour"),
            Member("ben", Role.CLEARANCE_OFFICER, "lantern"),
            Member("cyn", Role.SAFETY_REVIEWER, "lantern"),
            Member("dan", Role.DRAFTER, "harbour"),
            Member("eva", Role.COORDINATOR, "harbour"),
            Member("mother", Role.DECISION_MAKER),
            Member("brother", Role.DECISION_MAKER),
        ),
        "clearances": (
            cleared("ada", 1),
            cleared("ben", 2, organisation="lantern"),
            cleared("cyn", 3, role=Role.SAFETY_REVIEWER, organisation="lantern"),
        ),
        "consents": (said("mother", 4),),
        "arrangement": Arrangement(1, "any", frozenset({"mother", "brother"})),
    }
    return Facts(**(values | changes))  # type: ignore[arg-type]


def cleared(
    person: str,
    seq: int,
    *,
    role: Role = Role.CLEARANCE_OFFICER,
    organisation: str = "harbour",
    decision: str = "cleared",
    revision: str = R2,
    digest: str = D2,
) -> Clearance:
    """One clearance."""
    return Clearance(f"c{seq}", seq, person, role, organisation, revision, digest, decision, NOW)  # type: ignore[arg-type]


def said(
    person: str,
    seq: int,
    decision: str = "yes",
    *,
    revision: str = R2,
    digest: str = D2,
    at: datetime = NOW,
    expires: datetime = NOW + timedelta(days=30),
    withdrawn: datetime | None = None,
    only_if: tuple[Condition, ...] = (),
    acknowledged: datetime | None = None,
    channel: str = "session",
    counts_from: datetime | None = None,
    attested: datetime | None = None,
    contested: datetime | None = None,
) -> Consent:
    """One decision of a relative."""
    return Consent(
        f"y{seq}", seq, person, revision, digest, decision, at, expires, withdrawn, only_if, acknowledged,  # type: ignore[arg-type]
        channel, counts_from, attested, contested,  # type: ignore[arg-type]
    )  # fmt: skip
