"""A receipt proves one decision to whoever holds it, and nothing to whoever finds it."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from assent.ledger import receipts
from assent.ledger.notes import NoteProblem
from assent.ledger.proofs import LogProofProblem, parse_proof
from assent.ledger.receipts import ReceiptProblem, bare, make_receipt, parse_receipt, seal, unseal
from assent.ledger.records import canonical_record
from assent.ledger.report import Mark, Report
from assent.ledger.trust import Trust
from assent.ledger.verification import verify_receipt
from tests.ledger.proven import CONTENT, Log, a_record, signed_with_a_passkey

PASSKEY = Ed25519PrivateKey.generate()
LOG = Log().filled(6)
SIGNED_RECORD = a_record(6)
SIGNED = LOG.append(
    SIGNED_RECORD,
    passkey=signed_with_a_passkey(PASSKEY, SIGNED_RECORD),
    fields={"receipt_id": SIGNED_RECORD["body"]["consent"], "party": "Hafen e\u0301"},
)
LOG.filled(5)
WHOLE = str(LOG.receipt(SIGNED))


@pytest.fixture(autouse=True)
def quick_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "ITERATIONS", 10)


def wrongs(report: Report) -> str:
    return " ".join(f.sentence for f in report if f.mark is Mark.WRONG)


def test_a_receipt_shows_what_was_agreed_to_by_whom_and_who_saw_it() -> None:
    report = verify_receipt(parse_receipt(WHOLE), LOG.trust, demanded=2, text=CONTENT)
    said = "\n".join(map(str, report))
    assert report.is_good
    for words in (
        "Entry 6 stands in the log log.example, which had 12 entries.",
        "Seen by the witness witness.example/one at 2026-09-21 14:13:20 UTC.",
        "Seen by the witness witness.example/two",
        "The record is exactly what that entry commits to.",
        "Decision: yes.",
        SIGNED_RECORD["actor"]["person"],
        "signed on a device with the passkey",
        "exactly the one this record is about",
    ):
        assert words in said


def test_the_translation_shown_may_be_compared_as_well() -> None:
    shown = CONTENT["languages"]["en"]  # type: ignore[index]
    assert verify_receipt(parse_receipt(WHOLE), LOG.trust, text=shown).is_good


def test_another_text_is_told_apart() -> None:
    other = CONTENT | {"audience": ["The ministry"]}
    report = verify_receipt(parse_receipt(WHOLE), LOG.trust, text=other)
    assert not report.is_good
    assert "another one" in wrongs(report)
    assert not verify_receipt(parse_receipt(WHOLE), LOG.trust, text={"a": 1.5e300}).is_good


def test_the_file_is_a_proof_that_others_can_read() -> None:
    proof = parse_proof(WHOLE)
    assert str(proof) == WHOLE
    assert proof.verify(LOG.entries[SIGNED], LOG.trust).is_witnessed


@given(st.integers(0, len(WHOLE.encode()) * 8 - 1))
def test_one_bit_changed_anywhere_is_refused(bit: int) -> None:
    assert refused(bit)


@pytest.mark.soak
def test_every_bit_changed_anywhere_is_refused() -> None:
    assert all(refused(bit) for bit in range(len(WHOLE.encode()) * 8))


def refused(bit: int) -> bool:
    changed = bytearray(WHOLE.encode())
    changed[bit // 8] ^= 1 << bit % 8
    try:
        report = verify_receipt(parse_receipt(bytes(changed)), LOG.trust)
    except ReceiptProblem as problem:
        return bool(str(problem))
    return not report.is_good and bool(wrongs(report))


def test_a_receipt_for_another_entry_is_refused() -> None:
    mine, other = LOG.receipt(1), LOG.receipt(2)
    swapped = make_receipt(mine.proof, LOG.openings[2])
    assert "another root" in wrongs(verify_receipt(swapped, LOG.trust))
    moved = replace(mine, proof=replace(mine.proof, index=other.proof.index))
    assert not verify_receipt(moved, LOG.trust).is_good


def test_extra_is_bound_to_the_leaf() -> None:
    genuine = LOG.receipt(1)
    lied = replace(genuine.opening, record=a_record(1, decision="no"))  # type: ignore[type-var]
    forged = replace(genuine, opening=lied)
    assert "not what the log's entry commits to" in wrongs(verify_receipt(forged, LOG.trust))


def test_another_instances_key_or_a_witness_as_the_log_is_not_believed() -> None:
    other = Log()
    receipt = LOG.receipt(1)
    assert "not signed by a trusted key" in wrongs(verify_receipt(receipt, other.trust))
    elsewhere = Trust((replace(other.signer.key, name="other.example"),))
    assert "log that is not trusted" in wrongs(verify_receipt(receipt, elsewhere))
    confused = Trust((replace(LOG.signer.key, public=LOG.witnesses[0].key.public),))
    assert not verify_receipt(receipt, confused).is_good


def test_one_key_cannot_be_log_and_witness_or_two_witnesses() -> None:
    log, (one, two) = LOG.signer.key, [witness.key for witness in LOG.witnesses]
    with pytest.raises(NoteProblem, match="one key cannot speak for two"):
        Trust((log,), (replace(one, public=log.public),))
    with pytest.raises(NoteProblem, match="one key cannot speak for two"):
        Trust((log,), (one, replace(two, public=one.public)))
    with pytest.raises(NoteProblem, match="same name"):
        Trust((log,), (one, replace(two, name=one.name)))


def test_without_its_witnesses_it_is_recorded_and_not_yet_witnessed() -> None:
    receipt = parse_receipt(str(LOG.receipt(1, cosigned=False)))
    report = verify_receipt(receipt, LOG.trust)
    assert report.is_good
    assert "Recorded, not yet witnessed: 0 of 2" in "\n".join(map(str, report))
    assert not verify_receipt(receipt, LOG.trust, demanded=1).is_good


def test_that_nobody_trusted_has_seen_it_is_said_even_where_the_file_wants_nobody() -> None:
    receipt = LOG.receipt(1, cosigned=False, needed=0)
    report = verify_receipt(receipt, Trust((LOG.signer.key,)))
    assert "No witness you trust has seen it" in "\n".join(map(str, report))


def test_cosignatures_of_witnesses_nobody_trusts_count_for_nothing() -> None:
    trust = Trust((LOG.signer.key,), (LOG.witnesses[0].key,))
    report = verify_receipt(parse_receipt(WHOLE), trust, demanded=2)
    assert "1 of 2 witnesses" in wrongs(report)


def test_sealed_it_says_nothing_and_opens_with_its_passphrase_alone() -> None:
    sealed = parse_receipt(str(seal(LOG.receipt(SIGNED), "saffron under the sill")))
    shown = base64.b64decode(str(sealed).split("\n")[1].removeprefix("extra "))
    for secret in (b"decision", b"consent", SIGNED_RECORD["body"]["digest"].encode(), b"person"):
        assert secret not in shown
    report = verify_receipt(sealed, LOG.trust)
    assert report.is_good
    assert "sealed: it was not looked at" in "\n".join(map(str, report))
    with pytest.raises(ReceiptProblem, match="does not open"):
        unseal(sealed, "saffron under the sil")
    assert str(unseal(sealed, "saffron under the sill")) == WHOLE


def test_a_passphrase_typed_on_another_keyboard_opens_it_too() -> None:
    sealed = seal(LOG.receipt(1), "caf\u00e9")
    assert unseal(sealed, "cafe\u0301").opening is not None


def test_a_seal_taken_from_another_receipt_does_not_open() -> None:
    one, two = seal(LOG.receipt(1), "words"), seal(LOG.receipt(2), "words")
    with pytest.raises(ReceiptProblem):
        unseal(replace(one, sealed=two.sealed), "words")


def test_bare_it_shows_that_something_stands_in_the_log_and_no_more() -> None:
    receipt = bare(LOG.receipt(SIGNED))
    read = parse_receipt(str(receipt))
    assert (read.opening, read.sealed) == (None, None)
    assert verify_receipt(read, LOG.trust).is_good
    with pytest.raises(ReceiptProblem):
        unseal(read, "words")
    with pytest.raises(ReceiptProblem):
        seal(read, "words")


def test_an_empty_passphrase_seals_nothing() -> None:
    with pytest.raises(ReceiptProblem, match="empty"):
        seal(LOG.receipt(1), "")


@pytest.mark.parametrize(
    ("other", "wrong"),
    [
        ({"decision": "no"}, "something else than the record says: decision"),
        ({"digest": "0" * 64}, "something else than the record says: digest"),
        ({"person": "somebody else"}, "something else than the record says: person"),
        ({"notice": "9"}, "something else than the record says: notice"),
        ({"case": "another"}, "something else than the record says: case"),
    ],
)
def test_a_passkeys_statement_has_to_say_what_the_record_says(
    other: dict[str, str], wrong: str
) -> None:
    log = Log()
    record = a_record(0)
    log.append(record, passkey=signed_with_a_passkey(PASSKEY, record, **other))
    assert wrong in wrongs(verify_receipt(log.receipt(0), log.trust))


def test_a_passkeys_signature_of_another_statement_does_not_hold() -> None:
    log, record = Log(), a_record(0)
    genuine = signed_with_a_passkey(PASSKEY, record)
    for changed, wrong in (
        (replace(genuine, statement=dict(genuine.statement) | {"extra": 1}), "another statement"),
        (replace(genuine, signature=bytes(64)), "does not hold"),
        (replace(genuine, authenticator_data=bytes(37)), "who was holding it"),
        (replace(genuine, authenticator_data=b"short"), "too short"),
        (replace(genuine, client_data=b"{}"), "malformed"),
        (replace(genuine, public_key=b"\xa0"), "unknown kind"),
    ):
        log.append(record, passkey=changed)
        assert wrong in wrongs(verify_receipt(log.receipt(log.frontier.size - 1), log.trust))


def test_that_a_signature_is_missing_is_said() -> None:
    log = Log()
    log.append(a_record(0, channel="passkey"))
    report = verify_receipt(log.receipt(0), log.trust)
    assert "that signature is not in this file" in "\n".join(map(str, report))


def test_the_standards_fields_may_not_contradict_the_record() -> None:
    log = Log()
    log.append(a_record(0), fields={"receipt_id": "another"})
    assert "receipt_id says another" in wrongs(verify_receipt(log.receipt(0), log.trust))


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_nonsense_is_refused_and_never_crashes(data: bytes | str) -> None:
    with pytest.raises(ReceiptProblem):
        parse_receipt(data)
    start = "c2sp.org/tlog-proof@v1\nextra "
    if isinstance(data, str):
        with pytest.raises(ReceiptProblem):
            parse_receipt(start + data)


values = st.recursive(
    st.integers(-5, 2**53 - 1) | st.text("abc=/+", max_size=8) | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["v", "entry", "keys", "needed", "opening", "sealed", "record", "secret",
                             "fields", "passkey", "kdf", "iterations", "salt", "check", "statement"]),
            inner, max_size=6,
        )
    ),
    max_leaves=15,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(receipts._MEMBERS)), values))
def test_what_a_receipt_carries_may_be_anything_and_never_crashes(
    members: dict[str, object],
) -> None:
    extra = canonical_record({"v": 1, "entry": "AAAA"} | members)
    proof = replace(LOG.receipt(1).proof, extra=extra)
    try:
        receipt = parse_receipt(str(proof))
    except ReceiptProblem:
        return
    assert not verify_receipt(receipt, LOG.trust).is_good


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\n",
        WHOLE.replace("index 6", "index 06"),
        WHOLE.replace("index 6", "index -6"),
        WHOLE.replace("index 6\n", ""),
        WHOLE.replace("index 6\n", "index 6\n" + "AAAA\n"),
        WHOLE.replace("index 6\n", "index 6\n" + "A" * 43 + "=\n" + "A" * 43 + "=\n" * 64),
        WHOLE + "\n",
        WHOLE.replace("\n\n", "\n\n\n", 1),
        "a" * 5_000_000,
    ],
)
def test_malformed_proofs_are_refused(text: str) -> None:
    with pytest.raises(LogProofProblem):
        parse_proof(text)
