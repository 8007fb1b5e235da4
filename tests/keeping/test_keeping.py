"""Export, backup and restore as an operator types them: proofs stay valid, and what was restored stays shut."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from assent.database.embedded import EmbeddedPostgres
from assent.erasure.carrying_out import LIST
from assent.settings import ROOT

ASSENT = str(ROOT / ".venv" / "bin" / "assent")
DEMO = str(ROOT / "demo" / "coalition.yaml")
CASE = "the-translator"
# One data folder for all of them: each start of a database costs seconds.
pytestmark = pytest.mark.timeout(400)


def run(*arguments: str, fails: bool = False) -> str:
    """Run a command to its end; returns what it printed."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("ASSENT_")}
    done = subprocess.run(
        [ASSENT, *arguments], capture_output=True, text=True, timeout=300, env=plain
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with the demo coalition in it, as it was exported and backed up."""
    folder = tmp_path_factory.mktemp("kept")
    data = folder / "data"
    run("import", DEMO, "--data", str(data))
    said = run("export", CASE, "--data", str(data), "-o", str(folder / "case.zip"))
    assert "the ledger" in said
    run("backup", "--data", str(data), "-o", str(folder / "all.tar"), "--with-keys")
    return folder


def test_an_export_is_verified_without_us_and_imported_elsewhere(
    instance: Path, tmp_path: Path
) -> None:
    file = instance / "case.zip"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = run("verify", str(file))
    assert "wrong" not in said.lower().replace("nothing is wrong", "")
    with zipfile.ZipFile(file) as archive:
        records = [json.loads(line) for line in archive.read("ledger/records.jsonl").splitlines()]
        assert records[-1]["record"]["event"] == "case_exported"
        text = archive.read("case.yaml").decode()
        changed = tmp_path / "changed.zip"
        with zipfile.ZipFile(changed, "w") as other:
            for name in archive.namelist():
                data = archive.read(name)
                if name == "ledger/records.jsonl":
                    data = data.replace(b"case_created", b"case_Created", 1)
                other.writestr(name, data)
    assert "consents:" not in text
    run("verify", str(changed), fails=True)
    assert "are word for word those on record" in said
    [case] = yaml.safe_load(text)["cases"]
    assert {"events", "tasks", "targets", "actions"} <= case.keys()
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(changed, "w") as other:
        for name in archive.namelist():
            data = archive.read(name)
            other.writestr(
                name, data.replace(b"posture: ", b"posture:  ") if name == "case.yaml" else data
            )
    run("verify", str(changed))
    word = case["actions"][0]["revisions"][-1]["languages"]["en"]["title"]
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(changed, "w") as other:
        for name in archive.namelist():
            data = archive.read(name)
            other.writestr(
                name,
                data.replace(word.encode(), word[::-1].encode()) if name == "case.yaml" else data,
            )
    assert "is not a text on record" in run("verify", str(changed), fails=True)


@pytest.mark.soak
def test_an_export_is_imported_elsewhere(instance: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert "1 cases" in run("import", str(instance / "case.zip"), "--data", str(elsewhere))
    assert "nothing here for you" in run("export", "nowhere", "--data", str(elsewhere), "-o", str(tmp_path / "x"), fails=True)  # fmt: skip # noqa: E501


def test_what_was_restored_is_shut_until_it_is_opened(instance: Path, tmp_path: Path) -> None:
    backup = instance / "all.tar"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    data = tmp_path / "again"
    said = run("restore", str(backup), "--data", str(data))
    assert "assent reopen" in said
    held = run("export", CASE, "--data", str(data), "-o", str(tmp_path / "held.zip"), fails=True)
    assert "restored from a backup" in held
    # The case was erased after the backup: the list beside the database says so.
    case = ask(data, "select id from assent.cases")
    (data / LIST).write_text(json.dumps({"case": str(case), "erasure": str(case)}) + "\n")
    assert "Erased again: 1." in run("reopen", "--data", str(data))
    assert ask(data, "select count(*) from assent.cases") == 0
    assert ask(data, "select count(*) from assent.revisions") == 0
    # What the relative kept from before still verifies.
    run("verify", str(instance / "case.zip"))


@pytest.mark.soak
def test_a_backup_older_than_what_was_signed_is_said_loudly(instance: Path, tmp_path: Path) -> None:
    data = tmp_path / "older"
    run("restore", str(instance / "all.tar"), "--data", str(data))
    memory = data / "secrets" / "log-signed.json"
    kept: dict[str, Any] = json.loads(memory.read_text())
    kept["size"] += 5
    memory.write_text(json.dumps(kept))
    said = run("reopen", "--data", str(data), fails=True)
    assert "they are lost" in said
    assert "--new-log" in said
    run("reopen", "--new-log", "--data", str(data))
    keys = run("log-key", "--data", str(data)).splitlines()
    assert len([key for key in keys if "+" in key]) == 2
    assert "#2+" in keys[-1]
    run("export", CASE, "--data", str(data), "-o", str(tmp_path / "on.zip"))
    run("verify", str(tmp_path / "on.zip"))
    assert "3 stolen" in run("log-key", "--change", "stolen", "--data", str(data))
    # A thief was faster with the old key: the witnesses have seen two histories, and this one goes on elsewhere.
    assert "goes on as a new log" in run("reopen", "--new-log", "--data", str(data))
    assert "#4+" in run("log-key", "--data", str(data)).splitlines()[-1]
    assert "as they were signed" in run("doctor", "--data", str(data))


@pytest.mark.soak
def test_a_file_that_is_no_backup(tmp_path: Path) -> None:
    bad = tmp_path / "bad.tar"
    bad.write_bytes(b"nothing")
    assert "is no backup" in run("restore", str(bad), "--data", str(tmp_path / "d"), fails=True)


@pytest.mark.soak
def test_keys_go_along_only_where_asked(instance: Path) -> None:
    with tarfile.open(instance / "all.tar") as tar:
        names = tar.getnames()
    assert {"database.dump", "manifest.json", "secrets/instance.key"} <= set(names)
    other = instance / "without.tar"
    run("backup", "--data", str(instance / "data"), "-o", str(other))
    with tarfile.open(other) as tar:
        assert not [name for name in tar.getnames() if name.endswith(".key")]
    shutil.rmtree(instance / "nothing", ignore_errors=True)


def ask(data: Path, question: str) -> Any:
    """The first column of the first row."""
    with (
        EmbeddedPostgres(data) as postgres,
        psycopg.connect(postgres.superuser_dsn("assent")) as superuser,
    ):
        row = superuser.execute(question).fetchone()
    return row[0] if row else None
