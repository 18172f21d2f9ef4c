"""Indexes to find old rows by age, if rows are not numbered in order of arrival; and references to
decisions.
"""

from alembic import op

revision = "0023_retention"
down_revision = "0020_add_on_offers"
branch_labels = None
depends_on = None

_INDEXES = {
    "alert_decision": "alert (decision)",
    "closing_at": "closing (at)",
    "crm_task_completed": "crm_task (completed_at) where completed_at is not null",
    "inbox_item_age": "inbox_item (created_at)",
    "inbox_seen_at": "inbox_seen (at)",
    "quote_expires": "quote (expires_at)",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute("set statement_timeout = 0")
        for name, columns in _INDEXES.items():
            # The index left by an interrupted attempt is invalid.
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on {columns}")
        op.execute("set lock_timeout = '1s'")
