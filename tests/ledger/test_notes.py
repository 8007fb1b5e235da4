"""Signed notes: the published vectors, and everything a note must not get away with."""

from __future__ import annotations

import contextlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from assent.ledger import notes
from assent.ledger.notes import LogKey, LogSigner, Note, NoteProblem, decode, parse_note, verified

# golang.org/x/mod/sumdb/note, note_test.go.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZIn"
    "NIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/"
    "5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
NOTE = f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}"


def key(text: str) -> LogKey:
    name, algorithm, public = notes.read_key(text)
    assert algorithm == notes.ED25519
    return LogKey(name, public)


def test_signing_repeats_the_published_note_byte_for_byte() -> None:
    secret = Ed25519PrivateKey.from_private_bytes(decode(PETER_SECRET)[1:])
    signer = LogSigner("PeterNeumann", secret)
    assert str(Note(TEXT, (signer.sign(TEXT),))) == f"{TEXT}\n{PETER_LINE}"
    assert str(signer.key) == PETER


def test_the_published_note_verifies_for_each_who_is_trusted() -> None:
    note = parse_note(NOTE.encode())
    assert str(note) == NOTE
    assert verified(note, [key(PETER)]) == [key(PETER)]
    assert verified(note, [key(ENOCH), key(PETER)]) == [key(PETER), key(ENOCH)]
    assert verified(note, []) == []


def test_a_key_reads_back_and_its_id_begins_its_fingerprint() -> None:
    peter = key(PETER)
    assert str(peter) == PETER
    assert peter.fingerprint.startswith(peter.key_id.hex())


def test_repeated_lines_of_one_key_count_once() -> None:
    note = parse_note(f"{TEXT}\n{PETER_LINE}{PETER_LINE}{ENOCH_LINE}{ENOCH_LINE}")
    assert verified(note, [key(PETER)]) == [key(PETER)]


def test_lines_of_strangers_are_ignored_even_under_a_known_name() -> None:
    stranger = LogSigner("PeterNeumann", Ed25519PrivateKey.generate())
    note = Note(TEXT, (stranger.sign(TEXT),))
    assert verified(note, [key(PETER)]) == []


def test_one_line_of_a_trusted_key_that_does_not_hold_condemns_the_note() -> None:
    spoiled = f"{PETER_LINE[:60]}ABCD{PETER_LINE[60:]}"
    for lines in (spoiled, PETER_LINE + spoiled):
        with pytest.raises(NoteProblem, match="PeterNeumann does not hold"):
            verified(parse_note(f"{TEXT}\n{lines}"), [key(PETER)])
    with pytest.raises(NoteProblem, match="does not hold"):
        verified(parse_note(NOTE.replace("answer", "Answer")), [key(PETER)])


def test_two_trusted_keys_of_one_name_and_id_are_refused() -> None:
    class Twin(LogKey):
        key_id = key(PETER).key_id

    with pytest.raises(NoteProblem, match="two trusted keys"):
        verified(parse_note(NOTE), [key(PETER), Twin("PeterNeumann", bytes(31) + b"\x22")])


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        TEXT,
        TEXT + "\n",
        f"{TEXT}\n{PETER_LINE[:-1]}",
        f"\x01{TEXT}\n{PETER_LINE}",
        f"{TEXT}\r\n\n{PETER_LINE}",
        f"{TEXT}\n{PETER_LINE.replace('Peter', 'Bad ')}",
        f"{TEXT}\n{PETER_LINE.replace('Peter', 'Bad+')}",
        f"{TEXT}\n{PETER_LINE.replace('PeterNeumann', '')}",
        f"{TEXT}\n{PETER_LINE}Unexpected line.\n",
        f"{TEXT}\n{PETER_LINE.replace('— ', '- ')}",
        f"{TEXT}\n{PETER_LINE.replace('=', '')}",
        f"{TEXT}\n{PETER_LINE.replace('nAM=', 'nAN=')}",
        f"{TEXT}\n— PeterNeumann x08goA==\n"[:-4] + "\n",
        f"{TEXT}\n— PeterNeumann x08gow==\n",
        f"{TEXT}\n{PETER_LINE * 65}",
        f"{'a' * 300_000}\n\n{PETER_LINE}",
    ],
)
def test_malformed_notes_are_refused(malformed: str) -> None:
    with pytest.raises(NoteProblem):
        parse_note(malformed.encode())


def test_a_note_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(NoteProblem, match="UTF-8"):
        parse_note(b"\xff" + NOTE.encode())
    with pytest.raises(NoteProblem, match="UTF-8"):
        parse_note("\ud800" + NOTE)


def test_no_part_and_no_neighbour_of_a_key_is_a_key() -> None:
    for start in range(len(PETER)):
        for end in range(start + 1, len(PETER) + 1):
            if (start, end) not in {(0, len(PETER))}:
                with pytest.raises(NoteProblem):
                    notes.read_key(PETER[start:end])
    for at in range(len(PETER)):
        with pytest.raises(NoteProblem):
            notes.read_key(PETER[:at] + chr(ord(PETER[at]) + 1) + PETER[at + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        # note_test.go: a key too long, and one of an unknown algorithm, each with the id it would have.
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+",
        notes.write_key("everybody", notes.ED25519, bytes(32)),
        notes.write_key("everybody", notes.ED25519, b"\x01" + bytes(30) + b"\x80"),
    ],
)
def test_keys_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(NoteProblem):
        notes.read_key(text)


@pytest.mark.parametrize("text", ["", "no newline", "control\x07\n", "\ud800\n"])
def test_what_no_note_can_say_is_not_signed(text: str) -> None:
    signer = LogSigner("log.example", Ed25519PrivateKey.generate())
    with pytest.raises(NoteProblem):
        signer.sign(text)


def test_every_flipped_bit_of_a_note_is_refused_or_is_another_note() -> None:
    original = parse_note(NOTE)
    whole = NOTE.encode()
    for bit in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            note = parse_note(bytes(changed))
            signers = verified(note, [key(PETER), key(ENOCH)])
        except NoteProblem:
            continue
        # What still parses names at least one signer who is no longer known.
        assert note != original
        assert len(signers) < 2


@given(st.binary(max_size=400) | st.text(max_size=400))
def test_nonsense_never_crashes(data: bytes | str) -> None:
    with contextlib.suppress(NoteProblem):
        parse_note(data)


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=4))
def test_what_parses_is_written_back_as_it_was(body: str, lines: list[str]) -> None:
    text = f"{body}\n\n" + "".join(f"— {line}\n" for line in lines)
    try:
        note = parse_note(text)
    except NoteProblem:
        return
    assert str(note) == text
