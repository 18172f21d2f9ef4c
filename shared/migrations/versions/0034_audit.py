"""Who changed what, how it was before, and in which request."""

from alembic import op

revision = "0034_audit"
down_revision = "0033_task_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table if not exists audit (
            n bigint generated always as identity primary key,
            at timestamptz not null,
            by_kind text not null,
            by_id text not null,
            action text not null,
            what_kind text not null,
            what_id text not null,
            account text,
            before jsonb,
            after jsonb,
            request_id text
        )
        """
    )
    op.execute("create index if not exists audit_at on audit (at, n)")
    op.execute("create index if not exists audit_by on audit (by_id, at, n)")
    op.execute("create index if not exists audit_what on audit (what_kind, what_id, at, n)")
    op.execute(
        "create index if not exists audit_account on audit (account, at, n) "
        "where account is not null"
    )
