"""A blocked channel is tried again, one that its receiver has ended keeps its settings, a task knows what the CRM was told."""

from alembic import op

revision = "0012_channel_state"
down_revision = "0011_topic_identity"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "alter table crm_task add column owner text, add column unlinked boolean",  # digest of who owns it here; the CRM had no such company
    # `off_at` is set as well: the version before takes it for turned off.
    "alter table channel add column disabled boolean not null default false",
    "alter table channel_block add column since timestamptz, add column next_attempt_at timestamptz",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
