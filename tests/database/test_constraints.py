"""Every constraint is tried with a row that violates it; one that nobody tries fails the test.

The guards are asleep here: it is the constraints alone that refuse.
"""

import importlib
import pkgutil
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors, sql

import assent
from assent.database.violations import registered
from tests.database import (
    test_channel_attacks,
    test_family_attacks,
    test_launch_attacks,
    test_raw_sql_attacks,
    test_record_attacks,
)
from tests.database.conftest import Filled
from tests.database.rows import Connection

# constraint -> what to set in a row that was right. Each is the only one broken.
CHECKS = {
    "absences_not_by_themselves": "recorded_by = person_id",
    "absences_since_form": "since = 'long ago'",
    "actions_title_filled": "title = ' '",
    "actions_visibility_known": "visibility = 'secret'",
    "arrangement_people_ground_known": "ground = 'friendship'",
    "arrangement_people_standing_known": "standing = 'neighbour'",
    "arrangements_asks_again_known": "asks_again = '{weather}'",
    "arrangements_cooling_off_bearable": "cooling_off_hours = 200",
    "arrangements_quorum_fits": "quorum = 2",
    "arrangements_rule_known": "rule = 'most'",
    "arrangements_stand_in_after_bearable": "stand_in_after_hours = 0",
    "arrangements_version_counts": "version = 0",
    "browser_sessions_via_known": "via = 'telepathy'",
    "cases_detained_person_named": "detained_person = '{}'",
    "cases_detaining_state_form": "detaining_state = 'Iran'",
    "cases_posture_known": "posture = 'loud'",
    "postures_posture_known": "posture = 'loud'",
    "postures_version_counts": "version = 0",
    "cases_slug_form": "slug = 'The case'",
    "cases_title_filled": "title = ''",
    "clearances_decision_known": "decision = 'perhaps', note = 'why'",
    "clearances_refusal_reasoned": "decision = 'refused', note = ' '",
    "clearances_role_known": "role = 'coordinator'",
    "concern_answers_text_filled": "text = ''",
    "concerns_kind_known": "kind = 'rumour'",
    "concerns_text_filled": "text = ''",
    "consent_answers_text_filled": "text = ''",
    "contact_states_since_form": "since = 'May'",
    "consent_marks_sealed_size": "sealed = 'x'",
    "standing_answer_marks_sealed_size": "sealed = 'x'",
    "arrangement_answer_marks_sealed_size": "sealed = 'x'",
    "consent_recordings_attachment_form": "attachment = 'ABC'",
    "consent_recordings_attachment_kept": "attachment = repeat('a', 64), file_id = null",
    "consent_recordings_how_known": "how = 'rumour'",
    "consent_recordings_place_filled": "place = ' '",
    "consent_recordings_two_organisations": "attester_organisation_id = organisation_id",
    "consent_recordings_two_people": "attester_id = recorded_by",
    "consent_signatures_data_whole": "authenticator_data = 'x'",
    "consents_channel_known": "channel = 'hearsay', recorded_by = null",
    "consents_conditions_given": "decision = 'yes_with_conditions', conditions = '[]'",
    "consents_conditions_understood": """decision = 'yes_with_conditions', conditions = '[{"kind": "tidings"}]'""",
    "consents_decision_known": "decision = 'silence', conditions = '[]'",
    "consents_expiry_ahead": "expires_at = at",
    "consents_question_asked": "decision = 'question', question = ' '",
    "consents_taken_down_by_another": "channel = 'letter', recorded_by = person_id",
    "consents_taken_down_by_somebody": "channel = 'letter', recorded_by = null",
    "consents_reading_form": "reading = 'ABC'",
    "consents_shown_digest_form": "shown_digest = 'ABC'",
    "copies_place_filled": "place = ' '",
    "deliveries_channel_known": "channel = 'pigeon'",
    "deliveries_state_known": "state = 'lost'",
    "evidence_derivation_known": "derivation = 'dreamt', derived_from = id",
    "evidence_derivation_said": "derivation = 'redacted', derived_from = null",
    "evidence_desk_named": "visibility = 'organisation', organisation_id = null",
    "evidence_tier_known": "tier = 'rumour'",
    "evidence_title_filled": "title = ' '",
    "evidence_visibility_known": "visibility = 'secret'",
    "events_effect_known": "effect = 'good'",
    "events_happened_on_form": "happened_on = 'in spring'",
    "events_kind_form": "kind = 'A trial'",
    "events_title_filled": "title = ' '",
    "erasures_own": "person_id = gen_random_uuid()",
    "erasures_waits": "due_at = asked_at",
    "gate_books_digest_form": "digest = ''",
    "gate_books_version_counts": "version = 0",
    "gate_rules_consent_demanded": "rule = rule - 'family_consent'",
    "gate_rules_always_cleared": """rule = jsonb_set(rule, '{clearance}', '[{"from": "each_cosigner"}]')""",
    "identity_providers_issuer_form": "issuer = 'login.example'",
    "ledger_checkpoints_note_filled": "note = ''",
    "ledger_checkpoints_root_form": "root = '\\x00'",
    "ledger_checkpoints_size_counts": "size = 0",
    "ledger_cosignatures_line_form": "line = 'signed, a friend'",
    "ledger_cosignatures_witness_form": "witness = 'a witness'",
    "launch_moments_number_counts": "number = 0",
    "launch_outcomes_outcome_known": "outcome = 'forgotten'",
    "launch_outcomes_reasons_form": "reasons = '[]'",
    "launches_late_bearable": "late_minutes = 0",
    "launches_title_filled": "title = ' '",
    "ledger_entries_entry_form": "entry = sha256('')",
    "ledger_entries_index_counts": "index = -1",
    "ledger_head_single": "only_one = false",
    "ledger_head_size_counts": "size = -1",
    "ledger_keys_number_counts": "number = 0",
    "ledger_keys_origin_form": "origin = 'our log'",
    "ledger_keys_public_key_form": "public_key = ''",
    "ledger_keys_reason_known": "reason = 'whim'",
    "ledger_nodes_hash_form": "hash = ''",
    "ledger_nodes_index_counts": "index = -1",
    "ledger_nodes_level_counts": "level = 0",
    "ledger_witnesses_name_form": "name = 'a+b'",
    "ledger_witnesses_size_counts": "size = -1",
    "authorities_country_form": "country = 'Sweden'",
    "authorities_name_filled": "name = ' '",
    "authorities_side_known": "side = 'inner'",
    "authorities_sort_known": "sort = 'club'",
    "contacts_address_form": "address = 'somewhere'",
    "contacts_desk_named": "visibility = 'organisation', organisation_id = null",
    "contacts_name_filled": "name = ''",
    "contacts_visibility_known": "visibility = 'secret'",
    "meeting_notes_due_promise": "kind = 'minutes', promised_by = ''",
    "meeting_notes_kind_known": "kind = 'gossip', promised_by = '', due_on = null",
    "meeting_notes_promise_whose": "promised_by = ' '",
    "meeting_notes_text_filled": "text = ' '",
    "meetings_body_filled": "body = ''",
    "meetings_country_form": "country = 'Sweden'",
    "meetings_side_known": "side = 'inner'",
    "memberships_end_recorded": "ended_at = now()",
    "memberships_on_behalf_of": "role = 'drafter', organisation_id = null",
    "memberships_role_known": "role = 'president'",
    "organisation_roles_role_known": "role = 'coordinator'",
    "organisations_country_form": "country = 'se'",
    "organisations_name_filled": "name = ' '",
    "organisations_slug_form": "slug = '-'",
    "passkey_challenges_for_somebody": "purpose = 'sign_in'",
    "passkey_challenges_purpose_known": "purpose = 'fun', browser_hash = null",
    "passkeys_algorithm_known": "algorithm = -65535",
    "passkeys_count_counts": "sign_count = -1",
    "private_signs_hash_size": "hash = 'x'",
    "private_signs_salt_size": "salt = 'x'",
    "private_signs_sealed_size": "sealed = 'x'",
    "people_email_form": "email = 'Somebody@example.org'",
    "people_name_filled": "name = ''",
    "people_second_email_form": "second_email = email",
    "people_shown_as_filled": "shown_as = ' '",
    "procedure_steps_happened": "happened_on = recorded_at::date + 3",
    "procedure_steps_step_named": "step = 'The reply'",
    "publication_grounds_one_record": "clearance_id = null, consent_id = null",
    "publications_key_filled": "idempotency_key = ''",
    "retractions_cause_known": "cause = 'regret'",
    "revisions_content_true": "content = '{}'",
    "revisions_digest_form": "digest = 'ABC'",
    "revisions_digest_true": "digest = repeat('0', 64)",
    "revisions_number_counts": "number = 0",
    "claim_texts_language_form": "language = 'French'",
    "claim_texts_statement_filled": "statement = ' '",
    "claims_end_recorded": "ended_at = now()",
    "claims_happened_on_form": "happened_on = 'May'",
    "claims_part_known": "part = 'rumour'",
    "claims_statement_filled": "statement = ' '",
    "dossiers_jurisdiction_form": "jurisdiction = 'U.K.'",
    "dossiers_version_counts": "version = 0",
    "exhibits_end_recorded": "ended_at = now()",
    "exhibits_quote_language_form": "quote = 'Begin again.', quote_language = 'English'",
    "exhibits_quote_whole": "quote = 'Begin again.'",
    "exhibits_shown": "address = '', evidence_id = null",
    "exhibits_tier_known": "tier = 'hearsay'",
    "exhibits_title_filled": "title = ' '",
    "listings_jurisdiction_form": "jurisdiction = 'U.K.'",
    "listings_status_known": "status = 'hoped for'",
    "screening_decisions_decision_known": "decision = 'perhaps'",
    "screenings_candidates_listed": "candidates = '{}'",
    "screenings_source_known": "source = 'hearsay'",
    "target_merges_two": "merged_id = kept_id",
    "target_merges_undo_recorded": "undone_at = now()",
    "target_versions_entity_named": "entity = '{}'",
    "target_versions_number_counts": "number = 0",
    "targets_entity_id_filled": "entity_id = ' '",
    "watchlists_digest_form": "digest = ''",
    "watchlists_name_filled": "name = ' '",
    "separate_answers_answer_known": "answer = 'perhaps'",
    "separate_answers_question_named": "question = 'May it?'",
    "sign_in_links_purpose_known": "purpose = 'curiosity'",
    "source_agreements_country_form": "country = 'gb'",
    "stored_files_desk_named": "visibility = 'organisation', organisation_id = null",
    "stored_files_media_type_form": "media_type = 'a picture'",
    "stored_files_name_filled": "name = ''",
    "stored_files_parts_there": "parts = '{}'",
    "stored_files_sha256_form": "sha256 = 'ABC'",
    "stored_files_size_counts": "size = 0",
    "stored_files_visibility_known": "visibility = 'secret'",
    "standing_consent_answers_channel_known": "channel = 'hearsay'",
    "standing_consents_audiences_named": "audiences = '{}'",
    "standing_consents_excludes_said": "excludes = '{\"\"}'",
    "standing_consents_expiry_ahead": "expires_at = at",
    "standing_consents_kinds_named": "kinds = '{}'",
    "standing_consents_languages_named": "languages = '{}'",
    "tasks_for_somebody": "assignee_id = null, organisation_id = null, role = null",
    "tasks_gate_keyed": "kind = 'gate', gate_key = null",
    "tasks_kind_known": "kind = 'chore', gate_key = null",
    "tasks_titled": "kind = 'assigned', gate_key = null, title = ''",
    "tellings_about_one": "copy_id = null, delivery_id = null",
    "tellings_outcome_known": "outcome = 'lost'",
    "uploads_name_filled": "name = ''",
    "uploads_size_counts": "size = 0",
    "wishes_audiences_said": "audiences = '{\" \"}'",
    "wishes_details_said": "details = '{\"\"}'",
    "wishes_kinds_said": "kinds = '{NULL}'",
    "wishes_known_through_known": "known_through = 'rumour'",
    "wishes_said_on_form": "said_on = 'once'",
    "wishes_says_known": "says = 'perhaps'",
    "wishes_trust_known": "trust = 'blind'",
    "witness_demands_before_release_counts": "needed = 0",
    "witness_demands_needed_counts": "needed = 100",
}
# Rows others refer to by the very column that is tried: a copy of them is tried instead.
COPIED = {
    "actions": "slug = null",
    "revisions": "number = 99",
    "arrangements": "version = 99",
    "pauses": "reason = ''",
    "copies": "place = 'a mirror'",
    "stored_files": "name = 'other.txt'",
    "launches": "title = 'Apart'",
    "evidence": "title = 'Another letter'",
    "targets": "entity_id = 'another'",
    "claims": "place = ''",
    "screenings": "dataset = ''",
    "standing_consents": "only_when = ''",
    "absences": "since = '2026-01-01'",
    "wishes": "replaces = null",
    "meetings": "talking_points = ''",
    "authorities": "notes = 'Another.'",
    "contacts": "notes = 'Another.'",
}
# What else has to be set for a row to be right but for its foreign key.
BESIDES = {
    "exhibits_evidence_fkey": ", address = ''",
    "consent_recordings_file_fkey": ", attachment = repeat('a', 64)",
    "evidence_derived_from_fkey": ", derivation = 'redacted'",
    "memberships_end_ledger_index_fkey": ", ended_at = now()",
    "claims_end_ledger_index_fkey": ", ended_at = now()",
    "exhibits_end_ledger_index_fkey": ", ended_at = now()",
    "target_merges_undo_ledger_index_fkey": ", undone_at = now()",
    "publication_grounds_standing_fkey": ", clearance_id = null, consent_id = null",
}


@pytest.fixture
def superuser(filled: Filled) -> Iterator[Connection]:
    """A row in every table, and all guards asleep, until the test is over."""
    with psycopg.connect(filled.place.superuser_dsn) as connection:
        for (table,) in connection.execute(TABLES).fetchall():
            connection.execute(
                sql.SQL("alter table {} disable trigger user").format(sql.SQL(table))
            )
        yield connection
        connection.rollback()


TABLES = "select format('assent.%I', tablename) from pg_tables where schemaname = 'assent'"
CONSTRAINTS = """
select conname, conrelid::regclass::text, (select array_agg(attname order by n)
  from unnest(conkey) with ordinality k(key, n) join pg_attribute on attrelid = conrelid and attnum = key)
from pg_constraint where connamespace = 'assent'::regnamespace and contype = %s order by 1
"""
UNIQUE_KEYS = """
select i.indexrelid::regclass::text, i.indrelid::regclass::text, array_agg(a.attname order by a.attname),
  coalesce(pg_get_expr(i.indpred, i.indrelid), 'true')
from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
where i.indisunique and i.indrelid in (select oid from pg_class where relnamespace = 'assent'::regnamespace)
group by i.indexrelid, i.indrelid, i.indpred order by 1
"""


def violated(connection: Connection, statement: sql.Composed) -> str | None:
    """The name of the constraint a statement violates."""
    try:
        with connection.transaction():
            connection.execute(statement)
            connection.execute("set constraints all immediate")
    except errors.IntegrityError as violation:
        return violation.diag.constraint_name
    return None


def raw(text: str, **parts: str) -> sql.Composed:
    """A statement from parts of the catalogue and of this file."""
    return sql.SQL(text).format(**{name: sql.SQL(part) for name, part in parts.items()})


def test_checks(superuser: Connection, subtests: pytest.Subtests) -> None:
    declared = superuser.execute(CONSTRAINTS, ["c"]).fetchall()
    assert {name for name, _, _ in declared} == set(CHECKS)
    for name, table, _ in declared:
        with subtests.test(name):
            assert violated(superuser, raw("update {t} set {s}", t=table, s=CHECKS[name])) == name


def test_foreign_keys(superuser: Connection, subtests: pytest.Subtests) -> None:
    for name, table, columns in superuser.execute(CONSTRAINTS, ["f"]).fetchall():
        with subtests.test(name), superuser.transaction(force_rollback=True):
            column = columns[0]
            condition = raw(
                "ctid = (select ctid from {t} order by {c} is null limit 1)", t=table, c=column
            )
            if (fresh := COPIED.get(table.removeprefix("assent."))) is not None:
                superuser.execute(
                    raw("create temp table copied as select * from {t} limit 1", t=table)
                )
                superuser.execute(raw("update copied set id = gen_random_uuid(), {f}", f=fresh))
                superuser.execute(raw("insert into {t} select * from copied", t=table))
                condition = raw("id = (select id from copied)")
            statement = raw(
                "update {t} set {c} = {v}{b} where ", t=table, c=column, b=BESIDES.get(name, ""),
                v=nobodys(superuser, table, column),
            )  # fmt: skip
            assert violated(superuser, statement + condition) == name


def nobodys(connection: Connection, table: str, column: str) -> str:
    """A value of the column's type that refers to nothing."""
    kind = "select format_type(atttypid, null) from pg_attribute where attrelid = %s::regclass and attname = %s"
    row = connection.execute(kind, [table, column]).fetchone()
    assert row is not None
    return {
        "uuid": "gen_random_uuid()",
        "bigint": "987654321",
        "integer": "987654",
    }[row[0]]


def test_unique_keys(superuser: Connection, subtests: pytest.Subtests) -> None:
    keys = [
        (name, table, set(columns), where)
        for name, table, columns, where in superuser.execute(UNIQUE_KEYS)
    ]
    for name, table, columns, where in keys:
        others = [theirs for other, of, theirs, _ in keys if of == table and other != name]
        if any(other <= columns for other in others):
            continue  # it is there to be referred to; a narrower key refuses first
        with subtests.test(name):
            statement = raw(
                "insert into {t} select (jsonb_populate_record(r, jsonb_build_object({changes}))).*"
                " from {t} r where {where} and {filled} limit 1",
                t=table,
                where=where,
                changes=", ".join(
                    f"'{c}', {FRESH.get(c, 'gen_random_uuid()')}"
                    for c in to_change(columns, others)
                ),
                filled=" and ".join([f"{c} is not null" for c in columns - NULLABLE] or ["true"]),
            )
            assert violated(superuser, statement) == name.removeprefix("assent.")


def to_change(columns: set[str], others: list[set[str]]) -> set[str]:
    """Which columns a copied row has to change so that only the key of these columns is violated."""
    changed: set[str] = set()
    for other in others:
        if not other >= columns and not other & changed:
            changed.add(
                min(other - columns, key=lambda column: (not column.endswith("id"), column))
            )
    return changed


# Keys in which nothing may stand for a value.
NULLABLE = {"case_id", "assignee_id", "organisation_id", "role"}
# Values nobody has yet, of a form the checks accept; elsewhere a new id.
FRESH = {
    "email": "gen_random_uuid() || '@example.org'",
    "token_hash": "sha256(gen_random_uuid()::text::bytea)",
    "nth": "2",
    "ledger_index": "98765",
    "number": "98765",
    "public_key": "sha256(gen_random_uuid()::text::bytea)",
}


def test_rules_of_the_guards(superuser: Connection) -> None:
    """What triggers refuse carries names too; each is tried in the tests of attacks and powers."""
    named = superuser.execute(RULES).fetchall()
    attacked = {
        attack.constraint
        for attack in test_raw_sql_attacks.ATTACKS
        + test_record_attacks.ATTACKS
        + test_family_attacks.ATTACKS
        + test_channel_attacks.ATTACKS
        + test_launch_attacks.ATTACKS
    }
    assert {name for (name,) in named} - attacked == {
        "actions_kept",
        "append_only",
        "arrangement_answer_marks_with_answer",
        "arrangement_answers_marked",
        "arrangement_people_with_arrangement",
        "consent_marks_ahead",
        "consents_adult",
        "consents_marked",
        "consents_whole",
        "contact_book_kept",
        "deliveries_kept",
        "erasures_by_eraser",
        "erasures_due",
        "launch_actions_with_launch",
        "ledger_held",
        "publication_grounds_with_publication",
        "read_committed",
        "standing_answer_marks_with_answer",
        "standing_consent_answers_adult",
        "standing_consent_answers_marked",
    }


def test_refusals_are_registered_for_names_that_exist(superuser: Connection) -> None:
    for module in pkgutil.walk_packages(assent.__path__, "assent."):
        if module.name.endswith(".refusals"):
            importlib.import_module(module.name)
    names = {name for question in (RULES, NAMES) for (name,) in superuser.execute(question)}
    assert registered() - names == set()
    assert len(registered()) > 20


NAMES = "select conname from pg_constraint union select relname from pg_class"
RULES = """
select distinct match[1] from pg_proc, regexp_matches(prosrc, 'assent\\.refuse\\(''(\\w+)''', 'g') match
where pronamespace = 'assent'::regnamespace
"""
