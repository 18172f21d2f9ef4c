"""Mailboxes that want no offers in any account: also in one that names them later, or from which
the click did not come.
"""

from alembic import op

revision = "0024_mailbox_refusal"
down_revision = "0023_retention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table mailbox_refusal (
            mailbox bytea primary key,          -- sha256 (shared/values/mailboxes.py)
            at timestamptz not null
        )
        """
    )
