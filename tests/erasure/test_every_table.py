"""A relative's own erasure, table by table: every column that names a person is gone, or kept for a reason said here.

The same for every column with words of theirs. A new table is decided on here, or the test fails.
"""

from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from assent.database.migrate import libpq
from tests.conftest import Place
from tests.database.everything import fill_every_table
from tests.database.rows import Connection, Rows
from tests.proving.conftest import as_superuser

# Rows that go altogether, by the column that names the relative.
GONE = {
    "absences.person_id", "decision_drafts.person_id", "drafts.person_id", "uploads.person_id",
}  # fmt: skip
# What others rely on stays, under no name: the id leads to nobody any more.
DECIDED = "that somebody decided, and when"
ROLE = "that somebody had this part in the case"
STAFF = "only staff or counsel have this column filled"
KEPT = {
    "arrangement_answers.person_id": DECIDED, "arrangement_people.person_id": ROLE, "arrangements.set_by": DECIDED,
    "memberships.person_id": ROLE, "memberships.granted_by": ROLE, "memberships.ended_by": ROLE,
    "pauses.set_by": "that it was paused; the reason goes", "postures.set_by": "that it was decided; the reason goes",
    "pause_ends.ended_by": DECIDED,
    "concerns.raised_by": "that a concern was open; its words go",
    "consent_requests.person_id": "that somebody was asked", "consents.person_id": DECIDED,
    "consents.recorded_by": STAFF, "consent_withdrawals.person_id": DECIDED, "consent_contests.person_id": DECIDED,
    "consent_recordings.person_id": "who took it down answers for it; place and interpreter go",
    "standing_consents.given_by": "what went out rests on it; its words go and it ends",
    "standing_consent_answers.person_id": DECIDED, "standing_consent_ends.person_id": DECIDED,
    "standing_consent_triggers.person_id": STAFF, "launch_answers.person_id": DECIDED,
    "publication_grounds.person_id": "what went out rests on it", "retractions.retracted_by": DECIDED,
    "absences.recorded_by": "that somebody else could not be reached", "absence_ends.ended_by": DECIDED,
    "contact_states.recorded_by": "about the detained person", "wishes.recorded_by": "the detained person's own words",
    "stored_files.stored_by": "evidence of the case; the name they gave it goes",
    "evidence.recorded_by": "evidence of the case; the title they gave it goes",
    "evidence_sources.named_by": "sealed, for the readers named beside it",
    "evidence_source_readers.person_id": "who could open it", "evidence_source_readers.admitted_by": "who let them",
    "source_agreements.recorded_by": "that a source agreed", "tasks.assignee_id": "what staff wrote",
    "tasks.opened_by": "what staff wrote", "tasks.closed_by": "that it was done",
    "readings.attached_by": "the text, read aloud, as it was shown",
    "copies.noted_by": "where copies stand", "tellings.told_by": "who was told",
}  # fmt: skip
STAFF_ONLY = {
    "actions.author_id", "revisions.author_id", "clearances.person_id", "concern_answers.answered_by",
    "events.recorded_by", "consent_requests.asked_by", "consent_answers.answered_by",
    "consent_acknowledgements.acknowledged_by", "consent_recordings.recorded_by", "consent_recordings.attester_id",
    "consent_attestations.attested_by", "passkey_vouches.vouched_by", "publications.released_by",
    "deliveries.changed_by", "launches.created_by", "launch_moments.set_by", "launch_outcomes.recorded_by",
    "procedure_steps.recorded_by", "meetings.recorded_by", "meeting_notes.recorded_by", "targets.made_by",
    "target_versions.made_by", "target_merges.made_by", "target_merges.undone_by", "target_copies.made_by",
    "claims.made_by", "claims.ended_by", "exhibits.made_by", "exhibits.ended_by", "listings.made_by",
    "dossiers.made_by", "dossiers.saved_by", "screenings.made_by", "screening_decisions.made_by",
    "witness_demands.set_by", "authorities.recorded_by", "authorities.changed_by", "contacts.recorded_by",
    "contacts.changed_by", "reading_checks.checked_by", "claim_texts.made_by", "target_ends.made_by",
    "handover_proofs.attached_by", "postures.owner_id",
}  # fmt: skip
# Words in kept rows that are the relative's own: what is left of them.
EMPTIED = {
    "pauses.reason": "set_by", "postures.reason": "set_by", "concerns.text": "raised_by",
    "consents.question": "person_id",
    "consents.conditions": "person_id", "consent_recordings.place": "person_id",
    "consent_recordings.interpreter": "person_id", "standing_consents.excludes": "given_by",
    "standing_consents.only_when": "given_by", "stored_files.name": "stored_by", "evidence.title": "recorded_by",
}  # fmt: skip
NAMES_A_PERSON = """
select f.conrelid::regclass::text, a.attname from pg_constraint f
  join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
  join pg_attribute c on c.attrelid = f.conrelid and c.attname = 'case_id'
  where f.contype = 'f' and f.confrelid = 'assent.people'::regclass
"""
WORDS = "Zarafshan"


def erase_own(place: Place, rows: Rows, person: UUID) -> None:
    """Everything this case keeps of one relative is destroyed, as on the day it is due."""
    with psycopg.connect(place.superuser_dsn) as superuser:
        superuser.execute("select set_config('assent.job', 'on', true)")
        superuser.execute("update assent.ledger_head set held = 'restored'")
    with psycopg.connect(libpq(place.eraser_url)) as eraser:
        done = eraser.execute("select assent.erase_again(%s, %s)", [rows.case, person]).fetchone()
        assert done is not None
        assert done[0] is not None


@pytest.fixture
def filled(place: Place, tmp_path: Path) -> Rows:
    """A case in which a relative did and wrote everything that relatives can."""
    with psycopg.connect(place.app_dsn) as connection:
        rows = Rows(connection)
        fill_every_table(rows)
        connection.commit()
    mother = rows.people["mother"]
    theirs = [
        change(f"{column.partition('.')[0]}.{who}", f"'{mother}'")
        for column, who in EMPTIED.items()
    ]
    theirs += [change(c, f"'{mother}'") for c in GONE - {"absences.person_id"}]
    as_superuser(place, *theirs, *(change(c, written(c)) for c in EMPTIED))
    return rows


def change(where: str, value: str) -> str:
    table, _, column = where.partition(".")
    return f"update assent.{table} set {column} = {value}"  # noqa: S608 (names of this file)


def written(column: str) -> str:
    """Words of theirs, in the form the column wants."""
    if column == "consents.conditions":
        return f"""'[{{"kind": "other", "value": "{WORDS}"}}]' where decision = 'yes_with_conditions'"""
    if column == "consents.question":
        return f"'{WORDS}' where decision = 'question'"
    return f"'{{{WORDS}}}'" if column == "standing_consents.excludes" else f"'{WORDS}'"


def test_every_column_that_names_a_person_is_decided_on(place: Place) -> None:
    with psycopg.connect(place.superuser_dsn) as superuser:
        there = {
            f"{table.removeprefix('assent.')}.{column}"
            for table, column in superuser.execute(NAMES_A_PERSON).fetchall()
        }
    decided = GONE | KEPT.keys() | STAFF_ONLY
    assert there - decided == set(), "say what becomes of it when a relative is erased"
    assert decided - there == set()


def test_a_relatives_words_are_gone_from_every_table(filled: Rows, place: Place) -> None:
    mother = filled.people["mother"]
    with psycopg.connect(place.superuser_dsn) as superuser:
        assert traces(superuser) == {column.partition(".")[0] for column in EMPTIED}
    erase_own(place, filled, mother)
    with psycopg.connect(place.superuser_dsn) as superuser:
        assert traces(superuser) == set()
        for column in GONE:
            table, _, name = column.partition(".")
            count = sql.SQL("select count(*) from assent.{} where {} = %s").format(
                sql.Identifier(table), sql.Identifier(name)
            )
            assert superuser.execute(count, [mother]).fetchone() == (0,), column
        ends = superuser.execute(
            "select bool_and(expires_at <= assent.present()) from assent.standing_consents where given_by = %s",
            [mother],
        ).fetchone()
        assert ends == (True,)
        left = "select name, email from assent.people where id = %s"
        known = superuser.execute(left, [mother]).fetchone()
        assert known == ("—", f"{mother}@erased.invalid")


def traces(superuser: Connection) -> set[str]:
    """The tables in which the words stand."""
    tables = superuser.execute(
        "select c.relname from pg_class c where c.relnamespace = 'assent'::regnamespace and c.relkind = 'r'"
    ).fetchall()
    found = set()
    for (table,) in tables:
        search = sql.SQL("select exists (select 1 from assent.{} t where t::text like %s)")
        row = superuser.execute(search.format(sql.Identifier(table)), [f"%{WORDS}%"]).fetchone()
        if row == (True,):
            found.add(table)
    return found
