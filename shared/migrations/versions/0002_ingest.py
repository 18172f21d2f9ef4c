"""Holds the place of 0002_ingest in the chain."""

revision = "0002_ingest"
down_revision = "0001_loop"
branch_labels = None
depends_on = None


def upgrade() -> None:
    return
