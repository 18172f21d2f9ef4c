"""Each attempt at a delivery with its time and the receiver's answer, the newest thirty."""

from alembic import op

revision = "0039_tried"
down_revision = "0038_rejected_states"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table delivery add column if not exists tried jsonb not null default '[]'")
