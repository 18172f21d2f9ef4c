"""A blocked channel is retried, a channel disabled by its receiver keeps its settings, and a task
knows what the CRM was told.
"""

from alembic import op

revision = "0012_channel_state"
down_revision = "0011_topic_identity"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # Digest of the owner; no such company in the CRM.
    "alter table crm_task add column owner text, add column unlinked boolean",
    # `off_at` is set too: the previous version then treats it as turned off.
    "alter table channel add column disabled boolean not null default false",
    "alter table channel_block add column since timestamptz, "
    "add column next_attempt_at timestamptz",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
