"""What the application's role may do at all, and that not even the owner of the tables changes a record."""

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg import errors, sql

from tests.conftest import Place
from tests.database.conftest import Filled
from tests.database.rows import Connection, Rows, as_app

# What is on record: added, never changed. A new table belongs here or to CHANGING, by decision.
RECORDS = {
    "absence_ends", "absences", "contact_states", "events", "postures",
    "standing_consent_answers", "standing_consent_ends",
    "standing_consent_triggers", "standing_consents", "wishes",
    "arrangement_answers", "arrangement_people", "arrangements", "cases", "clearances", "concern_answers", "concerns",
    "consent_acknowledgements", "consent_answers", "consent_attestations", "consent_contests", "consent_marks",
    "consent_recordings", "consent_requests", "consent_signatures", "consent_withdrawals", "consents",
    "erasure_answers", "erasure_ends", "erasures", "gate_books",
    "gate_rules", "ledger_checkpoints", "ledger_cosignatures", "ledger_entries", "ledger_keys", "ledger_nodes",
    "ledger_records", "passkey_vouches", "pause_ends", "pauses", "publication_grounds", "publications",
    "retractions", "revisions",
    "copies", "tellings", "readings", "reading_checks",
    "stored_files", "evidence", "evidence_sources", "evidence_source_readers", "source_agreements",
    "target_ends", "claim_texts",
    "targets", "target_versions", "target_copies", "listings", "screenings", "screening_decisions",
    "launches", "launch_actions", "launch_moments", "launch_answers", "launch_outcomes",
    "standing_answer_marks", "arrangement_answer_marks", "device_answers",
    "handover_proofs", "meeting_notes", "meetings", "procedure_steps", "separate_answers", "witness_demands",
}  # fmt: skip
# table -> the columns the application may change, and whether it may delete rows
CHANGING: dict[str, tuple[set[str], bool]] = {
    "claims": ({"ended_by", "ended_at", "end_ledger_index"}, False),
    "dossiers": ({"answers", "version", "saved_by", "saved_at"}, False),
    "exhibits": ({"ended_by", "ended_at", "end_ledger_index"}, False),
    "target_merges": ({"undone_by", "undone_at", "undo_ledger_index"}, False),
    "watchlists": (set(), False),
    "watchlist_entities": (set(), False),
    "actions": ({"title", "visibility", "slug"}, False),
    "authorities": (
        {"side", "country", "sort", "name", "notes", "set_aside", "changed_by", "changed_at", "ledger_index"},
        False,
    ),
    "contacts": (
        {
            "authority_id", "name", "office", "address", "language", "notes", "visibility", "organisation_id",
            "set_aside", "changed_by", "changed_at", "ledger_index",
        },
        False,
    ),
    "api_tokens": ({"last_used_at", "revoked_at"}, False),
    "calendar_links": ({"token_hash", "created_at"}, True),
    "browser_sessions": ({"last_seen_at", "revoked_at"}, False),
    "data_keys": (set(), False),
    "decision_drafts": ({"sealed", "saved_at"}, True),
    "deliveries": ({"state", "message_id", "changed_by", "changed_at"}, False),
    "drafts": ({"form", "based_on", "contributors", "version", "saved_at"}, True),
    "identities": (set(), False),
    "identity_providers": ({"issuer", "client_id", "client_secret_sealed"}, True),
    "kept_forms": ({"taken_at"}, True),
    "ledger_head": (set(), False),
    "ledger_witnesses": ({"key", "size", "asked_at", "answered_at", "problem"}, False),
    "memberships": ({"ended_by", "ended_at", "end_ledger_index"}, False),
    "organisation_roles": (set(), True),
    "organisations": ({"email_domains"}, False),
    "people": (
        {"name", "language", "organisation_id", "removed_at", "shown_as", "discreet", "reached_at", "second_email"},
        False,
    ),
    "passkey_challenges": ({"used_at"}, True),
    "passkeys": ({"sign_count", "last_used_at", "ended_at"}, False),
    "private_signs": (set(), False),
    "provider_sign_ins": ({"used_at"}, True),
    "sign_in_links": ({"used_at", "wrong_codes"}, True),
    "uploads": ({"name", "details", "parts", "changed_at"}, True),
    "tasks": ({"closed_by", "closed_at", "due_on", "title", "assignee_id", "organisation_id"}, False),
}  # fmt: skip
OWNERS_ALONE = {
    "erasure_ends",
    "watchlists",
    "watchlist_entities",
    "gate_books",
    "gate_rules",
    "ledger_head",
    "ledger_nodes",
    "consent_marks",
    "standing_answer_marks",
    "arrangement_answer_marks",
    "private_signs",
}
# Read by the gate and through narrow doors: not even the application looks them up.
UNSEEN = {"consent_marks", "standing_answer_marks", "arrangement_answer_marks", "private_signs"}
TABLES = sorted(RECORDS | set(CHANGING))
# Changed in part, but never emptied, not even by the owner.
KEPT_WHOLE = RECORDS | {
    "actions", "memberships", "deliveries", "data_keys", "ledger_head", "passkeys", "private_signs",
}  # fmt: skip


@pytest.fixture
def app(filled: Filled) -> Iterator[Rows]:
    """A case in which everything has happened, before the application's role."""
    with as_app(filled.place.app_dsn) as connection:
        rows = replace(filled.cases["case"], connection=connection)
        rows.acting_for(None, job=True)
        yield rows


@pytest.fixture
def owner(filled: Filled) -> Iterator[Connection]:
    """The same before the owner of the tables."""
    with psycopg.connect(filled.place.owner_dsn) as connection:
        yield connection
        connection.rollback()


def on(statement: str, table: str, column: str = "") -> sql.Composed:
    return sql.SQL(statement).format(table=sql.Identifier(table), column=sql.Identifier(column))


def columns_of(connection: Connection, table: str) -> list[str]:
    names = "select column_name from information_schema.columns where table_schema = 'assent' and table_name = %s"
    return [row[0] for row in connection.execute(names, [table])]


def test_every_table_is_either_a_record_or_changes_by_decision(app: Rows) -> None:
    tables = app.connection.execute("select tablename from pg_tables where schemaname = 'assent'")
    assert {row[0] for row in tables} == RECORDS | set(CHANGING)


@pytest.mark.parametrize("table", TABLES)
def test_the_applications_rights(app: Rows, table: str) -> None:
    changeable, removable = CHANGING.get(table, (set(), False))
    may = {
        right: app.ask("select has_table_privilege(%s, %s)", f"assent.{table}", right)
        for right in ("select", "insert", "update", "delete", "truncate", "references", "trigger")
    }
    assert may == {
        "select": table not in UNSEEN,
        "insert": table not in OWNERS_ALONE,
        "update": False,  # of whole rows; columns follow
        "delete": removable,
        "truncate": False,
        "references": False,
        "trigger": False,
    }
    may_change = "select has_column_privilege(%s, %s, 'update')"
    columns = columns_of(app.connection, table)
    assert {c for c in columns if app.ask(may_change, f"assent.{table}", c)} == changeable


@pytest.mark.parametrize("table", sorted(RECORDS))
def test_the_application_changes_no_record(app: Rows, table: str) -> None:
    column = "sealed" if table in UNSEEN else columns_of(app.connection, table)[0]
    for statement in (
        "update assent.{table} set {column} = {column}",
        "delete from assent.{table}",
        "truncate assent.{table} cascade",
        "copy assent.{table} to program 'true'",
        "alter table assent.{table} disable trigger all",
        "alter table assent.{table} disable row level security",
        "alter table assent.{table} drop column {column}",
        "create trigger mine before insert on assent.{table} execute function suppress_redundant_updates_trigger()",
        "create policy mine on assent.{table}",
        "drop table assent.{table}",
    ):
        with pytest.raises(errors.InsufficientPrivilege), app.undone():
            app.connection.execute(on(statement, table, column))


@pytest.mark.parametrize("table", sorted(RECORDS))
def test_nor_does_the_owner_of_the_tables(owner: Connection, table: str) -> None:
    column = columns_of(owner, table)[0]
    for statement in (
        "update assent.{table} set {column} = {column}",
        "delete from assent.{table}",
        "truncate assent.{table} cascade",
    ):
        with pytest.raises(errors.CheckViolation) as refusal, owner.transaction():
            owner.execute(on(statement, table, column))
        assert refusal.value.diag.constraint_name == "append_only"


@pytest.mark.parametrize("table", sorted(KEPT_WHOLE))
def test_nobody_empties_what_is_kept(owner: Connection, table: str) -> None:
    with pytest.raises(errors.CheckViolation) as refusal:
        owner.execute(on("truncate assent.{table} cascade", table))
    assert refusal.value.diag.constraint_name == "append_only"


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("delete from assent.actions", "actions_kept"),
        ("update assent.actions set kind = 'un_submission'", "actions_kept"),
        ("delete from assent.memberships", "memberships_kept"),
        ("update assent.memberships set role = 'counsel'", "memberships_kept"),
        ("update assent.memberships set organisation_id = null", "memberships_kept"),
        ("delete from assent.contacts", "contact_book_kept"),
        ("delete from assent.authorities", "contact_book_kept"),
        ("update assent.contacts set recorded_at = now()", "contact_book_kept"),
        ("update assent.contacts set address = 'mine@thief.example'", "recorded_in_ledger"),
        ("update assent.authorities set name = 'Another', ledger_index = 0", "recorded_in_ledger"),
        ("delete from assent.deliveries", "deliveries_kept"),
        ("update assent.deliveries set recipient = 'another'", "deliveries_forward"),
    ],
)
def test_nor_bends_what_changes_in_part(owner: Connection, statement: str, constraint: str) -> None:
    with pytest.raises(errors.CheckViolation) as refusal:
        owner.execute(statement)
    assert refusal.value.diag.constraint_name == constraint


@pytest.mark.parametrize(
    "statement",
    [
        "set role assent_owner",
        "set session authorization assent_owner",
        "set session_replication_role = replica",
        "alter role assent_app superuser",
        "alter role assent_app bypassrls",
        "grant assent_owner to assent_app",
        "create role helper",
        "create schema mine",
        "create table assent.mine ()",
        "create table public.mine ()",
        "create temporary table mine ()",
        "create function public.f() returns int language sql return 1",
        "create function assent.f() returns int language sql return 1",
        "create or replace function assent.present() returns timestamptz language sql return now()",
        "drop extension plpgsql cascade",
        "create rule mine as on insert to assent.consents do instead nothing",
        "alter function assent.person() rename to nobody",
        "drop function assent.guard_publication() cascade",
        "drop trigger publications_gate_open on assent.publications",
        "drop policy consents_members on assent.consents",
        "drop schema assent cascade",
        "alter schema assent rename to other",
        "update public.alembic_version set version_num = 'other'",
        "insert into assent.gate_books values (99, repeat('0', 64), now(), 0)",
        "insert into assent.gate_rules values (1, 'press_ambush', '{\"clearance\": [], \"family_consent\": {}}')",
        "update assent.gate_rules set rule = '{}'",
        "update assent.ledger_head set size = 0",
        "update assent.data_keys set wrapped = 'other'",
        "delete from assent.data_keys",
        "delete from assent.retractions",
        "select assent.retract(null, null, null, 'coordinator', null, null)",
        "copy assent.gate_rules from stdin",
        "copy assent.consents to '/tmp/consents'",
        "select pg_read_file('/etc/passwd')",
        "select lo_import('/etc/passwd')",
        "do language plpgsql $$ begin execute 'alter table assent.consents disable trigger all'; end $$",
    ],
)  # fmt: skip
def test_out_of_the_applications_reach(app: Rows, statement: str) -> None:
    with pytest.raises((errors.InsufficientPrivilege, errors.InvalidParameterValue)):
        app.connection.execute(statement)


def test_nothing_is_copied_past_row_level_security(app: Rows) -> None:
    for table in ("publications", "consents", "clearances", "revisions"):
        with pytest.raises(errors.FeatureNotSupported, match="row-level security"), app.undone():
            app.connection.execute(on("copy assent.{table} from stdin", table))


def test_nobody_chooses_a_place_in_the_ledger(app: Rows) -> None:
    size = app.ask("select size from assent.ledger_head")
    entry = b"assent/leaf/v1\n" + bytes(32)
    copy = "copy assent.ledger_entries (index, entry) from stdin"
    with app.connection.cursor() as cursor, cursor.copy(copy) as stream:
        stream.write_row([0, entry])
    chosen = "insert into assent.ledger_entries (index, entry) values (%s, %s) returning index"
    assert app.ask(chosen, 0, entry) == size + 1
    assert app.ask(chosen, 10**9, entry) == size + 2
    assert app.ask("select size from assent.ledger_head") == size + 3


def test_a_part_of_the_ledger_is_not_recorded_twice(app: Rows) -> None:
    again = (
        "insert into assent.ledger_records (index, case_id, key_id, sealed, at)"
        " select index, case_id, key_id, 'other', at from assent.ledger_records limit 1"
    )
    with pytest.raises(errors.UniqueViolation) as refusal:
        app.connection.execute(again)
    assert refusal.value.diag.constraint_name == "ledger_records_pkey"


def test_guards_sleep_for_no_replication_setting(shared_place: Place) -> None:
    with psycopg.connect(shared_place.superuser_dsn) as superuser:
        states = superuser.execute(
            "select tgrelid::regclass::text, tgname, tgenabled from pg_trigger"
            " where not tgisinternal and tgrelid in (select oid from pg_class"
            " where relnamespace = 'assent'::regnamespace)"
        ).fetchall()
    assert len(states) > 60
    assert [state for state in states if state[2] != "A"] == []


def test_functions_that_run_as_the_owner_trust_no_search_path(shared_place: Place) -> None:
    with psycopg.connect(shared_place.superuser_dsn) as superuser:
        loose = superuser.execute(
            "select proname from pg_proc where pronamespace = 'assent'::regnamespace"
            " and (prosecdef or prorettype = 'trigger'::regtype)"
            " and not coalesce(proconfig, '{}') @> array['search_path=pg_catalog, pg_temp']"
        ).fetchall()
    assert loose == []
