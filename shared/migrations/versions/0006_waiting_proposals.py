"""A proposal that waits for its hour with an alert stores both: if the alert ends earlier, the
proposal is dropped as never sent.
"""

from alembic import op

revision = "0006_waiting_proposals"
down_revision = "0005_judgement"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # The alert; null: no alert.
    "alter table proposal add column waits_with text, add column waits_until timestamptz",
    "create index proposal_waits_with on proposal (waits_with) where waits_with is not null",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
