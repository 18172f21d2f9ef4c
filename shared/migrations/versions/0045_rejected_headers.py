"""Attributes of rejected records in binary mode, without which they cannot be sent again."""

from alembic import op

revision = "0045_rejected_headers"
down_revision = "0044_account_targets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table event_rejected add column if not exists headers jsonb")
