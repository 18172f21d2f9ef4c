"""A task knows what the CRM had when it was last read or written, and when it is read next; a CRM
that does not let us read says so.

Tasks of the version before are read once they are written again.
"""

from alembic import op

revision = "0027_readings"
down_revision = "0026_reports"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # `seen_owner`: the CRM's id, empty for nobody. `seen_attempts`: how often it had been written,
    # or tried to be, by then.
    "alter table crm_task add column seen_status text, add column seen_due timestamptz, "
    "add column seen_owner text, add column seen_attempts bigint, "
    "add column next_read_at timestamptz",
    "create index crm_task_read on crm_task (channel, next_read_at) where completed_at is null",
    """
    create table channel_reading (
        channel text primary key,
        config text not null,               -- digest of the settings that it holds for
        reason text not null,
        since timestamptz not null,
        next_attempt_at timestamptz not null
    )
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
