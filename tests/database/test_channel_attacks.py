"""Nobody passes off as a relative's own word what they wrote down themselves."""

from datetime import timedelta
from hashlib import sha256
from operator import methodcaller as do
from typing import Any
from uuid import UUID

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
from tests.database.test_record_attacks import on_an_entry_of_another, refused


def recording(constraint: str, name: str, *steps: Step) -> Attack:
    return refused("consent_recordings.b_guard", constraint, name, *steps)


def reading(constraint: str, name: str, *steps: Step) -> Attack:
    return refused("readings.b_guard", constraint, name, *steps)


def scan_otherwise(rows: Rows) -> None:
    rows.take_down(attachment="0" * 64, file_id=rows.store_file())


def signing(constraint: str, name: str, *steps: Step) -> Attack:
    return refused("consent_signatures.b_guard", constraint, name, *steps)


def vouching(name: str, *steps: Step) -> Attack:
    return refused("passkey_vouches.b_guard", "passkey_vouches_of_family", name, *steps)


def attesting(name: str, *before: Step, **how: Any) -> Attack:
    """Somebody attests what the lantern's officer was asked to attest."""

    def step(rows: Rows) -> None:
        taken = rows.take_down()
        for one in before:
            one(rows)
        rows.attest(taken, **how)

    return refused("consent_attestations.b_guard", "consent_attestations_asked", name, step)


def take_down_alone(rows: Rows) -> None:
    rows.decide("mother", channel="attested", recorded_by=rows.people["drafter"])


def count_back(rows: Rows) -> None:
    change = "update assent.passkeys set sign_count = 1 where id = %s"
    rows.connection.execute(change, [rows.enrol("mother", sign_count=2)])


def take_up_passkey(rows: Rows) -> None:
    change = "update assent.passkeys set ended_at = null where id = %s"
    rows.connection.execute(change, [rows.enrol("mother", ended_at=rows.now())])


def shut_out(rows: Rows) -> UUID:
    """A device of the mother's that she says was not hers."""
    device = rows.sign_in()
    rows.answer_device(device)
    return device


def on_a_device(rows: Rows, by: str = "mother", *, own: bool = False) -> None:
    """A yes of the mother's is contested that was given on a device of hers."""
    device = rows.sign_in()
    given = rows.decide("mother", given_in=device)
    rows.answer_device(device if by == "mother" else rows.sign_in(by), by, own=own)
    rows.contest(given)


ATTACKS = [
    refused("consents.consents_whole", "consents_recorded", "a word taken down by one alone", take_down_alone,
            Rows.judge),
    refused("consents.consents_whole", "consents_signed", "a passkey's yes without its signature",
            do("decide", "mother", channel="passkey"), Rows.judge),
    recording("consent_recordings_by_staff", "a word taken down by an observer", do("take_down", attester="observer")),
    recording("consent_recordings_by_staff", "a word taken down for another organisation",
              lambda rows: rows.take_down(organisation_id=rows.organisations["outside"])),
    recording("consent_recordings_by_staff", "a word attested for another organisation",
              lambda rows: rows.take_down(attester_organisation_id=rows.organisations["outside"])),
    recording("consent_recordings_by_staff", "a word taken down by one who left", do("leave", "drafter"),
              do("take_down", by="drafter")),
    recording("consent_recordings_of_consent", "how another's word was taken down",
              lambda rows: rows.take_down(recorded_by=rows.people["harbour_officer"])),
    recording("consent_recordings_of_consent", "a call passed off as a letter", do("take_down", how="letter")),
    recording("consent_recordings_attachment", "a scan that is another file", scan_otherwise),
    reading("readings_of_a_language", "a reading in a language without a text", do("read_aloud", language="ru")),
    reading("readings_of_sound", "a reading that is no sound",
            lambda rows: rows.read_aloud(file_id=rows.store_file("drafter"))),
    reading("readings_of_sound", "a reading that is another file", do("read_aloud", sha256="0" * 64)),
    refused("reading_checks.b_guard", "reading_checks_by_another", "a reading checked by whoever attached it",
            lambda rows: rows.check_reading(rows.read_aloud(), "drafter")),
    refused("reading_checks.b_guard", "reading_checks_by_another", "a reading checked by a relative",
            lambda rows: rows.check_reading(rows.read_aloud(), "brother")),
    refused("reading_checks.b_guard", "reading_checks_by_another", "a reading checked by one who left",
            do("leave", "reviewer"), lambda rows: rows.check_reading(rows.read_aloud())),
    refused("reading_checks.c_time", "recorded_now", "a check dated back",
            lambda rows: rows.check_reading(rows.read_aloud(), at=rows.now() - timedelta(minutes=6))),
    refused("reading_checks.c_entry", "recorded_in_ledger", "a check on another's entry",
            lambda rows: on_an_entry_of_another("check_reading", rows.read_aloud())(rows)),
    refused("readings.c_time", "recorded_now", "a reading dated back",
            lambda rows: rows.read_aloud(at=rows.now() - timedelta(minutes=6))),
    refused("readings.c_entry", "recorded_in_ledger", "a reading on another's entry",
            on_an_entry_of_another("read_aloud")),
    attesting("an attestation by whoever took it down", by="drafter"),
    attesting("an attestation by another of that organisation", by="other_lantern_officer"),
    attesting("an attestation by one who left", do("leave", "lantern_officer")),
    refused("consent_attestations.c_time", "recorded_now", "an attestation dated back",
            lambda rows: rows.attest(rows.take_down(), at=rows.now() - timedelta(minutes=6))),
    refused("consent_attestations.c_entry", "recorded_in_ledger", "an attestation on another's entry",
            lambda rows: on_an_entry_of_another("attest", rows.take_down())(rows)),
    refused("consent_contests.b_guard", "consent_contests_own", "a contest by another relative",
            lambda rows: rows.contest(rows.take_down(), "brother")),
    refused("consent_contests.b_guard", "consent_contests_own", "a contest of one's own answer",
            lambda rows: rows.contest(rows.decide("mother"))),
    refused("consent_contests.b_guard", "consent_contests_own", "a contest of what was given on one's own device",
            lambda rows: on_a_device(rows, own=True)),
    refused("consent_contests.b_guard", "consent_contests_own", "a contest for a device another says was not theirs",
            lambda rows: on_a_device(rows, by="brother")),
    refused("consents.b_device", "given_in_own_device", "a yes from a device that was shut out",
            lambda rows: rows.decide("mother", given_in=shut_out(rows))),
    refused("standing_consent_answers.b_device", "given_in_own_device", "a yes in advance from a device shut out",
            lambda rows: rows.answer_standing(rows.agree_in_advance(), given_in=shut_out(rows))),
    refused("device_answers.b_guard", "device_answers_of_another", "another's device said not to be one's own",
            lambda rows: rows.answer_device(rows.sign_in("brother"))),
    refused("device_answers.b_guard", "device_answers_of_another", "a device that speaks for itself",
            lambda rows: rows.answer_device(rows.sign_in(browser=b"b" * 32), own=True, browser_hash=b"b" * 32)),
    refused("consent_contests.c_time", "recorded_now", "a contest dated back",
            lambda rows: rows.contest(rows.take_down(), at=rows.now() - timedelta(minutes=6))),
    refused("consent_contests.c_entry", "recorded_in_ledger", "a contest on another's entry",
            lambda rows: on_an_entry_of_another("contest", rows.take_down())(rows)),
    signing("consent_signatures_own_passkey", "a signature of somebody else's passkey",
            lambda rows: rows.sign("brother", rows.enrol("mother"))),
    signing("consent_signatures_own_passkey", "a signature of a passkey that has ended",
            lambda rows: rows.sign("brother", rows.enrol("brother", ended_at=rows.now()))),
    signing("consent_signatures_statement", "a signature of another decision", do("sign", said={"decision": "no"})),
    signing("consent_signatures_statement", "a signature of another text", do("sign", said={"digest": "0" * 64})),
    signing("consent_signatures_statement", "a signature without its conditions",
            do("sign", said={"conditions": [{"kind": "no_name"}]})),
    signing("consent_signatures_challenge", "a signature of another statement", do("sign", client={"challenge": "x"})),
    signing("consent_signatures_challenge", "an enrolment passed off as a signature",
            do("sign", client={"type": "webauthn.create"})),
    signing("consent_signatures_challenge", "a device that did not see its owner", do("sign",
            authenticator_data=sha256(b"localhost").digest() + b"\x01" + bytes(4))),
    signing("consent_signatures_challenge", "a signature for another server", do("sign",
            authenticator_data=sha256(b"example.org").digest() + b"\x05" + bytes(4))),
    refused("passkeys.b_guard", "passkeys_count_forward", "a counter set back", count_back),
    refused("passkeys.b_guard", "passkeys_kept", "a passkey that has ended taken up again", take_up_passkey),
    refused("passkeys.c_entry", "recorded_in_ledger", "a passkey on another's entry",
            on_an_entry_of_another("enrol", "mother")),
    vouching("a relative who vouches for a relative", lambda rows: rows.vouch(
        rows.enrol("mother"), vouched_by=rows.people["brother"])),
    vouching("an observer who vouches", lambda rows: rows.vouch(rows.enrol("mother"), "observer")),
    vouching("vouching for a colleague", lambda rows: rows.vouch(rows.enrol("drafter"))),
    vouching("vouching for one who left", do("leave", "mother"), lambda rows: rows.vouch(rows.enrol("mother"))),
    refused("passkey_vouches.c_entry", "recorded_in_ledger", "vouching on another's entry",
            lambda rows: on_an_entry_of_another("vouch", rows.enrol("mother"))(rows)),
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_refused(shared_place: Place, attack: Attack) -> None:
    assert_refused(shared_place, attack)


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_but_for_its_guard_it_would_stand(shared_place: Place, attack: Attack) -> None:
    assert_succeeds_with_its_guard_asleep(shared_place, attack)


def test_every_decision_says_when_it_begins_to_count_once_and_not_before_it_was_made(
    shared_place: Place,
) -> None:
    with as_app(shared_place.app_dsn) as connection:
        rows = publishable(connection)
        earlier, older = (
            rows.now() - timedelta(seconds=1),
            rows.grounds["consent:family"]["consent_id"],
        )
        with pytest.raises(errors.CheckViolation) as early, rows.undone():
            rows.decide("brother", counts_from=earlier)
        assert early.value.diag.constraint_name == "consent_marks_ahead"
        with pytest.raises(errors.UniqueViolation), rows.undone():
            rows.mark(older, rows.now())
        rows.mark = lambda *_: None  # type: ignore[method-assign]
        rows.decide("brother")
        with pytest.raises(errors.CheckViolation) as unmarked, rows.undone():
            rows.judge()
        assert unmarked.value.diag.constraint_name == "consents_marked"


def test_answers_in_advance_and_about_who_decides_say_when_they_begin_to_count_too(
    shared_place: Place,
) -> None:
    with as_app(shared_place.app_dsn) as connection:
        rows = publishable(connection)
        earlier = rows.now() - timedelta(seconds=1)
        standing = rows.agree_in_advance()
        rows.everybody_agrees_to_it = lambda: None  # type: ignore[method-assign]
        rows.arrange("any", "mother", "brother", cooling_off_hours=1)
        mother = rows.people["mother"]
        answering: list[tuple[str, Any]] = [
            ("standing_answer_marks_with_answer", lambda **o: rows.answer_standing(standing, **o)),
            (
                "arrangement_answer_marks_with_answer",
                lambda **o: rows.agree_to_arrangement(mother, **o),
            ),
        ]
        for constraint, answer in answering:
            with pytest.raises(errors.CheckViolation) as early, rows.undone():
                answer(counts_from=earlier)
            assert early.value.diag.constraint_name == constraint
        rows.mark_standing = lambda *_: None  # type: ignore[method-assign]
        rows.mark_arranged = lambda *_: None  # type: ignore[method-assign]
        for constraint, answer in answering:
            with rows.undone():
                answer()
                with pytest.raises(errors.CheckViolation) as unmarked, rows.undone():
                    rows.judge()
            assert unmarked.value.diag.constraint_name == constraint.replace(
                "_marks_with_answer", "s_marked"
            ).replace("standing_answers", "standing_consent_answers")


def test_what_belongs_to_a_decision_is_not_added_later(shared_place: Place) -> None:
    with as_app(shared_place.app_dsn) as connection:
        rows = publishable(connection)
        for attempt in (
            lambda: rows.mark(rows.case, rows.now()),
            lambda: rows.insert("consent_recordings", consent_id=rows.case, case_id=rows.case),
            lambda: rows.insert("consent_signatures", consent_id=rows.case, case_id=rows.case),
        ):
            with pytest.raises(errors.CheckViolation) as late, rows.undone():
                attempt()
            assert late.value.diag.constraint_name == "consents_whole"
