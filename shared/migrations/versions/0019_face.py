"""An item of the inbox says whether a newer notice took its place: it is over, and nothing was solved."""

from alembic import op

revision = "0019_face"
down_revision = "0014_resets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table inbox_item add column replaced boolean not null default false")
