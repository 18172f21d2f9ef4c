"""The audit log of one kind of thing, and of one thing, each newest first by an index."""

from alembic import op

revision = "0043_audit_lists"
down_revision = "0042_limit_history"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("drop index if exists audit_what")
    op.execute("create index if not exists audit_kind on audit (what_kind, at, n)")
    op.execute("create index if not exists audit_id on audit (what_id, at, n)")
