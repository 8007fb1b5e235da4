"""Alembic's environment: one migration at a time, never waiting long for a lock."""

from alembic import context
from sqlalchemy import create_engine, text

import assent.database.tables  # noqa: F401 (models and migrations can be compared)
from assent.database.models import Base


def run() -> None:
    engine = create_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        connection.execute(text("set lock_timeout = '20s'"))
        connection.execute(text("select pg_advisory_lock(hashtext('assent: migrations'))"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            version_table_schema="public",
            include_schemas=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
