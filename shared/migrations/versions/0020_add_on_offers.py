"""An opportunity or a proposal may be about an add-on beside the own plan: one is open per account, plan and add-on."""

from alembic import op

revision = "0020_add_on_offers"
down_revision = "0021_reasons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table opportunity add column add_on text")
    op.execute("alter table proposal add column add_on text")
    op.execute("drop index opportunity_open")
    op.execute("create unique index opportunity_open on opportunity (account, to_plan, (coalesce(add_on, ''))) where closed_at is null")
