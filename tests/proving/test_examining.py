"""The host's superuser changes the database by hand: each change is found, said, and shuts the ledger."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from assent.database.session import Database
from assent.erasure.carrying_out import carry_out_due
from assent.proving.examining import AnotherLooks, Examined, examine
from assent.proving.jobs import examine_and_shut
from assent.proving.kept_rows import KEPT
from assent.proving.signer import Signer

# ruff: noqa: E501, S608 (SQL reads better in its own lines)
from tests.coalition import Coalition, a_coalition
from tests.conftest import Place
from tests.erasure.test_destroying import a_week_later, asked
from tests.proving.conftest import ORIGIN, as_superuser, record
from tests.proving.test_signing import signed


async def everything_is_decided(coalition: Coalition) -> None:
    """A statement goes out and is taken back, another waits at a no."""
    c = coalition
    out = await c.ready()
    await c.publishes(out)
    other = await c.a_statement()
    consent = await c.says(c.mother, other, "yes")
    await c.withdraws(c.mother, consent.id)
    await c.says(c.mother, other, "no")


@pytest.fixture
async def decided(coalition: Coalition, database: Database, signer: Signer) -> Coalition:
    """A case with decisions, all of it signed."""
    await everything_is_decided(coalition)
    await signed(database, signer)
    return coalition


async def faults(database: Database, signer: Signer) -> str:
    return "; ".join((await examine(database, signer.before())).faults)


async def test_what_stands_as_it_was_decided_has_no_fault(
    database: Database, signer: Signer, decided: Coalition
) -> None:
    found = await examine(database, signer.before())
    assert found.faults == []
    assert found.entries == found.records > 20


class Attack(NamedTuple):
    """What a superuser does, and what is said of it."""

    statements: tuple[str, ...]
    said: str


NO_REFERENCES = "set session_replication_role = replica"
YES = "(select max(ledger_index) from assent.consents where decision = 'yes')"
ATTACKS = {
    "an entry deleted": Attack(
        ("delete from assent.ledger_records where index = 9", "delete from assent.ledger_entries where index = 9"),
        "entry 9 is not there",
    ),
    "an entry changed": Attack(
        ("update assent.ledger_entries set entry = substring(entry for 46) || '\\x00' where index = 4",),
        "entries are not those that were signed",
    ),
    "two entries swapped": Attack(
        ("update assent.ledger_entries e set entry = (select entry from assent.ledger_entries o where o.index = 9 - e.index)"
         " where index in (4, 5)",),
        "entries are not those that were signed",
    ),
    "an entry put in": Attack(
        ("insert into assent.ledger_entries select max(index) + 1, min(entry) from assent.ledger_entries",),
        "1 entries lie beyond the end of the log",
    ),
    "the last entries cut off": Attack(
        ("delete from assent.ledger_records where index > 15", "delete from assent.ledger_entries where index > 15",
         "delete from assent.ledger_nodes where (index + 1) << level > 16", "update assent.ledger_head set size = 16"),
        "entries were signed, and 16 are said to stand here",
    ),
    "a hash of the tree changed": Attack(
        ("update assent.ledger_nodes set hash = sha256(hash) where level = 1 and index = 0",
         "update assent.ledger_nodes set hash = sha256(hash) where level = 4 and index = 0"),
        "the tree's hashes are not those of its entries",
    ),
    "entry, tree and checkpoint rewritten together": Attack(
        ("delete from assent.ledger_checkpoints",
         "update assent.ledger_entries set entry = substring(entry for 46) || '\\x00' where index = 4"),
        "entries are not those that were signed",
    ),
    "a checkpoint kept beside another root": Attack(
        ("update assent.ledger_checkpoints set root = sha256(root)",), "is kept beside another root",
    ),
    "a checkpoint forged": Attack(
        ("update assent.ledger_checkpoints set note = replace(note, E'\\n\\n', E'\\nmore\\n\\n')",),
        "entries does not hold",
    ),
    "a record deleted": Attack(
        (f"delete from assent.ledger_records where index = {YES}",),
        "1 entries have no record, and erasures took 0",
    ),
    "a record changed": Attack(
        (f"update assent.ledger_records set sealed = set_byte(sealed, 40, 255 - get_byte(sealed, 40)) where index = {YES}",),
        "does not open: it was changed or moved",
    ),
    "a record put under another entry": Attack(
        ("update assent.ledger_records r set sealed = (select sealed from assent.ledger_records o where o.index = 21 - r.index)"
         " where index in (10, 11)",),
        "does not open: it was changed or moved",
    ),
    "a record put to another time": Attack(
        (f"update assent.ledger_records set at = at - interval '1 day' where index = {YES}",),
        "was put to another case, action or time",
    ),
    "a case's key deleted": Attack(
        (NO_REFERENCES,
         "delete from assent.data_keys where case_id is not null"),
        "entries have no record, and erasures took 0",
    ),
    "a no made a yes": Attack(
        ("update assent.consents set decision = 'yes' where decision = 'no'",),
        "the row of consents for entry .* says something else than its record: decision",
    ),
    "a yes given to somebody else": Attack(
        ("update assent.consents c set person_id = (select id from assent.people where id <> c.person_id limit 1)",),
        "says something else than its record: person_id",
    ),
    "a yes made to last": Attack(
        ("update assent.consents set expires_at = expires_at + interval '9 years'",),
        "says something else than its record: expires_at",
    ),
    "a no deleted": Attack(
        (NO_REFERENCES,
         "delete from assent.consents where decision = 'no'"),
        "1 records have lost their row in consents",
    ),
    "a yes made up on an entry of another kind": Attack(
        ("insert into assent.consents select gen_random_uuid(), c.action_id, c.case_id, c.revision_id, c.digest, c.person_id,"
         " 'yes', '[]', '', c.language, c.shown_digest, c.notice_version, c.channel, null, null, '', c.expires_at, c.at, 3"
         " from assent.consents c limit 1",),
        "a row of consents rests on entry 3, which says something else",
    ),
    "a withdrawal deleted": Attack(
        ("delete from assent.consent_withdrawals",),
        "1 records have lost their row in consent_withdrawals",
    ),
    "a refusal made a clearance": Attack(
        ("update assent.clearances set decision = 'refused', note = 'x'",),
        "the row of clearances .*: decision",
    ),
    "a decision maker added": Attack(
        ("insert into assent.arrangement_people (arrangement_id, case_id, person_id, standing, place, ground)"
         " select a.id, a.case_id, (select m.person_id from assent.memberships m where m.organisation_id is not null limit 1),"
         " 'decision_maker', 9, 'next_of_kin' from assent.arrangements a",),
        "the row of arrangements .*: people",
    ),
    "a rule eased": Attack(
        ("update assent.arrangements set rule = case rule when 'any' then 'one' else 'any' end, quorum = null",),
        "the row of arrangements .*: (rule|quorum)",
    ),
    "a text exchanged under its digest": Attack(
        ("alter table assent.revisions drop constraint revisions_digest_true, drop constraint revisions_content_true",
         "update assent.revisions set canonical = canonical || ' '"),
        "the row of revisions .*: text",
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
async def test_what_a_superuser_changes_is_found(
    place: Place, database: Database, signer: Signer, decided: Coalition, attack: Attack
) -> None:
    as_superuser(place, *attack.statements)
    said = await faults(database, signer)
    assert re.search(attack.said, said), said


async def test_what_was_taken_back_and_is_out_again_is_found(
    place: Place, database: Database, signer: Signer, coalition: Coalition
) -> None:
    c = coalition
    action = await c.ready()
    await c.publishes(action)
    consent = await c.says(c.mother, action, "no")
    assert await faults(database, signer) == ""
    assert consent.decision == "no"
    as_superuser(place, "delete from assent.tellings", "delete from assent.retractions")
    assert "was taken back, and is out again" in await faults(database, signer)


async def test_where_it_was_changed_is_said_within_256_entries(
    place: Place, database: Database, signer: Signer
) -> None:
    await record(database, 600)
    await signed(database, signer)
    as_superuser(
        place,
        "update assent.ledger_entries set entry = substring(entry for 46) || '\\x00' where index = 300",
    )
    assert "among those from 256 to 511" in await faults(database, signer)


async def test_without_the_signers_memory_the_checkpoint_tells(
    place: Place, database: Database, signer: Signer, decided: Coalition
) -> None:
    as_superuser(
        place,
        "update assent.ledger_entries set entry = substring(entry for 46) || '\\x00' where index = 4",
    )
    found = await examine(database, None)
    assert "are not those that were signed" in found.faults[0]


async def test_what_was_erased_is_missed_by_nobody_and_one_more_is(
    place: Place, database: Database, signer: Signer, tmp_path: Path
) -> None:
    c = await a_coalition(database)
    spared = await a_coalition(database, slug="spared")
    for each in (c, spared):
        await everything_is_decided(each)
    await asked(spared, spared.mother, own=True)
    await asked(c, c.mother)
    await a_week_later(place)
    assert len(await carry_out_due(place.eraser_url, tmp_path)) == 2
    await signed(database, signer)
    found = await examine(database, signer.before())
    assert found.faults == []
    assert found.entries - found.records == found.erased > 20
    as_superuser(
        place,
        "delete from assent.ledger_records where index = (select max(index) from assent.ledger_records"
        " where case_id is not null)",
    )
    assert f"and erasures took {found.erased}" in await faults(database, signer)


async def test_one_looks_at_a_time(database: Database, signer: Signer) -> None:
    async with database.session(job=True) as session:
        await session.execute(text("select pg_advisory_xact_lock(hashtext('assent.examining'))"))
        with pytest.raises(AnotherLooks):
            await examine(database, None)
    assert isinstance(await examine(database, None), Examined)


async def test_it_is_said_loudly_and_nothing_is_recorded_any_more(
    app: FastAPI,
    place: Place,
    database: Database,
    signer: Signer,
    decided: Coalition,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await examine_and_shut(database, signer)
    assert "SHUT" not in caplog.text
    as_superuser(place, "update assent.consents set decision = 'yes' where decision = 'no'")
    with caplog.at_level(logging.CRITICAL):
        await examine_and_shut(database, signer)
    assert "THE LEDGER IS SHUT: the row of consents for entry" in caplog.text
    async with database.session(job=True) as session:
        held = await session.scalar(text("select held from assent.ledger_head"))
    assert held.startswith("It was changed behind the program's back: the row of consents")
    assert ORIGIN not in held


async def test_every_decision_that_a_gate_reads_is_looked_at(database: Database) -> None:
    # The file of gates is compared at every start; of retractions it is asked whether one is missing.
    otherwise = {"gate_books", "retractions"}
    async with database.session(job=True) as session:
        body = await session.scalar(text("select prosrc from pg_proc where proname = 'gate_facts'"))
        recorded = await session.scalars(
            text(
                "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
                " where c.relnamespace = 'assent'::regnamespace and a.attname = 'ledger_index'"
                " and c.relkind = 'r'"
            )
        )
        read = set(re.findall(r"assent\.(\w+)", body)) & set(recorded)
    assert read - {kept.table for kept in KEPT} == otherwise
