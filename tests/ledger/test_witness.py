"""A witness cosigns what has grown from what it cosigned before, and keeps evidence of what has not."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from assent.checking import check
from assent.ledger.checkpoints import Checkpoint, parse_checkpoint, signed
from assent.ledger.cosignatures import WitnessKey, WitnessSigner, cosigners, parse_key
from assent.ledger.notes import LogSigner, Note, NoteProblem, parse_note
from assent.ledger.tree import EMPTY_ROOT
from assent.ledger.witness.asking import (
    WitnessIsAhead,
    WitnessRefused,
    WitnessUnreachable,
    ask_witness,
    head_seen_by,
)
from assent.ledger.witness.key_file import KeyFileProblem, load_secret, make_secret, read_secret
from assent.ledger.witness.memory import Memory, MemoryProblem
from assent.ledger.witness.messages import (
    AddCheckpoint,
    MalformedRequest,
    parse_add_checkpoint,
)
from assent.ledger.witness.server import WitnessServer
from assent.ledger.witness.serving import WitnessSetup, compare_with, open_secret
from assent.ledger.witness.witness import (
    Forked,
    NotConsistent,
    NotSignedByItsLog,
    OtherSize,
    UnknownLog,
    WillNotCosign,
    Witness,
    evidence_folder,
)
from tests.ledger.proven import NOW, Log

# The example of C2SP tlog-witness.
PUBLISHED_REQUEST = """\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa \
Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa \
opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""
WITNESS = WitnessSigner("witness.example/one", Ed25519PrivateKey.generate())
LOG = Log().filled(12)
FORK = Log(signer=LOG.signer).filled(12)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    memory = Memory(tmp_path / "memory")
    memory.begin()
    with memory:
        yield memory


@pytest.fixture
def witness(memory: Memory) -> Witness:
    return Witness(WITNESS, memory, [LOG.signer.key], lambda: NOW)


def request(old: int, new: int, log: Log = LOG, **other: Any) -> AddCheckpoint:
    proof = tuple(log.consistency(old, new)) if old <= new else ()
    return replace(AddCheckpoint(old, proof, log.checkpoint(new)), **other)


def test_the_published_request_reads_and_writes_back() -> None:
    read = parse_add_checkpoint(PUBLISHED_REQUEST.encode())
    assert (read.old, read.checkpoint.size, len(read.proof)) == (20852014, 20852163, 4)
    assert str(read) == PUBLISHED_REQUEST


def test_the_published_cosignature_reads(witness: Witness) -> None:
    # C2SP tlog-cosignature: cosigned at 1679315147, as its example of the signed message says.
    line = (
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2"
        "oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    note = parse_note(PUBLISHED_REQUEST.split("\n\n", 1)[1] + line)
    signature = note.signatures[2].signature
    assert int.from_bytes(signature[:8], "big") == 1679315147
    assert len(signature) == 72


def test_what_grows_is_cosigned_and_the_cosignature_holds(witness: Witness) -> None:
    for old, new in ((0, 3), (3, 3), (3, 8), (8, 12)):
        asked = request(old, new)
        line = witness.add_checkpoint(asked)
        note = asked.note.signed_also([line])
        assert cosigners(note, [WITNESS.key]) == {WITNESS.key: NOW}
        with pytest.raises(NoteProblem, match="does not hold"):
            WITNESS.key.check(note.text.replace("log", "lag"), line.signature)


def test_another_old_size_is_answered_with_the_right_one(witness: Witness) -> None:
    witness.add_checkpoint(request(0, 5))
    for old in (0, 4, 6):
        with pytest.raises(OtherSize) as refusal:
            witness.add_checkpoint(request(old, 8))
        assert refusal.value.size == 5


def test_a_shrinking_log_is_refused(witness: Witness) -> None:
    witness.add_checkpoint(request(0, 8))
    with pytest.raises(WillNotCosign, match="shorter"):
        witness.add_checkpoint(request(8, 5))
    with pytest.raises(OtherSize):
        witness.add_checkpoint(request(5, 5))


def test_a_bad_proof_is_refused_and_changes_nothing(witness: Witness) -> None:
    witness.add_checkpoint(request(0, 5))
    for proof in ((), tuple(FORK.consistency(5, 8)), (*LOG.consistency(5, 8), bytes(32))):
        with pytest.raises(NotConsistent):
            witness.add_checkpoint(request(5, 8, proof=proof))
    with pytest.raises(NotConsistent):
        witness.add_checkpoint(request(5, 8, FORK))
    witness.add_checkpoint(request(5, 8))


def test_an_unknown_log_and_a_strangers_signature_are_refused(witness: Witness) -> None:
    other = Log(signer=LogSigner("other.example", Ed25519PrivateKey.generate())).filled(2)
    with pytest.raises(UnknownLog):
        witness.add_checkpoint(request(0, 2, other))
    impostor = Log().filled(2)
    with pytest.raises(NotSignedByItsLog):
        witness.add_checkpoint(request(0, 2, impostor))
    # A witness's key is none of the log's, whatever it signs.
    confused = Log(signer=LogSigner("log.example", WITNESS.secret)).filled(2)
    with pytest.raises(NotSignedByItsLog):
        witness.add_checkpoint(request(0, 2, confused))


@pytest.mark.parametrize("old", [0, 5])
def test_a_fork_is_refused_for_ever_with_evidence_that_anybody_can_check(
    witness: Witness, old: int
) -> None:
    witness.add_checkpoint(request(0, 5))
    with pytest.raises(Forked):
        witness.add_checkpoint(request(old, 5, FORK))
    with pytest.raises(Forked):
        witness.add_checkpoint(request(5, 8))
    (file,) = evidence_folder(witness.memory.path).iterdir()
    report = check(file, [str(LOG.signer.key)])
    assert report.is_good
    assert "two different histories of 5 entries" in "\n".join(map(str, report))


async def test_two_witnesses_shown_two_histories_find_out_by_comparing(
    witness: Witness, tmp_path: Path
) -> None:
    deceived = Memory(tmp_path / "other")
    deceived.begin()
    with deceived:
        peer = Witness(LOG.witnesses[1], deceived, [LOG.signer.key], lambda: NOW)
        witness.add_checkpoint(request(0, 7))
        transport = httpx2.ASGITransport(WitnessServer(peer))
        async with httpx2.AsyncClient(transport=transport) as client:
            assert await compare_with(witness, client, "http://peer") == []
            peer.add_checkpoint(request(0, 6, FORK))
            assert await compare_with(witness, client, "http://peer") == []
            peer.add_checkpoint(request(6, 7, FORK))
            assert await compare_with(witness, client, "http://peer") == ["log.example"]
    (file,) = evidence_folder(witness.memory.path).iterdir()
    assert check(file, [str(LOG.signer.key)]).is_good


def grown(log: Log, signer: LogSigner, by: int) -> Log:
    """The same history under another key, and longer: the log's own, or a thief's."""
    other = replace(log, signer=signer, nodes=dict(log.nodes), entries=[*log.entries])
    return replace(other, openings=[*log.openings]).filled(by)


def test_what_a_stolen_key_signs_is_cosigned_no_more(memory: Memory) -> None:
    fresh = LogSigner(LOG.signer.name, Ed25519PrivateKey.generate())
    before = Witness(WITNESS, memory, [LOG.signer.key], lambda: NOW)
    before.add_checkpoint(request(0, 12))
    # From the change on it follows the new key alone; what it has seen stays what it has seen.
    ours, thiefs = grown(LOG, fresh, 3), grown(LOG, LOG.signer, 3)
    after = Witness(WITNESS, memory, [fresh.key], lambda: NOW)
    with pytest.raises(NotSignedByItsLog):
        after.add_checkpoint(request(12, 15, thiefs))
    after.add_checkpoint(request(12, 15, ours))
    with pytest.raises(NotSignedByItsLog):
        after.compare(thiefs.checkpoint(15))


def test_a_thief_who_was_faster_is_found_out(memory: Memory) -> None:
    fresh = LogSigner(LOG.signer.name, Ed25519PrivateKey.generate())
    both = Witness(WITNESS, memory, [LOG.signer.key, fresh.key], lambda: NOW)
    both.add_checkpoint(request(0, 12))
    ours, thiefs = grown(LOG, fresh, 3), grown(LOG, LOG.signer, 3)
    both.add_checkpoint(request(12, 15, thiefs))
    with pytest.raises(Forked):
        both.add_checkpoint(request(15, 15, ours))
    [file] = evidence_folder(memory.path).iterdir()
    assert str(thiefs.checkpoint(15).text) in file.read_text()
    assert str(ours.checkpoint(15).text) in file.read_text()


def test_a_replayed_old_checkpoint_is_not_cosigned_again(witness: Witness) -> None:
    asked = request(0, 5)
    witness.add_checkpoint(asked)
    witness.add_checkpoint(request(5, 8))
    with pytest.raises(OtherSize):
        witness.add_checkpoint(asked)


def test_an_empty_log_is_cosigned_too(witness: Witness) -> None:
    note = signed(Checkpoint("log.example", 0, EMPTY_ROOT), LOG.signer)
    witness.add_checkpoint(AddCheckpoint(0, (), note))
    witness.add_checkpoint(request(0, 4))


def test_strangers_lines_are_not_kept(witness: Witness) -> None:
    witness.add_checkpoint(request(0, 5))
    assert len(witness.memory.logs["log.example"].head.signatures) == 1


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 12), st.integers(0, 12), st.booleans()),
        max_size=12,
    )
)
def test_whatever_it_is_asked_it_never_cosigns_two_histories(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[bool, int, int, bool]]
) -> None:
    memory = Memory(tmp_path_factory.mktemp("memory") / "memory")
    memory.begin()
    cosigned: list[Checkpoint] = []
    for forked, old, new, empty in asked:
        # Each time a new process that knows only what is on disk.
        with memory:
            witness = Witness(WITNESS, memory, [LOG.signer.key], lambda: NOW)
            other = {"proof": ()} if empty else {}
            wanted = request(old, new, FORK if forked else LOG, **other)
            try:
                witness.add_checkpoint(wanted)
            except WillNotCosign:
                continue
            cosigned.append(wanted.checkpoint)
    sizes = [head.size for head in cosigned]
    assert sizes == sorted(sizes)
    histories = {
        log.frontier.root()
        for log in (LOG, FORK)
        for head in cosigned
        if head.size and parse_checkpoint(log.checkpoint(head.size).text).root == head.root
    }
    assert len(histories) <= 1


# -- memory and key ---------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_crash_at_any_step_of_remembering_leaves_the_old_or_the_new_memory(
    witness: Witness, monkeypatch: pytest.MonkeyPatch, step: str, nth: int
) -> None:
    witness.add_checkpoint(request(0, 5))
    calls, real = 0, getattr(os, step)

    def dies(*given: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise OSError("the machine dies here")
        return real(*given, **more)

    monkeypatch.setattr(os, step, dies)
    line = None
    with contextlib.suppress(OSError):
        line = witness.add_checkpoint(request(5, 8))
    monkeypatch.undo()
    path = witness.memory.path
    witness.memory.__exit__(None, None, None)
    with Memory(path) as after:
        size = parse_checkpoint(after.logs["log.example"].head.text).size
    assert size in (5, 8)
    assert line is None or size == 8


def test_one_memory_serves_one_witness_at_a_time(memory: Memory) -> None:
    with pytest.raises(MemoryProblem, match="another witness"), Memory(memory.path):
        pass


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"version": 9, "logs": {}}',
        '{"version": 1, "logs": {"log.example": {"head": "x", "forked": false}}}',
    ],
)
def test_a_damaged_memory_starts_no_witness(tmp_path: Path, content: str) -> None:
    path = tmp_path / "memory"
    path.write_text(content)
    with pytest.raises(MemoryProblem), Memory(path):
        pass


def test_a_head_put_under_another_logs_name_is_damage(memory: Memory) -> None:
    text = memory.path
    head = str(LOG.checkpoint(3))
    text.write_text(json.dumps({"version": 1, "logs": {"x": {"head": head, "forked": False}}}))
    memory.__exit__(None, None, None)
    with pytest.raises(MemoryProblem, match="damaged"), Memory(text):
        pass


def test_a_key_without_its_memory_does_not_start(tmp_path: Path) -> None:
    setup = WitnessSetup(tmp_path / "memory", tmp_path / "key", (LOG.signer.key,), "w.example")
    made = open_secret(setup)
    assert open_secret(setup).key == made.key
    assert setup.key.stat().st_mode & 0o777 == 0o600
    setup.memory.unlink()
    with pytest.raises(MemoryProblem, match="no longer"):
        open_secret(setup)


def test_a_new_key_has_a_name(tmp_path: Path) -> None:
    with pytest.raises(MemoryProblem, match="--name"):
        open_secret(WitnessSetup(tmp_path / "memory", tmp_path / "key", (LOG.signer.key,)))
    with pytest.raises(NoteProblem):
        make_secret(tmp_path / "key", "two words")


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    make_secret(tmp_path / "key", "w.example")
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(KeyFileProblem, match="others may read"):
        load_secret(tmp_path / "key")


def test_a_logs_secret_is_no_witnesss(tmp_path: Path) -> None:
    for text in (
        "",
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
    ):
        with pytest.raises(KeyFileProblem):
            read_secret(text)


def test_a_witnesss_key_reads_back_as_one() -> None:
    assert parse_key(str(WITNESS.key)) == WITNESS.key
    assert parse_key(str(LOG.signer.key)) == LOG.signer.key
    same = LogSigner(WITNESS.name, WITNESS.secret).key
    assert same.key_id != WITNESS.key.key_id


# -- over the wire ----------------------------------------------------------------------------------


@pytest.fixture
async def client(witness: Witness) -> Any:
    transport = httpx2.ASGITransport(WitnessServer(witness))
    async with httpx2.AsyncClient(transport=transport, base_url="http://witness") as client:
        yield client


async def prove(old: int, new: int) -> list[bytes]:
    return LOG.consistency(old, new)


async def ask(
    client: httpx2.AsyncClient, size: int, key: WitnessKey = WITNESS.key, log: Log = LOG
) -> Any:
    return await ask_witness(client, "http://witness/", key, log.checkpoint(size), prove)


async def test_a_log_asks_and_learns_by_itself_how_far_its_witness_is(
    client: httpx2.AsyncClient,
) -> None:
    for size in (3, 3, 7, 12):
        line = await ask(client, size)
        WITNESS.key.check(LOG.checkpoint(size).text, line.signature)


async def test_a_log_put_back_hears_that_its_witness_is_ahead(client: httpx2.AsyncClient) -> None:
    await ask(client, 9)
    with pytest.raises(WitnessIsAhead) as ahead:
        await ask(client, 4)
    assert ahead.value.size == 9


async def test_that_a_witness_is_ahead_is_shown_by_a_head_its_log_signed(
    client: httpx2.AsyncClient,
) -> None:
    """Anybody can name a size; only the log itself can have signed that many entries."""
    assert await head_seen_by(client, "http://witness", "log.example", [LOG.signer.key]) is None
    await ask(client, 9)
    seen = await head_seen_by(client, "http://witness", "log.example", [LOG.signer.key])
    assert seen is not None
    assert seen[0].size == 9
    stranger = [Log().signer.key]
    assert await head_seen_by(client, "http://witness", "log.example", stranger) is None
    assert await head_seen_by(client, "http://witness", "other.example", stranger) is None


async def test_a_fork_is_refused_over_the_wire(client: httpx2.AsyncClient) -> None:
    await ask(client, 9)
    with pytest.raises(WitnessRefused, match="two histories"):
        await ask(client, 9, log=FORK)
    assert "FORKED" in (await client.get("/")).text


async def test_another_witnesss_answer_is_not_taken(client: httpx2.AsyncClient) -> None:
    with pytest.raises(WitnessUnreachable, match="not of the witness's key"):
        await ask(client, 3, key=LOG.witnesses[0].key)


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/plain", b""),
        (200, "text/plain", b"\xff\xfe"),
        (200, "text/plain", b"a" * 100_000),
        (500, "text/plain", b"oh"),
        (302, "text/plain", b""),
        (409, "text/x.tlog.size", b"many"),
        (409, "text/x.tlog.size", b"5\n"),
    ],
)
async def test_a_witness_that_talks_nonsense_is_not_reached(
    status: int, kind: str, body: bytes
) -> None:
    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, headers={"content-type": kind}, content=body)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        with pytest.raises(WitnessUnreachable):
            await ask(client, 6)


async def test_a_witness_that_is_not_there_is_not_reached() -> None:
    async with httpx2.AsyncClient(timeout=2) as client:
        with pytest.raises(WitnessUnreachable):
            await ask_witness(client, "http://127.0.0.1:9", WITNESS.key, LOG.checkpoint(3), prove)


async def test_the_statuses_are_those_of_the_specification(client: httpx2.AsyncClient) -> None:
    async def post(asked: AddCheckpoint | bytes) -> httpx2.Response:
        content = asked if isinstance(asked, bytes) else str(asked).encode()
        return await client.post("/add-checkpoint", content=content)

    stranger = Log(signer=LogSigner("other.example", Ed25519PrivateKey.generate())).filled(2)
    assert (await post(b"nonsense")).status_code == 400
    assert (await post(b"a" * 400_000)).status_code == 413
    assert (await post(request(0, 2, stranger))).status_code == 404
    assert (await post(request(0, 2, Log().filled(2)))).status_code == 403
    assert (await post(request(0, 5))).status_code == 200
    conflict = await post(request(0, 8))
    assert (conflict.status_code, conflict.text) == (409, "5\n")
    assert conflict.headers["content-type"] == "text/x.tlog.size"
    assert (await post(request(5, 3))).status_code == 400
    assert (await post(request(5, 8, proof=()))).status_code == 422
    assert (await post(request(5, 5, FORK))).status_code == 409
    assert (await client.get("/add-checkpoint")).status_code == 405
    assert (await client.post("/")).status_code == 405
    assert (await client.get("/checkpoint/other.example")).status_code == 404
    assert parse_note((await client.get("/checkpoint/log.example")).content).text


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_nonsense_is_refused_and_never_crashes(data: bytes) -> None:
    for body in (data, b"old 0\n\n" + data, b"old 0\n" + data):
        with pytest.raises(MalformedRequest):
            parse_add_checkpoint(body)


@settings(max_examples=40)
@given(st.data())
def test_one_bit_changed_in_a_request_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    memory = Memory(tmp_path_factory.mktemp("memory") / "memory")
    memory.begin()
    whole = str(
        request(5, 12, note=Note(LOG.checkpoint(12).text, LOG.checkpoint(12).signatures[:1]))
    )
    changed = bytearray(whole.encode())
    bit = data.draw(st.integers(0, len(changed) * 8 - 1))
    changed[bit // 8] ^= 1 << bit % 8
    with memory:
        witness = Witness(WITNESS, memory, [LOG.signer.key], lambda: NOW)
        witness.add_checkpoint(request(0, 5))
        status, _, _ = WitnessServer(witness).add_checkpoint(bytes(changed))
    assert status != 200
