"""Row-level security: a filter forgotten in a page leaks nothing.

For every table that carries a case: nobody, somebody of another case, and those the label admits.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from assent.database.models import Base
from assent.tables import TABLES
from tests.conftest import Place
from tests.database.conftest import Filled
from tests.database.rows import Rows, as_app

assert TABLES
MODELS = {table.name: set(table.columns.keys()) for table in Base.metadata.tables.values()}
OF_A_CASE = [*sorted(name for name, columns in MODELS.items() if "case_id" in columns), "cases"]
# Each relative's own, before anybody has answered.
OF_ONE_PERSON = ["decision_drafts"]
OF_A_CASE = [name for name in OF_A_CASE if name not in OF_ONE_PERSON]
OF_AN_ACTION = sorted(name for name in OF_A_CASE if "action_id" in MODELS[name])
# What hangs on an action without naming it.
BELOW_AN_ACTION = [
    "publication_grounds",
    "deliveries",
    "concern_answers",
    "copies",
    "tellings",
    "handover_proofs",
]
OF_THE_FAMILY = [
    "arrangement_answers", "absences", "absence_ends", "wishes", "consents", "consent_withdrawals", "consent_requests",
    "launch_answers",
    "consent_answers", "standing_consent_answers", "separate_answers",
]  # fmt: skip
# What each relative has said: shown to the others only where the family chose so.
VOTES = [
    "consents", "consent_withdrawals", "consent_answers", "consent_acknowledgements", "standing_consent_answers",
    "separate_answers", "launch_answers",
    # How it was given tells that it was given.
    "consent_signatures", "consent_recordings", "consent_attestations", "consent_contests",
]  # fmt: skip


@contextmanager
def looking(filled: Filled, label: str, person: str | None) -> Iterator[Rows]:
    """The case with this label, before one of its people, or nobody."""
    with as_app(filled.place.app_dsn) as connection:
        rows = replace(filled.cases[label], connection=connection)
        rows.acting_for(person)
        yield rows


def seen(rows: Rows, table: str) -> int:
    """How many rows of the case are seen."""
    column = "id" if table == "cases" else "case_id"
    count = sql.SQL("select count(*) from assent.{} where {} = %s").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    row = rows.connection.execute(count, [rows.case]).fetchone()
    assert row is not None
    number: int = row[0]
    return number


def test_every_table_that_carries_a_case_is_secured(shared_place: Place) -> None:
    with psycopg.connect(shared_place.superuser_dsn) as superuser:
        carrying = {
            row[0]
            for row in superuser.execute(
                "select c.table_name from information_schema.columns c join information_schema.tables t"
                " using (table_schema, table_name) where c.table_schema not in ('pg_catalog', 'information_schema')"
                " and c.column_name in ('case_id', 'action_id', 'publication_id') and t.table_type = 'BASE TABLE'"
            )
        }
        secured = superuser.execute(
            "select relname, (select count(*) from pg_policy where polrelid = c.oid) from pg_class c"
            " where relnamespace = 'assent'::regnamespace and relrowsecurity"
        ).fetchall()
    assert carrying | {"cases"} == {*OF_A_CASE, *OF_ONE_PERSON} == {name for name, _ in secured}
    assert [name for name, policies in secured if policies == 0] == []


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("mother", True),
        ("brother", False),
        ("coordinator", False),
        ("stranger", False),
        (None, False),
    ],
)
@pytest.mark.parametrize("table", OF_ONE_PERSON)
def test_what_somebody_has_begun_is_theirs_alone(
    filled: Filled, table: str, who: str | None, sees: bool
) -> None:
    with looking(filled, "case", who) as rows:
        assert (seen(rows, table) > 0) == sees


@pytest.mark.parametrize("table", OF_A_CASE)
def test_nobody_sees_anything(filled: Filled, table: str) -> None:
    with looking(filled, "case", None) as rows:
        assert seen(rows, table) == 0


@pytest.mark.parametrize("who", ["stranger", "coordinator", "mother"])
@pytest.mark.parametrize("table", OF_A_CASE)
def test_nor_does_another_case(filled: Filled, table: str, who: str) -> None:
    """A stranger, and those who hold the strongest roles elsewhere."""
    with looking(filled, "case", None) as rows:
        elsewhere = filled.cases["family"].people
        rows.people = {who: elsewhere[who]}
        rows.acting_for(who)
        assert seen(rows, table) == 0


@pytest.mark.parametrize("table", OF_A_CASE)
def test_the_case_sees_it(filled: Filled, table: str) -> None:
    """The same setup, by somebody who may: the zeros above have no other reason."""
    with looking(filled, "case", "coordinator") as rows:
        assert seen(rows, table) > 0


@pytest.mark.parametrize("table", OF_A_CASE)
def test_jobs_see_everything(filled: Filled, table: str) -> None:
    with looking(filled, "case", None) as rows:
        rows.acting_for(None, job=True)
        assert seen(rows, table) > 0


@pytest.mark.parametrize("who", ["mother", "aunt", "counsel", "coordinator"])
@pytest.mark.parametrize("table", sorted({*OF_AN_ACTION, *BELOW_AN_ACTION, "actions"} - set(VOTES)))
def test_family_label_admits(filled: Filled, table: str, who: str) -> None:
    with looking(filled, "family", who) as rows:
        assert seen(rows, table) > 0


@pytest.mark.parametrize("who", ["drafter", "observer", "reviewer", "harbour_officer"])
@pytest.mark.parametrize(
    "table", sorted({*OF_AN_ACTION, *BELOW_AN_ACTION, "consent_answers", "actions"})
)
def test_family_label_keeps_out(filled: Filled, table: str, who: str) -> None:
    with looking(filled, "family", who) as rows:
        of_the_case_itself = {"ledger_records", "tasks"}
        left = about_the_action(rows, table) if table in of_the_case_itself else seen(rows, table)
        assert left == 0


def about_the_action(rows: Rows, table: str) -> int:
    count = sql.SQL("select count(*) from assent.{} where action_id = %s")
    row = rows.connection.execute(count.format(sql.Identifier(table)), [rows.action]).fetchone()
    assert row is not None
    number: int = row[0]
    return number


@pytest.mark.parametrize(
    ("who", "sees"), [("drafter", True), ("observer", False), ("mother", False)]
)
@pytest.mark.parametrize(
    "table", ["actions", "revisions", "clearances", "drafts", "publications", "retractions"]
)
def test_organisation_label(filled: Filled, table: str, who: str, sees: bool) -> None:
    """The lead's own people see it; their partners and the family do not, until it is shared."""
    with looking(filled, "organisation", who) as rows:
        assert (seen(rows, table) > 0) == sees


@pytest.mark.parametrize(
    ("who", "sees"),
    [("mother", True), ("coordinator", True), ("observer", False), ("drafter", False)],
)
@pytest.mark.parametrize("table", OF_THE_FAMILY)
def test_what_the_family_says_stays_with_family_and_coordinators(
    filled: Filled, table: str, who: str, sees: bool
) -> None:
    with looking(filled, "case", who) as rows:
        assert (seen(rows, table) > 0) == sees


@pytest.mark.parametrize(
    ("who", "sees"),
    [("coordinator", True), ("reviewer", False), ("mother", False), ("drafter", False)],
)
@pytest.mark.parametrize("table", ["evidence_sources", "evidence_source_readers", "uploads"])
def test_a_source_is_known_to_those_named_alone(
    filled: Filled, table: str, who: str, sees: bool
) -> None:
    """Neither a role nor an organisation opens it; and an upload is its sender's until it is whole."""
    with looking(filled, "case", who) as rows:
        assert (seen(rows, table) > 0) == sees


@pytest.mark.parametrize(
    ("label", "admitted", "kept_out"),
    [
        ("family", ["coordinator", "mother", "aunt", "counsel"], ["drafter", "observer"]),
        ("organisation", ["coordinator", "drafter", "other_reviewer"], ["observer", "mother"]),
        ("case", ["observer", "mother"], []),
    ],
)
@pytest.mark.parametrize("table", ["stored_files", "evidence", "contacts"])
def test_what_carries_a_label_is_seen_by_those_it_admits(
    filled: Filled, table: str, label: str, admitted: list[str], kept_out: list[str]
) -> None:
    with looking(filled, "case", None) as rows:
        rows.acting_for(None, job=True)
        before = seen(rows, table)
        make = {
            "stored_files": rows.store_file, "evidence": rows.bring_in, "contacts": rows.know_contact,
        }[table]  # fmt: skip
        made = make(visibility=label)
        there = sql.SQL("select count(*) from assent.{} where id = %s").format(
            sql.Identifier(table)
        )
        assert seen(rows, table) == before + 1
        for who, count in [*((w, 1) for w in admitted), *((w, 0) for w in kept_out)]:
            rows.acting_for(who)
            row = rows.connection.execute(there, [made]).fetchone()
            assert row == (count,), who


@pytest.mark.parametrize("shown", [False, True])
@pytest.mark.parametrize("who", ["aunt", "counsel", "brother"])
@pytest.mark.parametrize("table", VOTES)
def test_how_others_voted_is_shown_only_if_the_family_chose_so(
    filled: Filled, table: str, who: str, shown: bool
) -> None:
    with looking(filled, "case", None) as rows:
        rows.acting_for(None, job=True)
        if shown:
            rows.arrange("any", "mother", shows_votes=True, set_by=rows.people["mother"])
        rows.acting_for(who)
        given = {"consent_signatures", "consent_recordings", "consent_attestations"}
        own = {"brother": {"consents", "consent_acknowledgements"} | given}.get(who, set())
        assert (seen(rows, table) > 0) == (shown or table in own)
        others = sql.SQL("select count(*) from assent.{} where person_id <> %s and case_id = %s")
        if table in ("consents", "consent_withdrawals", "standing_consent_answers"):
            query = others.format(sql.Identifier(table))
            row = rows.connection.execute(query, [rows.people[who], rows.case]).fetchone()
            assert row is not None
            assert (row[0] > 0) == shown


def test_who_has_left_sees_nothing_more(filled: Filled) -> None:
    with looking(filled, "case", None) as rows:
        rows.acting_for(None, job=True)
        rows.leave("observer")
        rows.acting_for("observer")
        assert [table for table in OF_A_CASE if seen(rows, table)] == []
