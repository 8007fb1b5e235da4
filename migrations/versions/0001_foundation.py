"""Tables, guards, row-level security and grants; the job queue's own schema beside them."""

from pathlib import Path

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001_foundation"
down_revision = None
branch_labels = None
depends_on = None

_FOLDER = Path(__file__).with_name("0001_foundation")


def upgrade() -> None:
    cursor = op.get_bind().connection.cursor()
    for script in sorted(_FOLDER.glob("*.sql")):
        cursor.execute(script.read_text(encoding="utf-8"))
    cursor.execute("create schema jobs")
    cursor.execute("set local search_path to jobs, public")
    cursor.execute(SchemaManager.get_schema())
    cursor.execute("set local search_path to public")
    cursor.execute(
        "grant usage on schema jobs to assent_app;"
        " grant select, insert, update, delete on all tables in schema jobs to assent_app;"
        " grant usage on all sequences in schema jobs to assent_app;"
        " grant execute on all functions in schema jobs to assent_app;"
        " grant select on public.alembic_version to assent_app, assent_eraser"
    )


def downgrade() -> None:
    raise RuntimeError("records are never taken back: restore a backup instead")
