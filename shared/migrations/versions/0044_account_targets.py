"""Which accounts to approach about an upgrade, in the rows of lists. All rows are written again."""

from alembic import op

revision = "0044_account_targets"
down_revision = "0043_audit_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table account_overview add column target boolean not null default false")
    op.execute("create index account_overview_target on account_overview (account) where target")
    op.execute("insert into account_overview_mark (account) select id from account")
