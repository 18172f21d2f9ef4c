"""Which topic a stored offset is a place in: one that was deleted and made again under the same name is another."""

from alembic import op

revision = "0011_topic_identity"
down_revision = "0006_waiting_proposals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table consumer_offset add column identity text")  # null: not known yet, taken over at first sight
