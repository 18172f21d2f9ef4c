"""Lists over all accounts find the newest rows of a state, class, channel, meter or topic through
an index, however many others there are.

Built concurrently: an index built in a transaction would block all writes to its table, for minutes
if it is large.
"""

from alembic import op

revision = "0013_list_indexes"
down_revision = "0008_facts"
branch_labels = None
depends_on = None

_INDEXES = {
    "alert_state": "alert (state, seq desc)",
    "alert_meter": "alert (meter, state, seq desc)",
    "notification_class": "notification (class, seq desc)",
    "delivery_listed": "delivery (channel, state, seq desc)",
    "event_rejected_topic": "event_rejected (topic, id desc)",
    "event_rejected_code": "event_rejected (split_part(reason, ':', 1), id desc)",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for transactions in progress, and nothing waits for it.
        op.execute("set lock_timeout = 0")
        op.execute("set statement_timeout = 0")
        for name, columns in _INDEXES.items():
            # The index left by an interrupted attempt is invalid.
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on {columns}")
        op.execute("set lock_timeout = '1s'")
