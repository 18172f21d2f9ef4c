"""Which topic a stored offset refers to: one that was deleted and created again under the same name
is another topic.
"""

from alembic import op

revision = "0011_topic_identity"
down_revision = "0006_waiting_proposals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Null: not known yet, adopted at first sight.
    op.execute("alter table consumer_offset add column identity text")
