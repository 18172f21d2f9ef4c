"""An opportunity or a proposal may be about an add-on to the current plan: one is open per account,
plan and add-on.
"""

from alembic import op

revision = "0020_add_on_offers"
down_revision = "0021_reasons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # Concurrently, and so that an interrupted attempt leaves only what the next one expects.
        op.execute("alter table opportunity add column if not exists add_on text")
        op.execute("alter table proposal add column if not exists add_on text")
        op.execute("set lock_timeout = 0")
        op.execute("set statement_timeout = 0")
        op.execute("drop index concurrently if exists opportunity_open_new")
        op.execute(
            "create unique index concurrently opportunity_open_new on opportunity "
            "(account, to_plan, (coalesce(add_on, ''))) where closed_at is null"
        )
        op.execute("set lock_timeout = '1s'")
    op.execute("drop index opportunity_open")
    op.execute("alter index opportunity_open_new rename to opportunity_open")
