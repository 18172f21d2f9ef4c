"""An inbox item says whether a newer notice replaced it: it is over, but nothing was solved."""

from alembic import op

revision = "0019_face"
down_revision = "0014_resets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table inbox_item add column replaced boolean not null default false")
