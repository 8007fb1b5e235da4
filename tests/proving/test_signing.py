"""The log is signed as it grows, and never two ways: through restarts, restores, tampering and changes of its key."""

import base64
import re
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from assent.database.session import Database
from assent.ledger.checkpoints import opened
from assent.ledger.notes import LogKey
from assent.ledger.store_models import LedgerEntry, LedgerHead
from assent.ledger.tree import leaf_hash, root_of_leaves, verify_consistency, verify_inclusion
from assent.proving.checkpoints import (
    SignedHead,
    change_key,
    endorsement_text,
    head_over,
    latest_head,
    log_keys,
    sign_what_is_new,
)
from assent.proving.nodes import prove_consistency, prove_inclusion, root_at
from assent.proving.signer import (
    Command,
    Signer,
    SignerBusy,
    SignerRefuses,
    origin_of,
    signer_of,
)
from assent.settings import Settings, SettingsProblem
from tests.conftest import Place
from tests.proving.conftest import ORIGIN, a_signer, as_superuser, record


async def signed(database: Database, signer: Signer) -> SignedHead:
    """What is new is signed."""
    head = await sign_what_is_new(database, signer, ORIGIN)
    assert head is not None
    return head


async def test_each_checkpoint_is_of_the_entries_that_stand_there(
    database: Database, signer: Signer
) -> None:
    heads = []
    for times in (1, 2, 9):
        await record(database, times)
        heads.append(await signed(database, signer))
    key = LogKey(ORIGIN, signer.public)
    async with database.session(job=True) as session:
        entries = list(await session.scalars(select(LedgerEntry.entry).order_by(LedgerEntry.index)))
        for head in heads:
            checkpoint, _ = opened(str(head.note), key)
            assert checkpoint.root == root_of_leaves(map(leaf_hash, entries[: checkpoint.size]))
            for index in range(checkpoint.size):
                proof = await prove_inclusion(session, index, checkpoint.size)
                verify_inclusion(
                    leaf_hash(entries[index]), index, checkpoint.size, proof, head.root
                )
        old, new = heads[0], heads[-1]
        steps = await prove_consistency(session, old.size, new.size)
        verify_consistency(old.size, new.size, old.root, new.root, steps)


async def test_nothing_new_is_not_signed_again(database: Database, signer: Signer) -> None:
    first = await signed(database, signer)
    assert await sign_what_is_new(database, signer, ORIGIN) is None
    async with database.session(job=True) as session:
        latest = await latest_head(session)
    assert latest is not None
    assert latest.size == first.size


async def test_two_processes_do_not_sign_at_once(database: Database, signer: Signer) -> None:
    with signer.alone():
        assert await sign_what_is_new(database, signer, ORIGIN) is None
        with pytest.raises(SignerBusy), signer.alone():
            pass


async def test_a_database_put_back_to_an_earlier_state_is_not_signed(
    place: Place, database: Database, signer: Signer
) -> None:
    await record(database, 5)
    await signed(database, signer)
    as_superuser(
        place,
        "delete from assent.ledger_checkpoints",
        "delete from assent.ledger_records where index > 3",
        "delete from assent.ledger_entries where index > 3",
        "delete from assent.ledger_nodes where (index + 1) << level > 4",
        "update assent.ledger_head set size = 4",
    )
    with pytest.raises(SignerRefuses, match="put back to an earlier state"):
        await sign_what_is_new(database, signer, ORIGIN)
    await record(database, 20)
    with pytest.raises(SignerRefuses, match="the log was rewritten"):
        await sign_what_is_new(database, replace(signer), ORIGIN)


async def test_a_rewritten_tree_is_not_signed(
    place: Place, database: Database, tmp_path: Path, signer: Signer
) -> None:
    await record(database, 5)
    await signed(database, signer)
    as_superuser(place, "update assent.ledger_nodes set hash = sha256(hash)")
    await record(database)
    with pytest.raises(SignerRefuses, match="the log was rewritten"):
        await sign_what_is_new(database, signer, ORIGIN)
    forgetful = Signer(signer.held, tmp_path / "elsewhere")
    with pytest.raises(SignerRefuses, match="the log was rewritten"):
        await sign_what_is_new(database, forgetful, ORIGIN)


async def test_a_tree_with_a_hole_neither_grows_nor_is_signed(
    place: Place, database: Database, signer: Signer
) -> None:
    await signed(database, signer)
    async with database.session(job=True) as session:
        size = (await session.scalars(select(LedgerHead.size))).one()
    await record(database, 8 - size % 8 - 1)
    as_superuser(place, "delete from assent.ledger_nodes")
    with pytest.raises(IntegrityError):
        await record(database)
    with pytest.raises(SignerRefuses):
        await sign_what_is_new(database, signer, ORIGIN)


async def test_a_crash_after_signing_and_before_the_commit_does_no_harm(
    database: Database, signer: Signer
) -> None:
    await record(database, 3)
    head = await signed(database, signer)
    async with database.session(job=True) as session:  # the same again, as after a lost commit
        note = signer.sign(opened(str(head.note), head.key)[0], await root_at(session, head.size))
    assert str(note) == str(head.note)
    await record(database)
    assert (await signed(database, signer)).size == head.size + 1


async def test_a_memory_that_cannot_be_read_signs_nothing(
    database: Database, signer: Signer
) -> None:
    await signed(database, signer)
    (signer.folder / "log-signed.json").write_text("{}", encoding="utf-8")
    await record(database)
    with pytest.raises(SignerRefuses, match="cannot be read"):
        await sign_what_is_new(database, signer, ORIGIN)


# -- keys -------------------------------------------------------------------------------------------


async def test_another_key_signs_only_once_the_change_is_on_record(
    database: Database, tmp_path: Path, signer: Signer
) -> None:
    old = await signed(database, signer)
    other = a_signer(tmp_path / "secrets")
    await record(database)
    with pytest.raises(SignerRefuses, match="log-key --change"):
        await sign_what_is_new(database, other, ORIGIN)
    async with database.session(job=True) as session:
        key = LogKey(ORIGIN, other.public)
        endorsed = base64.b64encode(signer.held.signature(endorsement_text(key))).decode()
        await change_key(session, other, "rotated", endorsed)
    new = await signed(database, other)
    opened(str(old.note), LogKey(ORIGIN, signer.public))
    opened(str(new.note), LogKey(ORIGIN, other.public))
    await record(database)
    with pytest.raises(SignerRefuses):
        await sign_what_is_new(database, signer, ORIGIN)
    async with database.session(job=True) as session:
        assert [key.reason for key in await log_keys(session)] == ["first", "rotated"]
        # A receipt over an old entry may carry the old key's checkpoint: its key is told with it.
        over = await head_over(session, 0, 0)
        assert over is not None
        assert over.key.public == signer.public


async def test_a_key_is_not_taken_up_twice(database: Database, signer: Signer) -> None:
    async with database.session(job=True) as session:
        with pytest.raises(SignerRefuses, match="not been signed"):
            await change_key(session, signer, "lost", "")
    await signed(database, signer)
    async with database.session(job=True) as session:
        with pytest.raises(SignerRefuses, match="had this key before"):
            await change_key(session, signer, "stolen", "")


async def test_the_signer_of_another_log_does_not_sign_this_one(
    database: Database, signer: Signer
) -> None:
    await signed(database, signer)
    (signer.folder / "log-signed.json").write_text(
        '{"origin": "other.example/ledger", "size": 1, "root": "00"}', encoding="utf-8"
    )
    await record(database)
    with pytest.raises(SignerRefuses, match="signs the log"):
        await sign_what_is_new(database, signer, ORIGIN)


def test_the_key_is_made_once_and_for_nobody_else_to_read(tmp_path: Path) -> None:
    settings = Settings.load(data=tmp_path)
    first, second = signer_of(settings), signer_of(settings)
    assert first.public == second.public
    assert stat.S_IMODE((tmp_path / "secrets" / "log.key").stat().st_mode) == 0o600
    # The log's name stands in every receipt: nothing of who runs it, or where.
    assert re.fullmatch(r"log-[0-9a-f]{16}", origin_of(settings, first))
    moved = Settings.load(data=tmp_path, base_url="https://elsewhere.example")
    assert origin_of(moved, second) == origin_of(settings, first)


def test_the_key_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSENT_LOG_KEY", base64.b64encode(bytes(range(32))).decode())
    monkeypatch.setenv("ASSENT_LOG_ORIGIN", "log.example")
    settings = Settings.load(data=tmp_path)
    signer = signer_of(settings)
    expected = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    assert signer.public == expected.public_key().public_bytes_raw()
    assert origin_of(settings, signer) == "log.example"
    assert not (tmp_path / "secrets").exists()
    monkeypatch.setenv("ASSENT_LOG_KEY", "c2hvcnQ=")
    with pytest.raises(SettingsProblem, match="32 bytes"):
        signer_of(Settings.load(data=tmp_path))


async def test_a_key_kept_elsewhere_signs_through_a_command(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Ed25519PrivateKey.generate()
    program = tmp_path / "sign.py"
    program.write_text(
        "import base64, sys\n"
        "from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey\n"
        f"key = Ed25519PrivateKey.from_private_bytes({key.private_bytes_raw()!r})\n"
        "print(base64.b64encode(key.sign(sys.stdin.buffer.read())).decode())\n",
        encoding="utf-8",
    )
    public = key.public_key().public_bytes_raw()
    monkeypatch.setenv("ASSENT_LOG_SIGN_COMMAND", f"{sys.executable} {program}")
    monkeypatch.setenv("ASSENT_LOG_PUBLIC_KEY", base64.b64encode(public).decode())
    head = await signed(database, signer_of(Settings.load(data=tmp_path)))
    opened(str(head.note), LogKey(ORIGIN, public))
    await record(database)
    for words in (("false",), (sys.executable, "-c", "print('?')")):
        broken = Signer(Command(words, public), tmp_path / "secrets")
        with pytest.raises(SignerRefuses, match="the command that signs"):
            await sign_what_is_new(database, broken, ORIGIN)
    wrong = Signer(Command((sys.executable, "-c", "print('AAAA')"), public), tmp_path / "secrets")
    with pytest.raises(SignerRefuses, match="no signature of the log"):
        await sign_what_is_new(database, wrong, ORIGIN)
