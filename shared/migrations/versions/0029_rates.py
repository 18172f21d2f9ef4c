"""The hours of a day are found without reading all days: rates are looked at every minute.

The days of a table stand in the order in which they came, so a summary of each range of pages is
enough; it costs ingest next to nothing.
"""

from alembic import op

revision = "0029_rates"
down_revision = "0027_readings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for transactions in progress, and nothing waits for it.
        op.execute("set lock_timeout = 0")
        op.execute("set statement_timeout = 0")
        # The index left by an interrupted attempt is invalid.
        op.execute("drop index concurrently if exists usage_day_day")
        op.execute(
            "create index concurrently usage_day_day on usage_day using brin (day) "
            "with (pages_per_range = 32, autosummarize = on)"
        )
        op.execute("set lock_timeout = '1s'")
