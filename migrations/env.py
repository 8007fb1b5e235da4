"""Alembic's environment: one migration at a time, never waiting long for a lock."""

from collections.abc import Callable
from typing import Any

from alembic import context
from sqlalchemy import create_engine, text

import assent.tables  # noqa: F401 (every room's models, to be compared with the migrations)
from assent.database.models import SCHEMA, Base


def compared(name: str | None, kind: str, _: object) -> bool:
    """Only our own schema is ours to compare: not the job queue's, not Alembic's table."""
    return kind != "schema" or name == SCHEMA


def tell_each(tell: Callable[[str], None]) -> Callable[..., None]:
    """Say each step when it is done, inside its transaction."""

    def on_version_apply(*, step: Any, **_: object) -> None:
        doc = (step.up_revision.doc or "").rstrip(".")
        tell(f"  {step.up_revision_id}: {doc}")

    return on_version_apply


def run() -> None:
    attributes = context.config.attributes
    engine = create_engine(attributes["url"])
    try:
        with engine.connect() as connection:
            patience = attributes.get("patience", 20)  # seconds
            connection.execute(text(f"set lock_timeout = '{patience:d}s'"))
            # Two processes starting at once: the second waits, then finds nothing left to do.
            connection.execute(text("select pg_advisory_lock(hashtext('assent: migrations'))"))
            connection.commit()
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                version_table_schema="public",
                include_schemas=True,
                include_name=compared,
                compare_server_default=True,
                on_version_apply=tell_each(attributes.get("tell", lambda _: None)),
            )
            with context.begin_transaction():
                context.run_migrations()
            connection.commit()
    finally:
        engine.dispose()


run()
