"""The models say what the migrations made; neither drifts from the other."""

import inspect
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Computed, Table, create_engine, insert, make_url
from sqlalchemy.orm import Mapper

from assent.database.migrate import MIGRATIONS
from assent.database.models import Base
from assent.tables import TABLES
from tests.conftest import Place

SQL = sorted((MIGRATIONS / "versions" / "0001_foundation").glob("*.sql"))
MODELS = sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__)


def test_nothing_to_migrate(shared_place: Place) -> None:
    """Tables, columns, types, defaults, keys, indexes and comments: the models as the migrations."""
    engine = create_engine(shared_place.owner_url)
    with engine.connect() as connection:
        options = {
            "include_schemas": True,
            "include_name": lambda name, kind, _: kind != "schema" or name == "assent",
            "compare_server_default": True,
        }
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_every_room_has_its_tables_compared() -> None:
    models = {mapper.class_.__module__ for mapper in MODELS}
    assert models == {module.__name__ for module in TABLES}


def test_one_head() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_keys_are_named_alike(shared_place: Place) -> None:
    """A refusal is found by a constraint's name: the models give the names the database has."""
    with psycopg.connect(shared_place.superuser_dsn) as superuser:
        question = (
            "select conname from pg_constraint"
            " where connamespace = 'assent'::regnamespace and contype in ('p', 'f', 'u')"
        )
        there = {name for (name,) in superuser.execute(question)}
    here = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if not isinstance(constraint, CheckConstraint)
    }
    assert here == there


@pytest.mark.parametrize("script", SQL, ids=lambda path: path.name)
def test_checks_and_unique_keys_are_named_by_us(script: Path) -> None:
    """PostgreSQL's own names change with the order of columns; ours are what refusals go by."""
    text = script.read_text(encoding="utf-8")
    tables = re.sub(
        r"--.*|'(?:[^']|'')*'|\$\$.*?\$\$|with check \(|create policy.*?;",
        "",
        text,
        flags=re.DOTALL,
    )
    for word in re.finditer(r"\b(check \(|unique\b(?! index))", tables):
        before = tables[: word.start()].split()[-2:]
        assert before[:1] == ["constraint"] or before[-1] == "create", tables[
            word.start() - 80 : word.end()
        ]


@pytest.mark.parametrize("mapper", MODELS, ids=lambda mapper: mapper.class_.__name__)
def test_a_model_loads_nothing_by_itself(mapper: Mapper[Any]) -> None:
    """Nothing is fetched back after an insert, and no relationship loads behind a page's back."""
    assert not mapper.eager_defaults
    assert all(relationship.lazy == "raise" for relationship in mapper.relationships)
    table = mapper.local_table
    assert isinstance(table, Table)
    assert table.comment
    assert not any(isinstance(column.server_default, Computed) for column in table.columns)
    values = {column.key: None for column in table.columns}
    statement = (
        insert(table)
        .values(values)
        .compile(dialect=make_url("postgresql+psycopg://").get_dialect()())
    )
    assert "returning" not in str(statement).lower()
    assert inspect.getdoc(mapper.class_)
