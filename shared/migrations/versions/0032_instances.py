"""The processes that run, as they say themselves: known also behind a gateway."""

from alembic import op

revision = "0032_instances"
down_revision = "0031_console"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table if not exists instance (
            name text not null,
            service text not null,
            version text not null,
            started_at timestamptz not null,
            seen_at timestamptz not null,
            fault text,
            parts text[] not null default '{}',
            since timestamptz,
            primary key (name, service)
        ) with (fillfactor = 50)
        """
    )
