"""A fact is unique per account: two customers may have the same id from one source. And a fact can
be withdrawn, which is remembered.
"""

from alembic import op

revision = "0008_facts"
down_revision = "0010_inbox"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "create unique index fact_identity on fact (account, source, id)",
    "alter table fact drop constraint fact_pkey, "
    "add constraint fact_pkey primary key using index fact_identity",
    # The row stays, so that the same fact sent again stays withdrawn.
    "alter table fact add column taken_back_at timestamptz, add column taken_back_by text",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
