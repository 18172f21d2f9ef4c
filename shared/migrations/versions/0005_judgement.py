"""Holds the place of 0005_judgement in the chain."""

revision = "0005_judgement"
down_revision = "0004_notifier"
branch_labels = None
depends_on = None


def upgrade() -> None:
    return
