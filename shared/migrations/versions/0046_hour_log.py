"""What has been counted and is not in `usage_day` yet, as a log of bytes."""

from alembic import op

revision = "0046_hour_log"
down_revision = "0045_rejected_headers"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table usage_hour_log (
        partition integer not null,
        partitions integer not null,        -- how many there were when it was written
        id bigint generated always as identity primary key,
        since timestamptz not null,         -- nothing in it has waited longer
        entries bytea not null
    ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200,
        toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 5000)
    """,
    "alter table usage_hour_log alter column entries set storage external",
    "create index usage_hour_log_partition on usage_hour_log (partition, partitions)",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
