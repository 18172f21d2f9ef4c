"""Who applied a catalogue, and the text as it was written: an editor shows its comments.

Unknown of versions that were applied before.
"""

from alembic import op

revision = "0036_catalog_history"
down_revision = "0035_crm_copies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("by_kind text", "by_id text", "written bytea"):
        op.execute(f"alter table catalog add column if not exists {column}")
