"""`assent verify`: what it says of each kind of file, and with which code it leaves."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assent.checking import verify
from assent.ledger import receipts
from assent.ledger.checkpoints import Checkpoint, signed
from assent.ledger.exports import (
    CHECKPOINT,
    ENTRIES,
    KEYS,
    RECORDS,
    Archive,
    ExportProblem,
    OpenedEntry,
    split_entries,
)
from assent.ledger.forks import Evidence
from assent.ledger.receipts import seal
from assent.ledger.tiles import make_bundle
from assent.ledger.verification import verify_export
from tests.ledger.proven import CONTENT, Log, a_record, an_export

LOG = Log().filled(20)


@pytest.fixture(autouse=True)
def quick_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "ITERATIONS", 10)


def run(tmp_path: Path, content: bytes | str, *options: str) -> Result:
    file = tmp_path / "file"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return CliRunner().invoke(verify, [str(file), *options])


def test_a_receipt_holds_under_the_keys_that_are_trusted(tmp_path: Path) -> None:
    keys = [f"--key={key}" for key in LOG.keys]
    result = run(tmp_path, str(LOG.receipt(3)), *keys, "--witnesses=2")
    assert result.exit_code == 0, result.output
    assert "Trusted, because you said so: log.example" in result.output
    assert result.output.endswith("→ It holds.\n")


def test_fingerprints_are_enough_where_the_file_names_the_keys(tmp_path: Path) -> None:
    trusted = [LOG.signer.key.fingerprint, LOG.witnesses[0].key.fingerprint[:32].upper()]
    keys = [f"--key={fingerprint}" for fingerprint in trusted]
    result = run(tmp_path, str(LOG.receipt(3)), *keys, "--witnesses=1")
    assert result.exit_code == 0, result.output
    assert "witness.example/one" in result.output
    assert "witness.example/two" not in result.output


def test_without_a_key_it_says_that_it_is_whole_and_not_whose_it_is(tmp_path: Path) -> None:
    result = run(tmp_path, str(LOG.receipt(3)))
    assert result.exit_code == 0
    assert "No key was given" in result.output
    assert LOG.signer.key.fingerprint in result.output


@pytest.mark.parametrize(
    "key",
    [
        # A fresh key each time has no place in the test's name: xdist's workers have to agree on it.
        pytest.param(str(Log().signer.key), id="another log's"),
        "0" * 64,
        "abc",
        "no+key+AAAA",
    ],
)
def test_under_another_key_it_does_not_hold(tmp_path: Path, key: str) -> None:
    result = run(tmp_path, str(LOG.receipt(3)), f"--key={key}")
    assert result.exit_code == 1
    assert "WRONG" in result.output


def test_a_sealed_receipt_opens_with_its_passphrase(tmp_path: Path) -> None:
    sealed = str(seal(LOG.receipt(3), "saffron"))
    assert "Decision: yes" in run(tmp_path, sealed, "--passphrase=saffron").output
    closed = run(tmp_path, sealed)
    assert closed.exit_code == 0
    assert "Decision" not in closed.output
    assert run(tmp_path, sealed, "--passphrase=saffran").exit_code == 1


def test_the_published_text_is_compared(tmp_path: Path) -> None:
    text = tmp_path / "statement.json"
    text.write_text(json.dumps(CONTENT, indent=2), encoding="utf-8")
    assert "exactly the one" in run(tmp_path, str(LOG.receipt(3)), f"--text={text}").output
    text.write_text(json.dumps(CONTENT | {"form": {"a": 1}}), encoding="utf-8")
    assert run(tmp_path, str(LOG.receipt(3)), f"--text={text}").exit_code == 1
    text.write_text('{"a": 1, "a": 2}', encoding="utf-8")
    assert run(tmp_path, str(LOG.receipt(3)), f"--text={text}").exit_code == 1


@pytest.mark.parametrize("with_entries", [True, False])
def test_an_export_holds(tmp_path: Path, with_entries: bool) -> None:
    result = run(
        tmp_path, an_export(LOG, with_entries=with_entries), *(f"--key={k}" for k in LOG.keys)
    )
    assert result.exit_code == 0, result.output
    assert "4 records are exactly what their entries commit to" in result.output
    assert ("All 20 entries are the ones that were signed" in result.output) == with_entries


def test_an_export_says_what_each_record_says_where_it_holds(tmp_path: Path) -> None:
    said = run(tmp_path, an_export(LOG), "--records").output
    assert (
        "says   Entry 3: 2026-11-25T10:00:00.000000Z, consent decided, decision yes, person" in said
    )
    assert said.count("says   Entry") == 4
    forged = an_export(LOG, opened=[line(3, 4)])
    assert "says" not in run(tmp_path, forged, "--records").output


@pytest.mark.parametrize(
    ("how", "wrong"),
    [
        ("swapped", "root is another"),
        ("dropped", "20 entries were signed, 19 are here"),
        ("doubled", "more entries than the 20"),
        ("inserted", "more entries than the 20"),
        ("replaced", "root is another"),
        ("cut", "20 entries were signed, 12 are here"),
    ],
)
def test_another_history_in_an_export_is_told_apart(tmp_path: Path, how: str, wrong: str) -> None:
    entries = list(LOG.entries)
    match how:
        case "swapped":
            entries[7], entries[8] = entries[8], entries[7]
        case "dropped":
            del entries[8]
        case "doubled":
            entries.insert(8, entries[8])
        case "inserted":
            entries.insert(8, Log().filled(1).entries[0])
        case "replaced":
            entries[8] = Log().filled(1).entries[0]
        case "cut":
            entries = entries[:12]
    opened = [OpenedEntry(3, dict(LOG.openings[3].record), LOG.openings[3].secret)]
    result = run(tmp_path, an_export(LOG, entries=entries, opened=opened))
    assert result.exit_code == 1
    assert wrong in result.output


def line(index: int, number: int | None = None, path: tuple[bytes, ...] = ()) -> OpenedEntry:
    opening = LOG.openings[index if number is None else number]
    return OpenedEntry(index, dict(opening.record), opening.secret, path)


@pytest.mark.parametrize(
    ("opened", "with_entries", "wrong"),
    [
        ([line(3, 4)], True, "record of entry 3 is not what it commits to"),
        ([line(4), line(3)], True, "out of order at entry 3"),
        ([line(3), line(3)], True, "out of order at entry 3"),
        ([OpenedEntry(20, a_record(20), bytes(32))], True, "no such entry"),
        ([line(3, 4, LOG.path(3))], False, "another root"),
        ([line(3, None, LOG.path(4))], False, "another root"),
        ([line(3)], False, "too short"),
        ([line(3, None, (*LOG.path(3), bytes(32)))], False, "too long"),
        ([OpenedEntry(20, a_record(20), bytes(32))], False, "no entry 20"),
    ],
)
def test_a_record_of_another_entry_is_told_apart(
    tmp_path: Path, opened: list[OpenedEntry], with_entries: bool, wrong: str
) -> None:
    result = run(tmp_path, an_export(LOG, opened=opened, with_entries=with_entries))
    assert result.exit_code == 1
    assert wrong in result.output


@pytest.mark.parametrize("missing", [CHECKPOINT, KEYS, RECORDS])
def test_an_export_without_one_of_its_parts_proves_nothing(tmp_path: Path, missing: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(an_export(LOG))) as whole, zipfile.ZipFile(file, "w") as part:
        for name in whole.namelist():
            if name != missing:
                part.writestr(name, whole.read(name))
    result = run(tmp_path, file.getvalue())
    assert result.exit_code == 1
    assert f"no {missing}" in result.output


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    file = io.BytesIO(an_export(LOG))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(file, "a") as archive:
        archive.writestr(ENTRIES, b"")
    assert "two members of one name" in run(tmp_path, file.getvalue()).output


WHOLE = an_export(LOG)
with zipfile.ZipFile(io.BytesIO(WHOLE)) as _whole:
    MEMBERS = {name: _whole.read(name) for name in _whole.namelist()}


def test_a_file_that_swells_takes_no_memory(tmp_path: Path) -> None:
    """A zip of some kilobytes may hold gigabytes: no member is ever held as a whole."""
    for swollen, wrong in ((ENTRIES, "more entries than the 20"), (RECORDS, "too long")):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(CHECKPOINT, str(LOG.checkpoint()))
            for name in {ENTRIES, RECORDS} - {swollen}:
                archive.writestr(name, b"")
            with archive.open(swollen, "w", force_zip64=True) as member:
                for _ in range(100):
                    member.write(bytes(1 << 20))
        with zipfile.ZipFile(file) as opened:
            tracemalloc.start()
            report = verify_export(Archive(opened), LOG.trust)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert wrong in "\n".join(map(str, report))
        assert peak < 64 << 20


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(WHOLE) * 8 - 1))
def test_one_bit_changed_anywhere_in_an_export_is_refused_or_changes_nothing(bit: int) -> None:
    """Zip has bytes that nobody reads (times, versions): a change there leaves every member as it was."""
    whole = bytearray(WHOLE)
    whole[bit // 8] ^= 1 << bit % 8
    same = False
    try:
        with zipfile.ZipFile(io.BytesIO(bytes(whole))) as file:
            archive = Archive(file)
            archive.small(KEYS)
            report = verify_export(archive, LOG.trust, demanded=2)
            if report.is_good:
                same = all(file.read(name) == content for name, content in MEMBERS.items())
    except (ExportProblem, zipfile.BadZipFile, ValueError, OSError):
        return
    assert same or not report.is_good


@given(st.lists(st.binary(max_size=80), max_size=30), st.integers(0, 3))
def test_entries_of_any_length_are_split_as_they_were_joined(
    entries: list[bytes], left: int
) -> None:
    joined = make_bundle(entries)
    tail = b"\x00\x03ab"[:left]
    found, rest = split_entries(joined + tail)
    while more := split_entries(rest):
        if not more[0]:
            break
        found, rest = found + more[0], more[1]
    assert [leaf[1:] for leaf in found] == entries
    assert {leaf[:1] for leaf in found} <= {b"\x00"}
    assert rest == tail


def test_the_evidence_of_a_fork_holds_and_ordinary_growth_is_none(tmp_path: Path) -> None:
    log = Log().filled(3)
    other = Log(signer=log.signer).filled(3)
    key = str(log.signer.key)
    evidence = Evidence(key, log.checkpoint(), other.checkpoint())
    found = run(tmp_path, str(evidence), f"--key={key}")
    assert found.exit_code == 0, found.output
    assert "two different histories of 3 entries" in found.output
    grown = Evidence(key, log.checkpoint(2), log.checkpoint(3))
    assert run(tmp_path, str(grown), f"--key={key}").exit_code == 1
    stranger = signed(Checkpoint("log.example", 3, bytes(32)), Log().signer)
    forged = Evidence(key, log.checkpoint(), stranger)
    assert run(tmp_path, str(forged), f"--key={key}").exit_code == 1


def test_a_checkpoint_alone_is_checked_too(tmp_path: Path) -> None:
    keys = [f"--key={key}" for key in LOG.keys]
    assert "has signed its 20 entries" in run(tmp_path, str(LOG.checkpoint()), *keys).output
    assert "names no key" in run(tmp_path, str(LOG.checkpoint())).output
    unseen = run(tmp_path, str(LOG.checkpoint(cosigned=False)), *keys, "--witnesses=1")
    assert unseen.exit_code == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 100, b"PK\x03\x04garbage", b"hello", b"assent/fork/v1\n", b"\xff\xfe"],
)
def test_what_is_none_of_these_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    result = run(tmp_path, content, f"--key={LOG.keys[0]}")
    assert result.exit_code == 1
    assert "WRONG" in result.output
    assert "Traceback" not in result.output
