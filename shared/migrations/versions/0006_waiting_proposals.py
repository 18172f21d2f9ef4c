"""A proposal that waits for its hour with an alert remembers both: an alert that ends earlier takes it along, and it was never sent."""

from alembic import op

revision = "0006_waiting_proposals"
down_revision = "0005_judgement"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "alter table proposal add column waits_with text, add column waits_until timestamptz",  # the alert; null: nothing to wait for
    "create index proposal_waits_with on proposal (waits_with) where waits_with is not null",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
